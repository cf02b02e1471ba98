package inference

import "math"

// effectName is of effects.
const effectName = "Hedges' g"

// effects gives Hedges' g of each point from Student's t: d = t / sqrt(n) is the mean
// over the standard deviation, and g takes the bias of few subjects off it. Two
// subjects have none: nil.
func effects(t []float64, n int) []float64 {
	if n < 3 {
		return nil
	}
	g := make([]float64, len(t))
	for p, v := range t {
		g[p] = v / math.Sqrt(float64(n)) * hedges(n-1)
	}
	return g
}

// hedges is the factor that removes the bias which d has in samples of df degrees of
// freedom, at least 2:
//
//	g = d Γ(df/2) / (sqrt(df/2) Γ((df-1)/2)),  about d (1 - 3/(4 df - 1))
//
// (Hedges 1981).
func hedges(df int) float64 {
	a, _ := math.Lgamma(float64(df) / 2)
	b, _ := math.Lgamma(float64(df-1) / 2)
	return math.Exp(a-b) / math.Sqrt(float64(df)/2)
}
