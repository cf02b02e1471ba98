package pca

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	lapack "gonum.org/v1/gonum/lapack/gonum"

	"realnet/stages/analysis/internal/gram"
)

// eigen returns the eigenvalues of X X', descending, and the eigenvectors as rows.
func eigen(ctx context.Context, x gram.Source[float64], workers int) (values, vectors []float64, err error) {
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
	return symmetric(a, n)
}

// symmetric decomposes the symmetric matrix whose upper triangle is in a, which is
// overwritten: a = Q T Q' with T tridiagonal (Householder), then T by divide and conquer.
func symmetric(a []float64, n int) (values, vectors []float64, err error) {
	if n == 1 {
		return []float64{a[0]}, []float64{1}, nil
	}
	scale := unit(a)
	var impl lapack.Implementation
	d, e, tau := make([]float64, n), make([]float64, n-1), make([]float64, n-1)
	work := make([]float64, 1)
	impl.Dsytrd(blas.Upper, n, a, n, d, e, tau, work, -1)
	work = make([]float64, int(work[0]))
	impl.Dsytrd(blas.Upper, n, a, n, d, e, tau, work, len(work))
	query := make([]float64, 1)
	impl.Dorgtr(blas.Upper, n, a, n, tau, query, -1)
	if len(work) < int(query[0]) {
		work = make([]float64, int(query[0]))
	}
	impl.Dorgtr(blas.Upper, n, a, n, tau, work, len(work))
	values, rows, err := divide(d, e)
	if err != nil {
		return nil, nil, err
	}
	for i := range values {
		values[i] *= scale
	}
	slices.Reverse(values)
	for i, j := 0, n-1; i < j; i, j = i+1, j-1 {
		for c := range n {
			rows[i*n+c], rows[j*n+c] = rows[j*n+c], rows[i*n+c]
		}
	}
	vectors = make([]float64, n*n)
	square := func(x []float64) blas64.General { return blas64.General{Rows: n, Cols: n, Stride: n, Data: x} }
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, square(rows), square(a), 0, square(vectors))
	return values, vectors, nil
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
	for i := range a {
		a[i] = math.Ldexp(a[i], -exponent)
	}
	return math.Ldexp(1, exponent)
}
