package eigen

import (
	"context"
	"math"

	"realnet/stages/analysis/internal/gram"
)

// tile is how many rows are read side by side in a transposition: a few cache lines.
const tile = 8

// OfProducts returns the eigenvalues of X X', descending, and the eigenvectors of the first k
// as the columns of an n x k matrix.
func OfProducts(ctx context.Context, x gram.Source[float64], k, workers int) (values, vectors []float64, err error) {
	n, _ := x.Dims()
	upper, diag := make([]float64, n*(n-1)/2), make([]float64, n)
	if err := gram.Triangle(ctx, x, upper, diag, workers); err != nil {
		return nil, nil, err
	}
	a := make([]float64, n*n)
	for i := range n {
		a[i*n+i] = diag[i]
		at := gram.Index(n, i, i+1)
		copy(a[i*n+i+1:(i+1)*n], upper[at:at+n-1-i])
	}
	for j0 := 0; j0 < n; j0 += tile { // the lower triangle
		for i := j0 + 1; i < n; i++ {
			for j := j0; j < min(j0+tile, i); j++ {
				a[i*n+j] = a[j*n+i]
			}
		}
	}
	return Symmetric(ctx, a, n, k, workers)
}

// Symmetric decomposes the symmetric n x n matrix a, which is overwritten: a = Q T Q'
// with T tridiagonal (Householder), then T by divide and conquer. It returns what OfProducts
// does.
func Symmetric(ctx context.Context, a []float64, n, k, workers int) (values, vectors []float64, err error) {
	scale := unit(a)
	h, err := tridiagonalise(ctx, a, n, workers)
	if err != nil {
		return nil, nil, err
	}
	values, rows, err := divide(ctx, h.d, h.e, workers)
	if err != nil {
		return nil, nil, err
	}
	for i, j := 0, n-1; i < j; i, j = i+1, j-1 {
		values[i], values[j] = values[j], values[i]
	}
	for i := range values {
		values[i] *= scale
	}
	vectors = make([]float64, n*k)
	for j0 := 0; j0 < k; j0 += tile {
		for i := range n {
			for j := j0; j < min(j0+tile, k); j++ {
				vectors[i*k+j] = rows[n-1-j][i]
			}
		}
	}
	return values, vectors, h.apply(ctx, vectors, k, workers)
}

// unit divides a by the power of two at its largest magnitude, which loses nothing and
// keeps squares within range, and returns it.
func unit(a []float64) float64 {
	largest := 0.0
	for _, v := range a {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		return 1
	}
	_, exponent := math.Frexp(largest)
	half := exponent / 2 // either factor is within range where their product may not be
	first, second := math.Ldexp(1, -half), math.Ldexp(1, half-exponent)
	for i, v := range a {
		a[i] = v * first * second
	}
	return math.Ldexp(1, exponent)
}
