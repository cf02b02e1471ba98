package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/inference"
	"realnet/stages/stage"
)

// cells are the similarities of every network with every brain: a row for each
// network, averaged over its layers, and after them one for each layer of each
// network (layerRow). A similarity that is not defined is NaN.
type cells [][]float64

// dimensionMethod compares RDMs with those of object dimensions, as stage
// dimensions does.
const dimensionMethod = compare.Spearman

// methodOf is the comparator of a brain.
func (g gathered) methodOf(b brain) compare.Method {
	if b.relation == relationDimension {
		return dimensionMethod
	}
	return g.method
}

// cells computes the similarities over some of the pairs (nil: all). In folds of images
// they are means over the folds, of each fold's pairs.
func (g gathered) cells(pairs []int) (cells, error) {
	if g.folds == nil {
		return g.piece(pairs)
	}
	var mean cells
	for k, fold := range g.folds {
		if pairs != nil {
			fold = intersection(fold, pairs)
		}
		c, err := g.piece(fold)
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", k+1, len(g.folds), err)
		}
		if mean == nil {
			mean = make(cells, len(c))
			for i := range c {
				mean[i] = make([]float64, len(c[i]))
			}
		}
		for i, row := range c {
			for j, v := range row {
				mean[i][j] += v / float64(len(g.folds))
			}
		}
	}
	return mean, nil
}

