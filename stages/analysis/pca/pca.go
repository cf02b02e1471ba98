package pca

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"realnet/stages/analysis/internal/dense"
	"realnet/stages/analysis/internal/eigen"
	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/internal/parallel"
)

// Errors of the package.
var (
	// ErrShape is returned when the number of values, samples, features and components
	// do not fit together.
	ErrShape = errors.New("pca: shape")
	// ErrRank is returned when more components are asked for than the samples have.
	ErrRank = errors.New("pca: too many components")
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
	e, err := exponent(ctx, x, c.Workers)
	if err != nil {
		return nil, nil, err
	}
	if e != 0 {
		return fitScaled(ctx, x, n, d, e, c)
	}
	m := &Model{Samples: n, Features: d}
	if err := moments(ctx, m, x, c); err != nil {
		return nil, nil, err
	}
	centred := &matrix[T]{data: x, rows: n, cols: d, mean: m.Mean, scale: m.Scale}
	var src gram.Source[float64] = centred
	if n > d {
		src = transposed[T]{centred}
	}
	values, vectors, err := eigen.OfProducts(ctx, src, k, c.Workers)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range values {
		m.Total += max(v, 0) / float64(n-1)
	}
	// What rounding leaves of a null space is of the order of the machine epsilon times
	// the largest eigenvalue and the size, or of what it leaves of the means.
	bound := max(float64(len(values))*0x1p-52*values[0], m.meanRounding())
	for i, v := range values[:k] {
		if !(v > bound) {
			return nil, nil, fmt.Errorf("%w: %d asked for, but the samples vary along %d directions alone", ErrRank, k, i)
		}
		m.Variance = append(m.Variance, v/float64(n-1))
		m.Ratio = append(m.Ratio, v/float64(n-1)/m.Total)
	}
	m.Components = make([]float32, k*d)
	if n > d {
		for f := range d {
			for j, v := range vectors[f*k : (f+1)*k] {
				m.Components[j*d+f] = float32(v)
			}
		}
		if _, err := flip(ctx, m.Components, d, c.Workers); err != nil {
			return nil, nil, err
		}
		scores, err := project(ctx, m, x, n, c.Workers)
		return m, scores, err
	}
	if err := m.rightVectors(ctx, centred, vectors, values, c.Workers); err != nil {
		return nil, nil, err
	}
	scales, err := flip(ctx, m.Components, d, c.Workers)
	if err != nil {
		return nil, nil, err
	}
	for j := range scales {
		scales[j] *= math.Sqrt(values[j])
	}
	scores := vectors
	for i := range n {
		for j, s := range scales {
			scores[i*k+j] *= s
		}
	}
	return m, scores, nil
}

// exponent is that of the unit in which squares of x stay in range.
func exponent[T gram.Float](ctx context.Context, x []T, workers int) (int, error) {
	const task = 1 << 16 // values
	largest := make([]float64, (len(x)+task-1)/task)
	err := parallel.Run(ctx, workers, len(largest), func(_, i int) error {
		switch part := any(x[i*task : min((i+1)*task, len(x))]).(type) {
		case []float32:
			var bits uint32 // without signs they are in the order of magnitudes, NaN above all
			for _, v := range part {
				bits = max(bits, math.Float32bits(v)&^(1<<31))
			}
			largest[i] = float64(math.Float32frombits(bits))
		case []float64:
			var bits uint64
			for _, v := range part {
				bits = max(bits, math.Float64bits(v)&^(1<<63))
			}
			largest[i] = math.Float64frombits(bits)
		}
		return nil
	})
	var all float64
	for _, v := range largest {
		all = max(all, v)
	}
	return magnitude.ExponentOf(all), err
}

// fitScaled is Fit of samples in units of 2^e, in which no square overflows or vanishes.
func fitScaled[T gram.Float](ctx context.Context, x []T, n, d, e int, c Config) (*Model, []float64, error) {
	unit := make([]T, len(x))
	for i, v := range x {
		unit[i] = T(math.Ldexp(float64(v), -e))
	}
	m, scores, err := Fit(ctx, unit, n, d, c)
	if err != nil {
		return nil, nil, err
	}
	magnitude.Scale(m.Mean, e)
	if m.Scale != nil {
		magnitude.Scale(m.Scale, e)
		return m, scores, nil
	}
	magnitude.Scale(scores, e)
	magnitude.Scale(m.Variance, 2*e)
	if m.Total = math.Ldexp(m.Total, 2*e); math.IsInf(m.Total, 0) {
		return nil, nil, fmt.Errorf("%w: the variance overflows: scale the samples down", ErrValue)
	}
	return m, scores, nil
}

// meanRounding bounds the largest eigenvalue that samples have which are all their mean
// but for its rounding.
func (m *Model) meanRounding() float64 {
	var sum float64
	for f, v := range m.Mean {
		v *= float64(m.Samples) * 0x1p-53
		if m.Scale != nil {
			v /= m.Scale[f]
		}
		sum += v * v
	}
	return sum * float64(m.Samples)
}

