package bold

import "math"

// MeanSD is the mean of y and its standard deviation with n-ddof in the denominator
// (NaN when that is not positive). Two passes, so a large mean costs no precision.
func MeanSD(y []float64, ddof int) (mean, sd float64) {
	for _, v := range y {
		mean += v
	}
	mean /= float64(len(y))
	var ss float64
	for _, v := range y {
		d := v - mean
		ss += d * d
	}
	return mean, math.Sqrt(ss / float64(len(y)-ddof))
}

// ZScore standardises y in place. It leaves y and returns false when y does not vary.
func ZScore(y []float64, ddof int) bool {
	mean, sd := MeanSD(y, ddof)
	if !(sd > 0) {
		return false
	}
	for i := range y {
		y[i] = (y[i] - mean) / sd
	}
	return true
}

// PercentChange replaces y by 100 (y - b) / b, where b is the mean of the volumes in
// baseline (of all when nil). It leaves y and returns false unless b > 0.
func PercentChange(y []float64, baseline []int) bool {
	var b float64
	if baseline == nil {
		b, _ = MeanSD(y, 0)
	} else {
		for _, t := range baseline {
			b += y[t]
		}
		b /= float64(len(baseline))
	}
	if !(b > 0) {
		return false
	}
	for i := range y {
		y[i] = 100 * (y[i] - b) / b
	}
	return true
}

// Clip moves values beyond k standard deviations (ddof 0) from the mean to that bound,
// and does so again with the mean and deviation of the result, rounds times in all:
// bdpy's reduce_outlier, whose default is ten rounds.
func Clip(y []float64, k float64, rounds int) {
	for range rounds {
		mean, sd := MeanSD(y, 0)
		low, high := mean-k*sd, mean+k*sd
		clipped := false
		for i, v := range y {
			switch {
			case v > high:
				y[i], clipped = high, true
			case v < low:
				y[i], clipped = low, true
			}
		}
		if !clipped {
			return
		}
	}
}
