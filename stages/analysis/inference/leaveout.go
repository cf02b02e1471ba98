package inference

import (
	"fmt"
	"math"
	"math/rand/v2"

	"realnet/stages/analysis/internal/magnitude"
)

// pairGroups is the number of groups of pairs that LeaveOut leaves out.
const pairGroups = 200

// LeaveOut measures how far a statistic of RDMs would differ with other
// conditions (images) of the same kind: the statistic is evaluated on each set
// of Kept pairs, and Estimate turns the values into an interval and a p value.
//
// The pairs of an RDM share conditions. Let h_ij be the influence of a pair on
// the statistic; its variance is the sum of the covariances of pairs that share a
// condition, with the variance of each pair itself counted once:
//
//	V = Σ_i (Σ_j h_ij)² - Σ_i<j h_ij²
//
// Leaving out one condition after the other (the jackknife) gives the first
// term, in which every pair is counted twice: it is too large (Efron & Stein
// 1981), and drawing conditions with replacement, which counts them three times,
// more so. Leaving out random groups of pairs gives the second term. The
// difference is the variance for dyadic data (Fafchamps & Gubert 2007; Aronow,
// Samii & Assenova 2015); it is never less than half of the first term.
type LeaveOut struct {
	// Kept holds, for each evaluation, the pairs that take part, as indices of a
	// condensed RDM (scipy's pdist order).
	Kept       [][]int
	conditions int
}

// NewLeaveOut lists the evaluations for RDMs of n conditions: n, and as many as
// 200 for the groups of pairs, which the seed makes. Errors: ErrTooFew.
func NewLeaveOut(n int, seed uint64) (*LeaveOut, error) {
	if n < 4 {
		return nil, fmt.Errorf("%w: %d conditions; leaving one out needs at least 4", ErrTooFew, n)
	}
	l := &LeaveOut{conditions: n}
	all := DistinctPairs(identity(n), n)
	for left := range n {
		rest := append(identity(left), identity(n)[left+1:]...)
		l.Kept = append(l.Kept, DistinctPairs(rest, n))
	}
	group := rand.New(rand.NewPCG(seed, uint64(n))).Perm(len(all))
	groups := min(pairGroups, len(all))
	for left := range groups {
		kept := make([]int, 0, len(all))
		for _, pair := range all {
			if group[pair]%groups != left {
				kept = append(kept, pair)
			}
		}
		l.Kept = append(l.Kept, kept)
	}
	return l, nil
}

// Estimate is a statistic with its uncertainty over what was left out.
type Estimate struct {
	Value, SE float64
	DF        float64  // degrees of freedom: one less than units of each sample
	Interval  Interval // by Student's t
	P         float64  // two-sided, that the value is 0
}

// Estimate takes the statistic of all pairs and its values on the Kept sets, in
// their order. Errors: ErrNotFinite.
func (l *LeaveOut) Estimate(value float64, kept []float64, level float64) (Estimate, error) {
	if err := checkLevel(level); err != nil {
		return Estimate{}, err
	}
	if err := l.check(value, kept); err != nil {
		return Estimate{}, err
	}
	values, e := magnitude.Unit(append([]float64{value}, kept...))
	return estimate(values[0], l.variance(values[1:]), float64(l.conditions-1), level).scaled(e), nil
}

func (l *LeaveOut) check(value float64, kept []float64) error {
	if len(kept) != len(l.Kept) {
		return fmt.Errorf("inference: %d values of %d evaluations", len(kept), len(l.Kept))
	}
	return checkValues("the statistic without some pairs", append([]float64{value}, kept...), 2)
}

// variance is that of a statistic over conditions, from its values on the Kept sets.
func (l *LeaveOut) variance(kept []float64) float64 {
	conditions := jackknife(kept[:l.conditions])
	pairs := jackknife(kept[l.conditions:])
	return max(conditions-pairs, conditions/2)
}

// Jackknife is the estimate of a statistic of independent samples, such as the
// runs of two halves of a measurement, from its values with one unit of one sample
// left out: a list for each sample. What the samples vary together is counted for
// each of them, so that the interval is rather too wide (Efron & Stein 1981).
// Errors: ErrTooFew, ErrNotFinite.
func Jackknife(value float64, left [][]float64, level float64) (Estimate, error) {
	if err := checkLevel(level); err != nil {
		return Estimate{}, err
	}
	all := []float64{value}
	df := 0
	for _, values := range left {
		if err := checkValues("the statistic without some units", values, 2); err != nil {
			return Estimate{}, err
		}
		all = append(all, values...)
		df += len(values) - 1
	}
	if df == 0 {
		return Estimate{}, fmt.Errorf("%w: no samples", ErrTooFew)
	}
	if err := checkValues("the statistic", []float64{value}, 1); err != nil {
		return Estimate{}, err
	}
	all, e := magnitude.Unit(all)
	var variance float64
	rest := all[1:]
	for _, values := range left {
		variance += jackknife(rest[:len(values)])
		rest = rest[len(values):]
	}
	return estimate(all[0], variance, float64(df), level).scaled(e), nil
}

// scaled is the estimate of values that were multiplied by 2^e.
func (e Estimate) scaled(exponent int) Estimate {
	if exponent != 0 {
		for _, v := range []*float64{&e.Value, &e.SE, &e.Interval.Low, &e.Interval.High} {
			*v = math.Ldexp(*v, exponent)
		}
	}
	return e
}

func estimate(value, variance, df, level float64) Estimate {
	e := Estimate{Value: value, SE: math.Sqrt(variance), DF: df, P: 1}
	if value != 0 {
		e.P = pOf(value/e.SE, TwoSided, func(t float64) float64 { return tTail(t, df) })
	}
	half := tQuantile((1+level)/2, df) * e.SE
	e.Interval = Interval{value - half, value + half, level}
	return e
}

// jackknife is the variance of a statistic from its values with one of n equal
// parts left out.
func jackknife(left []float64) float64 {
	_, sd := meanSD(left)
	n := float64(len(left))
	return (n - 1) * (n - 1) / n * sd * sd
}
