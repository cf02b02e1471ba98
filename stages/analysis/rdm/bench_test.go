package rdm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkCorrelation is the RDM of a deep network's V1 (200 x 200,704), and
// the growth with the number of conditions. Beside numpy: ci/peers/rdm.py.
func BenchmarkCorrelation(b *testing.B) {
	for _, shape := range [][2]int{{200, 200704}, {1000, 5000}, {100, 10000}, {1000, 10000}, {10000, 1000}} {
		n, f := shape[0], shape[1]
		b.Run(fmt.Sprintf("%dx%d", n, f), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 0))
			x := make([]float32, n*f)
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			src := &Matrix[float32]{Data: x, Conditions: n, Features: f}
			b.ReportAllocs()
			compute := func() {
				if _, err := Compute(context.Background(), src, nil, DefaultConfig()); err != nil {
					b.Fatal(err)
				}
			}
			compute() // once before, as the peers of ci/peers/rdm.py
			for b.Loop() {
				compute()
			}
		})
	}
}

func BenchmarkRanks(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 0))
	x := make([]float64, 49995000)
	for i := range x {
		x[i] = 1 + 0.1*r.NormFloat64()
	}
	for b.Loop() {
		CentredRanks(x, 0)
	}
}
