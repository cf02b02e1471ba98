package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Every kind against the generic one, and one worker against several.

func random32(rng *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(rng.NormFloat64())
	}
	return s
}

// distance is the L2 norm of a-b relative to b.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range b {
		x := float64(a[i]) - float64(b[i])
		d += x * x
		n += float64(b[i]) * float64(b[i])
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / n)
}

// reporter is a *testing.T or a *rapid.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// agree runs f in both precisions on the generic kind with one worker and on
// every kind with one and three workers. f returns everything that it computed.
func agree(t reporter, what string, tolerance float64, f func(b Backend) [][]float32) {
	t.Helper()
	for _, p := range []Precision{FP32, BF16} {
		agreeIn(p, t, what, tolerance, f)
	}
}

func agreeIn(p Precision, t reporter, what string, tolerance float64, f func(b Backend) [][]float32) {
	t.Helper()
	reference, err := Select(Generic, p, NewWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	want := f(reference)
	for _, kind := range Supported() {
		var one [][]float32
		for _, workers := range []int{1, 3} {
			b, err := Select(kind, p, NewWorkers(workers))
			if err != nil {
				t.Fatal(err)
			}
			got := f(b)
			for i := range want {
				if d := distance(got[i], want[i]); !(d <= tolerance) {
					t.Errorf("%s: %s, %s with %d workers: result %d is %.2e from generic", what, kind, p, workers, i, d)
				}
				if workers > 1 {
					sameBits(t, fmt.Sprintf("%s: %s, %s, result %d, 1 and %d workers", what, kind, p, i, workers), one[i], got[i])
				}
			}
			one = got
		}
	}
}

func sameBits(t reporter, what string, a, b []float32) {
	t.Helper()
	for j := range a {
		if math.Float32bits(a[j]) != math.Float32bits(b[j]) {
			t.Fatalf("%s: differ at %d: %g, %g", what, j, a[j], b[j])
		}
	}
}

func agreeConv(t reporter, c Conv, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	x, w, dy := random32(rng, c.InLen()), random32(rng, c.WeightLen()), random32(rng, c.OutLen())
	agree(t, fmt.Sprintf("%+v", c), 2e-5, func(b Backend) [][]float32 {
		y, dx, dw := random32(rng, c.OutLen()), random32(rng, c.InLen()), random32(rng, c.WeightLen())
		b.ConvForward(y, x, w, c)
		b.ConvBackwardData(dx, dy, w, c)
		b.ConvBackwardWeights(dw, x, dy, c)
		return [][]float32{y, dx, dw}
	})
}

func TestConvAgrees(t *testing.T) {
	for i, c := range oddConvs {
		agreeConv(t, c, uint64(i))
	}
	for i, c := range []Conv{ // cross block boundaries, several Winograd blocks, the narrow network's layers
		{N: 2, H: 14, W: 14, Cin: 64, Cout: 96, K: 3, Stride: 1, Pad: 1},
		{N: 5, H: 7, W: 7, Cin: 544, Cout: 48, K: 3, Stride: 1, Pad: 1},
		{N: 1, H: 17, W: 17, Cin: 528, Cout: 272, K: 3, Stride: 1, Pad: 1},  // filters2: an odd number of tiles, two blocks of channels
		{N: 17, H: 14, W: 13, Cin: 256, Cout: 288, K: 3, Stride: 1, Pad: 1}, // and two of tiles
		{N: 2, H: 15, W: 12, Cin: 256, Cout: 256, K: 3, Stride: 1, Pad: 2},
		{N: 4, H: 20, W: 19, Cin: 272, Cout: 256, K: 3, Stride: 2, Pad: 1},
		{N: 2, H: 27, W: 28, Cin: 256, Cout: 304, K: 3, Stride: 2, Pad: 1},
		{N: 2, H: 20, W: 20, Cin: 72, Cout: 40, K: 3, Stride: 2, Pad: 1},
		{N: 3, H: 14, W: 14, Cin: 600, Cout: 270, K: 1, Stride: 1, Pad: 0},
		{N: 2, H: 9, W: 9, Cin: 1024, Cout: 33, K: 1, Stride: 1, Pad: 0},
		{N: 16, H: 64, W: 64, Cin: 3, Cout: 8, K: 7, Stride: 2, Pad: 3},
		{N: 16, H: 8, W: 8, Cin: 64, Cout: 64, K: 3, Stride: 1, Pad: 1},
		{N: 2, H: 8, W: 8, Cin: 512, Cout: 512, K: 3, Stride: 2, Pad: 1},
		{N: 16, H: 4, W: 4, Cin: 128, Cout: 160, K: 3, Stride: 1, Pad: 1}, // Winograd, panel by panel
		{N: 16, H: 2, W: 2, Cin: 256, Cout: 256, K: 3, Stride: 1, Pad: 1}, // by pixels
		{N: 5, H: 4, W: 4, Cin: 48, Cout: 96, K: 3, Stride: 2, Pad: 1},
		{N: 40, H: 3, W: 1, Cin: 96, Cout: 32, K: 3, Stride: 1, Pad: 1},
		{N: 1, H: 1, W: 1, Cin: 32, Cout: 16, K: 5, Stride: 1, Pad: 2},
		{N: 2, H: 4, W: 3, Cin: 32, Cout: 16, K: 2, Stride: 3, Pad: 1}, // pixels and taps without a counterpart
		{N: 2, H: 12, W: 16, Cin: 3, Cout: 6, K: 5, Stride: 1, Pad: 2}, // two pixels a vector
		{N: 3, H: 11, W: 9, Cin: 5, Cout: 4, K: 3, Stride: 2, Pad: 1},
	} {
		agreeConv(t, c, uint64(100+i))
	}
}

func TestConvAgreesOnRandomShapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Conv{
			N: rapid.IntRange(1, 4).Draw(t, "N"), H: rapid.IntRange(1, 18).Draw(t, "H"), W: rapid.IntRange(1, 18).Draw(t, "W"),
			Cin: rapid.IntRange(1, 40).Draw(t, "Cin"), Cout: rapid.IntRange(1, 70).Draw(t, "Cout"),
			K: rapid.IntRange(1, 5).Draw(t, "K"), Stride: rapid.IntRange(1, 3).Draw(t, "Stride"), Pad: rapid.IntRange(0, 3).Draw(t, "Pad"),
		}
		if rapid.Bool().Draw(t, "vectors") {
			c.Cin, c.Cout, c.K, c.Stride, c.Pad = 16*((c.Cin+15)/16), 16*((c.Cout+15)/16), 3, 1, c.Pad%3
		}
		if c.Validate() != nil {
			t.Skip("no output")
		}
		agreeConv(t, c, rapid.Uint64().Draw(t, "seed"))
	})
}

func TestBatchNormAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 7))
	for _, n := range []Norm{
		{Rows: 7, C: 3},
		{Rows: 64, C: 3, ReLU: true},
		{Rows: 4096, C: 8, ReLU: true},
		{Rows: 49, C: 2048},
		{Rows: 1000, C: 72, ReLU: true},
		{Rows: 1024, C: 16},
		{Rows: 777, C: 40, ReLU: true},
		{Rows: 1, C: 16, ReLU: true},
	} {
		n.Eps = 1e-5
		size := n.Rows * n.C
		x, dy, res := random32(rng, size), random32(rng, size), random32(rng, size)
		for i := range x {
			x[i] += 30 // a mean far from zero costs digits if squares are summed carelessly
		}
		gamma, beta := random32(rng, n.C), random32(rng, n.C)
		for _, r := range [][]float32{nil, res} {
			agree(t, fmt.Sprintf("%+v", n), 2e-5, func(b Backend) [][]float32 {
				y, e, dx, dres := make([]float32, size), make([]float32, size), make([]float32, size), make([]float32, size)
				mean, variance, dg, db := make([]float32, n.C), make([]float32, n.C), make([]float32, n.C), make([]float32, n.C)
				b.BatchNormTrain(y, x, r, gamma, beta, mean, variance, n)
				b.BatchNormEval(e, x, r, gamma, beta, mean, variance, n)
				if r == nil {
					b.BatchNormBackward(dx, nil, dg, db, dy, y, x, gamma, mean, variance, n)
				} else {
					b.BatchNormBackward(dx, dres, dg, db, dy, y, x, gamma, mean, variance, n)
				}
				if n.Rows == 1 { // variance zero: everything is rounding but these
					return [][]float32{y, e, dres, mean, db}
				}
				return [][]float32{y, e, dx, dres, dg, db, mean, variance}
			})
		}
	}
}

func TestPoolLinearPointwiseAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 7))
	for _, p := range []Pool{
		{N: 2, H: 11, W: 14, C: 16, K: 3, Stride: 2, Pad: 1},
		{N: 3, H: 8, W: 8, C: 48, K: 3, Stride: 2, Pad: 1},
		{N: 1, H: 7, W: 9, C: 5, K: 3, Stride: 2, Pad: 1},
		{N: 16, H: 32, W: 32, C: 8, K: 3, Stride: 2, Pad: 1},
	} {
		x, dy := random32(rng, p.InLen()), random32(rng, p.OutLen())
		for i := range x {
			x[i] = float32(int(4 * x[i])) // ties
		}
		agree(t, fmt.Sprintf("%+v", p), 1e-6, func(b Backend) [][]float32 {
			y, dx := random32(rng, p.OutLen()), random32(rng, p.InLen())
			b.MaxPoolForward(y, x, p)
			b.MaxPoolBackward(dx, dy, x, y, p)
			a, da := make([]float32, p.N*p.C), make([]float32, p.InLen())
			b.AvgPoolForward(a, x, p)
			b.AvgPoolBackward(da, dy, p)
			return [][]float32{y, dx, a, da}
		})
	}
	for _, l := range []Linear{{N: 16, In: 9000, Out: 128}, {N: 3, In: 100, Out: 33}, {N: 1, In: 512, Out: 1000}, {N: 5, In: 7, Out: 3}, {N: 6, In: 40, Out: 2}, {N: 400, In: 33, Out: 530}} {
		x, w, bias, dy := random32(rng, l.N*l.In), random32(rng, l.In*l.Out), random32(rng, l.Out), random32(rng, l.N*l.Out)
		agree(t, fmt.Sprintf("%+v", l), 1e-5, func(b Backend) [][]float32 {
			y, dx, dw, db := random32(rng, l.N*l.Out), random32(rng, l.N*l.In), random32(rng, l.In*l.Out), random32(rng, l.Out)
			b.LinearForward(y, x, w, bias, l)
			b.LinearBackwardData(dx, dy, w, l)
			b.LinearBackwardWeights(dw, db, x, dy, l)
			return [][]float32{y, dx, dw, db}
		})
	}
	for _, n := range []int{0, 1, 15, 16, 1000, 100003} {
		x, z := random32(rng, n), random32(rng, n)
		p, m, v := random32(rng, n), random32(rng, n), random32(rng, n)
		for i := range v {
			v[i] *= v[i]
		}
		agree(t, fmt.Sprint("pointwise ", n), 1e-6, func(b Backend) [][]float32 {
			out := [][]float32{}
			for range 4 {
				out = append(out, make([]float32, n))
			}
			b.Add(out[0], x, z)
			b.ReLUForward(out[1], x)
			b.AddReLUForward(out[2], x, z)
			b.ReLUBackward(out[3], x, z)
			cp, cm, cv := append([]float32(nil), p...), append([]float32(nil), m...), append([]float32(nil), v...)
			a := DefaultAdam(1e-3)
			a.Step = 3
			b.AdamStep(cp, cm, cv, x, a)
			return append(out, cp, cm, cv)
		})
	}
}
