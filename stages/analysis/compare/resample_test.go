package compare

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// A draw has the similarity, to the bit, of the RDMs of the drawn conditions without the
// pairs of a condition with its copies.
func TestResamplerIsOfDrawnRDMs(t *testing.T) {
	const n = 12
	r := rand.New(rand.NewPCG(11, 0))
	for _, m := range []Method{Spearman, RhoA, Pearson, Kendall, TauA, Cosine} {
		for range 50 {
			x, y := randomRDM(n, r), randomRDM(n, r)
			s, err := NewResampler(x.Values, y.Values, n, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			conditions := make([]int, n)
			for i := range conditions {
				conditions[i] = r.IntN(n)
			}
			var u, v []float64
			for i, a := range conditions {
				for _, b := range conditions[i+1:] {
					if a != b {
						u, v = append(u, x.At(a, b)), append(v, y.At(a, b))
					}
				}
			}
			want, err := Vectors(u, v, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := s.Of(conditions); err != nil || got != want {
				t.Fatalf("%s: %v (%v), want %v", m, got, err, want)
			}
		}
	}
}

func TestResamplerRefuses(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	s, err := NewResampler(x, slices.Repeat([]float64{1}, 6), 4, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Of([]int{0, 1, 2, 3}); !errors.Is(err, ErrConstant) {
		t.Errorf("a constant RDM: %v", err)
	}
	if _, err := s.Of([]int{0, 0, 0, 1}); !errors.Is(err, ErrConstant) {
		t.Errorf("one pair, three times: %v", err)
	}
	if _, err := s.Of([]int{2, 2, 2, 2}); !errors.Is(err, ErrShape) {
		t.Errorf("one condition: %v", err)
	}
	if _, err := NewResampler(x, x[1:], 4, DefaultOptions()); !errors.Is(err, ErrShape) {
		t.Errorf("5 pairs of 4 conditions: %v", err)
	}
}
