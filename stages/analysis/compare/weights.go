package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/rdm"
)

// FitWeights gives the weights >= 0 of model RDMs whose sum comes closest to
// the target in least squares, for the cosine as they are and for Pearson
// correlations after removing means (rsatoolbox's fit_regress_nn).
func FitWeights(models [][]float64, target []float64, m Method) ([]float64, error) {
	if m != Cosine && m != Pearson {
		return nil, fmt.Errorf("compare: weights for %q: %w (cosine or pearson)", m, ErrMethod)
	}
	if len(models) == 0 {
		return nil, fmt.Errorf("compare: no model RDMs: %w", ErrShape)
	}
	// In units of their own lengths, which the weights take back.
	k := len(models)
	var (
		y      []float64
		height length
	)
	columns, scale := make([][]float64, k), make([]float64, k)
	for i, x := range models {
		u, v, err := clean(x, target, Options{Method: m})
		if err != nil {
			return nil, fmt.Errorf("model RDM %d: %w", i, err)
		}
		var column length
		columns[i], column = normed(m, u)
		y, height = normed(m, v)
		if column.value > 0 { // a constant model gets no weight
			scale[i] = math.Ldexp(height.value/column.value, height.exponent-column.exponent)
		}
	}
	ata, aty := mat.NewSymDense(k, nil), make([]float64, k)
	for i := range k {
		aty[i] = dot(columns[i], y)
		for j := i; j < k; j++ {
			ata.SetSym(i, j, dot(columns[i], columns[j]))
		}
	}
	weights, err := nonNegative(ata, aty)
	for i := range weights {
		weights[i] *= scale[i]
	}
	return weights, err
}

// length is value times 2^exponent.
type length struct {
	value    float64
	exponent int
}

// normed gives what the method multiplies of x, divided by its length.
func normed(m Method, x []float64) ([]float64, length) {
	out := prepare(m, x)
	l := length{math.Sqrt(dot(out, out)), magnitude.Exponent(x...)} // prepare takes the exponent out
	if l.value == 0 {
		return out, l
	}
	return times(out, 1/l.value), l
}

func times(x []float64, factor float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v * factor
	}
	return out
}

// nonNegative minimises wᵀAw/2 - bᵀw over w >= 0 with an active set (Lawson and
// Hanson 1974, on the normal equations as Bro and de Jong 1997).
func nonNegative(a *mat.SymDense, b []float64) ([]float64, error) {
	k := len(b)
	w := make([]float64, k)
	var free []int
	const tol = 1e-12 // of vectors of length 1
	for range 30 * (k + 1) {
		// The constraint whose release helps most.
		best, gain := -1, tol
		for i := range k {
			if slices.Contains(free, i) {
				continue
			}
			g := b[i]
			for j := range k {
				g -= a.At(i, j) * w[j]
			}
			if g > gain {
				best, gain = i, g
			}
		}
		if best < 0 {
			return w, nil
		}
		free = append(free, best)
		for len(free) > 0 {
			s, err := solveSubset(a, b, free)
			if err != nil {
				return nil, err
			}
			step, hit := 1.0, false
			for i, f := range free {
				if s[i] <= 0 {
					hit = true
					step = min(step, w[f]/(w[f]-s[i]))
				}
			}
			for i, f := range free {
				w[f] += step * (s[i] - w[f])
			}
			if !hit {
				break
			}
			largest := slices.Max(w)
			free = slices.DeleteFunc(free, func(f int) bool {
				if w[f] <= 1e-13*largest {
					w[f] = 0
					return true
				}
				return false
			})
		}
	}
	return nil, fmt.Errorf("compare: weights do not converge: %w", ErrCollinear)
}

