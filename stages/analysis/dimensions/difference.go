package dimensions

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/internal/parallel"
	"realnet/stages/analysis/rdm"
)

// Test says how the difference between two models is tested.
type Test struct {
	Resamples    int     // bootstrap samples of the images
	Permutations int     // of the dimension's labels
	Confidence   float64 // of the interval
	Seed         uint64
	Workers      int // 0 takes all processors
}

// DefaultTest is 1,000 resamples, 1,000 permutations and a 95 % interval.
func DefaultTest() Test { return Test{Resamples: 1000, Permutations: 1000, Confidence: 0.95} }

// Change is how much more model A reflects a dimension than model B.
type Change struct {
	A, B       float64 // Spearman's correlation of each with the dimension
	Difference float64 // A - B
	Low, High  float64 // percentile interval over resampled images
	// PBootstrap is twice the share of resamples on the other side of zero:
	// would other images of this kind show the difference?
	PBootstrap float64
	// PPermutation is the share of permuted labels of the dimension with a
	// difference at least as large: would an unrelated dimension show it?
	PPermutation float64
}

// Difference compares two models on each dimension, objects matched by name.
//
// Images are resampled with replacement, the same for both models and all
// dimensions. A pair of copies of one image has dissimilarity 0 in every RDM,
// which would raise all correlations: such pairs are left out.
//
// Time grows as (resamples + permutations) x dimensions x pairs.
func Difference(ctx context.Context, a, b *rdm.RDM, dimensions []*rdm.RDM, test Test) ([]Change, error) {
	b, err := rdm.Align(a, b)
	if err != nil {
		return nil, err
	}
	vectors, err := aligned(a, dimensions)
	if err != nil {
		return nil, err
	}
	if test.Resamples < 1 || test.Permutations < 1 || !(test.Confidence > 0 && test.Confidence < 1) {
		return nil, fmt.Errorf("dimensions: %d resamples, %d permutations, confidence %v: %w", test.Resamples, test.Permutations, test.Confidence, rdm.ErrShape)
	}
	out := make([]Change, len(vectors))
	permutations := compare.Test{Permutations: test.Permutations, Seed: test.Seed, Workers: test.Workers}
	for d, v := range vectors {
		x := &rdm.RDM{Names: a.Names, N: a.N, Values: v}
		na, err := compare.NullDistribution(ctx, x, a, compare.DefaultOptions(), permutations)
		if err != nil {
			return nil, fmt.Errorf("dimension %d: %w", d, err)
		}
		nb, err := compare.NullDistribution(ctx, x, b, compare.DefaultOptions(), permutations)
		if err != nil {
			return nil, fmt.Errorf("dimension %d: %w", d, err)
		}
		null := na.Less(nb)
		out[d] = Change{A: na.Observed, B: nb.Observed, Difference: null.Observed, PPermutation: null.P(compare.TwoSided)}
	}
	samples, err := resample(ctx, a.N, a.Values, b.Values, vectors, test)
	if err != nil {
		return nil, err
	}
	for d, s := range samples {
		below, above := 0, 0
		for _, v := range s {
			if v <= 0 {
				below++
			}
			if v >= 0 {
				above++
			}
		}
		out[d].PBootstrap = min(1, 2*float64(min(below, above)+1)/float64(len(s)+1))
		slices.Sort(s)
		out[d].Low, out[d].High = quantile(s, (1-test.Confidence)/2), quantile(s, (1+test.Confidence)/2)
	}
	return out, nil
}

// quantile of sorted x, linear between its values (numpy's default).
func quantile(x []float64, q float64) float64 {
	at := q * float64(len(x)-1)
	i := min(int(at), len(x)-2)
	if i < 0 {
		return x[0]
	}
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}

// resample gives the difference of correlations: [dimension][resample].
func resample(ctx context.Context, n int, a, b []float64, dims [][]float64, test Test) ([][]float64, error) {
	orders := make([]*sorted, 0, len(dims)+2)
	for _, v := range append([][]float64{a, b}, dims...) {
		orders = append(orders, sort(v))
	}
	out := make([][]float64, len(dims))
	for d := range out {
		out[d] = make([]float64, test.Resamples)
	}
	type buffers struct{ counts, weight, ra, rb, rd []float64 }
	workers := make([]buffers, parallel.Workers(test.Workers, test.Resamples))
	for i := range workers {
		workers[i] = buffers{make([]float64, n), make([]float64, len(a)), make([]float64, len(a)), make([]float64, len(a)), make([]float64, len(a))}
	}
	return out, parallel.Run(ctx, test.Workers, test.Resamples, func(i, k int) error {
		w := workers[i]
		counts, weight, ra, rb, rd := w.counts, w.weight, w.ra, w.rb, w.rd
		r := rand.New(rand.NewPCG(test.Seed, uint64(k)|1<<63)) // apart from the permutations
		clear(counts)
		for range n {
			counts[r.IntN(n)]++
		}
		p := 0
		for i, c := range counts {
			for _, d := range counts[i+1:] {
				weight[p] = c * d
				p++
			}
		}
		na, nb := orders[0].ranks(ra, weight), orders[1].ranks(rb, weight)
		for d := range dims {
			if err := ctx.Err(); err != nil {
				return err
			}
			nd := orders[d+2].ranks(rd, weight)
			var sa, sb float64
			for i, w := range weight {
				v := w * rd[i]
				sa += v * ra[i]
				sb += v * rb[i]
			}
			out[d][k] = ratio(sa, na*nd) - ratio(sb, nb*nd)
		}
		return nil
	})
}

// ratio is s/√v, and 0 where a resample has left a constant.
func ratio(s, v float64) float64 {
	if v <= 0 {
		return 0
	}
	return s / math.Sqrt(v)
}

// sorted is the order of a vector, sorted once for all resamples.
type sorted struct {
	order []int32
	ends  []int32 // where each run of equal values ends in order
}

func sort(x []float64) *sorted {
	s := &sorted{order: make([]int32, len(x))}
	for i := range s.order {
		s.order[i] = int32(i)
	}
	slices.SortStableFunc(s.order, func(a, b int32) int { return cmp.Compare(x[a], x[b]) })
	for i := range s.order {
		if i+1 == len(x) || x[s.order[i]] != x[s.order[i+1]] {
			s.ends = append(s.ends, int32(i+1))
		}
	}
	return s
}

// ranks writes the centred mean ranks that the values have when value i is
// there weight[i] times, and gives the weighted sum of their squares.
func (s *sorted) ranks(out, weight []float64) float64 {
	total := 0.0
	for _, w := range weight {
		total += w
	}
	before, squares := 0.0, 0.0
	lo := int32(0)
	for _, hi := range s.ends {
		run := s.order[lo:hi]
		lo = hi
		here := 0.0
		for _, i := range run {
			here += weight[i]
		}
		rank := before + (here-total)/2
		before += here
		squares += here * rank * rank
		for _, i := range run {
			out[i] = rank
		}
	}
	return squares
}
