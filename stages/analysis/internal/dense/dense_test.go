package dense

import (
	"math"
	"math/rand/v2"
	"testing"
)

func random(n int, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func each(t *testing.T, f func(t *testing.T)) {
	defer func(k kernel) { best = k }(best)
	for _, k := range all() {
		best = k
		t.Run(k.name, f)
	}
}

// Every kernel, with edges of every kind, against sums as defined.
func TestMultiply(t *testing.T) {
	each(t, func(t *testing.T) {
		for _, s := range []struct{ m, n, k int }{{1, 1, 1}, {8, 24, 16}, {7, 23, 5}, {9, 25, 193}, {130, 49, 400}, {24, 8, 17}} {
			l, r := random(s.k*s.m, 1), random(s.n*s.k, 2) // r holds its transpose
			ldc := s.n + 3
			c := random(s.m*ldc, 3)
			was := append([]float64(nil), c...)
			var left, right Panels
			if err := left.PackLeft(Matrix{l, s.m}, s.k, 0, s.m); err != nil {
				t.Fatal(err)
			}
			if err := right.PackRight(Transposed{r, s.k}, s.k, 0, s.n); err != nil {
				t.Fatal(err)
			}
			Multiply(c, ldc, &left, &right)
			for i := range s.m {
				for j := range ldc {
					want := was[i*ldc+j]
					if j < s.n {
						for k := range s.k {
							want += l[k*s.m+i] * r[j*s.k+k]
						}
					}
					if math.Abs(c[i*ldc+j]-want) > 1e-13*float64(s.k) {
						t.Fatalf("%v: (%d,%d) is %v, want %v", s, i, j, c[i*ldc+j], want)
					}
				}
			}
		}
	})
}

// Columns computed alone have the bits that they have among others: what callers who
// divide the columns among workers rely on.
func TestMultiplySameBitsForAnyColumns(t *testing.T) {
	each(t, func(t *testing.T) {
		const m, n, k = 40, 100, 230
		l, r := random(k*m, 4), random(k*n, 5)
		whole, parts := make([]float64, m*n), make([]float64, m*n)
		var left, right Panels
		_ = left.PackLeft(Matrix{l, m}, k, 0, m)
		_ = right.PackRight(Matrix{r, n}, k, 0, n)
		Multiply(whole, n, &left, &right)
		for c := 0; c < n; c += 30 {
			_ = right.PackRight(Matrix{r, n}, k, c, min(c+30, n))
			Multiply(parts[c:], n, &left, &right)
		}
		for i, v := range whole {
			if parts[i] != v {
				t.Fatalf("value %d is %v and %v", i, v, parts[i])
			}
		}
	})
}

func TestVectors(t *testing.T) {
	each(t, func(t *testing.T) {
		for _, s := range []struct{ rows, n int }{{1, 1}, {4, 8}, {5, 7}, {6, 50}, {11, 64}} {
			lda := s.n + 2
			a, x, c := random(s.rows*lda, 6), random(s.n, 7), random(s.rows, 8)
			out, y := make([]float64, s.rows), random(s.n, 9)
			want := append([]float64(nil), y...)
			Dots(out, a, lda, x)
			AddRows(y, a, lda, c)
			alone := make([]float64, 1)
			for i, v := range out {
				sum := 0.0
				for j := range s.n {
					sum += a[i*lda+j] * x[j]
					want[j] += c[i] * a[i*lda+j]
				}
				if Dots(alone, a[i*lda:], lda, x); math.Abs(v-sum) > 1e-13*float64(s.n) || alone[0] != v {
					t.Fatalf("%v: product %d is %v, alone %v, want %v", s, i, v, alone[0], sum)
				}
			}
			for j, v := range y {
				if math.Abs(v-want[j]) > 1e-13*float64(s.rows) {
					t.Fatalf("%v: sum %d is %v, want %v", s, j, v, want[j])
				}
			}
		}
	})
}

func BenchmarkMultiply(b *testing.B) {
	const n = 960
	x, c := random(n*n, 1), make([]float64, n*n)
	var left, right Panels
	_ = left.PackLeft(Matrix{x, n}, n, 0, n)
	_ = right.PackRight(Matrix{x, n}, n, 0, n)
	for b.Loop() {
		Multiply(c, n, &left, &right)
	}
	b.ReportMetric(2*n*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func BenchmarkDots(b *testing.B) {
	const n = 1200
	a, x, out := random(n*n, 1), random(n, 2), make([]float64, n)
	b.SetBytes(8 * n * n)
	for b.Loop() {
		Dots(out, a, n, x)
	}
}
