package rdm

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/precision"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// Stage is the rdm stage.
var Stage = stage.New(stage.Spec{
	Name: "rdm",
	Doc:  "Makes RDMs of response patterns or of a network's features.",
	In: []stage.Port{
		{Name: "patterns", Schemas: []string{patterns.Schema.Name}, Optional: true, Doc: "a subject's response patterns"},
		{Name: "features", Schemas: []string{features.Schema.Name}, Many: true, Optional: true, Doc: "a network's activations; several artifacts: one for each fold of the images, by a network that was trained without them"},
		{Name: "precision", Schemas: []string{precision.Schema.Name}, Optional: true, Doc: "inverse noise covariance for mahalanobis and crossnobis, instead of an estimate"},
	},
	Out:    rdms.Schema,
	Kernel: rdm.Kernel,
}, DefaultParams(), run)

// maker makes the RDMs of one run.
type maker struct {
	Params
	env       *stage.Env
	precision *rdm.Precision // given, or nil
	set       rdms.Set
}

func run(ctx context.Context, env *stage.Env, p Params) error {
	r := &maker{Params: p, env: env}
	fromBrain, fromModel := env.Maybe("patterns"), env.In["features"]
	var err error
	given := env.Maybe("precision")
	if (given != nil) != (p.Noise == Given) {
		return fmt.Errorf("noise %q: the input precision and the noise %q go together", p.Noise, Given)
	}
	if given != nil {
		shape, values, err := artifacts.ReadTensor[float64](given, precision.Tensor)
		if err != nil {
			return err
		}
		if shape[0] != shape[1] {
			return fmt.Errorf("%s: %w: a precision of shape %v, want features x features", given.Dir(), rdm.ErrShape, shape)
		}
		r.precision = &rdm.Precision{Features: shape[0], Values: values}
	}
	switch {
	case fromBrain != nil && len(fromModel) == 0:
		err = r.ofPatterns(ctx, fromBrain)
	case len(fromModel) == 1 && fromBrain == nil:
		err = r.ofFeatures(ctx, fromModel[0])
	case len(fromModel) > 1 && fromBrain == nil:
		err = r.ofFolds(ctx, fromModel)
	default:
		return fmt.Errorf("needs either patterns or features as its input")
	}
	if err != nil {
		return rdm.WithAdvice(err)
	}
	return rdms.Write(env.Out, r.set)
}

// add appends one RDM; every RDM of a set has the same conditions in the same
// order.
func (r *maker) add(row rdms.Row, m *rdm.RDM) error {
	row.Metric, row.Time = string(r.Metric), math.NaN()
	r.set.Rows = append(r.set.Rows, row)
	if r.set.Conditions == nil {
		r.set.Conditions, r.set.Values = m.Names, m.Values
		return nil
	}
	m, err := m.Arrange(r.set.Conditions)
	if err != nil {
		return fmt.Errorf("%s %s %s: %w", row.ROI, row.Layer, row.Split, err)
	}
	r.set.Values = append(r.set.Values, m.Values...)
	return nil
}

// precisionOf is the inverse noise covariance: the given one, that of the residuals of
// repeated conditions, or (mahalanobis alone, as scipy does) that of the patterns where no
// condition repeats; nil for none.
func (r *maker) precisionOf(ctx context.Context, src rdm.Source, names []string) (*rdm.Precision, error) {
	if r.precision != nil {
		if _, features := src.Dims(); features != r.precision.Features {
			return nil, fmt.Errorf("%w: a precision of %d features for patterns of %d", rdm.ErrShape, r.precision.Features, features)
		}
		return r.precision, nil
	}
	if r.Noise == "" {
		return nil, nil
	}
	if len(names) == distinct(names) {
		if r.Metric != rdm.Mahalanobis {
			return nil, fmt.Errorf("%w: noise %s: no condition repeats, so nothing shows the noise", rdm.ErrPrecision, r.Noise)
		}
		p, err := rdm.EstimatePrecision(ctx, src, 0, r.Noise, r.env.Workers)
		if err != nil && r.Noise == rdm.Full {
			err = fmt.Errorf("%w (with no more patterns than features, take the noise shrinkage-diag, or patterns with repetitions)", err)
		}
		return p, err
	}
	residuals, dof, err := rdm.Residuals(src, names)
	if err != nil {
		return nil, err
	}
	return rdm.EstimatePrecision(ctx, residuals, dof, r.Noise, r.env.Workers)
}

