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
		{Name: "features", Schemas: []string{features.Schema.Name}, Optional: true, Doc: "a network's activations"},
	},
	Out:    rdms.Schema,
	Kernel: rdm.Kernel,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	fromBrain, fromModel := env.Maybe("patterns"), env.Maybe("features")
	var set rdms.Set
	var err error
	switch {
	case fromBrain != nil && fromModel == nil:
		set, err = ofPatterns(ctx, fromBrain, p, env.Workers)
	case fromModel != nil && fromBrain == nil:
		set, err = ofFeatures(ctx, fromModel, p, env.Workers)
	default:
		return fmt.Errorf("needs either patterns or features as its input")
	}
	if err != nil {
		return err
	}
	return rdms.Write(env.Out, set)
}

// add appends one RDM; every RDM of a set has the same conditions in the same
// order.
func add(set *rdms.Set, row rdms.Row, r *rdm.RDM, metric rdm.Metric) error {
	if set.Conditions == nil {
		set.Conditions = r.Names
	}
	r, err := r.Arrange(set.Conditions)
	if err != nil {
		return fmt.Errorf("%s %s %s: %w", row.ROI, row.Layer, row.Split, err)
	}
	row.Metric, row.Time = string(metric), math.NaN()
	set.Rows = append(set.Rows, row)
	set.Values = append(set.Values, r.Values...)
	return nil
}

// ofFeatures makes one RDM a layer.
func ofFeatures(ctx context.Context, a *artifacts.Artifact, p Params, workers int) (rdms.Set, error) {
	var set rdms.Set
	if p.Metric.CrossValidated() || p.Metric == rdm.Mahalanobis || p.Split != "" {
		return set, fmt.Errorf("metric %s and split %q need repeated measurements; a network's features have none", p.Metric, p.Split)
	}
	images, err := artifacts.ReadTable[features.Image](a, features.ImagesTable)
	if err != nil {
		return set, err
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
	for _, layer := range layers {
		t, err := artifacts.OpenTensor[float32](a, features.File(layer))
		if err != nil {
			return set, err
		}
		src, err := selectRows(t, len(images), rows)
		if err == nil {
			var r *rdm.RDM
			if r, err = rdm.Compute(ctx, src, names, rdm.Config{Metric: p.Metric, PerFeature: p.PerFeature, Workers: workers}); err == nil {
				err = add(&set, rdms.Row{Kind: "model", Model: p.Model, Subject: p.Trained, Layer: layer}, r, p.Metric)
			}
		}
		t.Close()
		if err != nil {
			return set, fmt.Errorf("layer %s: %w", layer, err)
		}
	}
	return set, nil
}

// selectRows views rows of a tensor as a matrix; all of them without a copy.
func selectRows(t *artifacts.Tensor[float32], images int, rows []int) (*rdm.Matrix[float32], error) {
	shape := t.Shape
	if len(shape) != 2 || shape[0] != images {
		return nil, fmt.Errorf("shape %v is not %d images x features", shape, images)
	}
	m := &rdm.Matrix[float32]{Conditions: len(rows), Features: shape[1]}
	if len(rows) == shape[0] {
		m.Data = t.Data
		return m, nil
	}
	m.Data = make([]float32, 0, len(rows)*shape[1])
	for _, r := range rows {
		m.Data = append(m.Data, t.Row(r)...)
	}
	return m, nil
}

// ofPatterns makes one RDM a region and part of the data.
func ofPatterns(ctx context.Context, a *artifacts.Artifact, p Params, workers int) (rdms.Set, error) {
	var set rdms.Set
	all, err := patterns.Read(a)
	if err != nil {
		return set, err
	}
	regions := p.ROIs
	if len(regions) == 0 {
		regions = []string{""}
	}
	for _, roi := range regions {
		columns, err := all.ROI(roi)
		if err != nil {
			return set, err
		}
		split, err := parts(all.Samples, p)
		if err != nil {
			return set, err
		}
		for _, part := range split {
			if err := ctx.Err(); err != nil {
				return set, err
			}
			r, err := ofPart(ctx, all, columns, part.rows, p, workers)
			if err != nil {
				return set, fmt.Errorf("ROI %q, split %q: %w", roi, part.name, err)
			}
			row := rdms.Row{Kind: "fmri", ROI: roi, Split: part.name, Subject: subject(all.Samples)}
			if err := add(&set, row, r, p.Metric); err != nil {
				return set, err
			}
		}
	}
	return set, nil
}

// ofPart makes the RDM of some rows and columns.
func ofPart(ctx context.Context, all patterns.Patterns, columns, rows []int, p Params, workers int) (*rdm.RDM, error) {
	src := &rdm.Matrix[float32]{Conditions: len(rows), Features: len(columns), Data: make([]float32, 0, len(rows)*len(columns))}
	names, folds := make([]string, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		s := all.Samples[r]
		names[i], folds[i] = s.Condition, s.Session+"/"+strconv.Itoa(int(s.Run))
		line := all.Values[r*len(all.Voxels) : (r+1)*len(all.Voxels)]
		for _, c := range columns {
			src.Data = append(src.Data, line[c])
		}
	}
	cfg := rdm.DefaultConfig()
	cfg.Metric, cfg.PerFeature, cfg.Workers = p.Metric, p.PerFeature, workers
	if p.Noise != "" {
		residuals, dof, err := rdm.Residuals(src, names)
		if err != nil {
			return nil, err
		}
		if cfg.Precision, err = rdm.EstimatePrecision(ctx, residuals, dof, p.Noise, workers); err != nil {
			return nil, err
		}
	}
	if p.Metric.CrossValidated() {
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
