package decoding

import (
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
)

// Auto chooses the shrinkage by Ledoit & Wolf (2004), separately for the two
// classes and on features scaled to unit variance, as scikit-learn does.
const Auto = -1

var inf = math.Inf(1)

// constantSpread is what rounding leaves of a constant, relative to it.
const constantSpread = 1e-13

// ErrSingular is returned when the pooled covariance cannot be inverted.
var ErrSingular = errors.New("decoding: the pooled covariance is singular")

func checkShrinkage(s float64) error {
	if s != Auto && !(s >= 0 && s <= 1) {
		return fmt.Errorf("decoding: shrinkage %g is neither in [0, 1] nor Auto (-1)", s)
	}
	return nil
}

// ldaFit is a two-class linear discriminant and the buffers of its fit, rows of the
// negative class first: f(x) = w·x + bias is the log odds of the positive class under
// normal classes that share a covariance,
//
//	Σ = Σ_k π_k [(1-s) S_k + s tr(S_k)/d I],  w = Σ⁻¹(μ₁ - μ₀)
//
// with S_k the covariance of class k (divided by n_k), π_k its share and s the
// shrinkage, in [0, 1] or Auto.
type ldaFit struct {
	d     int
	rows  [][]float64
	count [2]int

	mean  [2][]float64 // d
	cov   []float64    // d x d, pooled
	class []float64    // d x d, of one class
	x     []float64    // centred (and scaled) rows of one class
	scale []float64    // d
	w     []float64    // d
	bias  float64
}

func newLDAFit(n, d int) *ldaFit {
	return &ldaFit{
		d: d, rows: make([][]float64, 0, n), mean: [2][]float64{make([]float64, d), make([]float64, d)},
		cov: make([]float64, d*d), class: make([]float64, d*d), x: make([]float64, n*d),
		scale: make([]float64, d), w: make([]float64, d),
	}
}

func (f *ldaFit) add(row []float64, positive bool) {
	f.rows = append(f.rows, row)
	if positive {
		f.count[1]++
	} else {
		f.count[0]++
	}
}

// solve fits the rows; decided is false where neither means nor spread of the rows
// distinguish the classes. Without spread within the classes the weights point from one
// mean to the other: the limit of any spread alike along all features.
func (f *ldaFit) solve(shrinkage float64) (decided bool, err error) {
	d := f.d
	clear(f.cov)
	total := float64(len(f.rows))
	rows := f.rows
	for k := range 2 {
		n := f.count[k]
		f.covariance(rows[:n], f.mean[k], shrinkage)
		share := float64(n) / total
		for i, v := range f.class {
			f.cov[i] += share * v
		}
		rows = rows[n:]
	}
	for c := range d {
		f.w[c] = f.mean[1][c] - f.mean[0][c]
	}
	var size, spread, apart float64
	for _, r := range f.rows {
		size = max(size, magnitude.Largest(r))
	}
	for c, v := range f.w {
		spread += f.cov[c*d+c]
		apart += v * v
	}
	rounding := constantSpread * size * math.Sqrt(float64(d))
	if math.Sqrt(spread) <= rounding {
		if math.Sqrt(apart) <= rounding {
			return false, nil
		}
	} else if cholesky(f.cov, d) < d {
		return false, fmt.Errorf("%w: %d rows of %d features; shrink it (Auto, or a value above 0)", ErrSingular, len(f.rows), d)
	}
	f.bias = 0 // without spread the classes' shares count for nothing
	if math.Sqrt(spread) > rounding {
		backsolve(f.cov, f.w)
		f.bias = math.Log(float64(f.count[1]) / float64(f.count[0]))
	}
	for c, w := range f.w {
		f.bias -= w * (f.mean[1][c] + f.mean[0][c]) / 2
	}
	return true, nil
}

// covariance leaves the shrunken covariance of the rows in f.class.
func (f *ldaFit) covariance(rows [][]float64, mean []float64, shrinkage float64) {
	d, n := f.d, len(rows)
	clear(mean)
	for _, r := range rows {
		for c, v := range r {
			mean[c] += v
		}
	}
	for c := range mean {
		mean[c] /= float64(n)
	}
	for c := range f.scale {
		f.scale[c] = 1
		if shrinkage == Auto {
			var ss float64
			for _, r := range rows {
				ss += (r[c] - mean[c]) * (r[c] - mean[c])
			}
			if s := math.Sqrt(ss / float64(n)); s > 0 {
				f.scale[c] = s
			}
		}
	}
	x := f.x[:n*d]
	for k, r := range rows {
		for c, v := range r {
			x[k*d+c] = (v - mean[c]) / f.scale[c]
		}
	}
	// Lower triangle of xᵀx/n; Ledoit & Wolf also need Σ_ab (Σ_k x_ka² x_kb²).
	var squares, spread float64
	for a := range d {
		for b := range a + 1 {
			var s, q float64
			for k := range n {
				p := x[k*d+a] * x[k*d+b]
				s += p
				q += p * p
			}
			s /= float64(n)
			f.class[a*d+b] = s
			if a != b {
				s, q = s*math.Sqrt2, 2*q
			}
			squares += s * s
			spread += q
		}
	}
	var trace float64
	for c := range d {
		trace += f.class[c*d+c]
	}
	mu := trace / float64(d)
	if shrinkage == Auto {
		shrinkage = 0
		delta := squares - mu*mu*float64(d)
		if beta := math.Min((spread/float64(n)-squares)/float64(n), delta); beta > 0 {
			shrinkage = beta / delta
		}
	}
	for a := range d {
		for b := range a + 1 {
			v := (1 - shrinkage) * f.class[a*d+b]
			if a == b {
				v += shrinkage * mu
			}
			f.class[a*d+b] = v * f.scale[a] * f.scale[b]
		}
	}
}

func (dec *decider) decideLDA(a, b []float64, sp *division) error {
	f, p, d := dec.lda, dec.l.points, dec.d
	at := func(k int) []float64 {
		if k < p {
			return a[k*d:][:d]
		}
		return b[(k-p)*d:][:d]
	}
	f.rows, f.count = f.rows[:0], [2]int{}
	for m, k := range sp.train {
		f.add(at(k), m >= sp.first)
	}
	decided, err := f.solve(dec.r.Shrinkage)
	if dec.undecided = !decided; err != nil || !decided {
		return err
	}
	for k, q := range sp.test {
		dec.scores[k] = -(dot(f.w, at(q)) + f.bias)
	}
	return nil
}
