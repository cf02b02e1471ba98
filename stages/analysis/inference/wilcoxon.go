package inference

import (
	"fmt"
	"math"
	"slices"
)

// Zeros says what the signed-rank test does with differences of 0, by scipy's
// names.
type Zeros int

// What is done with zeros.
const (
	Drop   Zeros = iota // "wilcox": leave them out
	Pratt               // rank them, then leave their ranks out
	ZSplit              // rank them and give half of their ranks to each side
)

const (
	maxExactRanks = 50 // the largest n without ties and zeros of the exact distribution, as in scipy
	maxExactTies  = 13 // the same with ties or zeros: all sign patterns of what is left
)

// SignedRank is the outcome of Wilcoxon.
type SignedRank struct {
	Statistic float64 // two-sided: the smaller rank sum; else that of the positive differences
	Positive  float64 // rank sum of the positive differences
	Negative  float64 // rank sum of the negative ones
	Z         float64 // of the normal approximation; 0 if Exact
	P         float64
	Exact     bool
	SmallestP float64 // that the differences left allow

	// RankBiserial is the matched-pairs rank-biserial correlation (Kerby 2014): the
	// share of the rank sum that is positive less that which is negative.
	RankBiserial float64
}

// Wilcoxon is the signed-rank test of the differences x against a distribution
// symmetric about 0. Up to 50 differences without zeros and without ties, and up to 13
// with them, it counts all sign patterns of the differences that are left; else it
// takes the normal approximation with the variance corrected for ties and, if asked,
// the continuity correction of 0.5. These are the rules of scipy 1.13 and later.
//
// Differences are equal, or 0, where they differ by no more than rounding.
//
// Errors: ErrTooFew (none left), ErrNotFinite.
func Wilcoxon(x []float64, rounding float64, alt Alternative, zeros Zeros, continuity bool) (SignedRank, error) {
	if err := checkValues("the signed-rank test", x, 1); err != nil {
		return SignedRank{}, err
	}
	d := slices.Clone(x)
	zero := 0
	for i, v := range d {
		if math.Abs(v) <= rounding {
			d[i] = 0
			zero++
		}
	}
	if zeros == Drop {
		d = slices.DeleteFunc(d, func(v float64) bool { return v == 0 })
	}
	if len(d) == 0 || zero == len(x) {
		return SignedRank{}, fmt.Errorf("%w: all %d differences are 0", ErrTooFew, len(x))
	}
	size := make([]float64, len(d))
	for i, v := range d {
		size[i] = math.Abs(v)
	}
	rank := ranks(size, rounding)
	var r SignedRank
	var kept []float64   // ranks that count in the tie correction
	var signed []float64 // ranks of the differences that have a sign
	for i, v := range d {
		switch {
		case v > 0:
			r.Positive += rank[i]
		case v < 0:
			r.Negative += rank[i]
		case zeros == ZSplit:
			r.Positive += rank[i] / 2
			r.Negative += rank[i] / 2
		}
		if v != 0 {
			signed = append(signed, rank[i])
		}
		if zeros != Pratt || v != 0 {
			kept = append(kept, rank[i])
		}
	}
	r.RankBiserial = (r.Positive - r.Negative) / (r.Positive + r.Negative)
	r.Statistic = r.Positive
	if alt == TwoSided {
		r.Statistic = math.Min(r.Positive, r.Negative)
	}
	ties := tieSum(kept)
	n := float64(len(d))
	if ties == 0 && zero == 0 && len(d) <= maxExactRanks || len(x) <= maxExactTies {
		var positive float64
		for i, v := range d {
			if v > 0 {
				positive += rank[i]
			}
		}
		r.Exact = true
		r.P = exactRankP(positive, signed, alt)
		r.SmallestP = smallestFlipP(len(signed), alt)
		return r, nil
	}
	mean, variance := n*(n+1)/4, n*(n+1)*(2*n+1)
	if zeros == Pratt {
		z := float64(zero)
		mean -= z * (z + 1) / 4
		variance -= z * (z + 1) * (2*z + 1)
	}
	sd := math.Sqrt((variance - ties/2) / 24)
	approximate := func(positive, negative float64) (z, p float64) {
		statistic := positive
		if alt == TwoSided {
			statistic = math.Min(positive, negative)
		}
		shift := 0.0
		if continuity {
			switch {
			case alt == Greater || (alt == TwoSided && statistic > mean):
				shift = 0.5
			case alt == Less || statistic < mean:
				shift = -0.5
			}
		}
		z = (statistic - mean - shift) / sd
		return z, pOf(z, alt, normalTail)
	}
	r.Z, r.P = approximate(r.Positive, r.Negative)
	// The most that these ranks can say: all on one side.
	var all float64
	for _, v := range signed {
		all += v
	}
	neutral := (r.Positive + r.Negative - all) / 2
	if alt == Less {
		_, r.SmallestP = approximate(neutral, neutral+all)
	} else {
		_, r.SmallestP = approximate(neutral+all, neutral)
	}
	return r, nil
}

