package rdm

import (
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/gram"
)

var (
	// ErrConditions is returned when there are fewer than two conditions.
	ErrConditions = errors.New("fewer than two conditions")
	// ErrShape is returned when lengths do not fit each other.
	ErrShape = errors.New("shapes do not fit")
	// ErrNames is returned when names repeat, are missing, or differ between RDMs.
	ErrNames = errors.New("condition names do not match")
	// ErrNotFinite is returned when the input holds NaN or an infinity, or overflows.
	ErrNotFinite = errors.New("value is not finite")
	// ErrConstant is returned when a pattern has no direction: constant for
	// correlation, zero for cosine.
	ErrConstant = errors.New("constant pattern")
	// ErrFolds is returned when the folds cannot cross-validate every condition.
	ErrFolds = errors.New("folds do not cross-validate")
	// ErrPrecision is returned when a noise precision is missing or not positive definite.
	ErrPrecision = errors.New("noise precision is not usable")
	// ErrMetric is returned when a metric is unknown.
	ErrMetric = errors.New("unknown metric")
)

// RDM is a representational dissimilarity matrix.
type RDM struct {
	Metric string    // what the values are
	Names  []string  // one a condition, or nil when the conditions have no names
	N      int       // conditions
	Values []float64 // N(N-1)/2 dissimilarities, condensed upper triangle
}

// New wraps a condensed upper triangle. names may be nil.
func New(metric string, values []float64, names []string) (*RDM, error) {
	n, err := Conditions(len(values))
	if err != nil {
		return nil, err
	}
	r := &RDM{Metric: metric, Names: names, N: n, Values: values}
	return r, r.Check()
}

// FromSquare is the RDM of an n x n matrix, as [Square] takes it.
func FromSquare(metric string, square []float64, n int, names []string) (*RDM, error) {
	if n >= 0 && len(square) != n*n {
		return nil, fmt.Errorf("rdm: %d values for %d x %d: %w", len(square), n, n, ErrShape)
	}
	s := NewSquare(n)
	for i := range n {
		if err := s.Add(square[i*n : (i+1)*n]); err != nil {
			return nil, err
		}
	}
	return s.RDM(metric, names)
}

// Conditions gives n for pairs = n(n-1)/2.
func Conditions(pairs int) (int, error) {
	if pairs < 1 {
		return 0, fmt.Errorf("rdm: %d pairs: %w", pairs, ErrConditions)
	}
	n := int((1 + math.Sqrt(1+8*float64(pairs))) / 2)
	for ; n*(n-1)/2 > pairs; n-- {
	}
	for ; n*(n-1)/2 < pairs; n++ {
	}
	if n*(n-1)/2 != pairs {
		return 0, fmt.Errorf("rdm: %d values are no upper triangle (%d conditions have %d, %d have %d): %w",
			pairs, n-1, (n-1)*(n-2)/2, n, n*(n-1)/2, ErrShape)
	}
	return n, nil
}

// Check reports whether r keeps its invariants: at least two conditions, one
// value a pair, and no names or one unique name a condition.
func (r *RDM) Check() error {
	if r.N < 2 {
		return fmt.Errorf("rdm: %d: %w", r.N, ErrConditions)
	}
	if len(r.Values) != r.N*(r.N-1)/2 {
		return fmt.Errorf("rdm: %d values for %d conditions: %w", len(r.Values), r.N, ErrShape)
	}
	return checkNames(r.Names, r.N)
}

func checkNames(names []string, n int) error {
	if names == nil {
		return nil
	}
	if len(names) != n {
		return fmt.Errorf("rdm: %d names for %d conditions: %w", len(names), n, ErrNames)
	}
	at := make(map[string]int, n)
	for i, name := range names {
		if j, ok := at[name]; ok {
			return fmt.Errorf("rdm: conditions %d and %d are both named %q: %w", j, i, name, ErrNames)
		}
		at[name] = i
	}
	return nil
}

// Index is the place of pair (i, j) in Values; i and j differ.
func (r *RDM) Index(i, j int) int {
	if i > j {
		i, j = j, i
	}
	return gram.Index(r.N, i, j)
}

// At gives the dissimilarity of conditions i and j.
func (r *RDM) At(i, j int) float64 {
	if i == j {
		return 0
	}
	return r.Values[r.Index(i, j)]
}

// Square gives the symmetric N x N matrix, row-major, with a zero diagonal.
func (r *RDM) Square() []float64 { return square(r.Values, r.N) }

func square(values []float64, n int) []float64 {
	out := make([]float64, n*n)
	k := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			out[i*n+j], out[j*n+i] = values[k], values[k]
			k++
		}
	}
	return out
}

// label names condition i in an error.
func label(names []string, i int) string {
	if i < len(names) {
		return fmt.Sprintf("condition %d (%q)", i, names[i])
	}
	return fmt.Sprintf("condition %d", i)
}

// Kernel names the compute kernel in use: the last bits depend on it.
func Kernel() string { return gram.Kernel() }

// WithAdvice adds to an error about values what can be done about them.
func WithAdvice(err error) error {
	switch {
	case errors.Is(err, ErrNotFinite):
		return fmt.Errorf("%w (leave that feature or condition out; studies of arrays do so with nan: drop)", err)
	case errors.Is(err, ErrConstant):
		return fmt.Errorf("%w (leave the condition out, or take the metric euclidean)", err)
	}
	return err
}
