package rdm

import (
	"fmt"
	"math"
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
