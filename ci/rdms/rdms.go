// Package rdms holds what the simulations of RDMs share: Spearman's correlations over many
// subsets of the same pairs, without sorting each subset.
package rdms

import (
	"cmp"
	"math"
	"slices"
)

// Order sorts the indices of the pairs by their value.
func Order(values []float64) []int {
	out := make([]int, len(values))
	for i := range out {
		out[i] = i
	}
	slices.SortFunc(out, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return out
}

// Ranks are those of some pairs (nil: all) in each order, with mean 0 and length 1, so that
// Dot of two is their correlation; 0 for other pairs.
func Ranks(orders [][]int, pairs []int) [][]float64 {
	taken := make([]bool, len(orders[0]))
	n := len(pairs)
	for _, p := range pairs {
		taken[p] = true
	}
	if pairs == nil {
		n = len(taken)
		for i := range taken {
			taken[i] = true
		}
	}
	m := float64(n)
	scale := 1 / math.Sqrt(m*(m*m-1)/12)
	out := make([][]float64, len(orders))
	for k, order := range orders {
		out[k] = make([]float64, len(order))
		at := 0.0
		for _, p := range order {
			if taken[p] {
				out[k][p] = scale * (at - (m-1)/2)
				at++
			}
		}
	}
	return out
}

// Dot is the sum of products.
func Dot(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
