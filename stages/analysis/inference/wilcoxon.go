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

// maxExactRanks is the largest n of the exact distribution, as in scipy.
const maxExactRanks = 50

// SignedRank is the outcome of Wilcoxon.
type SignedRank struct {
	Statistic float64 // two-sided: the smaller rank sum; else that of the positive differences
	Positive  float64 // rank sum of the positive differences
	Negative  float64 // rank sum of the negative ones
	Z         float64 // of the normal approximation; 0 if Exact
	P         float64
	Exact     bool
	SmallestP float64 // that so many differences allow; of the approximation 0
}

// Wilcoxon is the signed-rank test of the differences x against a distribution
// symmetric about 0. Up to 50 differences without zeros and without ties it uses
// the exact distribution, else the normal approximation with the variance
// corrected for ties and, if asked, the continuity correction of 0.5.
//
// scipy (1.10) uses the exact distribution with ties as well, cutting half ranks
// off; here ties take the approximation, as in later versions.
//
// Errors: ErrTooFew (none left), ErrNotFinite.
func Wilcoxon(x []float64, alt Alternative, zeros Zeros, continuity bool) (SignedRank, error) {
	if err := checkValues("the signed-rank test", x, 1); err != nil {
		return SignedRank{}, err
	}
	d := slices.Clone(x)
	zero := 0
	for _, v := range d {
		if v == 0 {
			zero++
		}
	}
	if zeros == Drop {
		d = slices.DeleteFunc(d, func(v float64) bool { return v == 0 })
	}
	if len(d) == 0 || (zeros == Pratt && zero == len(d)) {
		return SignedRank{}, fmt.Errorf("%w: all %d differences are 0", ErrTooFew, len(x))
	}
	size := make([]float64, len(d))
	for i, v := range d {
		size[i] = math.Abs(v)
	}
	rank := ranks(size)
	var r SignedRank
	var kept []float64 // ranks that count in the tie correction
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
		if zeros != Pratt || v != 0 {
			kept = append(kept, rank[i])
		}
	}
	r.Statistic = r.Positive
	if alt == TwoSided {
		r.Statistic = math.Min(r.Positive, r.Negative)
	}
	ties := tieSum(kept)
	n := float64(len(d))
	if ties == 0 && zero == 0 && len(d) <= maxExactRanks {
		r.Exact = true
		r.P = exactRankP(int(r.Positive), len(d), alt)
		r.SmallestP = smallestFlipP(len(d), alt)
		return r, nil
	}
	mean, variance := n*(n+1)/4, n*(n+1)*(2*n+1)
	if zeros == Pratt {
		z := float64(zero)
		mean -= z * (z + 1) / 4
		variance -= z * (z + 1) * (2*z + 1)
	}
	sd := math.Sqrt((variance - ties/2) / 24)
	shift := 0.0
	if continuity {
		switch {
		case alt == Greater || (alt == TwoSided && r.Statistic > mean):
			shift = 0.5
		case alt == Less || r.Statistic < mean:
			shift = -0.5
		}
	}
	if sd == 0 {
		r.P = 1
		return r, nil
	}
	r.Z = (r.Statistic - mean - shift) / sd
	r.P = pOf(r.Z, alt, normalTail)
	return r, nil
}

// exactRankP counts the sign patterns of n ranks whose positive sum is as far out.
func exactRankP(sum, n int, alt Alternative) float64 {
	total := n * (n + 1) / 2
	ways := make([]float64, total+1)
	ways[0] = 1
	for k := 1; k <= n; k++ {
		for s := k * (k + 1) / 2; s >= k; s-- {
			ways[s] += ways[s-k]
		}
	}
	var less, greater float64
	for s, w := range ways {
		if s <= sum {
			less += w
		}
		if s >= sum {
			greater += w
		}
	}
	all := math.Ldexp(1, n)
	switch alt {
	case Greater:
		return greater / all
	case Less:
		return less / all
	}
	return math.Min(1, 2*math.Min(less, greater)/all)
}

// ranks are 1-based; ties share their mean rank.
func ranks(x []float64) []float64 {
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
		for j < len(order) && x[order[j]] == x[order[i]] {
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
// correction (scipy's defaults). P is not corrected over points; Exact if it is at
// every point.
func WilcoxonTest(s Sample, alt Alternative) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	r := Result{
		Test: "wilcoxon", Alternative: alt, N: s.Subjects, Exact: true,
		Statistic: make([]float64, s.Points), P: make([]float64, s.Points), SmallestP: smallestFlipP(s.Subjects, alt),
	}
	for p := range r.P {
		w, err := Wilcoxon(s.Column(p), alt, Drop, false)
		if err != nil {
			return Result{}, fmt.Errorf("point %d: %w", p, err)
		}
		r.Statistic[p], r.P[p] = w.Statistic, w.P
		r.Exact = r.Exact && w.Exact
	}
	return r, nil
}
