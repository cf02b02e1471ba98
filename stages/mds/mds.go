package mds

import (
	"context"
	"fmt"
	"slices"

	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/targets"
	"realnet/stages/analysis/mds"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Components int      `json:"components" doc:"coordinates to keep; fewer than conditions"`
	Subjects   []string `json:"subjects" doc:"subjects whose RDMs are averaged; none: all"`
	ROIs       []string `json:"rois" doc:"regions whose RDMs are averaged; none: all"`
}

// DefaultParams keep ten coordinates.
func DefaultParams() Params { return Params{Components: 10} }

// Validate checks the parameters.
func (p Params) Validate() error {
	if p.Components < 1 {
		return fmt.Errorf("components: %d is not positive", p.Components)
	}
	return nil
}

// Need of a run: the square matrix of the conditions.
func (Params) Need() stage.Need { return stage.Need{CPUs: 1, Memory: 256 << 20} }

// Stage is the mds stage.
var Stage = stage.New(stage.Spec{
	Name: "mds",
	Doc:  "Makes training targets of RDMs: coordinates whose distances are the dissimilarities.",
	In:   []stage.Port{{Name: "rdms", Schemas: []string{rdms.Schema.Name}, Many: true, Doc: "RDMs of the training images"}},
	Out:  targets.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	var mean rdms.Set
	taken := 0.0
	for _, a := range env.In["rdms"] {
		set, err := rdms.Read(a)
		if err != nil {
			return err
		}
		for i, row := range set.Rows {
			if row.Split != "" || !takes(p.Subjects, row.Subject) || !takes(p.ROIs, row.ROI) {
				continue
			}
			if mean.Conditions == nil {
				mean.Conditions, mean.Values = set.Conditions, make([]float64, len(set.RDM(i)))
			}
			if !slices.Equal(mean.Conditions, set.Conditions) {
				return fmt.Errorf("%s: its conditions are not those of the other RDMs, in their order", a.Dir())
			}
			for k, v := range set.RDM(i) {
				mean.Values[k] += v
			}
			taken++
		}
	}
	if taken == 0 {
		return fmt.Errorf("no RDM is of subjects %v and regions %v", p.Subjects, p.ROIs)
	}
	for k := range mean.Values {
		mean.Values[k] /= taken
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	e, err := mds.Classical(mean.Values, len(mean.Conditions), p.Components)
	if err != nil {
		return fmt.Errorf("components: %w", err)
	}
	kept, positive := 0, 0.0
	for j, v := range e.Eigenvalues {
		if v > 0 {
			positive += v
		}
		if j < p.Components && slices.ContainsFunc(e.Points, func(x []float64) bool { return x[j] != 0 }) {
			kept = j + 1
		}
	}
	if kept < p.Components {
		return fmt.Errorf("components: %d asked for; distances of these RDMs have %d", p.Components, kept)
	}
	return targets.Write(env.Out, targetsOf(mean.Conditions, e, p.Components, positive))
}

func takes(list []string, label string) bool { return len(list) == 0 || slices.Contains(list, label) }

// targetsOf are coordinates as targets, which are their own components. total is the sum of
// the positive eigenvalues.
func targetsOf(conditions []string, e mds.Embedding, k int, total float64) targets.Targets {
	t := targets.Targets{Loadings: make([]float32, k*k), Mean: make([]float64, k), Components: make([]targets.Component, k)}
	for i, c := range conditions {
		t.Samples = append(t.Samples, targets.Sample{Condition: c, Subset: "train"})
		t.Values = append(t.Values, e.Points[i]...)
	}
	for j := range k { // coordinates are centred, and an eigenvalue is their sum of squares
		t.Components[j] = targets.Component{Index: int32(j), Variance: e.Eigenvalues[j] / float64(len(conditions)-1), Ratio: e.Eigenvalues[j] / total}
		t.Loadings[j*k+j] = 1
	}
	return t
}
