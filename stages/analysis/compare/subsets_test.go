package compare

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// A part of an RDM is prepared to the bit as the values of its pairs alone, ties and gaps
// elsewhere included.
func TestSubsets(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 0))
	for _, m := range []Method{Spearman, RhoA, Pearson, Kendall, TauA, Cosine} {
		for range 100 {
			n := 3 + r.IntN(40)
			x, y := make([]float64, n), make([]float64, n)
			for i := range n {
				x[i], y[i] = r.NormFloat64(), float64(r.IntN(4)) // y has ties
				switch r.IntN(12) {
				case 0:
					x[i] = math.NaN()
				case 1:
					if r.IntN(4) == 0 {
						x[i] = math.Inf(1)
					}
				}
			}
			var pairs []int
			var u, v []float64
			for i := range n {
				if r.IntN(4) > 0 && !math.IsNaN(x[i]) || r.IntN(80) == 0 {
					pairs, u, v = append(pairs, i), append(u, x[i]), append(v, y[i])
				}
			}
			part := NewSubset(pairs, n)
			a, errA := NewSubsets(x, Options{Method: m}).Of(part)
			b, errB := NewSubsets(y, Options{Method: m}).Of(part)
			c, errC := Prepare(u, Options{Method: m})
			d, errD := Prepare(v, Options{Method: m})
			for _, pair := range [][2]error{{errA, errC}, {errB, errD}} {
				if (pair[0] == nil) != (pair[1] == nil) || pair[0] != nil && pair[0].Error() != pair[1].Error() {
					t.Fatalf("%s of %v: error %v, want %v", m, pairs, pair[0], pair[1])
				}
			}
			if errors.Join(errA, errB) != nil {
				continue
			}
			got, err := a.With(b)
			want, err2 := c.With(d)
			if err != nil || err2 != nil || got != want {
				t.Fatalf("%s of %v: %v (%v), want %v (%v)", m, pairs, got, err, want, err2)
			}
		}
	}
}

// BenchmarkSubsets prepares 95 of 100 conditions: as a part of an RDM whose order is known,
// and by itself.
func BenchmarkSubsets(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 0))
	const n = 100
	x := make([]float64, n*(n-1)/2)
	var pairs []int
	k := 0
	for i := range n {
		for j := i + 1; j < n; j, k = j+1, k+1 {
			if x[k] = r.NormFloat64(); i%20 > 0 && j%20 > 0 {
				pairs = append(pairs, k)
			}
		}
	}
	opts := DefaultOptions()
	part, s := NewSubset(pairs, len(x)), NewSubsets(x, opts)
	b.Run("part", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Of(part); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("alone", func(b *testing.B) {
		some := make([]float64, len(pairs))
		for b.Loop() {
			for i, k := range pairs {
				some[i] = x[k]
			}
			if _, err := Prepare(some, opts); err != nil {
				b.Fatal(err)
			}
		}
	})
}