// exactRankP counts the sign patterns of ranks whose positive sum is as far out.
// Ranks are halves, so that twice their sums are whole numbers.
func exactRankP(sum float64, ranks []float64, alt Alternative) float64 {
	total := 0
	for _, r := range ranks {
		total += int(2 * r)
	}
	ways := make([]float64, total+1)
	ways[0] = 1
	reached := 0
	for _, r := range ranks {
		twice := int(2 * r)
		reached += twice
		for s := reached; s >= twice; s-- {
			ways[s] += ways[s-twice]
		}
	}
	var less, greater float64
	at := int(2 * sum)
	for s, w := range ways {
		if s <= at {
			less += w
		}
		if s >= at {
			greater += w
		}
	}
	all := math.Ldexp(1, len(ranks))
	switch alt {
	case Greater:
		return greater / all
	case Less:
		return less / all
	}
	return math.Min(1, 2*math.Min(less, greater)/all)
}

// ranks are 1-based; ties share their mean rank. Neighbours that differ by no more
// than rounding are ties.
func ranks(x []float64, rounding float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	r := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && (j == i || x[order[j]]-x[order[j-1]] <= rounding) {
			j++
		}
		for k := i; k < j; k++ {
			r[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return r
}

// tieSum is Σ t(t²-1) over groups of t equal values.
func tieSum(r []float64) float64 {
	r = slices.Clone(r)
	slices.Sort(r)
	var sum float64
	for i := 0; i < len(r); {
		j := i
		for j < len(r) && r[j] == r[i] {
			j++
		}
		t := float64(j - i)
		sum += t * (t*t - 1)
		i = j
	}
	return sum
}

// WilcoxonTest is Wilcoxon at each point, zeros dropped, without continuity
// correction (scipy's defaults). Differences that Paired or Minus took are equal, or 0,
// where they differ by the rounding of their operands alone: 0.7 - 0.5 and 0.5 - 0.3
// are ties. P is not corrected over points; Exact if it is at every point; SmallestP is
// the smallest of any point, of the differences that are left there.
func WilcoxonTest(s Sample, alt Alternative) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	r := Result{
		Test: "wilcoxon", Alternative: alt, N: s.Subjects, Exact: true,
		Statistic: make([]float64, s.Points), P: make([]float64, s.Points), SmallestP: 1,
		Effect: make([]float64, s.Points), EffectName: "rank-biserial correlation",
	}
	for p := range r.P {
		var rounding float64
		if s.rounding != nil {
			rounding = s.rounding[p]
		}
		w, err := Wilcoxon(s.Column(p), rounding, alt, Drop, false)
		if err != nil {
			return Result{}, fmt.Errorf("point %d: %w", p, err)
		}
		r.Statistic[p], r.P[p], r.Effect[p] = w.Statistic, w.P, w.RankBiserial
		r.Exact = r.Exact && w.Exact
		r.SmallestP = min(r.SmallestP, w.SmallestP)
	}
	return r, nil
}
