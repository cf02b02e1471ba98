package pca

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestComponentsDoNotDependOnTheScale(t *testing.T) {
	const n, d, k = 30, 12, 4
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n*d)
	for i := range x {
		x[i] = r.NormFloat64() * float64(1+i%d)
	}
	for _, scaling := range []Scaling{Raw, ZScore} {
		want, scores, err := Fit(t.Context(), x, n, d, Config{Components: k, Scaling: scaling})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []float64{1e-160, 1e-90, 1e-30, 1e30, 1e80, 1e150} {
			y := make([]float64, len(x))
			for i, v := range x {
				y[i] = v * f
			}
			got, s, err := Fit(t.Context(), y, n, d, Config{Components: k, Scaling: scaling})
			if err != nil {
				t.Fatalf("%s, times %g: %v", scaling, f, err)
			}
			if scaling == ZScore {
				f = 1
			}
			for i, v := range scores {
				if math.Abs(s[i]-v*f) > 1e-10*f {
					t.Fatalf("%s, times %g: score %d is %g, want %g", scaling, f, i, s[i], v*f)
				}
			}
			for i, v := range want.Ratio {
				if math.Abs(got.Ratio[i]-v) > 1e-12 || f*f > 1e-290 && math.Abs(got.Variance[i]/f/f-want.Variance[i]) > 1e-10*want.Variance[i] {
					t.Errorf("%s, times %g: ratio %g, variance %g", scaling, f, got.Ratio[i], got.Variance[i])
				}
			}
		}
	}
}

// A constant has no components, though its mean is rounded; next to it what varies has.
func TestRankOfConstants(t *testing.T) {
	for _, v := range []float64{3.3, 0.1, 1e8 + 0.1, -7e-9, 1e-170, 1e170} {
		for _, scaling := range []Scaling{Raw, ZScore} {
			x := make([]float64, 60*2)
			for i := range x {
				x[i] = v
			}
			if _, _, err := Fit(t.Context(), x, 60, 2, Config{Components: 1, Scaling: scaling}); !errors.Is(err, ErrRank) {
				t.Errorf("%g, %s: %v", v, scaling, err)
			}
			for i := range 60 { // one feature varies by a millionth of it
				x[2*i] *= 1 + 1e-6*float64(i%7)
			}
			if _, _, err := Fit(t.Context(), x, 60, 2, Config{Components: 1, Scaling: scaling}); err != nil && v < 1e160 { // whose variance is no float64
				t.Errorf("%g, %s, one feature: %v", v, scaling, err)
			}
			if _, _, err := Fit(t.Context(), x, 60, 2, Config{Components: 2, Scaling: scaling}); !errors.Is(err, ErrRank) {
				t.Errorf("%g, %s, two components of one feature: %v", v, scaling, err)
			}
		}
	}
	// An offset, added exactly, does not hide small components.
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, 40*3)
	for i := range x {
		x[i] = math.Round(1024*r.NormFloat64())/1024 + 1<<27
	}
	m, _, err := Fit(t.Context(), x, 40, 3, Config{Components: 3})
	if err != nil || m.Variance[2] < 0.1 {
		t.Errorf("three features on an offset: %+v %v", m, err)
	}
}
