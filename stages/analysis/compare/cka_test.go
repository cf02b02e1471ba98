package compare

import (
	"errors"
	"math"
	"testing"

	"realnet/stages/analysis/rdm"
)

// numpy: Song's unbiased HSIC of XXᵀ and YYᵀ over the root of those of each with itself
// (as Kornblith's notebook, debiased) is 0.030293816172280195.
func TestAlignmentIsUnbiasedCKA(t *testing.T) {
	const n = 7
	x, y := &rdm.Matrix[float64]{Conditions: n, Features: 5}, &rdm.Matrix[float64]{Conditions: n, Features: 9}
	for i := range n {
		for j := range 5 {
			x.Data = append(x.Data, math.Sin(float64(3*i+j*j)))
		}
		for j := range 9 {
			y.Data = append(y.Data, math.Cos(float64(2*i*(j+1)))+0.5*math.Sin(float64(3*i+j*j)))
		}
	}
	changed := func(m *rdm.Matrix[float64], factor, shift float64) *rdm.Matrix[float64] {
		out := &rdm.Matrix[float64]{Conditions: n, Features: m.Features}
		for _, v := range m.Data {
			out.Data = append(out.Data, v*factor+shift)
		}
		return out
	}
	for _, c := range []struct{ factor, shift, tolerance float64 }{
		{1, 0, 1e-12}, {1e-160, 0, 1e-12}, {1e160, 0, 1e-12}, {1, 1024, 1e-10}, {-3, 0, 1e-12},
	} {
		a, err := Alignment(t.Context(), changed(x, c.factor, c.shift), nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Alignment(t.Context(), y, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := RDMs(a, b, Options{Method: Cosine})
		if err != nil {
			t.Fatal(err)
		}
		within(t, "cka", got, 0.030293816172280195, c.tolerance)
		if got, err = RDMs(a, a, Options{Method: Cosine}); err != nil || math.Abs(got-1) > 1e-12 {
			t.Errorf("with itself: %v %v", got, err)
		}
	}
	if _, err := Alignment(t.Context(), &rdm.Matrix[float64]{Data: make([]float64, 15), Conditions: 3, Features: 5}, nil, 1); !errors.Is(err, ErrShape) {
		t.Errorf("three conditions: %v", err)
	}
	if _, err := Alignment(t.Context(), changed(x, 0, 3.3), nil, 1); !errors.Is(err, ErrConstant) {
		t.Errorf("a constant: %v", err)
	}
	// Inner products that are all equal, up to rounding: Song's HSIC with itself is 0.
	for _, c := range []struct{ factor, shift float64 }{{1, 0}, {.3, .1}, {1e-160, 0}} {
		own := &rdm.Matrix[float64]{Data: make([]float64, n*n), Conditions: n, Features: n}
		for i := range n {
			own.Data[i*n+i] = 1
		}
		if got, err := Alignment(t.Context(), changed(own, c.factor, c.shift), nil, 1); !errors.Is(err, ErrConstant) {
			t.Errorf("a feature for each condition: %v, %v", got, err)
		}
	}
}
