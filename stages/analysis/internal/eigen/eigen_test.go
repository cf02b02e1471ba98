package eigen

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Matrices that divide and conquer finds hard, against gonum's QR iteration: values to
// rounding, vectors by what defines them.
func TestSymmetric(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	random := func(n int, f func(i, j int) float64) []float64 {
		a := make([]float64, n*n)
		for i := range n {
			for j := range i + 1 {
				a[i*n+j] = f(i, j)
				a[j*n+i] = a[i*n+j]
			}
		}
		return a
	}
	product := func(n, rank int, scale func(int) float64) []float64 {
		x := make([]float64, n*rank)
		for i := range x {
			x[i] = rng.NormFloat64() * scale(i%rank)
		}
		return random(n, func(i, j int) float64 {
			s := 0.0
			for k := range rank {
				s += x[i*rank+k] * x[j*rank+k]
			}
			return s
		})
	}
	normal := func(int, int) float64 { return rng.NormFloat64() }
	for name, c := range map[string]struct {
		n int
		a []float64
	}{
		"one":       {1, []float64{3}},
		"two":       {2, random(2, normal)},
		"no tear":   {32, random(32, normal)},
		"one tear":  {33, random(33, normal)},
		"random":    {150, random(150, normal)},
		"zero":      {70, make([]float64, 70*70)},
		"identity":  {80, random(80, func(i, j int) float64 { return map[bool]float64{true: 1}[i == j] })},
		"diagonal":  {90, random(90, func(i, j int) float64 { return map[bool]float64{true: float64(i * i % 17)}[i == j] })},
		"ones":      {100, random(100, func(int, int) float64 { return 1 })},
		"Wilkinson": {101, random(101, func(i, j int) float64 { return map[int]float64{0: math.Abs(float64(i - 50)), 1: 1}[i-j] })},
		"glued Wilkinson": {126, random(126, func(i, j int) float64 {
			return map[int]float64{0: math.Abs(float64(i%21 - 10)), 1: 1 - (1-1e-8)*map[bool]float64{true: 1}[i%21 == 0]}[i-j]
		})},
		"second difference": {128, random(128, func(i, j int) float64 { return map[int]float64{0: 2, 1: -1}[i-j] })},
		"Gram":              {140, product(140, 300, func(int) float64 { return 1 })},
		"low rank":          {140, product(140, 12, func(int) float64 { return 1 })},
		"steep":             {140, product(140, 140, func(k int) float64 { return math.Pow(10, -float64(k)/12) })},
		"large":             {60, random(60, func(int, int) float64 { return 1e150 * rng.NormFloat64() })},
		"tiny":              {60, random(60, func(int, int) float64 { return 1e-150 * rng.NormFloat64() })},
		"equal pairs": {64, random(64, func(i, j int) float64 {
			return map[bool]float64{true: float64(i / 2)}[i == j] + map[bool]float64{true: 1e-14 * rng.NormFloat64()}[i != j]
		})},
	} {
		t.Run(name, func(t *testing.T) {
			n := c.n
			values, columns, err := Symmetric(context.Background(), slices.Clone(c.a), n, n, 0)
			if err != nil {
				t.Fatal(err)
			}
			rows := make([]float64, n*n)
			for i := range n {
				for k := range n {
					rows[k*n+i] = columns[i*n+k]
				}
			}
			var reference mat.EigenSym
			if !reference.Factorize(mat.NewSymDense(n, slices.Clone(c.a)), true) {
				t.Fatal("reference did not converge")
			}
			want := reference.Values(nil)
			slices.Reverse(want)
			norm := max(math.Abs(want[0]), math.Abs(want[n-1]))
			tolerance := 20 * float64(n) * epsilon
			for k := range n {
				if math.Abs(values[k]-want[k]) > tolerance*norm {
					t.Fatalf("eigenvalue %d is %v, want %v", k, values[k], want[k])
				}
				v := rows[k*n : (k+1)*n]
				for i := range n {
					s := 0.0
					for j, x := range v {
						s += c.a[i*n+j] * x
					}
					if math.Abs(s-values[k]*v[i]) > tolerance*norm {
						t.Fatalf("pair %d: A v - lambda v has %g at %d", k, s-values[k]*v[i], i)
					}
				}
				for l := range k + 1 {
					s := 0.0
					for i, x := range v {
						s += x * rows[l*n+i]
					}
					if math.Abs(s-map[bool]float64{true: 1}[k == l]) > tolerance {
						t.Fatalf("vectors %d and %d: product %g", k, l, s)
					}
				}
			}
		})
	}
}

// Some vectors are those of all, with the same bits for any number of workers.
func TestSymmetricSameForAnyWorkers(t *testing.T) {
	const n, k = 300, 201
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(10, 0))
	a := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			a[i*n+j] = rng.NormFloat64()
			a[j*n+i] = a[i*n+j]
		}
	}
	values, all, err := Symmetric(ctx, slices.Clone(a), n, n, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 2, 5} {
		again, some, err := Symmetric(ctx, slices.Clone(a), n, k, workers)
		if err != nil || !slices.Equal(values, again) {
			t.Fatalf("%d workers: values differ (%v)", workers, err)
		}
		for i := range n {
			if !slices.Equal(all[i*n:i*n+k], some[i*k:(i+1)*k]) {
				t.Fatalf("%d workers: row %d of the vectors differs", workers, i)
			}
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := Symmetric(ctx, a, n, k, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
