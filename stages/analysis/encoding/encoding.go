package encoding

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"realnet/stages/analysis/internal/magnitude"
)

var (
	// ErrShape is returned when rows, folds and bands do not fit each other.
	ErrShape = errors.New("encoding: shape")
	// ErrValue is returned for values that are not finite, or whose squares are not.
	ErrValue = errors.New("encoding: value")
)

// Matrix is rows x columns, row-major.
type Matrix struct {
	Data       []float64
	Rows, Cols int
}

// Config of Score.
type Config struct {
	Alphas []float64 // penalties, above 0
	Folds  int       // outer parts, that are predicted
	Inner  int       // parts of the training rows, that choose the penalty

	// Weights are candidates of the weight of each band. Nil: one matrix of all bands.
	Weights [][]float64
	Workers int // 0 takes all processors
}

// DefaultConfig is five folds in each loop and 17 penalties from 1e-3 to 1e5.
func DefaultConfig() Config { return Config{Alphas: LogSpace(1e-3, 1e5, 17), Folds: 5, Inner: 5} }

// LogSpace is n numbers from low to high in equal ratios.
func LogSpace(low, high float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = low * math.Pow(high/low, float64(i)/float64(max(n-1, 1)))
	}
	return out
}

// Candidates draws weights of bands that sum to 1: all alike, each alone, and the rest
// from Dirichlet distributions of concentration 1.
func Candidates(bands, n int, seed uint64) [][]float64 {
	equal := make([]float64, bands)
	for b := range equal {
		equal[b] = 1 / float64(bands)
	}
	out := [][]float64{equal}
	for b := 0; b < bands && bands > 1; b++ {
		alone := make([]float64, bands)
		alone[b] = 1
		out = append(out, alone)
	}
	r := rand.New(rand.NewPCG(seed, uint64(bands)))
	for len(out) < n && bands > 1 {
		w, sum := make([]float64, bands), 0.0
		for b := range w {
			w[b] = r.ExpFloat64()
			sum += w[b]
		}
		for b := range w {
			w[b] /= sum
		}
		out = append(out, w)
	}
	return out
}

// Result holds what Score finds of each response.
type Result struct {
	R       []float64   // Pearson's r, mean over folds
	R2      []float64   // share of variance explained, mean over folds
	FoldR   [][]float64 // r in each fold: folds x responses
	Alpha   []float64   // penalty that all rows choose
	Weights [][]float64 // of the bands, that all rows choose; nil without bands
}

// Score predicts responses (rows x responses) from bands of features (rows x features
// each). Errors: ErrShape, ErrValue, the context's.
func Score(ctx context.Context, bands []Matrix, responses Matrix, c Config) (*Result, error) {
	if err := c.check(bands, responses); err != nil {
		return nil, err
	}
	p, err := newProblem(ctx, bands, responses, c)
	if err != nil {
		return nil, err
	}
	n, t := responses.Rows, responses.Cols
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	out := &Result{R: make([]float64, t), R2: make([]float64, t), Alpha: make([]float64, t)}
	for fold := range c.Folds {
		out.FoldR = append(out.FoldR, make([]float64, t))
		train, test := split(all, c.Folds, fold)
		chosen, err := p.choose(ctx, train)
		if err != nil {
			return nil, err
		}
		if err := p.evaluate(ctx, train, test, chosen, out); err != nil {
			return nil, err
		}
	}
	chosen, err := p.choose(ctx, all)
	if err != nil {
		return nil, err
	}
	for r, at := range chosen {
		out.Alpha[r] = c.Alphas[at.alpha]
		if c.Weights != nil {
			out.Weights = append(out.Weights, c.Weights[at.weights])
		}
	}
	return out, nil
}

