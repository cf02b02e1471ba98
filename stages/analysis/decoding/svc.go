package decoding

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrNoConvergence is returned when the optimiser used up its iterations
// before the optimality gap fell under the tolerance. Data of very large scale
// do this: divide the features by their standard deviation.
var ErrNoConvergence = errors.New("decoding: the optimiser did not converge")

// maxIterations is libsvm's bound on the steps of one fit.
const maxIterations = 10_000_000

// flat is the curvature that libsvm assumes along a direction without any.
const flat = 1e-12

// SVC is the two-class linear support vector machine with slack penalty C
// (C-SVC), solved in its dual form until the optimality gap is below Tol.
type SVC struct {
	C   float64 // bound of each dual coefficient, > 0
	Tol float64 // largest violation of the optimality conditions left, > 0
}

// DefaultSVC returns C = 1 and tolerance 1e-4, the settings of the study's EEG
// RDMs. (scikit-learn's own default tolerance is 1e-3.)
func DefaultSVC() SVC { return SVC{C: 1, Tol: 1e-4} }

// Machine is a fitted SVC: f(x) = Σ_k Beta_k <x_k, x> + Bias.
type Machine struct {
	rows  []float64 // n x d: training rows, by class
	coefs []float64 // n: their Beta

	Beta       []float64 // n: y_k alpha_k, one for each training row
	Weights    []float64 // d: Σ_k Beta_k x_k
	Bias       float64
	Objective  float64 // dual objective ½ βᵀKβ - Σ|β|, the value libsvm minimises
	Iterations int
}

// Fit solves the machine for the rows x (n x d, row-major) whose label is
// positive[k]. It follows libsvm step by step: the working pair is chosen by
// second-order information (Fan, Chen & Lin 2005, WSS 2), ties go to the later
// row, and inner products are rounded to float32 as libsvm stores them, so that
// even a degenerate problem ends in libsvm's solution.
//
// Errors: a shape that does not fit, a non-finite value, a single class,
// ErrNoConvergence.
func (s SVC) Fit(x []float64, d int, positive []bool) (*Machine, error) {
	n := len(positive)
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := checkRows(x, n, d, positive); err != nil {
		return nil, err
	}
	// libsvm sees the rows grouped by class, the lower label first and as its +1.
	order := make([]int, 0, n)
	for _, class := range []bool{false, true} {
		for k, p := range positive {
			if p == class {
				order = append(order, k)
			}
		}
	}
	first := slices.IndexFunc(order, func(k int) bool { return positive[k] })
	gram := make([]float64, n*n)
	for a := range n {
		for b := range n {
			gram[a*n+b] = dot(x[order[a]*d:][:d], x[order[b]*d:][:d])
		}
	}
	sol := newSolver(n, s)
	rows := make([]int, n)
	for k := range rows {
		rows[k] = k
	}
	sol.load(gram, n, rows, first, true)
	if !sol.smo(maxIterations) {
		return nil, fmt.Errorf("%w: %d steps, %d rows, tolerance %g", ErrNoConvergence, sol.steps, n, s.Tol)
	}
	m := &Machine{
		Beta: make([]float64, n), Weights: make([]float64, d),
		Bias: -sol.bias(), Objective: sol.objective(), Iterations: sol.steps,
	}
	for a, k := range order {
		m.Beta[k] = -sol.beta[a]
		m.rows = append(m.rows, x[k*d:][:d]...)
		m.coefs = append(m.coefs, m.Beta[k])
		for c, v := range x[k*d:][:d] {
			m.Weights[c] += m.Beta[k] * v
		}
	}
	return m, nil
}

// Decision is f(x), positive for the positive class. Exactly 0 belongs to the
// positive class, as in libsvm, whose order of summation is kept so that ties
// fall the same way.
func (m *Machine) Decision(x []float64) float64 {
	var f float64
	for k, c := range m.coefs {
		if c != 0 {
			f += c * dot(m.rows[k*len(x):][:len(x)], x)
		}
	}
	return f + m.Bias
}

func (s SVC) check() error {
	if !(s.C > 0) || math.IsInf(s.C, 0) || !(s.Tol > 0) {
		return fmt.Errorf("decoding: SVC needs C > 0 and Tol > 0, got C = %g, Tol = %g", s.C, s.Tol)
	}
	return nil
}

func checkRows(x []float64, n, d int, positive []bool) error {
	if d < 1 || n < 2 || len(x) != n*d {
		return fmt.Errorf("decoding: %d values are not %d rows of %d features (at least 2 rows, 1 feature)", len(x), n, d)
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("decoding: row %d, feature %d is %v; drop or repair the row", i/d, i%d, v)
		}
	}
	count := 0
	for _, p := range positive {
		if p {
			count++
		}
	}
	if count == 0 || count == n {
		return fmt.Errorf("decoding: all %d rows are of one class; a classifier needs both", n)
	}
	return nil
}

func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s float64
	for i, v := range a {
		s += v * b[i]
	}
	return s
}
