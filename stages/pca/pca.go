package pca

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/pca"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Components int         `json:"components" doc:"principal components to keep; fewer than training conditions"`
	Scale      pca.Scaling `json:"scale" doc:"raw, or zscore: divide each voxel by its deviation over the training conditions (ddof 1)"`
	ROIs       []string    `json:"rois" doc:"regions whose voxels are taken, together; none: every voxel"`
	Whiten     string      `json:"whiten" doc:"none, or first: divide every score by the deviation of the first component, so that targets are of order 1"`
}

// Values of Params.Whiten.
const (
	None  = "none"
	First = "first"
)

// train is the subset that components are fitted on.
const train = "train"

// DefaultParams are those of the paper: 1024 components of the raw patterns.
func DefaultParams() Params { return Params{Components: 1024, Scale: pca.Raw, Whiten: None} }

// Validate checks the parameters.
func (p Params) Validate() error {
	switch {
	case p.Components < 1:
		return fmt.Errorf("components: %d is not positive", p.Components)
	case p.Scale != pca.Raw && p.Scale != pca.ZScore:
		return fmt.Errorf("scale: %q is neither %s nor %s", p.Scale, pca.Raw, pca.ZScore)
	case p.Whiten != None && p.Whiten != First:
		return fmt.Errorf("whiten: %q is neither %s nor %s", p.Whiten, None, First)
	}
	return nil
}

// Need of a run: all cores, and the patterns of a large study.
func (Params) Need() stage.Need { return stage.Need{Memory: 1 << 30} }

// Stage is the pca stage.
var Stage = stage.New(stage.Spec{
	Name: "pca",
	Doc:  "Makes training targets: principal components of the responses to the training images.",
	In: []stage.Port{
		{Name: "patterns", Schemas: []string{patterns.Schema.Name, epochs.Schema.Name}, Doc: "a subject's response patterns, or EEG epochs of the training images"},
		{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Optional: true, Doc: "images whose subsets replace those of the patterns, such as of folds; patterns of other images are left out"},
	},
	Out:    targets.Schema,
	Kernel: pca.Kernel,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	in := env.One("patterns")
	if in.Manifest().Schema.Name != patterns.Schema.Name {
		all, err := ofEpochs(in)
		if err != nil {
			return err
		}
		if err := resubset(env, &all); err != nil {
			return err
		}
		return ofValues(ctx, env, p, all, all.Values)
	}
	all, err := patterns.ReadTables(in)
	if err != nil {
		return err
	}
	if err := resubset(env, &all); err != nil {
		return err
	}
	values, err := patterns.OpenValues(in, all)
	if err != nil {
		return err
	}
	defer func() { _ = values.Close() }() // nothing was written
	if values.Double != nil {
		return ofValues(ctx, env, p, all, values.Double.Data)
	}
	return ofValues(ctx, env, p, all, values.Single.Data)
}

// resubset gives the patterns the subsets of the images, where images are given; patterns
// of other images are left out.
func resubset(env *stage.Env, all *patterns.Patterns) error {
	a := env.Maybe("stimuli")
	if a == nil {
		return nil
	}
	images, err := artifacts.ReadTable[stimuli.Image](a, stimuli.ImagesTable)
	if err != nil {
		return err
	}
	names := make([]string, len(images))
	for i, im := range images {
		names[i] = im.Name
	}
	var conditions []string
	for _, s := range all.Samples {
		if !slices.Contains(conditions, s.Condition) {
			conditions = append(conditions, s.Condition)
		}
	}
	joined, err := naming.Join(conditions, names, false)
	if err != nil {
		return fmt.Errorf("patterns of the images of %s: %w", a.Dir(), err)
	}
	subset := map[string]string{}
	for k, at := range joined.A {
		subset[conditions[at]] = images[joined.B[k]].Subset
	}
	for i, s := range all.Samples {
		of, ok := subset[s.Condition]
		if !ok {
			of = leftOut
		}
		all.Samples[i].Subset = of
	}
	return nil
}

// leftOut is the subset of patterns that take no part.
const leftOut = "\x00"

// ofValues makes the targets of patterns with these values, samples x voxels.
func ofValues[E float32 | float64](ctx context.Context, env *stage.Env, p Params, all patterns.Patterns, raw []E) error {
	columns, err := union(all, p.ROIs)
	if err != nil {
		return err
	}
	samples, values, err := average(all, raw, columns)
	if err != nil {
		return err
	}
	d := len(columns)
	fitted, err := trainingRows(samples)
	if err != nil {
		return err
	}
	x := values
	if len(fitted) < len(samples) {
		x = make([]E, 0, len(fitted)*d)
		for _, r := range fitted {
			x = append(x, values[r*d:(r+1)*d]...)
		}
	}
	model, trained, err := pca.Fit(ctx, x, len(fitted), d, pca.Config{Components: p.Components, Scaling: p.Scale, Workers: env.Workers})
	if err != nil {
		return fmt.Errorf("%d training conditions x %d features: %w", len(fitted), d, err)
	}
	scores, err := arrange(ctx, model, samples, fitted, trained, values, env.Workers)
	if err != nil {
		return err
	}
	if p.Whiten == First {
		unit := float32(math.Sqrt(model.Variance[0]))
		for i, v := range scores {
			scores[i] = float64(float32(v) / unit)
		}
	}
	t := targets.Targets{
		Samples: samples, Values: scores, Loadings: model.Components, Mean: model.Mean, Scale: model.Scale,
		Components: make([]targets.Component, model.K()),
	}
	for i := range t.Components {
		t.Components[i] = targets.Component{Index: int32(i), Variance: model.Variance[i], Ratio: model.Ratio[i]}
	}
	return targets.Write(env.Out, t)
}

// ofEpochs makes patterns of epochs: one sample a condition, one column per channel and
// time.
func ofEpochs(a *artifacts.Artifact) (patterns.Patterns, error) {
	conditions, err := artifacts.ReadTable[epochs.Condition](a, epochs.ConditionsTable)
	if err != nil {
		return patterns.Patterns{}, err
	}
	t, err := artifacts.OpenTensor[float32](a, epochs.Tensor)
	if err != nil {
		return patterns.Patterns{}, err
	}
	defer t.Close()
	if len(t.Shape) != 4 || t.Shape[0] != len(conditions) || t.Shape[1] == 0 {
		return patterns.Patterns{}, fmt.Errorf("%s: epochs of shape %v for %d conditions", a.Dir(), t.Shape, len(conditions))
	}
	repetitions, features := t.Shape[1], t.Shape[2]*t.Shape[3]
	p := patterns.Patterns{Voxels: make([]patterns.Voxel, features), Values: make([]float32, len(conditions)*features)}
	for v := range p.Voxels {
		p.Voxels[v] = patterns.Voxel{Index: int32(v), I: -1, J: -1, K: -1}
	}
	sum := make([]float64, features)
	for i, c := range conditions {
		p.Samples = append(p.Samples, patterns.Sample{Condition: c.Name, Subset: train, Averaged: int32(repetitions), Onset: math.NaN()})
		clear(sum)
		for r, row := 0, t.Row(i); r < repetitions; r++ {
			for v, x := range row[r*features:][:features] {
				sum[v] += float64(x)
			}
		}
		for v, x := range sum {
			p.Values[i*features+v] = float32(x / float64(repetitions))
		}
	}
	return p, nil
}

// union lists the columns of several regions, each once, in the order of voxels.
func union(all patterns.Patterns, rois []string) ([]int, error) {
	if len(rois) == 0 {
		return all.ROI("")
	}
	var columns []int
	for _, roi := range rois {
		c, err := all.ROI(roi)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c...)
	}
	slices.Sort(columns)
	return slices.Compact(columns), nil
}

