package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Unique holds what each predictor shares with y.
type Unique struct {
	Plain       []float64 // correlation with y
	Partial     []float64 // the other predictors removed from both
	SemiPartial []float64 // the other predictors removed from the predictor
}

// UniqueOf gives the plain, partial and semi-partial correlation of every
// predictor with y, given all other predictors, from one matrix inverse.
func UniqueOf(y []float64, predictors [][]float64, m Method) (*Unique, error) {
	p, err := precision(append([][]float64{y}, predictors...), m)
	if err != nil {
		return nil, err
	}
	u := &Unique{}
	for k := 1; k <= len(predictors); k++ {
		u.Plain = append(u.Plain, p.r.At(0, k))
		u.Partial = append(u.Partial, p.partial(k, 0))
		u.SemiPartial = append(u.SemiPartial, p.semiPartial(k, 0))
	}
	return u, nil
}

// inverse is the correlation matrix r of some vectors and its inverse p.
type inverse struct{ r, p mat.SymDense }

// partial is -p_ij / √(p_ii p_jj).
func (v *inverse) partial(i, j int) float64 {
	return -v.p.At(i, j) / math.Sqrt(v.p.At(i, i)*v.p.At(j, j))
}

// semiPartial removes all but j from i, and nothing from j: the partial
// correlation times what the covariates leave of j, √(1/q_jj), where q is the
// inverse without i.
func (v *inverse) semiPartial(i, j int) float64 {
	pij := v.p.At(i, j)
	return v.partial(i, j) / math.Sqrt(v.p.At(j, j)-pij*pij/v.p.At(i, i))
}

func precision(vectors [][]float64, m Method) (*inverse, error) {
	if m != Pearson && m != Spearman {
		return nil, fmt.Errorf("compare: partial %q: %w (pearson or spearman)", m, ErrMethod)
	}
	k := len(vectors)
	units := make([][]float64, k)
	for i, x := range vectors {
		if len(x) != len(vectors[0]) || len(x) < k+1 {
			return nil, fmt.Errorf("compare: RDM %d has %d pairs, the first %d, and %d RDMs need more than %d: %w", i, len(x), len(vectors[0]), k, k, ErrShape)
		}
		for j, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("compare: pair %d of RDM %d has %v: %w", j, i, v, ErrNotFinite)
			}
		}
		u := prepare(m, x)
		norm := math.Sqrt(dot(u, u))
		if norm == 0 {
			return nil, fmt.Errorf("compare: RDM %d: %w", i, ErrConstant)
		}
		for j := range u {
			u[j] /= norm
		}
		units[i] = u
	}
	v := &inverse{}
	r := mat.NewSymDense(k, nil)
	for i := range k {
		r.SetSym(i, i, 1)
		for j := i + 1; j < k; j++ {
			r.SetSym(i, j, dot(units[i], units[j]))
		}
	}
	v.r = *r
	var chol mat.Cholesky
	if !chol.Factorize(r) || chol.Cond() > 1e12 {
		return nil, fmt.Errorf("compare: %d RDMs (the compared ones among them): %w", k, ErrCollinear)
	}
	if err := chol.InverseTo(&v.p); err != nil {
		return nil, fmt.Errorf("compare: %w: %w", ErrCollinear, err)
	}
	return v, nil
}
