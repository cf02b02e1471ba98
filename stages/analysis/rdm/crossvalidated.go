package rdm

import (
	"context"
	"fmt"
	"slices"

	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/magnitude"
)

// crossValidated computes crossnobis and poisson-cv from observations.
func crossValidated(ctx context.Context, src Source, names []string, cfg Config) (*RDM, error) {
	n, _ := src.Dims()
	if len(names) != n {
		return nil, fmt.Errorf("rdm: %s needs a condition name for each of %d observations, got %d: %w", cfg.Metric, n, len(names), ErrNames)
	}
	if len(cfg.Folds) != n {
		return nil, fmt.Errorf("rdm: %s needs a fold for each of %d observations, got %d: %w", cfg.Metric, n, len(cfg.Folds), ErrFolds)
	}
	d := design{}
	d.conditions, d.condition = group(names)
	d.folds, d.fold = group(cfg.Folds)
	if len(d.conditions) < 2 {
		return nil, fmt.Errorf("rdm: %d: %w", len(d.conditions), ErrConditions)
	}
	d.count()
	var (
		values []float64
		err    error
	)
	if cfg.Metric == Crossnobis {
		values, err = crossnobis(ctx, src, d, cfg)
	} else {
		values, err = poissonCV(ctx, src, d, cfg)
	}
	if err != nil {
		return nil, err
	}
	return &RDM{Metric: string(cfg.Metric), Names: d.conditions, N: len(d.conditions), Values: values}, nil
}

// design says of which condition and fold each observation is.
type design struct {
	conditions, folds []string
	condition, fold   []int
	counts            [][]float64 // folds x conditions
}

func (d *design) count() {
	d.counts = make([][]float64, len(d.folds))
	for k := range d.counts {
		d.counts[k] = make([]float64, len(d.conditions))
	}
	for i, c := range d.condition {
		d.counts[d.fold[i]][c]++
	}
}

// crossnobis averages x_a·x_b over all pairs of observations of conditions i
// and j that come from different folds, s_ij, and gives s_ii + s_jj - 2 s_ij.
// With T_i the sum over a condition's observations and t_fi over those in fold
// f, the sum over such pairs is T_i·T_j - Σ_f t_fi·t_fj: folds + 1 triangles.
//
// Balanced folds: the leave-one-fold-out average of rsatoolbox's calc_rdm.
// Unbalanced ones: its calc_rdm_unbalanced.
func crossnobis(ctx context.Context, src Source, d design, cfg Config) ([]float64, error) {
	_, f := src.Dims()
	c := len(d.conditions)
	for k, name := range d.conditions {
		in := 0
		for _, counts := range d.counts {
			if counts[k] > 0 {
				in++
			}
		}
		if in < 2 {
			return nil, fmt.Errorf("rdm: condition %q is in %d of %d folds, and needs two: %w", name, in, len(d.folds), ErrFolds)
		}
	}
	rows, common, exponent, err := sharedUnits(ctx, src, cfg)
	if err != nil {
		return nil, err
	}
	means, err := columnMeans(ctx, rows, cfg.Workers)
	if err != nil {
		return nil, err
	}
	pairs, self := make([]float64, c*(c-1)/2), make([]float64, c)
	weight, selfWeight := make([]float64, len(pairs)), make([]float64, c)
	total := &gram.Dense[float64, float64]{Data: make([]float64, c*f), Rows: c, Cols: f}
	sums := &gram.Dense[float64, float64]{Data: make([]float64, c*f), Rows: c, Cols: f}
	out, sq := make([]float64, len(pairs)), make([]float64, c)
	add := func(m *gram.Dense[float64, float64], counts []float64, sign float64) error {
		if err := gram.Triangle(ctx, gram.Source[float64](m), out, sq, cfg.Workers); err != nil {
			return err
		}
		k := 0
		for i := range c {
			self[i] += sign * sq[i]
			selfWeight[i] += sign * counts[i] * counts[i]
			for j := i + 1; j < c; j++ {
				pairs[k] += sign * out[k]
				weight[k] += sign * counts[i] * counts[j]
				k++
			}
		}
		return nil
	}
	counts := make([]float64, c)
	row := make([]float64, f)
	// What the common mean adds: nothing where every condition has as many
	// observations in each fold.
	balanced := d.balanced()
	shift := make([][]float64, len(d.folds)) // folds x conditions: means · sum of observations
	for fold := range d.folds {
		shift[fold] = make([]float64, c)
		clear(sums.Data)
		for i, of := range d.fold {
			if of != fold {
				continue
			}
			if err := rows.Block(row, f, i, i+1, 0, f); err != nil {
				return nil, err
			}
			k := d.condition[i]
			for j, v := range row {
				v -= means[j]
				sums.Data[k*f+j] += v
				total.Data[k*f+j] += v
				shift[fold][k] += (common[j] + means[j]) * v
			}
		}
		for k, v := range d.counts[fold] {
			counts[k] += v
		}
		if err := add(sums, d.counts[fold], -1); err != nil {
			return nil, err
		}
	}
	if err := add(total, counts, 1); err != nil {
		return nil, err
	}
	if k := slices.IndexFunc(self, func(v float64) bool { return v-v != 0 }); k >= 0 {
		if err := notFinite(src, nil, slices.Index(d.condition, k)); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("rdm: products overflow: scale the patterns down: %w", ErrNotFinite)
	}
	for i := range c {
		self[i] /= selfWeight[i]
	}
	k := 0
	for i := range c {
		for j := i + 1; j < c; j++ {
			pairs[k] = self[i] + self[j] - 2*pairs[k]/weight[k]
			if !balanced {
				// Mean products of the common mean with either side of the pairs.
				var ii, jj, ij float64
				for fold, q := range shift {
					ii += q[i] * (counts[i] - d.counts[fold][i])
					jj += q[j] * (counts[j] - d.counts[fold][j])
					ij += q[i]*(counts[j]-d.counts[fold][j]) + q[j]*(counts[i]-d.counts[fold][i])
				}
				pairs[k] += 2*ii/selfWeight[i] + 2*jj/selfWeight[j] - 2*ij/weight[k]
			}
			pairs[k] /= float64(f)
			k++
		}
	}
	return pairs, restore(pairs, 2*exponent)
}

// balanced says that every condition has as many observations in each fold.
func (d *design) balanced() bool {
	for _, counts := range d.counts {
		if !slices.Equal(counts, d.counts[0]) {
			return false
		}
	}
	return true
}

// sharedUnits gives the observations, whitened if there is a precision, in units of
// 2^exponent, and what whitening has taken off all of them.
func sharedUnits(ctx context.Context, src Source, cfg Config) (rows Source, common []float64, exponent int, err error) {
	if cfg.Precision == nil {
		rows, exponent, err = inUnits(ctx, src, false, cfg.Workers)
		_, f := src.Dims()
		return rows, make([]float64, f), exponent, err
	}
	white, err := whiten(ctx, src, cfg.Precision, cfg.Workers)
	if err != nil {
		return nil, nil, 0, err
	}
	rows, exponent, err = inUnits(ctx, white, false, cfg.Workers)
	magnitude.Scale(white.mean, -exponent)
	return rows, white.mean, exponent + white.exponent, err
}
