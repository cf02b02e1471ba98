package rdm

import (
	"context"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/parallel"
)

// poisson gives the symmetrised Kullback-Leibler divergence of Poisson rates,
// Σ (m_i - m_j)(ln m_i - ln m_j) / features.
func poisson(ctx context.Context, src Source, names []string, cfg Config) ([]float64, error) {
	n, f := src.Dims()
	rate := &Matrix[float64]{Data: make([]float64, n*f), Conditions: n, Features: f}
	if err := src.Block(rate.Data, f, 0, n, 0, f); err != nil {
		return nil, err
	}
	logs, err := rates(rate, names, cfg)
	if err != nil {
		return nil, err
	}
	return bilinear(ctx, rate, logs, cfg.Workers)
}

// poissonCV averages, over folds, the divergence with the rates from the other
// folds and their logarithms from the fold. rsatoolbox 0.3's calc_rdm_poisson_cv
// means the same but returns the last fold's only.
func poissonCV(ctx context.Context, src Source, d design, cfg Config) ([]float64, error) {
	_, f := src.Dims()
	c := len(d.conditions)
	if len(d.folds) < 2 {
		return nil, fmt.Errorf("rdm: %d fold: %w", len(d.folds), ErrFolds)
	}
	for k, counts := range d.counts {
		for i, v := range counts {
			if v == 0 {
				return nil, fmt.Errorf("rdm: condition %q is not in fold %q, and poisson-cv needs every condition in every fold: %w",
					d.conditions[i], d.folds[k], ErrFolds)
			}
		}
	}
	mean := make([]float64, c*(c-1)/2)
	row := make([]float64, f)
	for fold := range d.folds {
		train := &Matrix[float64]{Data: make([]float64, c*f), Conditions: c, Features: f}
		test := &Matrix[float64]{Data: make([]float64, c*f), Conditions: c, Features: f}
		inTrain := make([]float64, c)
		for i, k := range d.condition {
			if err := src.Block(row, f, i, i+1, 0, f); err != nil {
				return nil, err
			}
			part := train
			if d.fold[i] == fold {
				part = test
			} else {
				inTrain[k]++
			}
			for j, v := range row {
				part.Data[k*f+j] += v
			}
		}
		for k := range c {
			for j := range f {
				train.Data[k*f+j] /= inTrain[k]
				test.Data[k*f+j] /= d.counts[fold][k]
			}
		}
		if _, err := rates(train, d.conditions, cfg); err != nil {
			return nil, err
		}
		logs, err := rates(test, d.conditions, cfg)
		if err != nil {
			return nil, err
		}
		one, err := bilinear(ctx, train, logs, cfg.Workers)
		if err != nil {
			return nil, err
		}
		for i, v := range one {
			mean[i] += v / float64(len(d.folds))
		}
	}
	return mean, nil
}

// rates pulls m towards the prior in place and gives the logarithms, less those of
// the features' mean rates: differences of rates that are large and close keep their
// digits.
func rates(m *Matrix[float64], names []string, cfg Config) (*Matrix[float64], error) {
	if !(cfg.PriorWeight >= 0) || !(cfg.PriorLambda >= 0) {
		return nil, fmt.Errorf("rdm: poisson prior λ %v, weight %v: %w", cfg.PriorLambda, cfg.PriorWeight, ErrShape)
	}
	mean := make([]float64, m.Features)
	for i, v := range m.Data {
		r := (v + cfg.PriorLambda*cfg.PriorWeight) / (1 + cfg.PriorWeight)
		if !(r > 0) || math.IsInf(r, 0) {
			return nil, fmt.Errorf("rdm: %s has %v at feature %d, which is no Poisson rate: %w", label(names, i/m.Features), v, i%m.Features, ErrNotFinite)
		}
		m.Data[i] = r
		mean[i%m.Features] += r / float64(m.Conditions)
	}
	logs := &Matrix[float64]{Data: make([]float64, len(m.Data)), Conditions: m.Conditions, Features: m.Features}
	for i, r := range m.Data {
		centre := mean[i%m.Features]
		if r > centre/2 && r < 2*centre {
			logs.Data[i] = math.Log1p((r - centre) / centre)
		} else {
			logs.Data[i] = math.Log(r) - math.Log(centre)
		}
	}
	return logs, nil
}

// bilinear gives (a_i - a_j)·(b_i - b_j) / features of a less its common mean, which it
// subtracts in place.
func bilinear(ctx context.Context, a, b *Matrix[float64], workers int) ([]float64, error) {
	n, f := a.Dims()
	means, err := columnMeans(ctx, a, workers)
	if err != nil {
		return nil, err
	}
	for i := range a.Data {
		a.Data[i] -= means[i%f]
	}
	cross := make([]float64, n*n)
	if err := gram.Cross(ctx, gram.Source[float64](shifted{src: a}), gram.Source[float64](shifted{src: b}), cross, workers); err != nil {
		return nil, err
	}
	out := make([]float64, n*(n-1)/2)
	err = parallel.Run(ctx, workers, n-1, func(_, i int) error {
		k := gram.Index(n, i, i+1)
		for j := i + 1; j < n; j, k = j+1, k+1 {
			self := math.Abs(cross[i*n+i]) + math.Abs(cross[j*n+j])
			d := cross[i*n+i] + cross[j*n+j] - cross[i*n+j] - cross[j*n+i]
			if math.Abs(d) < doubleLeft*self {
				d = 0
				for c := range f {
					d += (a.Data[i*f+c] - a.Data[j*f+c]) * (b.Data[i*f+c] - b.Data[j*f+c])
				}
			}
			if out[k] = d / float64(f); math.IsInf(d, 0) {
				return fmt.Errorf("rdm: dissimilarities overflow: scale the rates down: %w", ErrNotFinite)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	JoinTies(out, n, func(i, j int, d float64) float64 {
		self := (math.Abs(cross[i*n+i]) + math.Abs(cross[j*n+j])) / float64(f)
		if math.Abs(d) < doubleLeft*self { // from the differences themselves
			return sumRounding * math.Abs(d)
		}
		return sumRounding * self
	})
	return out, nil
}
