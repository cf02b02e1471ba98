package magnitude

import (
	"math"
	"testing"
)

func TestUnit(t *testing.T) {
	for _, c := range []struct {
		largest float64
		want    int
	}{
		{0, 0},
		{1, 0},
		{1e-30, 0},
		{1e36, 0},
		{math.Ldexp(1, 600), 601},
		{math.Ldexp(1, -600), -599},
		{math.MaxFloat64, 1024},
		{math.SmallestNonzeroFloat64, -1073},
		{math.NaN(), 0},
		{math.Inf(1), 0},
	} {
		x := []float64{0, -c.largest, c.largest / 4}
		u, e := Unit(x)
		if e != c.want {
			t.Errorf("largest %g: exponent %d, want %d", c.largest, e, c.want)
		}
		if e != 0 {
			if a := math.Abs(u[1]); a < 0.5 || a >= 1 {
				t.Errorf("largest %g became %g", c.largest, a)
			}
			Scale(u, e)
		}
		for i, v := range u {
			if v != x[i] && !(math.IsNaN(v) && math.IsNaN(x[i])) {
				t.Errorf("largest %g: value %d came back as %g, was %g", c.largest, i, v, x[i])
			}
		}
	}
}
