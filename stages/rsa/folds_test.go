package rsa

import (
	"math"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage/stagetest"
)

// eight conditions, and a model in two folds of four that are mixed in their order.
var eight = []string{"a", "b", "c", "d", "e", "f", "g", "h"}

func inFolds(set rdms.Set, folds ...int32) rdms.Set {
	set.Folds, set.Values = folds, slices.Clone(set.Values)
	n := len(folds)
	for row := range set.Rows {
		k := row * rdms.Pairs(n)
		for i := range n {
			for j := i + 1; j < n; j++ {
				if folds[i] != folds[j] {
					set.Values[k] = math.NaN()
				}
				k++
			}
		}
	}
	return set
}

// The similarity and the noise ceiling of a model in folds are the means of those of the
// folds' images alone, each compared as an RDM of its own.
func TestFolds(t *testing.T) {
	brain := random(2, 0.6, eight, rdms.Row{Kind: "fmri", Subject: "S1", ROI: "V1"}, rdms.Row{Kind: "fmri", Subject: "S2", ROI: "V1"})
	reversed := slices.Clone(eight)
	slices.Reverse(reversed)
	whole := random(1, 0.4, reversed, rdms.Row{Kind: "model", Model: "m", Layer: "IT"})
	folds := []int32{1, 2, 1, 2, 2, 1, 1, 2}
	model := inFolds(whole, folds...)
	p := DefaultParams()
	p.Permutations, p.Bootstrap = 0, 0
	rows := compared(t, p, model, brain)

	alone := func(set rdms.Set, i int, keep []string) *rdm.RDM {
		r, err := rdm.New("", set.RDM(i), set.Conditions)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = r.Arrange(keep); err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := make([]float64, 2)
	var lower, upper float64
	for fold := int32(1); fold <= 2; fold++ {
		var keep []string
		for i, f := range folds {
			if f == fold {
				keep = append(keep, reversed[i])
			}
		}
		var people []*rdm.RDM
		for s := range want {
			people = append(people, alone(brain, s, keep))
			v, err := compare.RDMs(alone(whole, 0, keep), people[s], compare.DefaultOptions())
			if err != nil {
				t.Fatal(err)
			}
			want[s] += v / 2
		}
		b, err := compare.Ceiling(people, nil, compare.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		lower, upper = lower+b.Lower/2, upper+b.Upper/2
	}
	for s, r := range rows {
		if math.Abs(r.Value-want[s]) > 1e-12 || r.Conditions != 8 || math.Abs(r.CeilingLow-lower) > 1e-12 || math.Abs(r.CeilingHigh-upper) > 1e-12 {
			t.Errorf("%s: %v, ceiling %v to %v; want %v, %v to %v", r.Subject, r.Value, r.CeilingLow, r.CeilingHigh, want[s], lower, upper)
		}
	}
}

func TestFoldsRefuse(t *testing.T) {
	brain := random(2, 0.6, eight, rdms.Row{Kind: "fmri", Subject: "S1", ROI: "V1"})
	row := rdms.Row{Kind: "model", Model: "m", Layer: "IT"}
	whole := random(1, 0.4, eight, row)
	a, b := inFolds(whole, 1, 1, 1, 1, 2, 2, 2, 2), inFolds(whole, 1, 1, 1, 2, 1, 2, 2, 2)
	none := DefaultParams()
	none.Permutations, none.Bootstrap = 0, 0
	for _, c := range []struct {
		params Params
		models []rdms.Set
		want   string
	}{
		{DefaultParams(), []rdms.Set{a}, "give 0 and 0"},
		{none, []rdms.Set{a, b}, "other folds of images"},
		{none, []rdms.Set{a, whole}, "is in folds of images and"},
	} {
		var list []*artifacts.Artifact
		for _, m := range c.models {
			list = append(list, artifact(t, m))
		}
		stagetest.Refuses(t, Stage, c.params, stagetest.In{"model": list, "brain": artifact(t, brain)}, c.want)
	}
}
