package pipeline

import (
	"slices"
	"strings"
	"testing"

	"realnet/pipeline/strict"
	"realnet/stages/all"
)

// load loads the demo with overrides.
func loadDemo(t *testing.T, set ...string) (Study, error) {
	t.Helper()
	list, err := strict.ParseOverrides(set)
	if err != nil {
		t.Fatal(err)
	}
	return LoadStudy("demo", list)
}

func TestSweepExpandsIntoVariants(t *testing.T) {
	s, err := loadDemo(t, "sweep={train.beta: [10, 20], seed: [1..3]}", "variants=[{name: control, beta: 0, gain: false}, {name: aligned, gain: true}, {name: fixed, beta: 7}]")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range s.Variants {
		names = append(names, v.Name)
	}
	want := []string{
		"control", "aligned-beta-10-seed-1", "aligned-beta-10-seed-2", "aligned-beta-10-seed-3",
		"aligned-beta-20-seed-1", "aligned-beta-20-seed-2", "aligned-beta-20-seed-3", "fixed",
	}
	if !slices.Equal(names, want) {
		t.Fatalf("variants %v, want %v", names, want)
	}
	last := s.Variants[6]
	if *last.Beta != 20 || *last.Seed != 3 || !*last.Gain || s.Variants[1].Beta == s.Variants[4].Beta {
		t.Errorf("%s: %+v", last.Name, last)
	}
	before := slices.Clone(s.Variants)
	if err := s.expandSweep(); err != nil || len(s.Variants) != len(before) {
		t.Errorf("expanded again: %d variants, %v", len(s.Variants), err)
	}
	plan, err := NewStudyPlan(t.Context(), s, PlanOptions{Registry: all.Stages()})
	if err != nil {
		t.Fatal(err)
	}
	one, ok1 := plan.Node("train/aligned-beta-10-seed-2/01")
	two, ok2 := plan.Node("train/aligned-beta-10-seed-1/02") // the second subject of seed 1 has seed 2
	if !ok1 || !ok2 || string(one.Params) != string(two.Params) || !strings.Contains(string(one.Params), `"seed":2`) {
		t.Errorf("%s and %s", one.Params, two.Params)
	}
	stats := 0
	for _, n := range plan.Nodes {
		if n.Stage == "stats" || n.Stage == "report" {
			stats++
		}
	}
	if stats != 2 {
		t.Errorf("%d nodes of stats and report, want one each", stats)
	}
}

func TestSweepOfOtherFields(t *testing.T) {
	s, err := loadDemo(t, "sweep={train.layers: [IT, V4+IT], train.contrastive: [none], train.mse: [true, false]}", "variants=[]")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Variants) != 4 || s.Variants[3].Name != "contrastive-none-layers-V4+IT-mse-false" || !slices.Equal(s.Variants[3].Layers, []string{"V4", "IT"}) || *s.Variants[3].MSE {
		t.Errorf("%d variants: %+v", len(s.Variants), s.Variants)
	}
	for set, want := range map[string]string{
		"sweep={train.betta: [1]}":                      `did you mean "train.beta"?`,
		"sweep={train.beta: [x]}":                       `"x" is no value`,
		"sweep={seed: [5..1]}":                          "no range",
		"sweep={seed: []}":                              "no value",
		"sweep={seed: [1..500], train.beta: [1, 2, 3]}": "more than 1000",
		"sweep={rsa.method: [pearson]}":                 "cannot be swept",
	} {
		if _, err := loadDemo(t, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
}
