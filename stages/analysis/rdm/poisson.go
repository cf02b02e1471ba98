package rdm

import (
	"context"
	"fmt"
	"math"
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

// rates pulls m towards the prior in place and gives the logarithms.
func rates(m *Matrix[float64], names []string, cfg Config) (*Matrix[float64], error) {
	if !(cfg.PriorWeight >= 0) || !(cfg.PriorLambda >= 0) {
		return nil, fmt.Errorf("rdm: poisson prior λ %v, weight %v: %w", cfg.PriorLambda, cfg.PriorWeight, ErrShape)
	}
	logs := &Matrix[float64]{Data: make([]float64, len(m.Data)), Conditions: m.Conditions, Features: m.Features}
	for i, v := range m.Data {
		r := (v + cfg.PriorLambda*cfg.PriorWeight) / (1 + cfg.PriorWeight)
		if !(r > 0) || math.IsInf(r, 0) {
			return nil, fmt.Errorf("rdm: %s has %v at feature %d, which is no Poisson rate: %w", label(names, i/m.Features), v, i%m.Features, ErrNotFinite)
		}
		m.Data[i], logs.Data[i] = r, math.Log(r)
	}
	return logs, nil
}

// bilinear gives (a_i - a_j)·(b_i - b_j) / features, a quarter of the difference
// of the squared distances of a + b and a - b. It overwrites both.
func bilinear(ctx context.Context, a, b *Matrix[float64], workers int) ([]float64, error) {
	for i, v := range a.Data {
		a.Data[i], b.Data[i] = v+b.Data[i], v-b.Data[i]
	}
	plus, err := sqEuclidean(ctx, a, nil, workers)
	if err != nil {
		return nil, err
	}
	minus, err := sqEuclidean(ctx, b, nil, workers)
	if err != nil {
		return nil, err
	}
	for k := range plus {
		plus[k] = (plus[k] - minus[k]) / 4 / float64(a.Features)
	}
	return plus, nil
}
