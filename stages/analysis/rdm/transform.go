package rdm

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Mean averages RDMs that are aligned by name to the first.
func Mean(rdms ...*RDM) (*RDM, error) {
	if len(rdms) == 0 {
		return nil, fmt.Errorf("rdm: mean of no RDMs: %w", ErrShape)
	}
	first := rdms[0]
	sum := make([]float64, len(first.Values))
	for k, r := range rdms {
		aligned, err := Align(first, r)
		if err != nil {
			return nil, fmt.Errorf("RDM %d: %w", k, err)
		}
		for i, v := range aligned.Values {
			sum[i] += v
		}
	}
	for i := range sum {
		sum[i] /= float64(len(rdms))
	}
	return first.with(first.Metric, sum), nil
}

// Rank replaces the dissimilarities by their ranks from 1, equal ones by their
// mean rank; NaN stays.
func (r *RDM) Rank() *RDM { return r.with(r.Metric+" (ranks)", Ranks(r.Values)) }

// Sqrt takes square roots; negative (cross-validated) dissimilarities become 0.
func (r *RDM) Sqrt() *RDM {
	out := make([]float64, len(r.Values))
	for i, v := range r.Values {
		out[i] = math.Sqrt(math.Max(v, 0))
	}
	metric := "sqrt of " + r.Metric
	if r.Metric == string(SqEuclidean) {
		metric = string(Euclidean)
	}
	return r.with(metric, out)
}

func (r *RDM) with(metric string, values []float64) *RDM {
	return &RDM{Metric: metric, Names: r.Names, N: r.N, Values: values}
}

// Ranks gives the ranks of x from 1, ties their mean rank, NaN for NaN
// (scipy.stats.rankdata with nan_policy omit).
func Ranks(x []float64) []float64 {
	order := make([]int32, 0, len(x))
	out := make([]float64, len(x))
	for i, v := range x {
		if math.IsNaN(v) {
			out[i] = v
			continue
		}
		order = append(order, int32(i))
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(x[a], x[b]) })
	for lo := 0; lo < len(order); {
		hi := lo + 1
		for hi < len(order) && x[order[hi]] == x[order[lo]] {
			hi++
		}
		rank := float64(lo+hi+1) / 2
		for _, i := range order[lo:hi] {
			out[i] = rank
		}
		lo = hi
	}
	return out
}