// Transform projects n samples of the model's features: scores, n x k.
func Transform[T gram.Float](ctx context.Context, m *Model, x []T, n, workers int) ([]float64, error) {
	if n < 0 || len(x) != n*m.Features {
		return nil, fmt.Errorf("%w: %d values for %d samples x %d features of the model", ErrShape, len(x), n, m.Features)
	}
	for i, v := range x {
		if !finite(float64(v)) {
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

// featureTask is how many features of the components one task computes: their float64
// sums are all that a worker holds beside the float32 result.
const featureTask = 192

// rightVectors computes v = X' u / s for the columns u of vectors, n x k.
func (m *Model) rightVectors(ctx context.Context, x dense.Blocks, vectors, values []float64, workers int) error {
	n, d, k := m.Samples, m.Features, m.K()
	var left dense.Panels
	if err := left.PackLeft(dense.Matrix{Data: vectors, Stride: k}, n, 0, k); err != nil {
		return err
	}
	type buffers struct {
		right dense.Panels
		sums  []float64 // k x featureTask
	}
	pool := sync.Pool{New: func() any { return &buffers{sums: make([]float64, k*featureTask)} }}
	return parallel.Run(ctx, workers, (d+featureTask-1)/featureTask, func(_, i int) error {
		b := pool.Get().(*buffers)
		defer pool.Put(b)
		f0 := i * featureTask
		f1 := min(f0+featureTask, d)
		if err := b.right.PackRight(x, n, f0, f1); err != nil {
			return err
		}
		clear(b.sums)
		dense.Multiply(b.sums, featureTask, &left, &b.right)
		for j := range k {
			s := 1 / math.Sqrt(values[j])
			out := m.Components[j*d+f0 : j*d+f1]
			for f, v := range b.sums[j*featureTask:][:len(out)] {
				out[f] = float32(v * s)
			}
		}
		return nil
	})
}

// flip makes the loading of largest magnitude of each row positive (the first of
// equals), and returns the signs that did.
func flip(ctx context.Context, rows []float32, d, workers int) ([]float64, error) {
	signs := make([]float64, len(rows)/d)
	return signs, parallel.Run(ctx, workers, len(signs), func(_, r int) error {
		row := rows[r*d : (r+1)*d]
		low, high := 0, 0
		for i, v := range row {
			if v > row[high] {
				high = i
			} else if v < row[low] {
				low = i
			}
		}
		signs[r] = 1
		if -row[low] > row[high] || -row[low] == row[high] && low < high {
			signs[r] = -1
			for i := range row {
				row[i] = -row[i]
			}
		}
		return nil
	})
}

// moments sets the mean and, for z-scores, the scale of every feature.
func moments[T gram.Float](ctx context.Context, m *Model, x []T, c Config) error {
	n, d := m.Samples, m.Features
	switch c.Scaling {
	case "", Raw:
	case ZScore:
		m.Scale = make([]float64, d)
	default:
		return fmt.Errorf("pca: scaling %q is neither %s nor %s", c.Scaling, Raw, ZScore)
	}
	m.Mean = make([]float64, d)
	const task = 512 // features
	return parallel.Run(ctx, c.Workers, (d+task-1)/task, func(_, t int) error {
		f0, f1 := t*task, min((t+1)*task, d)
		mean := m.Mean[f0:f1]
		for i := range n {
			for j, v := range x[i*d+f0 : i*d+f1] {
				mean[j] += float64(v)
			}
		}
		for j := range mean {
			if mean[j] /= float64(n); !finite(mean[j]) {
				return notFinite(x, n, d, f0+j)
			}
		}
		if m.Scale == nil {
			return nil
		}
		scale := m.Scale[f0:f1]
		for i := range n {
			for j, v := range x[i*d+f0 : i*d+f1] {
				e := float64(v) - mean[j]
				scale[j] += e * e
			}
		}
		for j, v := range scale {
			scale[j] = math.Sqrt(v / float64(n-1))
			if scale[j] <= max(0x1p-50, float64(n)*0x1p-53)*math.Abs(mean[j]) { // constant but for the rounding of its mean
				scale[j] = 1
			}
		}
		return nil
	})
}

func finite(f float64) bool { return f-f == 0 }

// notFinite says which sample spoils the mean of feature j.
func notFinite[T gram.Float](x []T, n, d, j int) error {
	for i := range n {
		if v := x[i*d+j]; !finite(float64(v)) {
			return fmt.Errorf("%w: %v in sample %d, feature %d", ErrValue, v, i, j)
		}
	}
	return fmt.Errorf("%w: the sum of feature %d is too large", ErrValue, j)
}

// Kernel names the compute kernel in use: the last bits depend on it.
func Kernel() string { return gram.Kernel() }