// Unique gives what each band adds to the others: bands x responses of R² with all bands,
// less R² without it. It takes the candidates of c.Weights, or draws as many for the
// bands that are left.
func Unique(ctx context.Context, bands []Matrix, responses Matrix, all *Result, c Config) ([][]float64, error) {
	if len(bands) < 2 {
		return nil, fmt.Errorf("%w: the unique share of %d band", ErrShape, len(bands))
	}
	out := make([][]float64, len(bands))
	for b := range bands {
		rest := slices.Delete(slices.Clone(bands), b, b+1)
		without := c
		if c.Weights != nil {
			without.Weights = nil
			for _, w := range c.Weights {
				left := slices.Delete(slices.Clone(w), b, b+1)
				if slices.ContainsFunc(left, func(v float64) bool { return v > 0 }) {
					without.Weights = append(without.Weights, left)
				}
			}
		}
		r, err := Score(ctx, rest, responses, without)
		if err != nil {
			return nil, err
		}
		out[b] = make([]float64, responses.Cols)
		for i := range out[b] {
			out[b][i] = all.R2[i] - r.R2[i]
		}
	}
	return out, nil
}

// split gives the rows of a part, and the others, as scikit-learn's KFold.
func split(rows []int, folds, fold int) (train, test []int) {
	from, size := 0, 0
	for f := 0; f <= fold; f++ {
		from += size
		size = len(rows) / folds
		if f < len(rows)%folds {
			size++
		}
	}
	train = append(slices.Clone(rows[:from]), rows[from+size:]...)
	return train, rows[from : from+size]
}

func (c Config) check(bands []Matrix, y Matrix) error {
	switch {
	case len(bands) == 0:
		return fmt.Errorf("%w: no features", ErrShape)
	case len(y.Data) != y.Rows*y.Cols || y.Cols < 1:
		return fmt.Errorf("%w: %d values for responses of %d x %d", ErrShape, len(y.Data), y.Rows, y.Cols)
	case c.Folds < 2 || c.Inner < 2:
		return fmt.Errorf("%w: %d and %d folds; at least 2 are needed", ErrShape, c.Folds, c.Inner)
	case y.Rows/c.Folds < 3 || (y.Rows-(y.Rows+c.Folds-1)/c.Folds)/c.Inner < 1:
		return fmt.Errorf("%w: %d rows in %d folds; each needs at least 3", ErrShape, y.Rows, c.Folds)
	case len(c.Alphas) == 0:
		return fmt.Errorf("%w: no penalties", ErrShape)
	}
	for _, a := range c.Alphas {
		if !(a > 0) || math.IsInf(a, 0) {
			return fmt.Errorf("%w: penalty %g is not above 0", ErrValue, a)
		}
	}
	for b, x := range bands {
		if x.Rows != y.Rows || x.Cols < 1 || len(x.Data) != x.Rows*x.Cols {
			return fmt.Errorf("%w: features %d of %d x %d (%d values) for responses of %d rows", ErrShape, b, x.Rows, x.Cols, len(x.Data), y.Rows)
		}
		if err := finite(fmt.Sprintf("features %d", b), x); err != nil {
			return err
		}
		if largest := magnitude.Largest(x.Data); magnitude.ExponentOf(largest) != 0 {
			return fmt.Errorf("%w: features %d are as large as %g; penalties are in their units: scale them to a standard deviation near 1", ErrValue, b, largest)
		}
	}
	for k, w := range c.Weights {
		sum := 0.0
		for _, v := range w {
			if !(v >= 0) {
				sum = math.NaN()
			}
			sum += v
		}
		if len(w) != len(bands) || !(sum > 0) || math.IsInf(sum, 0) {
			return fmt.Errorf("%w: weights %d are %v for %d bands", ErrShape, k, w, len(bands))
		}
	}
	return finite("responses", y)
}

func finite(what string, x Matrix) error {
	for i, v := range x.Data {
		if v-v != 0 {
			return fmt.Errorf("%w: %s have %v in row %d, column %d; leave the row or the column out", ErrValue, what, v, i/x.Cols, i%x.Cols)
		}
	}
	return nil
}
