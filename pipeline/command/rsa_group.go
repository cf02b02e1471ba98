package command

import (
	"context"
	"fmt"

	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/rdm"
)

// rsaWeighted is the weighted sum of all models, on subjects and conditions that its
// weights were not fitted on.
type rsaWeighted struct {
	Value   float64   `json:"value"`   // mean similarity over the splits
	Folds   int       `json:"folds"`   // of the conditions
	Models  []string  `json:"models"`  // in the order of the weights
	Weights []float64 `json:"weights"` // mean over the splits, at least 0
}

// rsaMean is the mean similarity of a model over subjects, with its uncertainty over new
// subjects and new conditions together.
type rsaMean struct {
	Model  string  `json:"model"`
	Value  float64 `json:"value"`
	SE     float64 `json:"se"`
	CILow  float64 `json:"ci_low"`
	CIHigh float64 `json:"ci_high"`
	N      int     `json:"n"` // subjects
}

// group fits the models together (--weighted) and bootstraps their means (--bootstrap).
func (c *RSA) group(ctx context.Context, method compare.Method, models, brains []source) (weighted *rsaWeighted, means []rsaMean, err error) {
	if c.Weighted == 0 && c.Bootstrap == 0 {
		return nil, nil, nil
	}
	opts := compare.Options{Method: method}
	var m, b []*rdm.RDM
	var labels []string
	for _, s := range models {
		for _, r := range s.list {
			m, labels = append(m, r.RDM), append(labels, r.Label)
		}
	}
	subjects := map[string]bool{}
	for _, s := range brains {
		for _, r := range s.list {
			b = append(b, r.RDM)
			if subjects[r.Row.Subject] || r.Row.ROI != brains[0].list[0].Row.ROI {
				return nil, nil, usagef("--weighted and --bootstrap take one RDM per subject, of one region; there are several of %q", r.Row.Subject)
			}
			subjects[r.Row.Subject] = true
		}
	}
	if c.Weighted > 0 {
		w, err := compare.CrossValidate(m, b, c.Weighted, c.Seed, opts)
		if err != nil {
			return nil, nil, fmt.Errorf("--weighted: %w", err)
		}
		weighted = &rsaWeighted{Value: w.Value, Folds: c.Weighted, Models: labels, Weights: make([]float64, len(m))}
		for _, split := range w.Weights {
			for k, v := range split {
				weighted.Weights[k] += v / float64(len(w.Weights))
			}
		}
	}
	if c.Bootstrap == 0 {
		return weighted, nil, nil
	}
	for k, model := range m {
		values := make([][]float64, len(b))
		for s, brain := range b {
			aligned, err := rdm.Align(model, brain)
			if err != nil {
				return nil, nil, err
			}
			values[s] = aligned.Values
		}
		mean := func(subjects, conditions []int) (float64, error) {
			pairs := inference.DistinctPairs(conditions, model.N)
			x, y, sum := make([]float64, len(pairs)), make([]float64, len(pairs)), 0.0
			for i, p := range pairs {
				x[i] = model.Values[p]
			}
			for _, s := range subjects {
				for i, p := range pairs {
					y[i] = values[s][p]
				}
				v, err := compare.Vectors(x, y, opts)
				if err != nil {
					return 0, err
				}
				sum += v
			}
			return sum / float64(len(subjects)), nil
		}
		value, err := mean(upTo(len(b)), upTo(model.N))
		if err != nil {
			return nil, nil, err
		}
		t, err := inference.TwoFactorBootstrap(ctx, len(b), model.N, inference.BootstrapOptions{Samples: c.Bootstrap, Seed: c.Seed}, mean)
		if err != nil {
			return nil, nil, fmt.Errorf("--bootstrap: %w", err)
		}
		ci := t.Interval(value, 0.95)
		means = append(means, rsaMean{labels[k], value, t.SE(), ci.Low, ci.High, len(b)})
	}
	return weighted, means, nil
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
