package inference

import (
	"fmt"
	"math"
	"slices"

	"realnet/stages/analysis/internal/magnitude"
)

// Interval is a confidence interval.
type Interval struct{ Low, High, Level float64 }

func checkLevel(level float64) error {
	if !(level > 0 && level < 1) {
		return fmt.Errorf("inference: confidence level %g is not in (0, 1)", level)
	}
	return nil
}

// MeanInterval is mean ± t sd/sqrt(n), exact for normal values.
func MeanInterval(x []float64, level float64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if err := checkValues("the interval of a mean", x, 2); err != nil {
		return Interval{}, err
	}
	mean, sd := meanSD(x)
	n := float64(len(x))
	half := tQuantile((1+level)/2, n-1) * sd / math.Sqrt(n)
	return Interval{mean - half, mean + half, level}, nil
}

// Wilson is the score interval of a proportion of n (Wilson 1927). The level must be in
// (0, 1); n 0 gives the interval from 0 to 1.
func Wilson(share float64, n int, level float64) Interval {
	if n == 0 {
		return Interval{0, 1, level}
	}
	z := normalQuantile((1 + level) / 2)
	m := float64(n)
	centre := (share + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(share*(1-share)/m+z*z/(4*m*m))
	return Interval{max(0, centre-half), min(1, centre+half), level}
}

// Percentile is the interval between the quantiles of bootstrap values.
func Percentile(boot []float64, level float64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if err := checkValues("the bootstrap distribution", boot, 2); err != nil {
		return Interval{}, err
	}
	b := slices.Clone(boot)
	slices.Sort(b)
	return Interval{quantile(b, (1-level)/2), quantile(b, (1+level)/2), level}, nil
}

// BCa is the bias-corrected and accelerated interval (Efron 1987) from bootstrap
// values, the estimate itself, and the estimates that leave one observation out.
// Errors: also if all bootstrap values are on one side of the estimate, where
// the bias is infinite.
func BCa(boot []float64, estimate float64, leaveOneOut []float64, level float64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if err := checkValues("the bootstrap distribution", boot, 2); err != nil {
		return Interval{}, err
	}
	if err := checkValues("the leave-one-out estimates", leaveOneOut, 2); err != nil {
		return Interval{}, err
	}
	b := slices.Clone(boot)
	slices.Sort(b)
	var below float64
	for _, v := range b {
		switch {
		case v < estimate:
			below++
		case v == estimate:
			below += 0.5
		}
	}
	if below == 0 || below == float64(len(b)) {
		return Interval{}, fmt.Errorf("inference: all %d bootstrap values are on one side of the estimate %g; use Percentile", len(b), estimate)
	}
	z0 := normalQuantile(below / float64(len(b)))
	var mean, cubes, squares float64
	for _, v := range leaveOneOut {
		mean += v
	}
	mean /= float64(len(leaveOneOut))
	apart := make([]float64, len(leaveOneOut))
	for i, v := range leaveOneOut {
		apart[i] = mean - v
	}
	apart, _ = magnitude.Unit(apart)
	for _, d := range apart {
		cubes += d * d * d
		squares += d * d
	}
	var accel float64
	if squares > 0 {
		accel = cubes / (6 * math.Pow(squares, 1.5))
	}
	at := func(p float64) float64 {
		z := z0 + normalQuantile(p)
		return quantile(b, 1-normalTail(z0+z/(1-accel*z)))
	}
	return Interval{at((1 - level) / 2), at((1 + level) / 2), level}, nil
}

// quantile interpolates linearly between order statistics, numpy's default.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	f := at - float64(i)
	return sorted[i]*(1-f) + sorted[i+1]*f
}
