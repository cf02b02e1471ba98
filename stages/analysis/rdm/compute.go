package rdm

import (
	"context"
	"fmt"
	"math"
)

// Metric names a dissimilarity.
type Metric string

// The metrics that Compute knows; the package documentation defines them.
const (
	Correlation Metric = "correlation"
	Cosine      Metric = "cosine"
	Euclidean   Metric = "euclidean"
	SqEuclidean Metric = "sqeuclidean"
	Mahalanobis Metric = "mahalanobis"
	Crossnobis  Metric = "crossnobis"
	Poisson     Metric = "poisson"
	PoissonCV   Metric = "poisson-cv"
)

// Metrics lists what Compute knows.
func Metrics() []Metric {
	return []Metric{Correlation, Cosine, Euclidean, SqEuclidean, Mahalanobis, Crossnobis, Poisson, PoissonCV}
}

// CrossValidated says that a metric takes observations with a condition name
// and a fold each, and no averaged patterns.
func (m Metric) CrossValidated() bool { return m == Crossnobis || m == PoissonCV }

// Config says which dissimilarity Compute gives.
type Config struct {
	Metric Metric
	// PerFeature makes euclidean, sqeuclidean and mahalanobis the squared
	// distance divided by the number of features, as rsatoolbox has them.
	// Crossnobis and poisson always are.
	PerFeature bool
	// Precision is the inverse of the noise covariance; mahalanobis needs it,
	// crossnobis takes the identity without it.
	Precision *Precision
	// Folds gives the fold (run, session) of each observation, for the
	// cross-validated metrics.
	Folds []string
	// PriorLambda and PriorWeight pull poisson rates towards a prior:
	// (x + λw) / (1 + w).
	PriorLambda, PriorWeight float64
	// Workers is the number of goroutines; 0 takes all processors.
	Workers int
}

// DefaultConfig is the correlation distance, with rsatoolbox's poisson prior.
func DefaultConfig() Config {
	return Config{Metric: Correlation, PriorLambda: 1, PriorWeight: 0.1}
}

// Compute makes the RDM of src, a conditions x features matrix. names gives
// the name of each condition, or is nil. For the cross-validated metrics the
// rows are observations: names (needed) and cfg.Folds say of which condition
// and in which fold, and the conditions of the RDM are in the order of their
// first observation.
func Compute(ctx context.Context, src Source, names []string, cfg Config) (*RDM, error) {
	n, features := src.Dims()
	if features < 1 {
		return nil, fmt.Errorf("rdm: %d features: %w", features, ErrShape)
	}
	if cfg.Metric.CrossValidated() {
		return crossValidated(ctx, src, names, cfg)
	}
	if n < 2 {
		return nil, fmt.Errorf("rdm: %d: %w", n, ErrConditions)
	}
	if err := checkNames(names, n); err != nil {
		return nil, fmt.Errorf("%w (average repetitions first with Average, or choose a cross-validated metric)", err)
	}
	var (
		values   []float64
		exponent int // of the unit of squared distances
		err      error
		metric   = string(cfg.Metric)
	)
	switch cfg.Metric {
	case Correlation:
		values, err = correlation(ctx, src, names, cfg.Workers)
	case Cosine:
		values, err = cosine(ctx, src, names, cfg.Workers)
	case Euclidean, SqEuclidean:
		values, exponent, err = sqEuclidean(ctx, src, names, cfg.Workers)
	case Mahalanobis:
		var white *whitened
		if white, err = whiten(ctx, src, cfg.Precision, cfg.Workers); err == nil {
			values, exponent, err = sqEuclidean(ctx, white, names, cfg.Workers)
			exponent += white.exponent
		}
	case Poisson:
		values, err = poisson(ctx, src, names, cfg)
	default:
		err = fmt.Errorf("rdm: %q: %w (one of %v)", cfg.Metric, ErrMetric, Metrics())
	}
	if err != nil {
		return nil, err
	}
	switch cfg.Metric {
	case Euclidean, SqEuclidean, Mahalanobis:
		switch {
		case cfg.PerFeature:
			metric = "squared " + metric + " per feature"
			if cfg.Metric == SqEuclidean {
				metric = "squared euclidean per feature"
			}
			for i := range values {
				values[i] /= float64(features)
			}
			exponent *= 2
		case cfg.Metric == SqEuclidean:
			exponent *= 2
		default:
			for i, v := range values {
				values[i] = math.Sqrt(v)
			}
		}
		if err := restore(values, exponent); err != nil {
			return nil, err
		}
	}
	return &RDM{Metric: metric, Names: names, N: n, Values: values}, nil
}
