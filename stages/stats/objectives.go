package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/compare"
)

// Objective is a contrast of trainings that differ in one field: what it does to the
// object dimensions that a network reflects.
type Objective struct {
	Name     string   `json:"name" doc:"the field and its values, such as beta:50-0"`
	Variants []string `json:"variants"`
	// Weights of the variants' similarities, that sum to 0.
	Weights []float64 `json:"weights"`
}

// Measures of how much a network reflects a dimension.
const (
	plainMeasure = "plain"
	partial      = "partial"
	semiPartial  = "semi-partial"
)

// objectives make, for every objective, dimension and measure, a row of the mean over
// layers and one of each layer: how much more the first trainings reflect the dimension
// than the second. Tests are over images and training subjects, corrected over the
// dimensions; those of layers over dimensions and layers. Partial and semi-partial
// correlations are computed anew without each image.
func (j *estimator) objectives(ctx context.Context, workers int) error {
	var dims []int
	for b, brain := range j.g.brains {
		if brain.relation == relationDimension {
			dims = append(dims, b)
		}
	}
	if len(j.p.Objectives) == 0 || len(dims) < 2 {
		return nil
	}
	measures, err := j.measures(ctx, dims, workers)
	if err != nil {
		return fmt.Errorf("dimensions, the others removed: %w", err)
	}
	for _, o := range j.p.Objectives {
		for _, measure := range []string{plainMeasure, partial, semiPartial} {
			m, ok := measures[measure]
			if !ok {
				continue
			}
			m.objective(o, measure, dims)
			if m.err != nil {
				return m.err
			}
			j.rows = append(j.rows, m.rows...)
			m.rows = nil
		}
	}
	return nil
}

// objective makes the rows of one objective and measure.
func (j *estimator) objective(o Objective, measure string, dims []int) {
	groups := map[string][]statistic{}
	for _, b := range dims {
		name := j.g.brains[b].roi
		row := func(layer string) statistics.Row {
			r := statistics.New(statistics.Objective, nameOf("objective", o.Name, name, layer, measure), nameOf("objective", o.Name, measure))
			r.Model, r.Dimension, r.Layer, r.Method = o.Name, name, layer, methodOfMeasure(measure)
			if j.p.Truth {
				r.Planted = statistics.NotPlanted
				if j.g.brains[b].planted {
					r.Planted = statistics.Planted
				}
			}
			if layer != "" {
				r.Family += "/layers"
			}
			r.Text = meaning("objective", r, words{"Measure": measure})
			return r
		}
		mean := j.contrast(o, func(v string) statistic { return j.similarity(v, ofDimension(name)) })
		if len(mean) == 0 {
			continue
		}
		j.add(row(""), mean, true)
		groups[row("").Planted] = append(groups[row("").Planted], mean)
		for _, layer := range j.layers(o.Variants[0]) {
			if s := j.contrast(o, func(v string) statistic { return j.similarityOf(v, ofDimension(name), j.only(layer, name)) }); len(s) > 0 {
				j.add(row(layer), s, true)
			}
		}
	}
	if !j.p.Truth {
		return
	}
	for _, planted := range []string{statistics.Planted, statistics.NotPlanted} {
		if list := groups[planted]; len(list) > 0 {
			r := statistics.New(statistics.Objectives, nameOf("objectives", o.Name, map[string]string{statistics.Planted: "planted", statistics.NotPlanted: "others"}[planted], measure), nameOf("objectives", o.Name, measure))
			r.Model, r.Planted, r.Method = o.Name, planted, methodOfMeasure(measure)
			r.Text = meaning("objectives", r, words{"Count": len(list), "Measure": measure})
			j.add(r, meanOf(list), true)
		}
	}
}

// methodOfMeasure names a measure in the column method.
func methodOfMeasure(measure string) string {
	if measure == plainMeasure {
		return string(dimensionMethod)
	}
	return string(dimensionMethod) + "-" + measure
}

