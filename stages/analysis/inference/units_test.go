package inference

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// Units that differ by constants add the variance of their mean to that over
// conditions; units that are one add nothing; units that differ by noise over
// conditions alone add nothing on average.
func TestEstimateMean(t *testing.T) {
	const n = 30
	r := rand.New(rand.NewPCG(4, 0))
	l, err := NewLeaveOut(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	draw := func() []float64 { // a mean over pairs, for all and for what is kept
		x := make([]float64, n*(n-1)/2)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		out := make([]float64, 1+len(l.Kept))
		for _, v := range x {
			out[0] += v / float64(len(x))
		}
		for i, list := range l.Kept {
			for _, p := range list {
				out[1+i] += x[p] / float64(len(list))
			}
		}
		return out
	}
	estimate := func(units ...[]float64) Estimate {
		var values []float64
		var kept [][]float64
		for _, u := range units {
			values, kept = append(values, u[0]), append(kept, u[1:])
		}
		e, err := l.EstimateMean(values, kept, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	shift := func(u []float64, by float64) []float64 {
		out := make([]float64, len(u))
		for i, v := range u {
			out[i] = v + by
		}
		return out
	}
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}

	u := draw()
	one, err := l.Estimate(u[0], u[1:], 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Estimate{estimate(u), estimate(u, u, u)} {
		near("the same units: value", e.Value, one.Value)
		near("the same units: error", e.SE, one.SE)
		near("the same units: degrees of freedom", e.DF, n-1)
		near("the same units: p", e.P, one.P)
	}
	// Variance of the mean of -0.1, 0, 0.4: 0.07 / 3; Satterthwaite's formula.
	e := estimate(shift(u, -0.1), u, shift(u, 0.4))
	v := one.SE * one.SE
	near("shifted units: value", e.Value, u[0]+0.1)
	near("shifted units: error", e.SE, math.Sqrt(v+0.07/3))
	near("shifted units: degrees of freedom", e.DF, (v+0.07/3)*(v+0.07/3)/(v*v/(n-1)+0.07/3*0.07/3/2))

	var ratio float64
	const sets = 400
	for range sets {
		a, b, c := draw(), draw(), draw()
		mean := make([]float64, len(a))
		for i := range mean {
			mean[i] = (a[i] + b[i] + c[i]) / 3
		}
		e := estimate(a, b, c)
		ratio += e.SE * e.SE / l.variance(mean[1:]) / sets
		if e.DF < 2 || e.DF > n-1 {
			t.Fatalf("%v degrees of freedom", e.DF)
		}
	}
	if ratio < 1 || ratio > 1.6 { // max(0, S - C) is above 0 half the time
		t.Errorf("units of noise: %.2f times the variance over conditions", ratio)
	}
}

func TestEstimateMeanRefuses(t *testing.T) {
	l, err := NewLeaveOut(4, 0)
	if err != nil {
		t.Fatal(err)
	}
	kept := make([]float64, len(l.Kept))
	if _, err := l.EstimateMean(nil, nil, 0.95); err == nil {
		t.Error("no unit is accepted")
	}
	if _, err := l.EstimateMean([]float64{0, 0}, [][]float64{kept}, 0.95); err == nil {
		t.Error("a missing unit is accepted")
	}
	if _, err := l.EstimateMean([]float64{0, 0}, [][]float64{kept, kept[1:]}, 0.95); err == nil {
		t.Error("a missing value is accepted")
	}
	if _, err := l.EstimateMean([]float64{0, math.Inf(1)}, [][]float64{kept, kept}, 0.95); !errors.Is(err, ErrNotFinite) {
		t.Errorf("infinite: %v", err)
	}
	if e, err := l.EstimateMean([]float64{0, 0}, [][]float64{kept, kept}, 0.95); err != nil || e.P != 1 {
		t.Errorf("no difference at all: %+v, %v", e, err)
	}
}
