package stats

import (
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// cells are the similarities of every network with every brain, Spearman's
// correlation: a row for each network, averaged over its layers, and after them
// one for each layer of each network (layerRow).
type cells [][]float64

// measure computes the cells over some of the pairs (nil: all).
func (g gathered) measure(pairs []int) cells {
	pick := func(values []float64) []float64 {
		if pairs == nil {
			return standard(rdm.Ranks(values))
		}
		some := make([]float64, len(pairs))
		for i, k := range pairs {
			some[i] = values[k]
		}
		return standard(rdm.Ranks(some))
	}
	brains := make([][]float64, len(g.brains))
	for j, b := range g.brains {
		brains[j] = pick(b.values)
	}
	out := make(cells, len(g.networks))
	for i, n := range g.networks {
		out[i] = make([]float64, len(brains))
		for _, layer := range n.layers {
			z, row := pick(layer), make([]float64, len(brains))
			for j, y := range brains {
				row[j] = dot(z, y)
				out[i][j] += row[j] / float64(len(n.layers))
			}
			out = append(out, row)
		}
	}
	return out
}

// layerRow is the row of a layer of a network in the cells; a network may lack it.
// All networks have as many layers.
func (g gathered) layerRow(network int, layer string) (row int, ok bool) {
	n := g.networks[network]
	at := slices.Index(n.names, layer)
	return len(g.networks) + network*len(n.layers) + at, at >= 0
}

// standard centres x and scales it to unit length, in place.
func standard(x []float64) []float64 {
	var mean, square float64
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for i := range x {
		x[i] -= mean
		square += x[i] * x[i]
	}
	scale := 1 / math.Sqrt(square)
	for i := range x {
		x[i] *= scale
	}
	return x
}

func dot(x, y []float64) float64 {
	var s float64
	for i, v := range x {
		s += v * y[i]
	}
	return s
}

// without measures the cells on each set of pairs, the same for every network and
// brain.
func (g gathered) without(ctx context.Context, kept [][]int, workers int, progress func(done int)) ([]cells, error) {
	out := make([]cells, len(kept))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for k, pairs := range kept {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			out[k] = g.measure(pairs)
			progress(k + 1)
			return nil
		})
	}
	return out, group.Wait()
}

// judge makes rows of statistics of the cells.
type judge struct {
	g    gathered
	p    Params
	all  cells               // over all pairs
	out  *inference.LeaveOut // the images and pairs that are left out
	kept []cells             // over what is left
	rows []statistics.Row
	err  error
}

// newJudge measures the cells over all images and with some left out.
func newJudge(ctx context.Context, env *stage.Env, g gathered, p Params) (*judge, error) {
	out, err := inference.NewLeaveOut(len(g.conditions), p.Seed)
	if err != nil {
		return nil, err
	}
	kept, err := g.without(ctx, out.Kept, env.Workers, func(done int) {
		env.Progress(int64(done), int64(len(out.Kept)), "images left out")
	})
	return &judge{g: g, p: p, all: g.measure(nil), out: out, kept: kept}, err
}

// add completes a row from its statistic. Only differences are tested.
func (j *judge) add(row statistics.Row, m measure, tested bool) {
	if j.err != nil {
		return
	}
	values, kept := make([]float64, len(m)), make([][]float64, len(m))
	for i, u := range m {
		values[i], kept[i] = u.of(j.all), make([]float64, len(j.kept))
		for k, c := range j.kept {
			kept[i][k] = u.of(c)
		}
	}
	e, err := j.out.EstimateMean(values, kept, 0.95)
	if err != nil {
		j.err = fmt.Errorf("%s: %w", row.Name, err)
		return
	}
	row.Value, row.CILow, row.CIHigh, row.P, row.PAdj, row.Time = e.Value, e.Interval.Low, e.Interval.High, math.NaN(), math.NaN(), math.NaN()
	row.N, row.Unit = int64(len(j.g.conditions)), "images"
	row.Test = "95 % t interval over images, each left out once"
	if len(m) > 1 {
		row.Test += fmt.Sprintf(", and over %d subjects, with %.3g degrees of freedom", len(m), e.DF)
	}
	if tested {
		row.P = e.P
		row.Test += ", two-sided p"
	}
	j.rows = append(j.rows, row)
}
