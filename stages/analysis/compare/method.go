package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/rdm"
)

var (
	// ErrMethod is returned when a method is unknown, or not offered for a task.
	ErrMethod = errors.New("unknown comparison method")
	// ErrShape is returned when lengths do not fit, or there are too few pairs.
	ErrShape = errors.New("shapes do not fit")
	// ErrNotFinite is returned when a dissimilarity is NaN or infinite.
	ErrNotFinite = errors.New("dissimilarity is not finite")
	// ErrConstant is returned when all dissimilarities are equal (or zero).
	ErrConstant = errors.New("dissimilarities are constant")
	// ErrCovariance is returned when a condition covariance is not positive definite.
	ErrCovariance = errors.New("condition covariance is not usable")
	// ErrCollinear is returned when RDMs to hold constant determine each other.
	ErrCollinear = errors.New("RDMs are collinear")
	// ErrCeiling is returned, with the reason, when RDMs have no noise ceiling. What
	// models reach can be compared without one.
	ErrCeiling = errors.New("no noise ceiling")
)

// Method names a similarity of RDMs.
type Method string

// The similarities; the package documentation defines them.
const (
	Spearman            Method = "spearman"
	Pearson             Method = "pearson"
	Kendall             Method = "kendall" // tau-b
	TauA                Method = "tau-a"
	RhoA                Method = "rho-a"
	Cosine              Method = "cosine"
	WhitenedCorrelation Method = "whitened-correlation"
	WhitenedCosine      Method = "whitened-cosine"
)

// Methods lists the similarities.
func Methods() []Method {
	return []Method{Spearman, Pearson, Kendall, TauA, RhoA, Cosine, WhitenedCorrelation, WhitenedCosine}
}

func (m Method) whitened() bool { return m == WhitenedCorrelation || m == WhitenedCosine }

// ofRanks says that a method multiplies ranks.
func (m Method) ofRanks() bool { return m == Spearman || m == RhoA }

// Options says how RDMs are compared.
type Options struct {
	Method Method
	// OmitNaN leaves out pairs that are NaN in either RDM.
	OmitNaN bool
	// Covariance is the conditions x conditions covariance of the pattern
	// estimates, for the whitened methods; nil is the identity. It is in the
	// order of the (first) RDM's conditions.
	Covariance []float64
	// Workers rank RDMs of a million pairs and more; 0 takes all processors.
	Workers int
}

// DefaultOptions is Spearman's correlation.
func DefaultOptions() Options { return Options{Method: Spearman} }

// RDMs compares two RDMs after matching b to a by condition names.
func RDMs(a, b *rdm.RDM, opts Options) (float64, error) {
	b, err := rdm.Align(a, b)
	if err != nil {
		return 0, err
	}
	return Vectors(a.Values, b.Values, opts)
}

// Vectors compares two condensed upper triangles in the same order.
func Vectors(x, y []float64, opts Options) (float64, error) {
	if !slices.Contains(Methods(), opts.Method) {
		return 0, fmt.Errorf("compare: %q: %w (one of %v)", opts.Method, ErrMethod, Methods())
	}
	x, y, err := clean(x, y, opts)
	if err != nil {
		return 0, err
	}
	p, err := prepared(x, opts)
	if err != nil {
		return 0, err
	}
	q, err := prepared(y, opts)
	if err != nil {
		return 0, err
	}
	return p.With(q)
}

// clean checks lengths and values.
func clean(x, y []float64, opts Options) ([]float64, []float64, error) {
	if len(x) != len(y) {
		return nil, nil, fmt.Errorf("compare: %d and %d pairs: %w", len(x), len(y), ErrShape)
	}
	bad := 0
	for i := range x {
		for _, v := range []float64{x[i], y[i]} {
			if math.IsInf(v, 0) || math.IsNaN(v) && !opts.OmitNaN {
				return nil, nil, fmt.Errorf("compare: pair %d has %v: %w", i, v, ErrNotFinite)
			}
		}
		if math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			bad++
		}
	}
	if bad > 0 {
		if opts.Method.whitened() {
			return nil, nil, fmt.Errorf("compare: %d pairs are NaN, and %s needs all: %w", bad, opts.Method, ErrNotFinite)
		}
		var u, v []float64
		for i := range x {
			if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) {
				u, v = append(u, x[i]), append(v, y[i])
			}
		}
		x, y = u, v
	}
	if len(x) < 2 {
		return nil, nil, fmt.Errorf("compare: %d pairs are too few for %s (two conditions have one): %w", len(x), opts.Method, ErrShape)
	}
	return x, y, nil
}

// prepare turns dissimilarities into what product multiplies: ranks for the
// rank methods, less the mean for all but the cosine, in a unit whose squares stay
// in range.
func prepare(m Method, x []float64) []float64 {
	if m.ofRanks() {
		x = rdm.Ranks(x)
	} else {
		x, _ = magnitude.Unit(x)
	}
	if m == Cosine {
		return x
	}
	return centred(x)
}

// centred gives x less its mean; a constant becomes exactly zero.
func centred(x []float64) []float64 {
	mean, largest := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
		largest = max(largest, math.Abs(v))
	}
	out := make([]float64, len(x))
	flat := true
	for i, v := range x {
		out[i] = v - mean
		flat = flat && math.Abs(out[i]) <= 1e-13*largest
	}
	if flat {
		clear(out)
	}
	return out
}

// dot sums x·y in four parts, the same way always.
func dot(x, y []float64) float64 {
	var a, b, c, d float64
	y = y[:len(x)]
	i := 0
	for ; i+3 < len(x); i += 4 {
		a += x[i] * y[i]
		b += x[i+1] * y[i+1]
		c += x[i+2] * y[i+2]
		d += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		a += x[i] * y[i]
	}
	return (a + b) + (c + d)
}

// cosine gives x·y/|x||y| within [-1, 1].
func cosine(x, y []float64) (float64, error) {
	xx, yy := dot(x, x), dot(y, y)
	if xx == 0 || yy == 0 {
		which := "first"
		if xx != 0 {
			which = "second"
		}
		return 0, fmt.Errorf("compare: the %s RDM: %w", which, ErrConstant)
	}
	return min(max(dot(x, y)/math.Sqrt(xx*yy), -1), 1), nil
}
