package kernels

import (
	"math/rand/v2"
	"testing"
)

// passes are the three passes of a convolution of normal values in float64.
type passes struct {
	c         Conv
	x, w, dy  []float32
	y, dx, dw []float32 // rounded from float64
}

func inFloat64(c Conv) passes {
	wide := func(s []float32) []float64 {
		d := make([]float64, len(s))
		for i, v := range s {
			d[i] = float64(v)
		}
		return d
	}
	narrow := func(d []float64) []float32 {
		s := make([]float32, len(d))
		for i, v := range d {
			s[i] = float32(v)
		}
		return s
	}
	rng := rand.New(rand.NewPCG(9, 9))
	p := passes{c: c, x: random32(rng, c.InLen()), w: random32(rng, c.WeightLen()), dy: random32(rng, c.OutLen())}
	y, dx, dw := make([]float64, len(p.dy)), make([]float64, len(p.x)), make([]float64, len(p.w))
	exact := newGeneric[float64](NewWorkers(0))
	exact.ConvForward(y, wide(p.x), wide(p.w), c)
	exact.ConvBackwardData(dx, wide(p.dy), wide(p.w), c)
	exact.ConvBackwardWeights(dw, wide(p.x), wide(p.dy), c)
	p.y, p.dx, p.dw = narrow(y), narrow(dx), narrow(dw)
	return p
}

// errors are those of a kind, relative L2: forward, of the input and of the weights.
func (p passes) errors(t *testing.T, kind string, precision Precision) (ey, ex, ew float64) {
	t.Helper()
	b, err := Select(kind, precision, NewWorkers(0))
	if err != nil {
		t.Fatal(err)
	}
	y, dx, dw := make([]float32, len(p.y)), make([]float32, len(p.dx)), make([]float32, len(p.dw))
	b.ConvForward(y, p.x, p.w, p.c)
	b.ConvBackwardData(dx, p.dy, p.w, p.c)
	b.ConvBackwardWeights(dw, p.x, p.dy, p.c)
	return distance(y, p.y), distance(dx, p.dx), distance(dw, p.dw)
}

// In bfloat16 a direct sum is off by 2.4e-3, the root of two operands' uniform rounding
// errors; F(2x2, 3x3), whose output adds nine products of variance 9/16 or 4 where a
// direct sum has nine of 1, has 1.7 times that.
func TestAccuracyInBF16(t *testing.T) {
	for _, c := range []Conv{
		{N: 4, H: 14, W: 14, Cin: 256, Cout: 256, K: 3, Stride: 2, Pad: 1},
		{N: 4, H: 16, W: 16, Cin: 256, Cout: 272, K: 3, Stride: 2, Pad: 1},
		{N: 2, H: 14, W: 14, Cin: 256, Cout: 272, K: 3, Stride: 1, Pad: 1},
	} {
		limit := 2.6e-3
		if c.filters2() {
			limit = 4.2e-3
		}
		p := inFloat64(c)
		for _, kind := range Supported() {
			ey, ex, ew := p.errors(t, kind, BF16)
			t.Logf("%+v %s: forward %.1e, data %.1e, weights %.1e", c, kind, ey, ex, ew)
			if !(max(ey, ex, ew) < limit && min(ey, ex, ew) > 2e-3) {
				t.Errorf("%+v %s: relative errors %.1e %.1e %.1e, want 2e-3 to %.1e", c, kind, ey, ex, ew, limit)
			}
		}
	}
}

// TestAccuracy bounds the rounding of every kind against sums in float64:
// Winograd loses a digit to direct sums, and no more.
func TestAccuracy(t *testing.T) {
	for _, c := range []Conv{
		{N: 4, H: 14, W: 14, Cin: 128, Cout: 64, K: 3, Stride: 1, Pad: 1},
		{N: 4, H: 7, W: 7, Cin: 256, Cout: 128, K: 3, Stride: 1, Pad: 1},
		{N: 2, H: 14, W: 14, Cin: 128, Cout: 64, K: 3, Stride: 2, Pad: 1},
		{N: 1, H: 64, W: 64, Cin: 3, Cout: 64, K: 7, Stride: 2, Pad: 3},
	} {
		passes := inFloat64(c)
		for _, kind := range Supported() {
			ey, ex, ew := passes.errors(t, kind, FP32)
			t.Logf("%+v %s: forward %.1e, data %.1e, weights %.1e", c, kind, ey, ex, ew)
			if !(max(ey, ex, ew) < 5e-6) {
				t.Errorf("%+v %s: relative errors %.1e %.1e %.1e", c, kind, ey, ex, ew)
			}
		}
	}
}
