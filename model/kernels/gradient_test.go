package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Gradients of the generic implementation, instantiated in float64, against
// central differences of its own forward pass: for a random direction u and a
// random weighting r of the outputs, d<r, f(x+tu)>/dt at t=0 must be <grad, u>.

func random64(rng *rand.Rand, n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = rng.NormFloat64()
	}
	return s
}

// checkGradient compares the gradient with respect to x of <r, forward(y)>.
func checkGradient(t *testing.T, name string, x, grad, r []float64, rng *rand.Rand, forward func(y []float64)) {
	t.Helper()
	const h = 1e-5
	u := random64(rng, len(x))
	at := func(step float64) float64 {
		keep := append([]float64(nil), x...)
		axpy(x, step, u)
		y := make([]float64, len(r))
		forward(y)
		copy(x, keep)
		return dot(y, r)
	}
	want := (at(h) - at(-h)) / (2 * h)
	got := dot(grad, u)
	if scale := math.Sqrt(dot(grad, grad)) + 1; math.Abs(got-want) > 1e-6*scale {
		t.Errorf("%s: directional derivative %g, finite difference %g", name, got, want)
	}
}

func TestConvGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	g := newGeneric[float64](NewWorkers(2))
	for _, c := range oddConvs {
		x, w, r := random64(rng, c.InLen()), random64(rng, c.WeightLen()), random64(rng, c.OutLen())
		dx, dw := make([]float64, len(x)), make([]float64, len(w))
		g.ConvBackwardData(dx, r, w, c)
		g.ConvBackwardWeights(dw, x, r, c)
		forward := func(y []float64) { g.ConvForward(y, x, w, c) }
		checkGradient(t, "dx", x, dx, r, rng, forward)
		checkGradient(t, "dw", w, dw, r, rng, forward)
	}
}

// oddConvs are shapes that no blocking divides, batch 1, strides that leave
// input pixels unused, and the shapes of the network in small.
var oddConvs = []Conv{
	{N: 1, H: 5, W: 7, Cin: 3, Cout: 5, K: 3, Stride: 1, Pad: 1},
	{N: 2, H: 9, W: 6, Cin: 17, Cout: 19, K: 3, Stride: 2, Pad: 1},
	{N: 1, H: 8, W: 8, Cin: 16, Cout: 33, K: 1, Stride: 1, Pad: 0},
	{N: 3, H: 7, W: 10, Cin: 13, Cout: 8, K: 1, Stride: 2, Pad: 0},
	{N: 1, H: 17, W: 15, Cin: 3, Cout: 8, K: 7, Stride: 2, Pad: 3},
	{N: 2, H: 6, W: 5, Cin: 4, Cout: 4, K: 5, Stride: 3, Pad: 2},
	{N: 1, H: 1, W: 1, Cin: 1, Cout: 1, K: 1, Stride: 1, Pad: 0},
	{N: 1, H: 3, W: 3, Cin: 2, Cout: 2, K: 3, Stride: 1, Pad: 0},
	{N: 2, H: 13, W: 11, Cin: 16, Cout: 32, K: 3, Stride: 1, Pad: 1},
	{N: 1, H: 4, W: 4, Cin: 48, Cout: 16, K: 3, Stride: 1, Pad: 1},
	{N: 1, H: 6, W: 6, Cin: 16, Cout: 16, K: 3, Stride: 1, Pad: 0},
	{N: 1, H: 6, W: 6, Cin: 16, Cout: 16, K: 3, Stride: 1, Pad: 2},
}

func TestBatchNormGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	g := newGeneric[float64](NewWorkers(2))
	for _, b := range []Norm{
		{Rows: 7, C: 3, Eps: 1e-5},
		{Rows: 600, C: 19, Eps: 1e-5, ReLU: true},
		{Rows: 2, C: 16, Eps: 1e-5, ReLU: true},
	} {
		for _, residual := range []bool{false, true} {
			n := b.Rows * b.C
			x, r := random64(rng, n), random64(rng, n)
			gamma, beta := random64(rng, b.C), random64(rng, b.C)
			mean, variance := make([]float64, b.C), make([]float64, b.C)
			var res, dres []float64
			if residual {
				res, dres = random64(rng, n), make([]float64, n)
			}
			y := make([]float64, n)
			forward := func(y []float64) { g.BatchNormTrain(y, x, res, gamma, beta, mean, variance, b) }
			forward(y)
			dx, dgamma, dbeta := make([]float64, n), make([]float64, b.C), make([]float64, b.C)
			g.BatchNormBackward(dx, dres, dgamma, dbeta, r, y, x, gamma, mean, variance, b)
			if b.Rows > 2 { // two rows: xhat is +-1 whatever x is
				checkGradient(t, "dx", x, dx, r, rng, forward)
			}
			checkGradient(t, "dgamma", gamma, dgamma, r, rng, forward)
			checkGradient(t, "dbeta", beta, dbeta, r, rng, forward)
			if residual {
				checkGradient(t, "dres", res, dres, r, rng, forward)
			}
		}
	}
}

func TestPoolAndLinearGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	g := newGeneric[float64](NewWorkers(2))
	for _, p := range []Pool{
		{N: 2, H: 7, W: 6, C: 5, K: 3, Stride: 2, Pad: 1},
		{N: 1, H: 8, W: 8, C: 16, K: 3, Stride: 2, Pad: 1},
		{N: 1, H: 5, W: 5, C: 3, K: 2, Stride: 1, Pad: 0},
	} {
		x, r := random64(rng, p.InLen()), random64(rng, p.OutLen())
		y, dx := make([]float64, p.OutLen()), make([]float64, p.InLen())
		g.MaxPoolForward(y, x, p)
		g.MaxPoolBackward(dx, r, x, y, p)
		checkGradient(t, "max pool dx", x, dx, r, rng, func(y []float64) { g.MaxPoolForward(y, x, p) })
		r = r[:p.N*p.C]
		g.AvgPoolBackward(dx, r, p)
		checkGradient(t, "average pool dx", x, dx, r, rng, func(y []float64) { g.AvgPoolForward(y, x, p) })
	}
	for _, l := range []Linear{{N: 3, In: 37, Out: 5}, {N: 1, In: 1, Out: 1}, {N: 17, In: 64, Out: 33}} {
		x, w, b, r := random64(rng, l.N*l.In), random64(rng, l.In*l.Out), random64(rng, l.Out), random64(rng, l.N*l.Out)
		dx, dw, db := make([]float64, len(x)), make([]float64, len(w)), make([]float64, len(b))
		g.LinearBackwardData(dx, r, w, l)
		g.LinearBackwardWeights(dw, db, x, r, l)
		forward := func(y []float64) { g.LinearForward(y, x, w, b, l) }
		checkGradient(t, "linear dx", x, dx, r, rng, forward)
		checkGradient(t, "linear dw", w, dw, r, rng, forward)
		checkGradient(t, "linear db", b, db, r, rng, forward)
	}
}

// TestMaxPoolTies: of equal maxima the first in row order gets the gradient,
// and NaN wins.
func TestMaxPoolTies(t *testing.T) {
	for _, channels := range []int{1, 8, 16} {
		p := Pool{N: 1, H: 2, W: 2, C: channels, K: 2, Stride: 2}
		pixels := func(v ...float32) []float32 {
			s := make([]float32, len(v)*channels)
			for i := range s {
				s[i] = v[i/channels]
			}
			return s
		}
		for _, k := range Supported() {
			g, err := Select(k, FP32, NewWorkers(1))
			if err != nil {
				t.Fatal(err)
			}
			y, dx := make([]float32, channels), make([]float32, 4*channels)
			x := pixels(1, 3, 3, 3)
			g.MaxPoolForward(y, x, p)
			g.MaxPoolBackward(dx, pixels(5), x, y, p)
			for i, want := range pixels(0, 5, 0, 0) {
				if dx[i] != want || y[i%channels] != 3 {
					t.Fatalf("%s, %d channels: y=%v dx=%v", k, channels, y, dx)
				}
			}
			nan := float32(math.NaN())
			for _, x := range [][]float32{pixels(nan, 1, 2, 3), pixels(1, nan, 0, 2), pixels(1, 2, 3, nan)} {
				g.MaxPoolForward(y, x, p)
				if y[0] == y[0] {
					t.Errorf("%s, %d channels: max of %v is %g", k, channels, x, y[0])
				}
			}
		}
	}
}
