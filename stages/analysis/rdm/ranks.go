package rdm

import (
	"cmp"
	"math"
	"slices"
)

// Ranks gives the ranks of x from 1, ties their mean rank, NaN for NaN
// (scipy.stats.rankdata with nan_policy omit).
func Ranks(x []float64) []float64 {
	out := make([]float64, len(x))
	order := make([]item, 0, len(x))
	for i, v := range x {
		if math.IsNaN(v) {
			out[i] = v
			continue
		}
		order = append(order, item{sortable(v), int32(i)})
	}
	order = sortItems(order)
	for lo := 0; lo < len(order); {
		hi := lo + 1
		for hi < len(order) && order[hi].key == order[lo].key {
			hi++
		}
		rank := float64(lo+hi+1) / 2
		for _, it := range order[lo:hi] {
			out[it.at] = rank
		}
		lo = hi
	}
	return out
}

// item is a value, as a key that sorts like it, and where it came from.
type item struct {
	key uint64
	at  int32
}

// sortable maps a float64 to bits in the same order; -0 equals 0.
func sortable(v float64) uint64 {
	b := math.Float64bits(v + 0)
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

// sortItems sorts by key: by digits of 11 bits, lowest first, from a thousand
// items on (an RDM has many, and comparisons would take five times as long).
func sortItems(a []item) []item {
	if len(a) < 1000 {
		slices.SortFunc(a, func(x, y item) int { return cmp.Compare(x.key, y.key) })
		return a
	}
	const bits, digits = 11, 6
	var counts [digits][1 << bits]int32
	for _, it := range a {
		for d := range digits {
			counts[d][it.key>>(d*bits)&(1<<bits-1)]++
		}
	}
	b := make([]item, len(a))
	for d := range digits {
		count := &counts[d]
		if count[a[0].key>>(d*bits)&(1<<bits-1)] == int32(len(a)) {
			continue // all alike in this digit
		}
		sum := int32(0)
		for i, c := range count {
			count[i] = sum
			sum += c
		}
		for _, it := range a {
			k := it.key >> (d * bits) & (1<<bits - 1)
			b[count[k]] = it
			count[k]++
		}
		a, b = b, a
	}
	return a
}
