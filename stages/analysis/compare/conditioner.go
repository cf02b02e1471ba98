package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Conditioner removes predictors from one another: their correlations, inverted once for
// any number of y that they are correlated with.
type Conditioner struct{ inverse mat.SymDense }

// NewConditioner takes the correlations between predictors, k x k. Errors: ErrShape,
// ErrCollinear.
func NewConditioner(between [][]float64) (*Conditioner, error) {
	k := len(between)
	if k == 0 {
		return nil, fmt.Errorf("compare: no predictors: %w", ErrShape)
	}
	r := mat.NewSymDense(k, nil)
	for i, row := range between {
		if len(row) != k {
			return nil, fmt.Errorf("compare: correlations of predictor %d with %d of %d: %w", i, len(row), k, ErrShape)
		}
		for j := i; j < k; j++ {
			r.SetSym(i, j, row[j])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(r) || chol.Cond() > 1e12 {
		return nil, fmt.Errorf("compare: %d RDMs: %w", k, ErrCollinear)
	}
	c := &Conditioner{}
	if err := chol.InverseTo(&c.inverse); err != nil {
		return nil, fmt.Errorf("compare: %w: %w", ErrCollinear, err)
	}
	return c, nil
}

// Unique gives of each predictor the partial and the semi-partial correlation with a y,
// from the plain ones: what [UniqueOf] gives of the vectors. With the inverse Q of the
// correlations of the predictors and β = Q r, the semi-partial correlation of predictor d
// is s = β_d/√Q_dd, and the partial one s/√(1 - r·β + s²).
func (c *Conditioner) Unique(plain []float64) (partial, semi []float64) {
	k := len(plain)
	beta := make([]float64, k)
	explained := 0.0
	for i := range k {
		for j := range k {
			beta[i] += c.inverse.At(i, j) * plain[j]
		}
		explained += plain[i] * beta[i]
	}
	partial, semi = make([]float64, k), make([]float64, k)
	for d := range k {
		semi[d] = beta[d] / math.Sqrt(c.inverse.At(d, d))
		partial[d] = semi[d] / math.Sqrt(1-explained+semi[d]*semi[d])
	}
	return partial, semi
}
