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
