package rdm

import "math"

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
