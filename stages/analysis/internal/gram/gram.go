package gram

import (
	"context"
	"fmt"
)

// Pair is rows [I0,I1) against rows [J0,J1): a tile of inner products. Same
// says that they are the same rows, of which the upper triangle is summed.
type Pair struct {
	I0, I1, J0, J1 int
	Same           bool
}

// Pairs lists the tiles of the upper triangle of n rows.
func Pairs(n int) []Pair {
	cuts := tiles(n)
	var pairs []Pair
	for i := range len(cuts) - 1 {
		for j := i; j < len(cuts)-1; j++ {
			pairs = append(pairs, Pair{cuts[i], cuts[i+1], cuts[j], cuts[j+1], i == j})
		}
	}
	return pairs
}

// Triangle computes out[(i,j)] = a_i · a_j for i < j in the order of a
// condensed upper triangle, and diag[i] = a_i · a_i. workers <= 0 takes all
// processors.
func Triangle[T Float](ctx context.Context, a Source[T], out, diag []float64, workers int) error {
	n, cols := a.Dims()
	pairs := Pairs(n)
	return triangle(ctx, a, out, diag, pairs, segments(cols, len(pairs)), workers)
}

// Refine computes some tiles of Triangle again, in the same order of sums
// whatever the tiles, and leaves the rest of out alone. The inner products of
// rows with themselves come from [Diagonal].
func Refine[T Float](ctx context.Context, a Source[T], out []float64, pairs []Pair, workers int) error {
	n, cols := a.Dims()
	return triangle(ctx, a, out, make([]float64, n), pairs, segments(cols, len(Pairs(n))), workers)
}

func triangle[T Float](ctx context.Context, a Source[T], out, diag []float64, pairs []Pair, cuts []int, workers int) error {
	n, _ := a.Dims()
	if len(out) != n*(n-1)/2 || len(diag) != n {
		return fmt.Errorf("gram: output of %d and %d for %d rows", len(out), len(diag), n)
	}
	put := func(p Pair, c []float64, ldc int) {
		for i := p.I0; i < p.I1; i++ {
			row := c[(i-p.I0)*ldc:]
			j0 := p.J0
			if p.Same {
				diag[i] = row[i-p.I0]
				j0 = i + 1
			}
			if j0 < p.J1 {
				copy(out[Index(n, i, j0):][:p.J1-j0], row[j0-p.J0:])
			}
		}
	}
	return each(ctx, a, nil, pairs, cuts, workers, put)
}

// Diagonal computes diag[i] = a_i · a_i with the bits that Triangle and Refine
// give equal rows.
func Diagonal[T Float](ctx context.Context, a Source[T], diag []float64, workers int) error {
	n, cols := a.Dims()
	if len(diag) != n {
		return fmt.Errorf("gram: output of %d for %d rows", len(diag), n)
	}
	var pairs []Pair
	for i := 0; i < n; i += padRows {
		end := min(n, i+padRows)
		pairs = append(pairs, Pair{i, end, i, end, true})
	}
	put := func(p Pair, c []float64, ldc int) {
		for i := p.I0; i < p.I1; i++ {
			diag[i] = c[(i-p.I0)*ldc+i-p.I0]
		}
	}
	return each(ctx, a, nil, pairs, segments(cols, len(Pairs(n))), workers, put)
}

// Cross computes out[i*rows(b)+j] = a_i · b_j.
func Cross[T Float](ctx context.Context, a, b Source[T], out []float64, workers int) error {
	n, cols := a.Dims()
	m, colsB := b.Dims()
	if cols != colsB || len(out) != n*m {
		return fmt.Errorf("gram: %d x %d and %d x %d in an output of %d", n, cols, m, colsB, len(out))
	}
	ci, cj := tiles(n), tiles(m)
	var pairs []Pair
	for i := range len(ci) - 1 {
		for j := range len(cj) - 1 {
			pairs = append(pairs, Pair{ci[i], ci[i+1], cj[j], cj[j+1], false})
		}
	}
	put := func(p Pair, c []float64, ldc int) {
		for i := p.I0; i < p.I1; i++ {
			copy(out[i*m+p.J0:i*m+p.J1], c[(i-p.I0)*ldc:])
		}
	}
	return each(ctx, a, b, pairs, segments(cols, len(pairs)), workers, put)
}

// Index is the place of pair (i, j), i < j, in a condensed upper triangle of n.
func Index(n, i, j int) int { return i*n - i*(i+1)/2 + j - i - 1 }
