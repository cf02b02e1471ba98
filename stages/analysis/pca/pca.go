package pca

import (
	"context"
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/gram"
)

// Errors of the package.
var (
	// ErrShape is returned when the number of values, samples, features and components
	// do not fit together.
	ErrShape = errors.New("pca: shape")
	// ErrRank is returned when more components are asked for than the samples have.
	ErrRank = errors.New("pca: not so many components")
	// ErrValue is returned for a value that is NaN or infinite.
	ErrValue = errors.New("pca: not a finite number")
)

// Scaling says what is done to a feature before the decomposition.
type Scaling string

// The scalings. Both subtract the mean.
const (
	Raw    Scaling = "raw"
	ZScore Scaling = "zscore" // divides by the standard deviation, ddof 1; a constant feature stays 0
)

// Config of Fit.
type Config struct {
	Components int     // k
	Scaling    Scaling // "" is Raw
	Workers    int     // goroutines; 0 is one a processor
}

// Model is what a fit found.
type Model struct {
	Samples, Features int // n and d of the fit
	Mean              []float64
	Scale             []float64 // nil, or what each centred feature is divided by
	Components        []float32 // k x d, orthonormal rows
	Variance          []float64 // k, of the samples along each component (ddof 1)
	Ratio             []float64 // k, of the total variance
	Total             float64   // variance of all features together
}

// K is the number of components.
func (m *Model) K() int { return len(m.Variance) }

// Fit decomposes the n x d samples x, in C order, and returns the model and the n x k
// scores of the samples. It fails with ErrShape, ErrValue or ErrRank.
func Fit[T gram.Float](ctx context.Context, x []T, n, d int, c Config) (*Model, []float64, error) {
	k := c.Components
	if n < 2 || d < 1 || len(x) != n*d {
		return nil, nil, fmt.Errorf("%w: %d values for %d samples x %d features; at least 2 samples are needed", ErrShape, len(x), n, d)
	}
	if k < 1 || k > min(n-1, d) {
		return nil, nil, fmt.Errorf("%w: %d asked for; %d samples of %d features have at most %d", ErrRank, k, n, d, min(n-1, d))
	}
	m := &Model{Samples: n, Features: d}
	if err := moments(m, x, c.Scaling); err != nil {
		return nil, nil, err
	}
	centred := &matrix[T]{data: x, rows: n, cols: d, mean: m.Mean, scale: m.Scale}
	var src gram.Source[float64] = centred
	if n > d {
		src = transposed[T]{centred}
	}
	values, vectors, err := eigen(ctx, src, c.Workers)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range values {
		m.Total += max(v, 0) / float64(n-1)
	}
	// What rounding leaves of a null space is of the order of the machine epsilon times
	// the largest eigenvalue and the size.
	bound := float64(len(values)) * 0x1p-52 * values[0]
	for i, v := range values[:k] {
		if !(v > bound) {
			return nil, nil, fmt.Errorf("%w: %d asked for, but the samples vary along %d directions alone", ErrRank, k, i)
		}
		m.Variance = append(m.Variance, v/float64(n-1))
		m.Ratio = append(m.Ratio, v/float64(n-1)/m.Total)
	}
	vectors = vectors[:k*min(n, d)]
	if n > d {
		m.Components = make([]float32, len(vectors))
		for i, v := range vectors {
			m.Components[i] = float32(v)
		}
		flip(m.Components, d, nil)
		scores, err := project(ctx, m, x, n, c.Workers)
		return m, scores, err
	}
	if err := m.rightVectors(ctx, centredColumns(centred), vectors, values, c.Workers); err != nil {
		return nil, nil, err
	}
	signs := flip(m.Components, d, nil)
	scores := make([]float64, n*k)
	for j := range k {
		s := math.Sqrt(values[j]) * signs[j]
		for i := range n {
			scores[i*k+j] = s * vectors[j*n+i]
		}
	}
	return m, scores, nil
}

