package inference

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// For the mean of an RDM the influence of a pair is its value less the mean, so
// the variance can be summed directly.
func TestLeaveOutIsTheDyadicVariance(t *testing.T) {
	const n = 40
	r := rand.New(rand.NewPCG(1, 2))
	effect := make([]float64, n)
	for i := range effect {
		effect[i] = r.NormFloat64() / 4
	}
	var x []float64
	var total float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			v := effect[i] + effect[j] + r.NormFloat64()
			x, total = append(x, v), total+v
		}
	}
	pairs := float64(len(x))
	sums := make([]float64, n)
	var want, own float64
	k := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			h := (x[k] - total/pairs) / pairs
			sums[i] += h
			sums[j] += h
			own += h * h
			k++
		}
	}
	for _, s := range sums {
		want += s * s
	}
	want = want*n*(n-1)/((n-2)*(n-2)) - own // the factor removes the bias of few conditions

	l, err := NewLeaveOut(n, 3)
	if err != nil {
		t.Fatal(err)
	}
	kept := make([]float64, len(l.Kept))
	for i, list := range l.Kept {
		for _, p := range list {
			kept[i] += x[p] / float64(len(list))
		}
	}
	e, err := l.Estimate(total/pairs, kept, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.SE * e.SE; math.Abs(got-want) > 0.03*want {
		t.Errorf("variance %v, want about %v", got, want)
	}
	if half := (e.Interval.High - e.Interval.Low) / 2; math.Abs(half-2.0227*e.SE) > 1e-4*half {
		t.Errorf("half the interval is %v, want t(39) x %v", half, e.SE)
	}
	if in := e.Interval.Low <= 0 && 0 <= e.Interval.High; in != (e.P >= 0.05) {
		t.Errorf("interval %v with p = %v", e.Interval, e.P)
	}
}

func TestLeaveOutRefuses(t *testing.T) {
	if _, err := NewLeaveOut(3, 0); !errors.Is(err, ErrTooFew) {
		t.Errorf("3 conditions: %v", err)
	}
	l, err := NewLeaveOut(4, 0)
	if err != nil {
		t.Fatal(err)
	}
	kept := make([]float64, len(l.Kept))
	if e, err := l.Estimate(0, kept, 0.95); err != nil || e.P != 1 || e.SE != 0 {
		t.Errorf("no difference at all: %+v, %v", e, err)
	}
	kept[0] = math.NaN()
	if _, err := l.Estimate(0, kept, 0.95); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := l.Estimate(0, kept[1:], 0.95); err == nil {
		t.Error("a missing value is accepted")
	}
}

// The jackknife of a mean is the textbook's standard error, and that of the
// difference of two means adds their variances, with the degrees of freedom of the
// t test of two samples: the quantile of t(5) is 2.5706 (R, qt(0.975, 5)).
func TestJackknifeOfMeans(t *testing.T) {
	samples := [][]float64{{1, 4, 2, 7}, {0.5, -1, 3}}
	var value, variance float64
	left := make([][]float64, len(samples))
	for k, x := range samples {
		mean, sd := meanSD(x)
		sign, n := 1-2*float64(k), float64(len(x))
		value += sign * mean
		variance += sd * sd / n
		for _, v := range x {
			left[k] = append(left[k], sign*(n*mean-v)/(n-1))
		}
	}
	e, err := Jackknife(value, left, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(e.SE-math.Sqrt(variance)) > 1e-12 || math.Abs(e.Interval.High-value-2.5706*e.SE) > 1e-4 {
		t.Errorf("%+v, want a standard error of %v", e, math.Sqrt(variance))
	}
	if _, err := Jackknife(value, [][]float64{{1, 2}, {1}}, 0.95); !errors.Is(err, ErrTooFew) {
		t.Errorf("one unit: %v", err)
	}
	if _, err := Jackknife(math.NaN(), left, 0.95); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
}
