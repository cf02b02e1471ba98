package pipeline

import (
	"slices"
	"strings"
	"testing"

	"realnet/pipeline/strict"
	"realnet/stages/all"
	"realnet/stages/train"
)

// Variants that differ in more than beta take no part in its choice.
func TestSweep(t *testing.T) {
	yes, beta := true, func(b float64) *float64 { return &b }
	text := func(s string) *string { return &s }
	list := []Variant{
		{Name: "control", Beta: beta(0)},
		{Name: "b10", Beta: beta(10), Gain: &yes},
		{Name: "b20", Beta: beta(20), Gain: &yes, Pairing: text("matched")}, // the default, spelt out
		{Name: "shuffled", Beta: beta(20), Pairing: text("shuffled")},
		{Name: "one-layer", Beta: beta(20), Layers: []string{"IT"}},
		{Name: "eeg", Beta: beta(20), Target: text(TargetEEG)},
	}
	if got := sweep(list, train.DefaultParams()); !slices.Equal(got, []string{"control", "b10", "b20"}) {
		t.Errorf("the sweep is %v", got)
	}
	if got := sweep(nil, train.DefaultParams()); got != nil {
		t.Errorf("no variants: %v", got)
	}
}

// Columns of labels within which pairs are shuffled are read with the images.
func TestShuffledWithinAColumn(t *testing.T) {
	override := strict.Override{Key: "variants", Value: `[{name: a, beta: 1, pairing: "shuffled-within: animacy"}, {name: b, pairing: shuffled-within:class}]`}
	s, err := LoadStudy("demo", []strict.Override{override})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewStudyPlan(t.Context(), s, PlanOptions{Registry: all.Stages()})
	if err != nil {
		t.Fatal(err)
	}
	n, _ := plan.Node("stimuli")
	if !strings.Contains(string(n.Params), `"groups":["animacy"]`) {
		t.Errorf("stimuli has parameters %s", n.Params)
	}
}

// The second control of a network that EEG teaches reads targets of EEG.
func TestControlOfEEG(t *testing.T) {
	override := func(set ...string) (Study, error) {
		var list []strict.Override
		for _, s := range set {
			o, err := strict.ParseOverride(s)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, o)
		}
		return LoadStudy("demo", list)
	}
	s, err := override("variants=[{name: control, beta: 0, target: eeg}, {name: aligned, beta: 5, gain: true}]", "synth.eeg.training=4")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewStudyPlan(t.Context(), s, PlanOptions{Registry: all.Stages()})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range plan.Nodes {
		if n.ID != "train/control" {
			continue
		}
		if !slices.ContainsFunc(n.In, func(i Input) bool { return i.Port == "targets" && i.Node == "pca/eeg-01" }) {
			t.Errorf("train/control reads %v", n.In)
		}
	}
	for set, want := range map[string]string{
		"train.beta=20":                   "train.beta: 20 changes nothing",
		"rsa.method=whitened-correlation": "rsa.method: whitened-correlation has no intervals",
	} {
		if _, err := override(set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
}