func solveSubset(a *mat.SymDense, b []float64, free []int) ([]float64, error) {
	n := len(free)
	sub, rhs := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for i, f := range free {
		rhs.SetVec(i, b[f])
		for j := i; j < n; j++ {
			sub.SetSym(i, j, a.At(f, free[j]))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(sub) || chol.Cond() > 1e13 {
		return nil, fmt.Errorf("compare: model RDMs %v: %w", free, ErrCollinear)
	}
	var x mat.VecDense
	if err := chol.SolveVecTo(&x, rhs); err != nil {
		return nil, fmt.Errorf("compare: %w: %w", ErrCollinear, err)
	}
	return x.RawVector().Data, nil
}

// Weighted is a weighted model, evaluated on data it was not fitted on.
type Weighted struct {
	Value   float64     // mean similarity over the splits
	Values  []float64   // one a split: subject by subject, condition folds within
	Weights [][]float64 // one a split
}

// CrossValidate fits weights on the mean RDM of all but one subject over all
// but one fold of conditions, and compares the weighted sum with the RDM of
// that subject over the conditions of that fold. Neither the subject nor the
// conditions evaluated took part in the fit. One subject alone is
// cross-validated over conditions only. The folds are drawn from seed.
func CrossValidate(models, subjects []*rdm.RDM, folds int, seed uint64, opts Options) (*Weighted, error) {
	if len(models) == 0 || len(subjects) == 0 {
		return nil, fmt.Errorf("compare: %d model and %d subject RDMs: %w", len(models), len(subjects), ErrShape)
	}
	fit := opts.Method
	switch fit {
	case Spearman, RhoA, Kendall, TauA, WhitenedCorrelation:
		fit = Pearson
	case WhitenedCosine:
		fit = Cosine
	}
	all, err := aligned(append(append([]*rdm.RDM{}, subjects...), models...))
	if err != nil {
		return nil, err
	}
	n := subjects[0].N
	if folds < 2 || n/folds < 4 {
		return nil, fmt.Errorf("compare: %d folds of %d conditions: each needs at least 4: %w", folds, n, ErrShape)
	}
	if opts.Covariance != nil {
		return nil, fmt.Errorf("compare: a covariance with condition folds: %w", ErrMethod)
	}
	perm := make([]int32, n)
	shuffle(perm, rand.New(rand.NewPCG(seed, 0)))
	out := &Weighted{}
	for left := range subjects {
		for fold := range folds {
			var train, test []int
			for i, c := range perm {
				if i*folds/n == fold {
					test = append(test, int(c))
				} else {
					train = append(train, int(c))
				}
			}
			var rest [][]float64
			for s := range subjects {
				if s != left || len(subjects) == 1 {
					rest = append(rest, subset(all[s], n, train))
				}
			}
			target, err := pool(rest, fit)
			if err != nil {
				return nil, err
			}
			var fitted [][]float64
			for k := range models {
				fitted = append(fitted, subset(all[len(subjects)+k], n, train))
			}
			weights, err := FitWeights(fitted, target, fit)
			if err != nil {
				return nil, err
			}
			prediction := make([]float64, len(test)*(len(test)-1)/2)
			for k, w := range weights {
				for i, v := range subset(all[len(subjects)+k], n, test) {
					prediction[i] += w * v
				}
			}
			value, err := Vectors(prediction, subset(all[left], n, test), opts)
			if err != nil {
				return nil, fmt.Errorf("subject %d, fold %d, weights %.3g: %w", left, fold, weights, err)
			}
			out.Values = append(out.Values, value)
			out.Weights = append(out.Weights, weights)
		}
	}
	for _, v := range out.Values {
		out.Value += v / float64(len(out.Values))
	}
	return out, nil
}

// subset gives the pairs among some conditions.
func subset(values []float64, n int, conditions []int) []float64 {
	r := rdm.RDM{N: n, Values: values}
	out := make([]float64, 0, len(conditions)*(len(conditions)-1)/2)
	for a, i := range conditions {
		for _, j := range conditions[a+1:] {
			out = append(out, r.At(i, j))
		}
	}
	return out
}
