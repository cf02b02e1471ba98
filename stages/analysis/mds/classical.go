package mds

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"realnet/stages/analysis/internal/magnitude"
)

// Embedding is the result of a scaling.
type Embedding struct {
	Points      [][]float64 // n x dims
	Eigenvalues []float64   // all n, falling
	// Share of the sum of the positive eigenvalues that the kept dimensions have.
	Share float64
}

// ErrNotEnough is returned when there are too few objects for the dimensions.
var ErrNotEnough = errors.New("too few objects")

// Classical scales n objects to dims dimensions. Pairs are the dissimilarities
// of (0,1), (0,2), ..., (n-2,n-1). Dimensions beyond the positive eigenvalues
// are 0, as are those that are nothing but rounding. The sign of a dimension makes its coordinate of largest size positive
// (the first of equals), so that the result is the same on every machine type
// up to rounding. Time grows with n^3, memory with n^2.
func Classical(pairs []float64, n, dims int) (Embedding, error) {
	if dims < 1 || n <= dims {
		return Embedding{}, fmt.Errorf("%w: %d for %d dimensions", ErrNotEnough, n, dims)
	}
	if len(pairs) != n*(n-1)/2 {
		return Embedding{}, fmt.Errorf("%d dissimilarities for %d objects, want %d", len(pairs), n, n*(n-1)/2)
	}
	pairs, e := magnitude.Unit(pairs)
	b := mat.NewSymDense(n, nil)
	mean := make([]float64, n)
	var total float64
	k := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			d := pairs[k]
			k++
			if math.IsNaN(d) || math.IsInf(d, 0) {
				return Embedding{}, fmt.Errorf("dissimilarity of objects %d and %d is %v", i, j, d)
			}
			b.SetSym(i, j, d*d)
			mean[i] += d * d / float64(n)
			mean[j] += d * d / float64(n)
		}
	}
	for _, m := range mean {
		total += m / float64(n)
	}
	for i := range n {
		for j := i; j < n; j++ {
			b.SetSym(i, j, -(b.At(i, j)-mean[i]-mean[j]+total)/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(b, true) {
		return Embedding{}, errors.New("the eigenvalues did not converge")
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	out := arrange(values, &vectors, dims)
	magnitude.Scale(out.Eigenvalues, 2*e)
	for _, p := range out.Points {
		magnitude.Scale(p, e)
	}
	return out, nil
}

// arrange orders the eigenvalues from large to small and scales the vectors.
func arrange(rising []float64, vectors *mat.Dense, dims int) Embedding {
	n := len(rising)
	e := Embedding{Points: make([][]float64, n), Eigenvalues: make([]float64, n)}
	var positive, kept float64
	for k := range n {
		v := rising[n-1-k]
		e.Eigenvalues[k] = v
		positive += max(v, 0)
		if k < dims {
			kept += max(v, 0)
		}
	}
	if positive > 0 {
		e.Share = kept / positive
	}
	for i := range e.Points {
		e.Points[i] = make([]float64, dims)
	}
	for k := range dims {
		scale, largest := 0.0, 0.0
		if v := e.Eigenvalues[k]; v > float64(n)*0x1p-52*math.Abs(e.Eigenvalues[0]) {
			scale = math.Sqrt(v)
		}
		for i := range n {
			if v := vectors.At(i, n-1-k); math.Abs(v) > math.Abs(largest)*(1+1e-9) {
				largest = v
			}
		}
		if largest < 0 {
			scale = -scale
		}
		for i := range n {
			e.Points[i][k] = scale * vectors.At(i, n-1-k)
		}
	}
	return e
}