func distinct(names []string) int {
	seen := map[string]bool{}
	for _, n := range names {
		seen[n] = true
	}
	return len(seen)
}

// ofFeatures makes one RDM per layer.
func (r *maker) ofFeatures(ctx context.Context, a *artifacts.Artifact) error {
	p := r.Params
	if p.Metric.CrossValidated() || p.Split != "" {
		return fmt.Errorf("metric %s and split %q need repeated measurements; a network's features have none", p.Metric, p.Split)
	}
	images, err := artifacts.ReadTable[features.Image](a, features.ImagesTable)
	if err != nil {
		return err
	}
	var names []string
	var rows []int
	for i, im := range images {
		if p.Subset == "" || im.Subset == p.Subset {
			names, rows = append(names, im.Name), append(rows, i)
		}
	}
	layers := p.Layers
	if len(layers) == 0 {
		for _, f := range a.Files("*.arrow") {
			layers = append(layers, strings.TrimSuffix(f, ".arrow"))
		}
	}
	for k, layer := range layers {
		if !a.Has(features.File(layer)) {
			return fmt.Errorf("no layer %q (layers: %v)", layer, layersOf(a))
		}
		if err := r.ofLayer(ctx, a, layer, names, rows, len(images)); err != nil {
			return fmt.Errorf("layer %s: %w", layer, err)
		}
		r.env.Progress(int64(k+1), int64(len(layers)), layer)
	}
	return nil
}

func layersOf(a *artifacts.Artifact) []string {
	var list []string
	for _, f := range a.Files("*.arrow") {
		list = append(list, strings.TrimSuffix(f, ".arrow"))
	}
	return list
}

func (r *maker) ofLayer(ctx context.Context, a *artifacts.Artifact, layer string, names []string, rows []int, images int) error {
	t, err := artifacts.OpenFloats(a, features.File(layer))
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }() // nothing was written
	if len(t.Shape) != 2 || t.Shape[0] != images {
		return fmt.Errorf("shape %v is not %d images x features", t.Shape, images)
	}
	src := selected(t, rows)
	cfg := rdm.DefaultConfig()
	cfg.Metric, cfg.PerFeature, cfg.Workers = r.Metric, r.PerFeature, r.env.Workers
	if cfg.Precision, err = r.precisionOf(ctx, src, nil); err != nil {
		return err
	}
	m, err := rdm.Compute(ctx, src, names, cfg)
	if err != nil {
		return err
	}
	return r.add(rdms.Row{Kind: "model", Model: r.Model, Subject: r.Trained, Layer: layer}, m)
}

// selected views rows of a tensor as a matrix. All of them are not copied, and stay in
// their file when they are in one piece there.
func selected(t *artifacts.Floats, rows []int) rdm.Source {
	if t.Double != nil {
		return rowsOf(t.Double, rows)
	}
	if f, offset, ok := t.Single.Section(); ok && len(rows) == t.Shape[0] && len(t.Single.Data)*4 > inMemory {
		return &rdm.File{R: f, Offset: offset, Conditions: t.Shape[0], Features: t.Shape[1]}
	}
	return rowsOf(t.Single, rows)
}

// inMemory is how many bytes are rather mapped than read in blocks.
const inMemory = 256 << 20

func rowsOf[E float32 | float64](t *artifacts.Tensor[E], rows []int) *rdm.Matrix[E] {
	m := &rdm.Matrix[E]{Conditions: len(rows), Features: t.Shape[1]}
	if len(rows) == t.Shape[0] {
		m.Data = t.Data
		return m
	}
	m.Data = make([]E, 0, len(rows)*t.Shape[1])
	for _, r := range rows {
		m.Data = append(m.Data, t.Row(r)...)
	}
	return m
}

