package bold

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Nuisance is an orthonormal basis of what is to be removed from a series.
type Nuisance struct {
	basis [][]float64 // each of the length of the series
}

// NewNuisance spans the polynomials of degree 0 to order (none when order is -1) and
// the columns of regressors (volumes x columns, row-major). Columns that add nothing,
// such as a motion estimate that is constant, are left out; the residual is unique all
// the same. It fails with ErrShape when nothing would be left of a series.
func NewNuisance(volumes, order int, regressors []float64, columns int) (*Nuisance, error) {
	all := make([]int, volumes)
	for t := range all {
		all[t] = t
	}
	return newNuisance(all, volumes, order, regressors, columns)
}

// newNuisance is NewNuisance for a series of which only some volumes are kept.
func newNuisance(kept []int, volumes, order int, regressors []float64, columns int) (*Nuisance, error) {
	n := order + 1 + columns
	if n <= 0 {
		return &Nuisance{}, nil
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("%w: no volume is left of %d", ErrShape, volumes)
	}
	design := mat.NewDense(len(kept), n, nil)
	for row, t := range kept {
		x := 0.0
		if volumes > 1 {
			x = 2*float64(t)/float64(volumes-1) - 1
		}
		for k := 0; k <= order; k++ {
			design.Set(row, k, math.Pow(x, float64(k)))
		}
		for c := range columns {
			design.Set(row, order+1+c, regressors[t*columns+c])
		}
	}
	for c := range columns { // so that units and offsets do not decide the rank
		standardiseColumn(design, order+1+c, order >= 0)
	}
	basis, err := orthonormalColumns(design)
	if err != nil {
		return nil, err
	}
	if len(basis) >= len(kept) {
		return nil, fmt.Errorf("%w: %d nuisance regressors leave nothing of %d volumes", ErrShape, len(basis), len(kept))
	}
	return &Nuisance{basis}, nil
}

// Remove replaces y by its least-squares residual and returns the mean y had.
func (n *Nuisance) Remove(y []float64) (mean float64) {
	mean, _ = MeanSD(y, 0)
	for _, q := range n.basis {
		var c float64
		for t, v := range q {
			c += v * y[t]
		}
		for t, v := range q {
			y[t] -= c * v
		}
	}
	return mean
}

func standardiseColumn(m *mat.Dense, c int, centre bool) {
	y := mat.Col(nil, c, m)
	largest := 0.0
	for _, v := range y {
		largest = max(largest, math.Abs(v))
	}
	if centre {
		mean, _ := MeanSD(y, 0)
		for t := range y {
			y[t] -= mean
		}
	}
	norm := mat.Norm(mat.NewVecDense(len(y), y), 2)
	for t := range y {
		if norm <= 1e-12*largest*math.Sqrt(float64(len(y))) {
			y[t] = 0 // constant up to rounding
		} else {
			y[t] /= norm
		}
	}
	m.SetCol(c, y)
}

// orthonormalColumns is an orthonormal basis of the column space, by SVD.
func orthonormalColumns(m *mat.Dense) ([][]float64, error) {
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDThin) {
		return nil, fmt.Errorf("%w: singular values of the regressors do not converge", ErrNotFinite)
	}
	values := svd.Values(nil)
	var u mat.Dense
	svd.UTo(&u)
	var basis [][]float64
	for i, s := range values {
		if s > 1e-10*values[0] {
			basis = append(basis, mat.Col(nil, i, &u))
		}
	}
	return basis, nil
}