// Transform projects n samples of the model's features: scores, n x k.
func Transform[T gram.Float](ctx context.Context, m *Model, x []T, n, workers int) ([]float64, error) {
	if n < 0 || len(x) != n*m.Features {
		return nil, fmt.Errorf("%w: %d values for %d samples x %d features of the model", ErrShape, len(x), n, m.Features)
	}
	for i, v := range x {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("%w: %v in sample %d, feature %d", ErrValue, v, i/m.Features, i%m.Features)
		}
	}
	return project(ctx, m, x, n, workers)
}

func project[T gram.Float](ctx context.Context, m *Model, x []T, n, workers int) ([]float64, error) {
	scores := make([]float64, n*m.K())
	if n == 0 {
		return scores, nil
	}
	err := gram.Cross[float64](ctx, &matrix[T]{data: x, rows: n, cols: m.Features, mean: m.Mean, scale: m.Scale},
		&gram.Dense[float32, float64]{Data: m.Components, Rows: m.K(), Cols: m.Features}, scores, workers)
	return scores, err
}

// featureBlock is how many features of the components are computed at a time: the
// float64 sums of a block are all that is held beside the float32 result.
const featureBlock = 512

// rightVectors computes v = X' u / s for the rows u of vectors, by blocks of features.
func (m *Model) rightVectors(ctx context.Context, columns columnSource, vectors, values []float64, workers int) error {
	n, d, k := m.Samples, m.Features, m.K()
	m.Components = make([]float32, k*d)
	u := &gram.Dense[float64, float64]{Data: vectors, Rows: k, Cols: n}
	sums := make([]float64, k*min(featureBlock, d))
	for f0 := 0; f0 < d; f0 += featureBlock {
		f1 := min(f0+featureBlock, d)
		if err := gram.Cross[float64](ctx, u, columns.features(f0, f1), sums[:k*(f1-f0)], workers); err != nil {
			return err
		}
		for j := range k {
			s := 1 / math.Sqrt(values[j])
			for f := f0; f < f1; f++ {
				m.Components[j*d+f] = float32(s * sums[j*(f1-f0)+f-f0])
			}
		}
	}
	return nil
}

// flip makes the loading of largest magnitude of each row positive, and returns the
// signs that did.
func flip(rows []float32, d int, signs []float64) []float64 {
	for r := range len(rows) / d {
		row := rows[r*d : (r+1)*d]
		largest := row[0]
		for _, v := range row {
			if abs(v) > abs(largest) {
				largest = v
			}
		}
		sign := 1.0
		if largest < 0 {
			sign = -1
			for i := range row {
				row[i] = -row[i]
			}
		}
		signs = append(signs, sign)
	}
	return signs
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// moments sets the mean and, for z-scores, the scale of every feature.
func moments[T gram.Float](m *Model, x []T, scaling Scaling) error {
	n, d := m.Samples, m.Features
	m.Mean = make([]float64, d)
	for i := range n {
		for j, v := range x[i*d : (i+1)*d] {
			f := float64(v)
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("%w: %v in sample %d, feature %d", ErrValue, v, i, j)
			}
			m.Mean[j] += f
		}
	}
	for j := range m.Mean {
		m.Mean[j] /= float64(n)
	}
	switch scaling {
	case "", Raw:
		return nil
	case ZScore:
	default:
		return fmt.Errorf("pca: scaling %q is neither %s nor %s", scaling, Raw, ZScore)
	}
	m.Scale = make([]float64, d)
	for i := range n {
		for j, v := range x[i*d : (i+1)*d] {
			e := float64(v) - m.Mean[j]
			m.Scale[j] += e * e
		}
	}
	for j, v := range m.Scale {
		m.Scale[j] = math.Sqrt(v / float64(n-1))
		if m.Scale[j] <= 0x1p-50*math.Abs(m.Mean[j]) { // constant but for the rounding of its mean
			m.Scale[j] = 1
		}
	}
	return nil
}

// Kernel names the compute kernel in use: the last bits depend on it.
func Kernel() string { return gram.Kernel() }
