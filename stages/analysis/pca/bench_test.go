package pca

import (
	"context"
	"math/rand/v2"
	"testing"
)

// BenchmarkFit is the size of the study: see ci/peers/pca.py for scikit-learn beside it.
func BenchmarkFit(b *testing.B) {
	const n, d, k = 1200, 11726, 1024
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Fit(context.Background(), x, n, d, Config{Components: k}); err != nil {
			b.Fatal(err)
		}
	}
}
