package stats

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"golang.org/x/sync/errgroup"

	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/rdm"
)

// cells are the similarities of every network with every brain, Spearman's
// correlation averaged over layers: networks x brains.
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
			z := pick(layer)
			for j, y := range brains {
				out[i][j] += dot(z, y) / float64(len(n.layers))
			}
		}
	}
	return out
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

// resample measures the cells under draws of images with replacement, the same
// for every network and brain. Pairs of an image with its own copy are left
// out: their zeros would raise every correlation. Draw b depends on the seed
// and b alone.
func (g gathered) resample(ctx context.Context, draws int, seed uint64, workers int, progress func(done int)) ([]cells, error) {
	out := make([]cells, draws)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	n := len(g.conditions)
	for b := range draws {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			r := rand.New(rand.NewPCG(seed, uint64(b)))
			var drawn []int
			for distinct := 0; distinct < 3; { // fewer have no correlation
				drawn = make([]int, n)
				for i := range drawn {
					drawn[i] = r.IntN(n)
				}
				sorted := slices.Clone(drawn)
				slices.Sort(sorted)
				distinct = len(slices.Compact(sorted))
			}
			out[b] = g.measure(inference.DistinctPairs(drawn, n))
			progress(b)
			return nil
		})
	}
	return out, group.Wait()
}

// summary is a statistic with its bootstrap distribution.
type summary struct {
	value   float64
	low, hi float64
	p       float64 // two-sided: twice the share of draws on the other side of 0
	p1      float64 // one-sided: the share of draws at or below 0
	boot    []float64
}

// summarise applies f to the measured cells and to every resample.
func summarise(all cells, draws []cells, f func(cells) float64) (summary, error) {
	s := summary{value: f(all), boot: make([]float64, len(draws))}
	below, above := 0, 0
	for b, c := range draws {
		s.boot[b] = f(c)
		if s.boot[b] <= 0 {
			below++
		}
		if s.boot[b] >= 0 {
			above++
		}
	}
	ci, err := inference.Percentile(s.boot, 0.95)
	if err != nil {
		return s, err
	}
	s.low, s.hi = ci.Low, ci.High
	m := float64(len(draws) + 1)
	s.p1 = float64(below+1) / m
	s.p = min(1, 2*float64(min(below, above)+1)/m)
	return s, nil
}
