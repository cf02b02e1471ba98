package inference

import (
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
)

// OneSampleT tests each point's mean against 0 by Student's t with n-1 degrees of
// freedom; P is not corrected over points. For paired data pass the differences.
//
// Errors: ErrShape, ErrTooFew (n < 2), ErrNotFinite, ErrNoVariance.
func OneSampleT(s Sample, alt Alternative) (Result, error) {
	t, err := tValues(s)
	if err != nil {
		return Result{}, err
	}
	df := float64(s.Subjects - 1)
	p := make([]float64, len(t))
	for i, v := range t {
		p[i] = pOf(v, alt, func(t float64) float64 { return tTail(t, df) })
	}
	return Result{Test: "ttest", Alternative: alt, N: s.Subjects, Statistic: t, P: p, Exact: true, Effect: effects(t, s.Subjects), EffectName: effectName}, nil
}

// tValues checks a sample and returns mean/(sd/sqrt(n)) of each point.
func tValues(s Sample) ([]float64, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	t := make([]float64, s.Points)
	n := float64(s.Subjects)
	for k := range t {
		x, _ := magnitude.Unit(s.Column(k))
		mean, sd := meanSD(x)
		switch {
		case mean == 0 && sd == 0:
		case noVariance(x, sd):
			return nil, fmt.Errorf("%w: all %d subjects are %g at point %d, t is undefined; leave the point out", ErrNoVariance, s.Subjects, s.Values[k], k)
		default:
			t[k] = mean / (sd / math.Sqrt(n))
		}
	}
	return t, nil
}

// meanSD returns the mean and the standard deviation (divided by n-1).
func meanSD(x []float64) (mean, sd float64) {
	x, e := magnitude.Unit(x)
	n := float64(len(x))
	for _, v := range x {
		mean += v
	}
	mean /= n
	var ss, s float64
	for _, v := range x {
		ss += (v - mean) * (v - mean)
		s += v - mean
	}
	sd = math.Sqrt(math.Max(0, ss-s*s/n) / (n - 1))
	if e != 0 {
		return math.Ldexp(mean, e), math.Ldexp(sd, e)
	}
	return mean, sd
}

// noVariance reports a standard deviation that is nothing but rounding.
func noVariance(x []float64, sd float64) bool { return sd <= 1e-14*magnitude.Largest(x) }
