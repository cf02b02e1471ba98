package inference

import (
	"fmt"
	"slices"
)

// The corrections return adjusted p values in the order of p: reject where they
// are at most alpha. An error is a p outside [0, 1] or NaN.

// Bonferroni bounds the chance of any false rejection, under any dependence.
func Bonferroni(p []float64) ([]float64, error) {
	return adjust(p, false, func(_, m int) float64 { return float64(m) })
}

// FixedSequence is for hypotheses tested in an order that was fixed beforehand, each only
// if those before it were rejected (Maurer, Hothorn & Lehmacher 1995): the adjusted p is
// the largest so far. It bounds the chance of any false rejection under any dependence,
// and no p is multiplied, so p far below the level need not be exact.
func FixedSequence(p []float64) ([]float64, error) {
	out := make([]float64, len(p))
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, fmt.Errorf("inference: p value %d is %v; p values are in [0, 1]", i, v)
		}
		out[i] = v
		if i > 0 {
			out[i] = max(v, out[i-1])
		}
	}
	return out, nil
}

// Holm is the step-down form of Bonferroni: the same bound, never less power.
func Holm(p []float64) ([]float64, error) {
	return adjust(p, false, func(rank, m int) float64 { return float64(m - rank) })
}

// BenjaminiHochberg bounds the expected share of false rejections among all, for
// independent or positively dependent tests.
func BenjaminiHochberg(p []float64) ([]float64, error) {
	return adjust(p, true, func(rank, m int) float64 { return float64(m) / float64(rank+1) })
}

// BenjaminiYekutieli bounds the same share under any dependence.
func BenjaminiYekutieli(p []float64) ([]float64, error) {
	var harmonic float64
	for k := range p {
		harmonic += 1 / float64(k+1)
	}
	return adjust(p, true, func(rank, m int) float64 { return harmonic * float64(m) / float64(rank+1) })
}

// adjust multiplies the p of each rank (0 the smallest) by its factor and makes
// the result monotone: step-down by the running maximum from the smallest p,
// step-up by the running minimum from the largest.
func adjust(p []float64, stepUp bool, factor func(rank, m int) float64) ([]float64, error) {
	m := len(p)
	order := make([]int, m)
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, fmt.Errorf("inference: p value %d is %v; p values are in [0, 1]", i, v)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, m)
	for rank, i := range order {
		out[i] = min(1, p[i]*factor(rank, m))
	}
	if stepUp {
		for rank := m - 2; rank >= 0; rank-- {
			out[order[rank]] = min(out[order[rank]], out[order[rank+1]])
		}
		return out, nil
	}
	for rank := 1; rank < m; rank++ {
		out[order[rank]] = max(out[order[rank]], out[order[rank-1]])
	}
	return out, nil
}
