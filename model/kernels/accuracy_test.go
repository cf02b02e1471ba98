package kernels

import (
	"math/rand/v2"
	"testing"
)

// TestAccuracy bounds the rounding of every kind against sums in float64:
// Winograd loses a digit to direct sums, and no more.
func TestAccuracy(t *testing.T) {
	exact := newGeneric[float64](NewWorkers(0))
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
	for _, c := range []Conv{
		{N: 4, H: 14, W: 14, Cin: 128, Cout: 64, K: 3, Stride: 1, Pad: 1},
		{N: 4, H: 7, W: 7, Cin: 256, Cout: 128, K: 3, Stride: 1, Pad: 1},
		{N: 2, H: 14, W: 14, Cin: 128, Cout: 64, K: 3, Stride: 2, Pad: 1},
		{N: 1, H: 64, W: 64, Cin: 3, Cout: 64, K: 7, Stride: 2, Pad: 3},
	} {
		rng := rand.New(rand.NewPCG(9, 9))
		x, w, dy := random32(rng, c.InLen()), random32(rng, c.WeightLen()), random32(rng, c.OutLen())
		y, dx, dw := make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))
		exact.ConvForward(y, wide(x), wide(w), c)
		exact.ConvBackwardData(dx, wide(dy), wide(w), c)
		exact.ConvBackwardWeights(dw, wide(x), wide(dy), c)
		for _, kind := range Supported() {
			b, err := Select(kind, FP32, NewWorkers(0))
			if err != nil {
				t.Fatal(err)
			}
			gy, gx, gw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w))
			b.ConvForward(gy, x, w, c)
			b.ConvBackwardData(gx, dy, w, c)
			b.ConvBackwardWeights(gw, x, dy, c)
			ey, ex, ew := distance(gy, narrow(y)), distance(gx, narrow(dx)), distance(gw, narrow(dw))
			t.Logf("%+v %s: forward %.1e, data %.1e, weights %.1e", c, kind, ey, ex, ew)
			if !(max(ey, ex, ew) < 5e-6) {
				t.Errorf("%+v %s: relative errors %.1e %.1e %.1e", c, kind, ey, ex, ew)
			}
		}
	}
}
