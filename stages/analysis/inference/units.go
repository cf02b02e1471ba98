package inference

import (
	"fmt"
	"math"
	"slices"

	"realnet/stages/analysis/internal/magnitude"
)

// EstimateMean says how far the mean of a statistic over k units would differ with
// other conditions and other units. A unit is a subject with what is theirs alone: a
// brain, the network that it trained. units holds the statistic of each, kept its
// values on the Kept sets (k x evaluations). With one unit it is Estimate.
//
// With u_i the statistic of unit i, u their mean and V the variance over conditions,
//
//	V(u) + max(0, S - C), S = Σ_i (u_i - u)² / (k (k-1)), C = Σ_i V(u_i - u) / (k (k-1))
//
// S is the variance of the mean over units; C is the part of it that the choice of
// conditions makes, which V(u) has already. Without units in it, a test finds effects
// that one training happened to have. The degrees of freedom are Satterthwaite's,
// (V(u) + max(0, S - C))² / (V(u)² / (n-1) + S² / (k-1)), never less than k-1.
//
// It takes units for independent and their statistics for about normal, which few
// units cannot show. Where units make most of the variance a test at 5 % errs in 10 %
// of data sets with two units, whose S is itself uncertain, and in 5 % with three or
// five; where they make none, in 2 % (docs/validity.md). Errors: ErrNotFinite.
func (l *LeaveOut) EstimateMean(units []float64, kept [][]float64, level float64) (Estimate, error) {
	k := float64(len(units))
	if len(units) == 0 || len(units) != len(kept) {
		return Estimate{}, fmt.Errorf("inference: %d units, left out of %d", len(units), len(kept))
	}
	largest := magnitude.Largest(units)
	for i, u := range units {
		if err := l.check(u, kept[i]); err != nil {
			return Estimate{}, err
		}
		largest = max(largest, magnitude.Largest(kept[i]))
	}
	e := magnitude.ExponentOf(largest)
	if e != 0 {
		units, kept = slices.Clone(units), slices.Clone(kept)
		magnitude.Scale(units, -e)
		for i := range kept {
			kept[i] = slices.Clone(kept[i])
			magnitude.Scale(kept[i], -e)
		}
	}
	mean, left := 0.0, make([]float64, len(l.Kept))
	for i, u := range units {
		mean += u / k
		for m, v := range kept[i] {
			left[m] += v / k
		}
	}
	if len(units) == 1 {
		one, err := l.Estimate(mean, left, level)
		return one.scaled(e), err
	}
	var between, common float64
	apart := make([]float64, len(left))
	for i, u := range units {
		between += (u - mean) * (u - mean) / (k * (k - 1))
		for m, v := range kept[i] {
			apart[m] = v - left[m]
		}
		common += l.variance(apart) / (k * (k - 1))
	}
	conditions := l.variance(left)
	variance := conditions + max(0, between-common)
	df := float64(l.conditions - 1)
	if variance > 0 {
		df = variance * variance / (conditions*conditions/df + between*between/(k-1))
	}
	return estimate(mean, variance, math.Max(df, k-1), level).scaled(e), checkLevel(level)
}
