package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/rdm"
)

// whitener maps dissimilarities d to w with w·w' = dᵀ V⁻¹ d', where
// V = (C Σ Cᵀ)∘(C Σ Cᵀ) is the covariance of the dissimilarities for a
// covariance Σ between conditions, and C the pairwise contrasts (Diedrichsen
// et al. 2021, eq. 8).
//
// With E_ab = (d_0a + d_0b - d_ab)/2, the inner products of patterns relative
// to the first, and S that of Σ the same way, dᵀ V⁻¹ d' = tr(S⁻¹ E S⁻¹ E'):
// for S = L Lᵀ, w is L⁻¹ E L⁻ᵀ. For Σ = I this is the doubly centred matrix
// -H d H / 2, which costs n² instead of n³.
type whitener struct {
	n          int
	correlated bool
	factor     *mat.TriDense // L of S, nil for Σ = I
}

func newWhitener(pairs int, opts Options) (*whitener, error) {
	n, err := rdm.Conditions(pairs)
	if err != nil {
		return nil, err
	}
	w := &whitener{n: n, correlated: opts.Method == WhitenedCorrelation}
	if opts.Covariance == nil {
		return w, nil
	}
	c := opts.Covariance
	if len(c) != n*n {
		return nil, fmt.Errorf("compare: covariance of %d values for %d conditions: %w", len(c), n, ErrCovariance)
	}
	c, _ = magnitude.Unit(c)
	s := mat.NewSymDense(n-1, nil)
	for a := range n {
		for b := a; b < n; b++ {
			if d := math.Abs(c[a*n+b] - c[b*n+a]); !(d <= 1e-8*(math.Abs(c[a*n+a])+math.Abs(c[b*n+b]))) {
				return nil, fmt.Errorf("compare: covariance (%d,%d) is %v but (%d,%d) is %v: %w", a, b, c[a*n+b], b, a, c[b*n+a], ErrCovariance)
			}
			if a > 0 {
				s.SetSym(a-1, b-1, c[0]+c[a*n+b]-c[a]-c[b])
			}
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) {
		return nil, fmt.Errorf("compare: the covariance of %d conditions is not positive definite: %w", n, ErrCovariance)
	}
	w.factor = new(mat.TriDense)
	chol.LTo(w.factor)
	return w, nil
}

// of whitens d; the off-diagonal elements appear twice.
func (w *whitener) of(d []float64) []float64 {
	d, _ = magnitude.Unit(d)
	if w.correlated {
		d = centred(d)
	}
	n := w.n
	at := func(i, j int) float64 {
		if i == j {
			return 0
		}
		if i > j {
			i, j = j, i
		}
		return d[i*n-i*(i+1)/2+j-i-1]
	}
	if w.factor == nil {
		out := make([]float64, n*n)
		mean := make([]float64, n)
		total := 0.0
		for i := range n {
			for j := range n {
				v := at(i, j)
				out[i*n+j] = v
				mean[i] += v / float64(n)
			}
			total += mean[i] / float64(n)
		}
		for i := range n {
			for j := range n {
				out[i*n+j] = -(out[i*n+j] - mean[i] - mean[j] + total) / 2
			}
		}
		return out
	}
	e := mat.NewDense(n-1, n-1, nil)
	for a := 1; a < n; a++ {
		for b := 1; b < n; b++ {
			e.Set(a-1, b-1, (at(0, a)+at(0, b)-at(a, b))/2)
		}
	}
	// L is well conditioned enough to have factored; Solve only warns.
	var half, full mat.Dense
	must(half.Solve(w.factor, e))
	must(full.Solve(w.factor, half.T()))
	return full.RawMatrix().Data
}

func must(err error) {
	if _, warning := err.(mat.Condition); err != nil && !warning { //nolint:errorlint // gonum returns the bare type
		panic(err)
	}
}
