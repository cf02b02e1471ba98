package rdm

import (
	"cmp"
	"math"
	"slices"
)

const (
	// tiesSampled is how many dissimilarities say whether an RDM has ties. Those of
	// continuous patterns differ by far more than rounding, and stay as they are.
	tiesSampled = 512
	// mostLevels bounds how many values ties may have.
	mostLevels = 1 << 16
	// levelBits is what is cut off a value to find those near it: 2^-36 of it is left.
	levelBits = 16
)

// JoinTies makes dissimilarities equal that differ by rounding alone. Patterns with a
// feature for each category have few distances, of many pairs each; sums in another order
// give each pair its own last bits, and rank correlations would compare their order.
// slack bounds the rounding of a pair.
func JoinTies(values []float64, n int, slack func(i, j int, d float64) float64) {
	if !hasTies(values, n, slack) {
		return
	}
	levels := map[uint64]float64{}
	k := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			values[k] = level(levels, values[k], slack(i, j, values[k]))
			k++
		}
	}
}

// level is 0 or the first value that was within the slack of d, or d, which is then one.
func level(levels map[uint64]float64, d, slack float64) float64 {
	if math.Abs(d) <= slack {
		return 0
	}
	key := math.Float64bits(d) >> levelBits
	for _, at := range []uint64{key, key - 1, key + 1} {
		if v, ok := levels[at]; ok && math.Abs(v-d) <= slack {
			return v
		}
	}
	if _, ok := levels[key]; !ok && len(levels) < mostLevels {
		levels[key] = d
	}
	return d
}

// hasTies says whether two of some dissimilarities, from all over the RDM, are equal but
// for rounding.
func hasTies(values []float64, n int, slack func(i, j int, d float64) float64) bool {
	type sampled struct{ d, slack float64 }
	var sample []sampled
	i, end := 0, n-1 // the row of k, and where the next one begins
	for s := range min(tiesSampled, len(values)) {
		k := s * len(values) / min(tiesSampled, len(values))
		for k >= end {
			i++
			end += n - 1 - i
		}
		j := n - (end - k)
		sample = append(sample, sampled{values[k], slack(i, j, values[k])})
	}
	slices.SortFunc(sample, func(a, b sampled) int { return cmp.Compare(a.d, b.d) })
	for s := 1; s < len(sample); s++ {
		if a, b := sample[s-1], sample[s]; b.d-a.d <= max(a.slack, b.slack) {
			return true
		}
	}
	return false
}
