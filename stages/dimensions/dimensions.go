package dimensions

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/dimensions"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Method       compare.Method `json:"method" doc:"spearman or pearson"`
	Layers       []string       `json:"layers" doc:"layers to take; none: all"`
	Resamples    int            `json:"resamples" doc:"bootstrap samples of the images, for the difference"`
	Permutations int            `json:"permutations" doc:"of a dimension's labels, for the difference"`
	Seed         uint64         `json:"seed"`
}

// DefaultParams are Spearman's correlation and 1,000 samples of each kind.
func DefaultParams() Params {
	d := dimensions.DefaultTest()
	return Params{Method: compare.Spearman, Resamples: d.Resamples, Permutations: d.Permutations}
}

// Validate checks names and counts.
func (p Params) Validate() error {
	if p.Method != compare.Spearman && p.Method != compare.Pearson {
		return fmt.Errorf("method: %q is neither %q nor %q", p.Method, compare.Spearman, compare.Pearson)
	}
	return cmp.Or(stage.Within("resamples", p.Resamples, 1, compare.MostResamples), stage.Within("permutations", p.Permutations, 1, compare.MostResamples))
}

// Need of a run: every core.
func (Params) Need() stage.Need { return stage.Need{} }

// Stage is the dimensions stage.
var Stage = stage.New(stage.Spec{
	Name: "dimensions",
	Doc:  "Measures how much a network reflects each object dimension.",
	In: []stage.Port{
		{Name: "model", Schemas: []string{rdms.Schema.Name}, Doc: "RDMs of the network's layers"},
		{Name: "base", Schemas: []string{rdms.Schema.Name}, Optional: true, Doc: "RDMs of the network that it is compared with"},
		{Name: "dimensions", Schemas: []string{dims.Schema.Name}, Doc: "dimensions of the objects"},
	},
	Out: profiles.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	model, err := rdms.Read(env.One("model"))
	if err != nil {
		return err
	}
	var base *rdms.Set
	if a := env.Maybe("base"); a != nil {
		if p.Method != compare.Spearman {
			return fmt.Errorf("method %s: the difference from a base network is one of Spearman's correlations", p.Method)
		}
		set, err := rdms.Read(a)
		if err != nil {
			return err
		}
		base = &set
	}
	labels, all, err := dimensionRDMs(env.One("dimensions"), model.Conditions)
	if err != nil {
		return err
	}
	var rows []profiles.Row
	for i, row := range model.Rows {
		if len(p.Layers) > 0 && !slices.Contains(p.Layers, row.Layer) {
			continue
		}
		got, err := layer(ctx, model, i, base, labels, all, p, env.Workers)
		if err != nil {
			return fmt.Errorf("layer %s: %w", row.Layer, err)
		}
		rows = append(rows, got...)
		env.Progress(int64(i+1), int64(len(model.Rows)), row.Layer)
	}
	if len(rows) == 0 {
		return fmt.Errorf("no layer among %v", p.Layers)
	}
	return profiles.Write(env.Out, rows)
}

// dimensionRDMs makes the RDM of every dimension over the conditions.
func dimensionRDMs(a *artifacts.Artifact, conditions []string) ([]dims.Label, []*rdm.RDM, error) {
	objects, err := artifacts.ReadTable[dims.Object](a, dims.ObjectsTable)
	if err != nil {
		return nil, nil, err
	}
	labels, err := artifacts.ReadTable[dims.Label](a, dims.LabelsTable)
	if err != nil {
		return nil, nil, err
	}
	shape, values, err := artifacts.ReadTensor[float32](a, dims.Tensor)
	if err != nil {
		return nil, nil, err
	}
	if len(shape) != 2 || shape[0] != len(objects) || shape[1] != len(labels) {
		return nil, nil, fmt.Errorf("%s: values of shape %v for %d objects and %d dimensions", a.Dir(), shape, len(objects), len(labels))
	}
	at := map[string]int{}
	for i, o := range objects {
		at[o.Name] = i
	}
	embedding := make([]float64, 0, len(conditions)*len(labels))
	for _, c := range conditions {
		i, ok := at[c]
		if !ok {
			return nil, nil, fmt.Errorf("%s: no object is named %q", a.Dir(), c)
		}
		for _, v := range values[i*len(labels) : (i+1)*len(labels)] {
			embedding = append(embedding, float64(v))
		}
	}
	list, err := dimensions.RDMs(embedding, len(labels), conditions)
	return labels, list, err
}

// layer measures one layer against every dimension.
func layer(ctx context.Context, model rdms.Set, i int, base *rdms.Set, labels []dims.Label, all []*rdm.RDM, p Params, workers int) ([]profiles.Row, error) {
	row := model.Rows[i]
	r, err := rdm.New(row.Metric, model.RDM(i), model.Conditions)
	if err != nil {
		return nil, err
	}
	sim, err := dimensions.Similarities(r, all, p.Method)
	if err != nil {
		return nil, err
	}
	out := make([]profiles.Row, len(labels))
	nan := math.NaN()
	for k, l := range labels {
		out[k] = profiles.Row{
			Model: row.Model, Trained: row.Subject, Layer: row.Layer, Dimension: l.Name, Index: int32(k), Planted: l.Planted,
			Plain: sim.Plain[k], Partial: sim.Partial[k], SemiPartial: sim.SemiPartial[k], Images: int64(len(model.Conditions)),
			Base: nan, Difference: nan, CILow: nan, CIHigh: nan, PBootstrap: nan, PPermutation: nan,
		}
	}
	if base == nil {
		return out, nil
	}
	before, err := baseRDM(*base, row.Layer)
	if err != nil {
		return nil, err
	}
	changes, err := dimensions.Difference(ctx, r, before, all, dimensions.Test{
		Resamples: p.Resamples, Permutations: p.Permutations, Confidence: 0.95, Seed: p.Seed, Workers: workers,
	})
	if err != nil {
		return nil, err
	}
	for k, c := range changes {
		o := &out[k]
		o.Base, o.Difference, o.CILow, o.CIHigh, o.PBootstrap, o.PPermutation = c.B, c.Difference, c.Low, c.High, c.PBootstrap, c.PPermutation
	}
	return out, nil
}

// baseRDM is the base network's RDM of the same layer.
func baseRDM(set rdms.Set, layer string) (*rdm.RDM, error) {
	for i, row := range set.Rows {
		if row.Layer == layer {
			return rdm.New(row.Metric, set.RDM(i), set.Conditions)
		}
	}
	return nil, fmt.Errorf("the base network has no RDM of it")
}
