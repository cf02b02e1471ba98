package rdm

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/magnitude"
)

// Precision is the inverse of a noise covariance between features.
type Precision struct {
	Features int
	Values   []float64 // Features x Features, symmetric
	Exponent int       // even; the precision is Values times 2^Exponent
}

// Shrinkage names an estimate of the noise covariance.
type Shrinkage string

// The estimates, as in rsatoolbox.
const (
	ShrinkageDiag Shrinkage = "shrinkage-diag" // towards the variances: Schäfer & Strimmer 2005
	ShrinkageEye  Shrinkage = "shrinkage-eye"  // towards the mean variance: Ledoit & Wolf 2004
	Diagonal      Shrinkage = "diag"           // variances only
	Full          Shrinkage = "full"           // the sample covariance, no shrinkage
)

// EstimatePrecision inverts the noise covariance of residuals, an observations
// x features matrix, whose column means are removed first. dof 0 takes
// observations - 1; residuals of condition means have fewer (see [Residuals]).
// Memory: 5 features² values.
func EstimatePrecision(ctx context.Context, residuals Source, dof int, how Shrinkage, workers int) (*Precision, error) {
	cov, exponent, err := covariance(ctx, residuals, dof, how, workers)
	if err != nil {
		return nil, err
	}
	f := cov.SymmetricDim()
	unusable := func(why error) error {
		if why != nil {
			return fmt.Errorf("rdm: invert the %s noise covariance of %d features: %w: %w", how, f, ErrPrecision, why)
		}
		return fmt.Errorf("rdm: the %s noise covariance of %d features is not positive definite (a constant feature, or too few residuals: use a shrinkage): %w", how, f, ErrPrecision)
	}
	// Features in units of their own deviation: theirs may differ by any factor.
	unit := make([]float64, f)
	for i := range f {
		if unit[i] = 1 / math.Sqrt(cov.At(i, i)); math.IsInf(unit[i], 0) || math.IsNaN(unit[i]) {
			return nil, unusable(nil)
		}
	}
	for i := range f {
		cov.SetSym(i, i, 1)
		for j := i + 1; j < f; j++ {
			cov.SetSym(i, j, cov.At(i, j)*unit[i]*unit[j])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) || chol.Cond() > 1e14 {
		return nil, unusable(nil)
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil, unusable(err)
	}
	p := &Precision{Features: f, Values: make([]float64, f*f), Exponent: -2 * exponent}
	for i := range f {
		for j := range f {
			p.Values[i*f+j] = inverse.At(i, j) * unit[i] * unit[j]
		}
	}
	return p, nil
}

// covariance estimates the noise covariance of residuals in units of 2^exponent.
func covariance(ctx context.Context, residuals Source, dof int, how Shrinkage, workers int) (cov *mat.SymDense, exponent int, err error) {
	n, f := residuals.Dims()
	if n < 2 {
		return nil, 0, fmt.Errorf("rdm: a covariance of %d residuals: %w", n, ErrPrecision)
	}
	if dof == 0 {
		dof = n - 1
	}
	if how == Full && dof < f {
		return nil, 0, fmt.Errorf("rdm: a full noise covariance of %d features from %d degrees of freedom is singular: use a shrinkage, or more residuals: %w", f, dof, ErrPrecision)
	}
	if dof < 1 {
		return nil, 0, fmt.Errorf("rdm: %d degrees of freedom: %w", dof, ErrPrecision)
	}
	means, err := columnMeans(ctx, residuals, workers)
	if err != nil {
		return nil, 0, err
	}
	// Features x observations: the covariance is the inner products of rows.
	x := &gram.Dense[float64, float64]{Data: make([]float64, f*n), Rows: f, Cols: n}
	row := make([]float64, f)
	for i := range n {
		if err := residuals.Block(row, f, i, i+1, 0, f); err != nil {
			return nil, 0, err
		}
		for j, v := range row {
			x.Data[j*n+i] = v - means[j]
		}
	}
	exponent = magnitude.Exponent(x.Data...)
	magnitude.Scale(x.Data, -exponent)
	for j, m := range means { // what rounding leaves of a constant
		if row := x.Data[j*n : (j+1)*n]; magnitude.Largest(row) <= constantSpread*math.Abs(math.Ldexp(m, -exponent)) {
			clear(row)
		}
	}
	sum, diag := make([]float64, f*(f-1)/2), make([]float64, f)
	if err := gram.Triangle(ctx, gram.Source[float64](x), sum, diag, workers); err != nil {
		return nil, 0, err
	}
	for j, v := range diag {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, 0, fmt.Errorf("rdm: residuals of feature %d: %w", j, ErrNotFinite)
		}
	}
	if how == ShrinkageDiag || how == ShrinkageEye {
		for i, v := range x.Data {
			x.Data[i] = v * v
		}
		sum2, diag2 := make([]float64, len(sum)), make([]float64, f)
		if err := gram.Triangle(ctx, gram.Source[float64](x), sum2, diag2, workers); err != nil {
			return nil, 0, err
		}
		if how == ShrinkageDiag {
			err = shrinkDiag(sum, diag, sum2, n, dof)
		} else {
			err = shrinkEye(sum, diag, sum2, diag2, n)
		}
		if err != nil {
			return nil, 0, err
		}
	}
	cov = mat.NewSymDense(f, nil)
	switch how {
	case Diagonal, Full, ShrinkageDiag, ShrinkageEye:
	default:
		return nil, 0, fmt.Errorf("rdm: covariance estimate %q: %w", how, ErrPrecision)
	}
	for i := range f {
		cov.SetSym(i, i, diag[i]/float64(dof))
		if how == Diagonal {
			continue
		}
		for j := i + 1; j < f; j++ {
			cov.SetSym(i, j, sum[gram.Index(f, i, j)]/float64(dof))
		}
	}
	return cov, exponent, nil
}