// ofPatterns makes one RDM per region and part of the data.
func (r *maker) ofPatterns(ctx context.Context, a *artifacts.Artifact) error {
	all, err := patterns.ReadTables(a)
	if err != nil {
		return err
	}
	values, err := patterns.OpenValues(a, all)
	if err != nil {
		return err
	}
	defer func() { _ = values.Close() }() // nothing was written
	regions := r.ROIs
	if len(regions) == 0 {
		regions = []string{""}
	}
	for k, roi := range regions {
		columns, err := all.ROI(roi)
		if err != nil {
			return err
		}
		split, err := parts(all.Samples, r.Params)
		if err != nil {
			return err
		}
		for _, part := range split {
			if err := ctx.Err(); err != nil {
				return err
			}
			m, err := r.ofPart(ctx, all, cut(values, part.rows, columns), part.rows)
			if err != nil {
				return fmt.Errorf("ROI %q, split %q: %w", roi, part.name, err)
			}
			row := rdms.Row{Kind: "fmri", ROI: roi, Split: part.name, Subject: subject(all.Samples)}
			if err := r.add(row, m); err != nil {
				return err
			}
		}
		r.env.Progress(int64(k+1), int64(len(regions)), "regions")
	}
	return nil
}

// cut copies some rows and columns of patterns.
func cut(values *artifacts.Floats, rows, columns []int) rdm.Source {
	if values.Double != nil {
		return cutOf(values.Double, rows, columns)
	}
	return cutOf(values.Single, rows, columns)
}

func cutOf[E float32 | float64](t *artifacts.Tensor[E], rows, columns []int) *rdm.Matrix[E] {
	m := &rdm.Matrix[E]{Conditions: len(rows), Features: len(columns), Data: make([]E, 0, len(rows)*len(columns))}
	for _, r := range rows {
		line := t.Row(r)
		for _, c := range columns {
			m.Data = append(m.Data, line[c])
		}
	}
	return m
}

// ofPart makes the RDM of some rows.
func (r *maker) ofPart(ctx context.Context, all patterns.Patterns, src rdm.Source, rows []int) (*rdm.RDM, error) {
	names, folds := make([]string, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		s := all.Samples[row]
		names[i], folds[i] = s.Condition, s.Session+"/"+strconv.Itoa(int(s.Run))
	}
	cfg := rdm.DefaultConfig()
	cfg.Metric, cfg.PerFeature, cfg.Workers = r.Metric, r.PerFeature, r.env.Workers
	var err error
	if cfg.Precision, err = r.precisionOf(ctx, src, names); err != nil {
		return nil, err
	}
	if r.Metric.CrossValidated() {
		cfg.Folds = folds
		return rdm.Compute(ctx, src, names, cfg)
	}
	mean, names, err := rdm.Average(src, names)
	if err != nil {
		return nil, err
	}
	return rdm.Compute(ctx, mean, names, cfg)
}

type part struct {
	name string
	rows []int
}

// parts lists the whole data and, with a split, each part of it.
func parts(samples []patterns.Sample, p Params) ([]part, error) {
	list := []part{{}}
	at := map[string]int{}
	for i, s := range samples {
		if p.Subset != "" && s.Subset != p.Subset {
			continue
		}
		list[0].rows = append(list[0].rows, i)
		var name string
		switch p.Split {
		case "":
			continue
		case OddEven:
			if s.Run == 0 {
				return nil, fmt.Errorf("split %q: sample %d (%s) is averaged over runs: give patterns per run (fmri.average=run)", p.Split, i, s.Condition)
			}
			name = [...]string{"even", "odd"}[s.Run&1]
		case Session:
			if name = s.Session; name == "" {
				return nil, fmt.Errorf("split %q: sample %d (%s) belongs to no session", p.Split, i, s.Condition)
			}
		}
		k, ok := at[name]
		if !ok {
			k = len(list)
			at[name] = k
			list = append(list, part{name: name})
		}
		list[k].rows = append(list[k].rows, i)
	}
	if p.Split != "" && len(list) == 2 {
		return nil, fmt.Errorf("split %q: the %d samples are all of one part (%s): it needs patterns of two runs or sessions", p.Split, len(list[0].rows), list[1].name)
	}
	slices.SortStableFunc(list[1:], func(a, b part) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// subject returns the one subject of the samples, or a list.
func subject(samples []patterns.Sample) string {
	var names []string
	for _, s := range samples {
		if !slices.Contains(names, s.Subject) {
			names = append(names, s.Subject)
		}
	}
	return strings.Join(names, "+")
}
