package rdm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// distinct counts the values of an RDM.
func distinct(r *RDM) int {
	seen := map[float64]bool{}
	for _, v := range r.Values {
		seen[v] = true
	}
	return len(seen)
}

// The patterns of categories have two distances: 0 within, and one between. So the ranks
// of their RDM are those of the model of categories. scipy's pdist gives two as well, of
// features in units and with offsets like these.
func TestDistancesOfCategoriesAreTied(t *testing.T) {
	for _, categories := range []int{3, 6, 17} {
		const each = 5
		n := categories * each
		for _, c := range []struct{ factor, shift float64 }{{1, 0}, {.3, .1}, {.1, .1}, {1, .1}, {.7, 3.3}, {1e-160, 1e-161}, {1e155, 1e154}} {
			x := &Matrix[float64]{Conditions: n, Features: categories, Data: make([]float64, n*categories)}
			for i := range n {
				for j := range categories {
					if i/each == j {
						x.Data[i*categories+j] = c.factor
					}
					x.Data[i*categories+j] += c.shift
				}
			}
			for _, metric := range []Metric{Correlation, Cosine, Euclidean, SqEuclidean, Poisson} {
				if metric != Correlation && metric != Cosine && c.factor > 1e150 || (metric == SqEuclidean || metric == Poisson) && c.factor < 1e-150 {
					continue // squares are out of range
				}
				cfg := DefaultConfig()
				cfg.Metric = metric
				r, err := Compute(t.Context(), x, nil, cfg)
				if err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("%s of %d categories times %g plus %g", metric, categories, c.factor, c.shift)
				if got := distinct(r); got != 2 {
					t.Errorf("%s: %d distances, want 2", what, got)
				}
				for i := range n {
					for j := i + 1; j < n; j++ {
						if v := r.At(i, j); (v == 0) != (i/each == j/each) {
							t.Fatalf("%s: distance of %d and %d is %g", what, i, j, v)
						}
					}
				}
			}
		}
	}
}

// Two features leave a correlation of 1 or -1.
func TestCorrelationsOfTwoFeatures(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, offset := range []float64{0, 1, 1000} {
		x := &Matrix[float64]{Conditions: 40, Features: 2}
		for range 80 {
			x.Data = append(x.Data, r.NormFloat64()+offset)
		}
		got, err := Compute(t.Context(), x, nil, DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range got.Values {
			if v != 0 && math.Abs(v-2) > 1e-12 {
				t.Fatalf("offset %g: distance %d is %g, want 0 or 2", offset, k, v)
			}
		}
		if n := distinct(got); n != 2 {
			t.Errorf("offset %g: %d distances, want 2", offset, n)
		}
	}
}

// Distances that differ by more than rounding stay apart, as do those of patterns that
// nearly agree.
func TestDistancesStayApart(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	x := &Matrix[float64]{Conditions: 60, Features: 7}
	for i := range 60 * 7 {
		v := r.NormFloat64()
		if i >= 30*7 { // one pattern, and another one with tiny changes
			v = x.Data[i%7] * (1 + 1e-9*r.NormFloat64())
		}
		x.Data = append(x.Data, v)
	}
	for _, metric := range []Metric{Correlation, Cosine, Euclidean} {
		cfg := DefaultConfig()
		cfg.Metric = metric
		got, err := Compute(t.Context(), x, nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if n := distinct(got); n != len(got.Values) {
			t.Errorf("%s: %d distances of %d pairs", metric, n, len(got.Values))
		}
	}
}