// intersection is what two ascending lists share.
func intersection(a, b []int) []int {
	out := make([]int, 0, min(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// piece computes the similarities over some of the pairs, all of one fold.
func (g gathered) piece(pairs []int) (cells, error) {
	part := g.part(pairs)
	brains := make([]*compare.Prepared, len(g.brains))
	methods := []compare.Method{}
	for j, b := range g.brains {
		m := g.methodOf(b)
		if !slices.Contains(methods, m) {
			methods = append(methods, m)
		}
		var err error
		if brains[j], err = g.prepared(b.values, part, m); err != nil {
			return nil, fmt.Errorf("%s %s %s: %w", b.relation, b.subject, b.roi, err)
		}
	}
	out := make(cells, len(g.networks))
	for i, n := range g.networks {
		out[i] = make([]float64, len(brains))
		for l, layer := range n.layers {
			row, of := make([]float64, len(brains)), map[compare.Method]*compare.Prepared{}
			for _, m := range methods {
				var err error
				if of[m], err = g.prepared(layer, part, m); err != nil {
					return nil, fmt.Errorf("model %s %s, layer %s: %w", n.variant, n.trained, n.names[l], err)
				}
			}
			for j, y := range brains {
				row[j] = math.NaN()
				if x := of[g.methodOf(g.brains[j])]; x != nil && y != nil {
					var err error
					if row[j], err = x.With(y); err != nil {
						return nil, err
					}
				}
				out[i][j] += row[j] / float64(len(n.layers))
			}
			out = append(out, row)
		}
	}
	return out, nil
}

// sortedKey is an RDM, by where its values are, and how it is compared.
type sortedKey struct {
	values *float64
	method compare.Method
}

// sort makes all RDMs ready to be compared over some of their pairs.
func (g *gathered) sort() {
	g.sorted = map[sortedKey]*compare.Subsets{}
	add := func(values []float64, m compare.Method) {
		g.sorted[sortedKey{&values[0], m}] = compare.NewSubsets(values, compare.Options{Method: m})
	}
	for _, b := range g.brains {
		add(b.values, g.methodOf(b))
		for _, n := range g.networks {
			for _, layer := range n.layers {
				if g.sorted[sortedKey{&layer[0], g.methodOf(b)}] == nil {
					add(layer, g.methodOf(b))
				}
			}
		}
	}
}

// part is some of the pairs of every RDM; nil for all.
func (g gathered) part(pairs []int) *compare.Subset {
	if pairs == nil {
		return nil
	}
	return compare.NewSubset(pairs, rdms.Pairs(len(g.conditions)))
}

// prepared takes some of the pairs of an RDM (nil: all). It is nil where those are constant
// and not all: a similarity without these images is not defined.
func (g gathered) prepared(values []float64, part *compare.Subset, m compare.Method) (*compare.Prepared, error) {
	if part == nil {
		return compare.Prepare(values, compare.Options{Method: m})
	}
	p, err := g.sorted[sortedKey{&values[0], m}].Of(part)
	if errors.Is(err, compare.ErrConstant) {
		return nil, nil
	}
	return p, err
}

// layerRow is the row of a layer of a network in the cells; a network may lack it.
// All networks have as many layers.
func (g gathered) layerRow(network int, layer string) (row int, ok bool) {
	n := g.networks[network]
	at := slices.Index(n.names, layer)
	return len(g.networks) + network*len(n.layers) + at, at >= 0
}

// without computes the cells on each set of pairs, the same for every network and
// brain.
func (g gathered) without(ctx context.Context, kept [][]int, workers int, progress func(done int)) ([]cells, error) {
	out := make([]cells, len(kept))
	group := pool.New().WithMaxGoroutines(max(1, workers)).WithContext(ctx).WithCancelOnError().WithFirstError()
	var mu sync.Mutex // progress never runs backwards
	done := 0
	for k, pairs := range kept {
		group.Go(func(ctx context.Context) (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			out[k], err = g.cells(pairs)
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done)
			return err
		})
	}
	return out, group.Wait()
}

// estimator turns cells into rows of statistics.
type estimator struct {
	g    gathered
	p    Params
	all  cells               // over all pairs
	out  *inference.LeaveOut // the images and pairs that are left out
	kept []cells             // over what is left
	rows []statistics.Row
	err  error
}

// newEstimator computes the cells over all images and with some left out.
func newEstimator(ctx context.Context, env *stage.Env, g gathered, p Params) (*estimator, error) {
	if !p.Method.OfSubsets() {
		return nil, fmt.Errorf("method: %s compares all pairs of the images at once, so that intervals by leaving out pairs are not defined: set rsa.method to spearman, pearson, kendall, tau-a, rho-a or cosine", p.Method)
	}
	g.method = p.Method
	g.sort()
	out, err := inference.NewLeaveOut(len(g.conditions), p.Seed)
	if err != nil {
		return nil, err
	}
	all, err := g.cells(nil)
	if err != nil {
		return nil, err
	}
	kept, err := g.without(ctx, out.Kept, env.Workers, func(done int) {
		env.Progress(int64(done), int64(len(out.Kept)), "images left out")
	})
	return &estimator{g: g, p: p, all: all, out: out, kept: kept}, err
}

// add completes a row from its statistic. Only differences are tested.
func (j *estimator) add(row statistics.Row, s statistic, tested bool) {
	if j.err != nil {
		return
	}
	values, kept := make([]float64, len(s)), make([][]float64, len(s))
	row.Value = 0
	for i, u := range s {
		values[i], kept[i] = u.of(j.all), make([]float64, len(j.kept))
		for k, c := range j.kept {
			kept[i][k] = u.of(c)
		}
		row.Value += values[i] / float64(len(s))
	}
	if math.IsNaN(row.Value) || math.IsInf(row.Value, 0) {
		return // a ratio of nothing
	}
	row.N, row.Unit = int64(len(j.g.conditions)), "images"
	row.Test = say("test-undefined", nil)
	if row.Method == "" {
		row.Method = string(j.p.Method)
	}
	e, err := j.out.EstimateMean(values, kept, 0.95)
	switch {
	case errors.Is(err, inference.ErrNotFinite):
	case err != nil:
		j.err = fmt.Errorf("%s: %w", row.Name, err)
		return
	default:
		row.Value, row.CILow, row.CIHigh = e.Value, e.Interval.Low, e.Interval.High
		if len(s) > 1 {
			row.NSubjects = int64(len(s))
		}
		if tested {
			row.P = e.P
		}
		row.Test = say("test-images", words{"Subjects": len(s), "DF": fmt.Sprintf("%.3g", e.DF), "Tested": tested, "Groups": len(j.p.Groups) > 0})
	}
	j.rows = append(j.rows, row)
}