// shrinkDiag shrinks the sums of products between features by 1-λ, where λ is
// the variance of the correlations over their sum of squares.
func shrinkDiag(sum, diag, sum2 []float64, n, dof int) error {
	f := len(diag)
	var spread, total float64
	for i := range f {
		if diag[i] == 0 {
			return fmt.Errorf("rdm: the residuals of feature %d are all zero: leave it out: %w", i, ErrPrecision)
		}
		for j := i + 1; j < f; j++ {
			k := gram.Index(f, i, j)
			v := diag[i] * diag[j] / float64(dof) / float64(dof)
			s := sum[k] / math.Sqrt(v) / float64(n-1)
			s2 := sum2[k] / v / float64(n-1)
			spread += float64(n) / float64(dof) / float64(dof) * (s2 - s*s)
			total += s * s
		}
	}
	if total > 0 {
		keep := 1 - min(max(spread/total, 0), 1)
		for k := range sum {
			sum[k] *= keep
		}
	}
	return nil
}

// shrinkEye moves the covariance towards the mean variance on the diagonal.
func shrinkEye(sum, diag, sum2, diag2 []float64, n int) error {
	f, nn := len(diag), float64(n)
	mean := 0.0
	for _, v := range diag {
		mean += v / nn / float64(f)
	}
	var b2, d2 float64
	for k, v := range sum {
		s := v / nn
		b2 += 2 * (sum2[k]/nn - s*s) / nn
		d2 += 2 * s * s
	}
	for i, v := range diag {
		s := v / nn
		b2 += (diag2[i]/nn - s*s) / nn
		d2 += (s - mean) * (s - mean)
	}
	if mean == 0 {
		return fmt.Errorf("rdm: all residuals are zero: %w", ErrPrecision)
	}
	if d2 == 0 { // the sample covariance is the target
		return nil
	}
	b2 = min(b2, d2)
	for k := range sum {
		sum[k] *= (d2 - b2) / d2
	}
	for i := range diag {
		diag[i] = b2/d2*mean*nn + (d2-b2)/d2*diag[i]
	}
	return nil
}

// whitened are patterns whose squared distances are Mahalanobis ones, in units of
// 2^exponent.
type whitened struct {
	*Matrix[float64]
	mean     []float64 // what was taken off all of them
	exponent int
}

// whiten multiplies patterns, less their common mean, by the Cholesky factor of the
// precision.
func whiten(ctx context.Context, src Source, p *Precision, workers int) (*whitened, error) {
	n, f := src.Dims()
	if p == nil {
		return nil, fmt.Errorf("rdm: mahalanobis without a noise precision (see EstimatePrecision): %w", ErrPrecision)
	}
	if p.Features != f || len(p.Values) != f*f || p.Exponent%2 != 0 {
		return nil, fmt.Errorf("rdm: precision of %d features (%d values) for patterns of %d: %w", p.Features, len(p.Values), f, ErrPrecision)
	}
	values, unit := magnitude.Unit(p.Values)
	if unit%2 != 0 {
		values = slices.Clone(values)
		magnitude.Scale(values, 1)
		unit--
	}
	sym := mat.NewSymDense(f, nil)
	for i := range f {
		for j := i; j < f; j++ {
			a, b := values[i*f+j], values[j*f+i]
			if !(math.Abs(a-b) <= 1e-6*(math.Abs(a)+math.Abs(b))+1e-12*math.Abs(values[i*f+i])) {
				return nil, fmt.Errorf("rdm: precision (%d,%d) is %v but (%d,%d) is %v: %w", i, j, p.Values[i*f+j], j, i, p.Values[j*f+i], ErrPrecision)
			}
			sym.SetSym(i, j, (a+b)/2)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(sym) {
		return nil, fmt.Errorf("rdm: the precision is not positive definite: %w", ErrPrecision)
	}
	var upper mat.TriDense
	chol.UTo(&upper) // P = UᵀU, so (x-y)ᵀP(x-y) = |U(x-y)|²
	factor := &gram.Dense[float64, float64]{Data: make([]float64, f*f), Rows: f, Cols: f}
	for i := range f {
		for j := i; j < f; j++ {
			factor.Data[i*f+j] = upper.At(i, j)
		}
	}
	units, exponent, err := inUnits(ctx, src, false, workers)
	if err != nil {
		return nil, err
	}
	means, err := columnMeans(ctx, units, workers)
	if err != nil {
		return nil, err
	}
	out := &whitened{
		&Matrix[float64]{Data: make([]float64, n*f), Conditions: n, Features: f},
		make([]float64, f), exponent + (p.Exponent+unit)/2,
	}
	common := &gram.Dense[float64, float64]{Data: means, Rows: 1, Cols: f}
	if err := gram.Cross(ctx, gram.Source[float64](common), gram.Source[float64](factor), out.mean, workers); err != nil {
		return nil, err
	}
	return out, gram.Cross(ctx, gram.Source[float64](shifted{src: units, columns: means}), gram.Source[float64](factor), out.Data, workers)
}
