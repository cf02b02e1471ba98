package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"realnet/model/kernels"
)

// Every loss against central differences in float64, on odd shapes.
func TestLossGradients(t *testing.T) {
	r, pool := rand.New(rand.NewPCG(1, 2)), kernels.NewWorkers(3)
	for _, s := range []struct{ n, k int }{{1, 5}, {2, 3}, {3, 7}, {5, 17}} {
		p, y := normal(r, s.n*s.k), normal(r, s.n*s.k)
		labels := make([]int32, s.n)
		for i := range labels {
			labels[i] = int32(r.IntN(s.k))
		}
		for name, loss := range map[string]func(grad []float64) float64{
			"cross-entropy": func(g []float64) float64 { return crossEntropy(g, p, labels) },
			"mean square":   func(g []float64) float64 { return meanSquare(g, p, y) },
			"contrast":      func(g []float64) float64 { return contrast(g, p, y, s.n, pool) },
		} {
			grad := make([]float64, len(p))
			loss(grad)
			for i := range p {
				const h = 1e-5
				at := p[i]
				p[i] = at + h
				up := loss(nil)
				p[i] = at - h
				down := loss(nil)
				p[i] = at
				if want := (up - down) / (2 * h); math.Abs(grad[i]-want) > 1e-8 {
					t.Errorf("%s %v: d/dp[%d] = %g, finite difference %g", name, s, i, grad[i], want)
				}
			}
		}
	}
}

// Values computed manually.
func TestLossValues(t *testing.T) {
	pool := kernels.NewWorkers(1)
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	near("uniform cross-entropy", crossEntropy(nil, []float64{3, 3, 3, 3}, []int32{2}), math.Log(4))
	near("mean square", meanSquare(nil, []float64{1, 2, 3}, []float64{0, 2, 5}), 5.0/3)
	// Rows that match perfectly and oppose each other: 1 - 1 + (-1).
	rows := []float64{1, 2, 3, 3, 2, 1}
	near("contrast, matched", contrast(nil, rows, rows, 2, pool), -1)
	near("contrast, swapped", contrast(nil, rows, []float64{3, 2, 1, 1, 2, 3}, 2, pool), 3)
	near("contrast, one image", contrast(nil, []float64{1, 2, 3}, []float64{2, 4, 6}, 1, pool), 0)
	grad := make([]float64, 6)
	near("contrast, constant row", contrast(grad, []float64{2, 2, 2, 1, 2, 3}, rows, 2, pool), 1+0.5-0+0.5)
	if grad[0] != 0 || grad[1] != 0 || grad[2] != 0 {
		t.Errorf("a constant row has gradient %v, want 0", grad[:3])
	}
}

func normal(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}
