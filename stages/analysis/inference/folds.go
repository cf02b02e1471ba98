package inference

import "math"

// CorrectedFolds estimates the mean of one value per fold of a cross-validation with equal
// folds, with an interval and a two-sided p against 0. The training sets of the folds
// overlap, so that the variance of the mean is larger than that of independent values:
// Nadeau & Bengio (2003, Mach Learn 52:239-281) take s² (1/k + 1/(k-1)) for k folds, where
// the second term is the ratio of test to training rows, and t with k-1 degrees of freedom.
//
// Errors: ErrTooFew (k < 2), ErrNotFinite. Equal values have no variance: the interval is
// the value, and p is 0, or 1 where it is 0.
func CorrectedFolds(values []float64, level float64) (Estimate, error) {
	if err := checkLevel(level); err != nil {
		return Estimate{}, err
	}
	if err := checkValues("the mean over folds", values, 2); err != nil {
		return Estimate{}, err
	}
	mean, sd := meanSD(values)
	k := float64(len(values))
	se := sd * math.Sqrt(1/k+1/(k-1))
	half := tQuantile((1+level)/2, k-1) * se
	e := Estimate{Value: mean, SE: se, Interval: Interval{mean - half, mean + half, level}, DF: k - 1, P: 1}
	switch {
	case mean == 0:
	case noVariance(values, sd):
		e.Interval, e.P = Interval{mean, mean, level}, 0
	default:
		e.P = min(1, 2*tTail(math.Abs(mean)/se, k-1))
	}
	return e, nil
}