// average takes the mean over the samples of each condition of a subset, weighted by
// the trials that they stand for: conditions x columns.
func average[E float32 | float64](all patterns.Patterns, raw []E, columns []int) ([]targets.Sample, []E, error) {
	var samples []targets.Sample
	var rows [][]int
	at := map[targets.Sample]int{}
	for i, s := range all.Samples {
		if s.Subject != all.Samples[0].Subject {
			return nil, nil, fmt.Errorf("patterns are of subjects %q and %q: voxels of different brains do not pair up", all.Samples[0].Subject, s.Subject)
		}
		if s.Subset == leftOut {
			continue
		}
		key := targets.Sample{Condition: s.Condition, Subset: s.Subset}
		k, ok := at[key]
		if !ok {
			k = len(samples)
			at[key] = k
			samples, rows = append(samples, key), append(rows, nil)
		}
		rows[k] = append(rows[k], i)
	}
	values := make([]E, 0, len(samples)*len(columns))
	sum := make([]float64, len(columns))
	for _, members := range rows {
		clear(sum)
		trials := 0.0
		for _, r := range members {
			weight := float64(max(all.Samples[r].Averaged, 1))
			trials += weight
			line := raw[r*len(all.Voxels) : (r+1)*len(all.Voxels)]
			for i, c := range columns {
				sum[i] += weight * float64(line[c])
			}
		}
		for _, v := range sum {
			values = append(values, E(v/trials))
		}
	}
	return samples, values, nil
}

// trainingRows lists the rows to fit on.
func trainingRows(samples []targets.Sample) ([]int, error) {
	var rows, every []int
	named := false
	for i, s := range samples {
		every = append(every, i)
		named = named || s.Subset != ""
		if s.Subset == train {
			rows = append(rows, i)
		}
	}
	if !named {
		return every, nil
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no pattern is of subset %q: components would be fitted on what they are tested with", train)
	}
	return rows, nil
}

// arrange puts the scores of the fitted rows and the projections of all others in the
// order of the samples: samples x components.
func arrange[E float32 | float64](ctx context.Context, m *pca.Model, samples []targets.Sample, fitted []int, trained []float64, values []E, workers int) ([]float64, error) {
	k, d := m.K(), m.Features
	scores := make([]float64, len(samples)*k)
	isFitted := make([]bool, len(samples))
	for i, row := range fitted {
		isFitted[row] = true
		copy(scores[row*k:], trained[i*k:(i+1)*k])
	}
	var held []int
	var x []E
	for row := range samples {
		if !isFitted[row] {
			held = append(held, row)
			x = append(x, values[row*d:(row+1)*d]...)
		}
	}
	projected, err := pca.Transform(ctx, m, x, len(held), workers)
	if err != nil {
		return nil, err
	}
	for i, row := range held {
		copy(scores[row*k:], projected[i*k:(i+1)*k])
	}
	return scores, nil
}
