package published

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layout    string   `json:"layout" doc:"arrays (as rdms says), or kriegeskorte92"`
	RDMs      []Arrays `json:"rdms" doc:"layout arrays: the files, and what their axes are"`
	Names     string   `json:"names" doc:"layout arrays: text file of the conditions' names, one per line; empty: those in the arrays or beside them (IT.names.txt), else numbers, 01, 02, ..."`
	Intersect bool     `json:"intersect" doc:"layout arrays: keep only the conditions that all files have, where some lack some; else all must have the same"`
	Metric    string   `json:"metric" doc:"layout arrays: what the dissimilarities are; of patterns, the metric to compute"`
	Subjects  []string `json:"subjects" doc:"subjects whose RDMs are kept; none: all"`
	ROIs      []string `json:"rois" doc:"regions whose RDMs are kept; none: all"`
}

// DefaultParams read the 92 images' RDMs.
func DefaultParams() Params { return Params{Layout: kriegeskorteLayout, Metric: correlation} }

// Layouts of a dataset.
const (
	kriegeskorteLayout = "kriegeskorte92"
	ArraysLayout       = "arrays"
)

// Validate checks names and axes.
func (p Params) Validate() error {
	switch p.Layout {
	case kriegeskorteLayout:
		if len(p.RDMs) > 0 {
			return fmt.Errorf("rdms: layout %s has its own; they are of layout %s", p.Layout, ArraysLayout)
		}
		return nil
	case ArraysLayout:
	default:
		return fmt.Errorf("layout: %q is neither %s nor %s", p.Layout, ArraysLayout, kriegeskorteLayout)
	}
	if len(p.RDMs) == 0 {
		return fmt.Errorf("rdms: none; say where they are, as in rdms: [{file: \"{subject}_{roi}.npy\", kind: fmri}]")
	}
	for i, a := range p.RDMs {
		if err := a.validate(); err != nil {
			return fmt.Errorf("rdms[%d].%w", i, err)
		}
		if slices.Contains(a.Axes, feature) && (!slices.Contains(rdm.Metrics(), rdm.Metric(p.Metric)) || rdm.Metric(p.Metric).CrossValidated() || p.Metric == string(rdm.Mahalanobis)) {
			return fmt.Errorf("metric: %q cannot be computed from one pattern per condition", p.Metric)
		}
	}
	return nil
}

// Stage is the published stage.
var Stage = stage.New(stage.Spec{
	Name: "published",
	Doc:  "Reads RDMs that others have made, or makes them of patterns, from arrays of any format.",
	In:   []stage.Port{{Name: "dataset", Schemas: []string{dataset.Schema.Name}, Doc: "the dataset's files"}},
	Out:  rdms.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	a := env.One("dataset")
	if err := a.Check(nil); err != nil {
		return err
	}
	root := filepath.Join(a.Dir(), dataset.Root)
	var set rdms.Set
	var err error
	if p.Layout == ArraysLayout {
		set, err = readArrays(ctx, root, p, env.Workers, env.Log)
	} else {
		set, err = kriegeskorte92(root)
	}
	if err != nil {
		return err
	}
	if set, err = p.kept(set); err != nil {
		return err
	}
	return rdms.Write(env.Out, set)
}

// kept are the RDMs of the subjects and regions asked for, each of which must be there.
func (p Params) kept(set rdms.Set) (rdms.Set, error) {
	for _, want := range []struct {
		field string
		list  []string
		of    func(rdms.Row) string
	}{
		{"subjects", p.Subjects, func(r rdms.Row) string { return r.Subject }},
		{"rois", p.ROIs, func(r rdms.Row) string { return r.ROI }},
	} {
		if len(want.list) == 0 {
			continue
		}
		out := rdms.Set{Conditions: set.Conditions}
		var there []string
		for i, row := range set.Rows {
			label := want.of(row)
			if slices.Contains(want.list, label) {
				out.Rows, out.Values = append(out.Rows, row), append(out.Values, set.RDM(i)...)
			}
			if !slices.Contains(there, label) {
				there = append(there, label)
			}
		}
		for _, label := range want.list {
			if !slices.Contains(there, label) {
				return set, fmt.Errorf("%s: %q is not among the RDMs' %s: %s", want.field, label, want.field, strings.Join(there, ", "))
			}
		}
		set = out
	}
	return set, nil
}
