package pca

import (
	"context"
	"errors"
	"slices"

	"gonum.org/v1/gonum/mat"

	"realnet/stages/analysis/internal/gram"
)

// eigen returns the eigenvalues of X X', descending, and the eigenvectors as rows.
func eigen(ctx context.Context, x gram.Source[float64], workers int) (values, vectors []float64, err error) {
	n, _ := x.Dims()
	upper, diag := make([]float64, n*(n-1)/2), make([]float64, n)
	if err := gram.Triangle(ctx, x, upper, diag, workers); err != nil {
		return nil, nil, err
	}
	a := mat.NewSymDense(n, nil)
	for i := range n {
		a.SetSym(i, i, diag[i])
		for j := i + 1; j < n; j++ {
			a.SetSym(i, j, upper[gram.Index(n, i, j)])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(a, true) {
		return nil, nil, errors.New("pca: the eigenvalues did not converge")
	}
	values = e.Values(nil)
	slices.Reverse(values)
	var q mat.Dense
	e.VectorsTo(&q)
	vectors = make([]float64, n*n)
	for i := range n {
		for j := range n {
			vectors[(n-1-j)*n+i] = q.At(i, j)
		}
	}
	return values, vectors, nil
}
