package gram

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

func random[T Float](rows, cols int, seed uint64) *Dense[T, T] {
	r := rand.New(rand.NewPCG(seed, 0))
	d := &Dense[T, T]{Data: make([]T, rows*cols), Rows: rows, Cols: cols}
	for i := range d.Data {
		d.Data[i] = T(r.NormFloat64())
	}
	return d
}

func naive[T Float](a, b []T) float64 {
	s := 0.0
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func TestKernels(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testKernels[float64](t, 1e-12) })
	t.Run("float32", func(t *testing.T) { testKernels[float32](t, 2e-7) })
}

func testKernels[T Float](t *testing.T, tol float64) {
	for _, k := range all() {
		for _, cols := range []int{16, 32, 368, 384, 400, 512} {
			const tiles = 3
			rows := tiles * k.mr
			a, b := random[T](rows, cols, 1), random[T](2*k.nr, cols, 2)
			c := make([]float64, rows*2*k.nr)
			for i := range c {
				c[i] = float64(i)
			}
			f, flush := strips[T](k)
			f(cols, a.Data, b.Data, cols, tiles, c, 2*k.nr)
			f(cols, a.Data, b.Data[k.nr*cols:], cols, tiles-1, c[k.nr:], 2*k.nr)
			flush()
			f(cols, a.Data[(tiles-1)*k.mr*cols:], b.Data[k.nr*cols:], cols, 1, c[(tiles-1)*k.mr*2*k.nr+k.nr:], 2*k.nr)
			flush()
			for i := range rows {
				for j := range 2 * k.nr {
					at := i*2*k.nr + j
					want := float64(at) + naive(a.Data[i*cols:][:cols], b.Data[j*cols:][:cols])
					if math.Abs(c[at]-want) > tol*float64(cols) {
						t.Errorf("%s, %d columns, (%d,%d): %v, want %v", k.name, cols, i, j, c[at], want)
					}
				}
			}
		}
	}
}

func TestConvertAndSum(t *testing.T) {
	for n := range 70 {
		x := random[float32](1, n, 3).Data
		wide, narrow, centred := make([]float64, n), make([]float32, n), make([]float64, n)
		mean := random[float64](1, n, 7).Data
		Centre(centred, x, mean)
		const third = 1.0 / 3
		high := float32(third)
		low := float32(third - float64(high))
		Convert(wide, x, third)
		Convert(narrow, x, third)
		sum := 0.0
		for i, v := range x {
			sum += float64(v)
			want := float64(v) - third
			parts := v - high
			if wide[i] != want || narrow[i] != parts-low || centred[i] != float64(v)-mean[i] || math.Abs(float64(narrow[i])-want) > 1e-7*math.Abs(want) {
				t.Fatalf("%d values: value %d is %v, %v and %v, want %v", n, i, wide[i], narrow[i], centred[i], want)
			}
		}
		if math.Abs(Sum(x)-sum) > 1e-13*float64(n+1) {
			t.Fatalf("sum of %d: %v, want %v", n, Sum(x), sum)
		}
	}
}

func TestTriangleAndCross(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testTriangle[float64](t, 1e-12) })
	t.Run("float32", func(t *testing.T) { testTriangle[float32](t, 2e-7) })
}

func testTriangle[T Float](t *testing.T, tol float64) {
	defer func(k kernel) { best = k }(best)
	ctx := context.Background()
	for _, k := range all() {
		best = k
		for _, shape := range [][2]int{{2, 1}, {5, 7}, {13, 513}, {145, 1030}, {300, 70}} {
			n, cols := shape[0], shape[1]
			a := random[T](n, cols, 4)
			var first []float64
			for _, workers := range []int{1, 2, 7} {
				out, diag := make([]float64, n*(n-1)/2), make([]float64, n)
				if err := Triangle(ctx, a, out, diag, workers); err != nil {
					t.Fatal(err)
				}
				cross := make([]float64, n*n)
				if err := Cross(ctx, a, a, cross, workers); err != nil {
					t.Fatal(err)
				}
				again := make([]float64, n)
				if err := Diagonal(ctx, a, again, workers); err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = out
				}
				p := 0
				for i := range n {
					if again[i] != diag[i] {
						t.Fatalf("%s %v: Diagonal gives %v, Triangle %v", k.name, shape, again[i], diag[i])
					}
					for j := i; j < n; j++ {
						want := naive(a.Data[i*cols:][:cols], a.Data[j*cols:][:cols])
						got := diag[i]
						if j > i {
							got = out[p]
							if got != first[p] || p != Index(n, i, j) {
								t.Fatalf("%s: %d workers change bit(s) of (%d,%d)", k.name, workers, i, j)
							}
							p++
						}
						if math.Abs(got-want) > tol*float64(cols) || math.Abs(cross[i*n+j]-want) > tol*float64(cols) {
							t.Fatalf("%s %v (%d,%d): %v and %v, want %v", k.name, shape, i, j, got, cross[i*n+j], want)
						}
					}
				}
				clear(out)
				if err := Refine(ctx, a, out, Pairs(n), workers); err != nil {
					t.Fatal(err)
				}
				for p := range out {
					if out[p] != first[p] {
						t.Fatalf("%s: Refine changes bits of %d", k.name, p)
					}
				}
			}
		}
	}
}

func TestEqualRowsGiveEqualBits(t *testing.T) {
	const n, cols = 160, 1500
	a := random[float32](n, cols, 5)
	copy(a.Data[150*cols:151*cols], a.Data[3*cols:4*cols])
	out, diag := make([]float64, n*(n-1)/2), make([]float64, n)
	if err := Triangle(context.Background(), a, out, diag, 2); err != nil {
		t.Fatal(err)
	}
	if got := out[Index(n, 3, 150)]; got != diag[3] || got != diag[150] {
		t.Errorf("inner product %v of rows with norms %v and %v", got, diag[3], diag[150])
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a := random[float64](4, 4, 1)
	if err := Triangle(ctx, a, make([]float64, 6), make([]float64, 4), 1); err == nil {
		t.Error("no error after cancelling")
	}
}

func BenchmarkTriangle(b *testing.B) {
	b.Run("float64", benchmark[float64])
	b.Run("float32", benchmark[float32])
}

func benchmark[T Float](b *testing.B) {
	const n, cols = 200, 200704
	a := &Dense[float32, T]{Data: random[float32](n, cols, 6).Data, Rows: n, Cols: cols}
	out, diag := make([]float64, n*(n-1)/2), make([]float64, n)
	for b.Loop() {
		if err := Triangle(context.Background(), a, out, diag, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*(n+1)*cols*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
