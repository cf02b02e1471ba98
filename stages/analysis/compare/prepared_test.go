package compare

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// Prepared RDMs compare as vectors do, to the bit, with ties and without.
func TestPreparedIsVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, m := range Methods() {
		for trial := range 20 {
			x, y := make([]float64, 45), make([]float64, 45) // 10 conditions
			for i := range x {
				x[i], y[i] = rng.Float64(), rng.Float64()
				if trial%2 == 1 {
					x[i], y[i] = math.Round(4*x[i]), math.Round(4*y[i])
				}
			}
			want, err := Vectors(x, y, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			a, err := Prepare(x, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			b, err := Prepare(y, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := a.With(b); err != nil || got != want {
				t.Errorf("%s: %v (%v), want %v", m, got, err, want)
			}
		}
	}
}

func TestPreparedRefuses(t *testing.T) {
	flat := []float64{2, 2, 2, 2, 2, 2}
	for _, m := range []Method{Spearman, Pearson, Kendall, WhitenedCorrelation} {
		if _, err := Prepare(flat, Options{Method: m}); !errors.Is(err, ErrConstant) {
			t.Errorf("%s of a constant: %v", m, err)
		}
	}
	if _, err := Prepare(flat, Options{Method: "cca"}); !errors.Is(err, ErrMethod) {
		t.Errorf("an unknown method: %v", err)
	}
	if _, err := Prepare([]float64{1, math.NaN(), 3}, Options{Method: Spearman}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	a, err := Prepare([]float64{1, 2, 3}, Options{Method: Spearman})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Prepare([]float64{1, 2, 3}, Options{Method: Pearson})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.With(b); !errors.Is(err, ErrMethod) {
		t.Errorf("two methods: %v", err)
	}
}