// contrast is the weighted sum of the variants' statistics, for the subjects of all.
func (j *estimator) contrast(o Objective, of func(variant string) statistic) statistic {
	var sum statistic
	for i, v := range o.Variants {
		s := of(v)
		weight := o.Weights[i]
		if i == 0 {
			for _, u := range s {
				sum = append(sum, unit{u.subject, func(c cells) float64 { return weight * u.of(c) }})
			}
			continue
		}
		sum = sum.with(s, func(a, b unit) func(cells) float64 {
			return func(c cells) float64 { return a.of(c) + weight*b.of(c) }
		})
	}
	return sum
}

// measures are estimators whose cells hold the plain, the partial and the semi-partial
// correlations with the dimensions. With too few images for the number of dimensions the
// last two are not defined, and absent.
func (j *estimator) measures(ctx context.Context, dims []int, workers int) (map[string]*estimator, error) {
	of := func(all cells, kept []cells) *estimator {
		return &estimator{g: j.g, p: j.p, all: all, out: j.out, kept: kept}
	}
	out := map[string]*estimator{plainMeasure: of(j.all, j.kept)}
	allPartial, allSemi, err := j.g.conditioned(j.all, nil, dims)
	if errors.Is(err, compare.ErrCollinear) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	keptPartial, keptSemi := make([]cells, len(j.kept)), make([]cells, len(j.kept))
	group := pool.New().WithMaxGoroutines(max(1, workers)).WithContext(ctx).WithCancelOnError().WithFirstError()
	var mu sync.Mutex
	collinear := false
	for k, pairs := range j.out.Kept {
		group.Go(func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			p, s, err := j.g.conditioned(j.kept[k], pairs, dims)
			if errors.Is(err, compare.ErrCollinear) {
				mu.Lock()
				collinear = true
				mu.Unlock()
				return nil
			}
			keptPartial[k], keptSemi[k] = p, s
			return err
		})
	}
	if err := group.Wait(); err != nil || collinear {
		return out, err
	}
	out[partial], out[semiPartial] = of(allPartial, keptPartial), of(allSemi, keptSemi)
	return out, nil
}

// conditioned turns cells of plain correlations with the dimensions into those with the
// others removed. Rows of single layers are turned; those of networks are their means.
func (g gathered) conditioned(plain cells, pairs, dims []int) (partial, semi cells, err error) {
	part, ready := g.part(pairs), make([]*compare.Prepared, len(dims))
	for i, b := range dims {
		if ready[i], err = g.prepared(g.brains[b].values, part, dimensionMethod); err != nil {
			return nil, nil, err
		}
		if ready[i] == nil {
			return nil, nil, fmt.Errorf("dimension %s is constant without some images: %w", g.brains[b].roi, compare.ErrCollinear)
		}
	}
	between := make([][]float64, len(dims))
	for i := range dims {
		between[i] = make([]float64, len(dims))
		between[i][i] = 1
		for k := range i {
			if between[i][k], err = ready[i].With(ready[k]); err != nil {
				return nil, nil, err
			}
			between[k][i] = between[i][k]
		}
	}
	c, err := compare.NewConditioner(between)
	if err != nil {
		return nil, nil, err
	}
	partial, semi = make(cells, len(plain)), make(cells, len(plain))
	fill := func() []float64 { return slices.Repeat([]float64{math.NaN()}, len(g.brains)) }
	row := len(g.networks)
	for n, net := range g.networks {
		partial[n], semi[n] = fill(), fill()
		for _, b := range dims {
			partial[n][b], semi[n][b] = 0, 0
		}
		for range net.layers {
			r := make([]float64, len(dims))
			for i, b := range dims {
				r[i] = plain[row][b]
			}
			p, s := c.Unique(r)
			partial[row], semi[row] = fill(), fill()
			for i, b := range dims {
				partial[row][b], semi[row][b] = p[i], s[i]
				partial[n][b] += p[i] / float64(len(net.layers))
				semi[n][b] += s[i] / float64(len(net.layers))
			}
			row++
		}
	}
	return partial, semi, nil
}
