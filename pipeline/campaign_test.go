package pipeline

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCellsAreEveryCombination(t *testing.T) {
	var vary []Vary
	for _, text := range []string{"subjects=2,10", "rois=[V1, V2],[V4]", "train.epochs=1..2"} {
		v, err := ParseVary(text)
		if err != nil {
			t.Fatal(err)
		}
		vary = append(vary, v)
	}
	cells, err := Cells(vary)
	if err != nil || len(cells) != 8 {
		t.Fatalf("%d cells, want 8; %v", len(cells), err)
	}
	last := cells[7]
	if last.Name != "subjects=10 rois=[V4] train.epochs=2" || !slices.Equal(last.Values, []string{"10", "[V4]", "2"}) {
		t.Errorf("last cell %+v", last)
	}
	s, err := LoadStudy("demo", cells[0].Set)
	if err != nil || !slices.Equal(s.Subjects, []string{"01", "02"}) || s.Synth.FMRI.Subjects != 2 || !slices.Equal(s.ROIs, []string{"V1", "V2"}) || s.Train.Epochs != 1 {
		t.Errorf("first cell's study: %v %d %v %d, %v", s.Subjects, s.Synth.FMRI.Subjects, s.ROIs, s.Train.Epochs, err)
	}
	for _, text := range []string{"subjects", "=1", "subjects=", "rois=[V1,V2", "subjects=2,2", "subjects=1,,2"} {
		if v, err := ParseVary(text); err == nil {
			t.Errorf("--vary %s is read as %v", text, v)
		}
	}
	for _, vary := range [][]Vary{{vary[0], vary[0]}, {{Key: "subjects", Values: []string{"0"}}}} {
		if _, err := Cells(vary); err == nil {
			t.Errorf("%v is accepted", vary)
		}
	}
}

func TestClaimsOfResults(t *testing.T) {
	s, err := loadDemo(t)
	if err != nil {
		t.Fatal(err)
	}
	result := func(name, kind, model, layer string, value, p float64) Result {
		return Result{Name: name, Kind: kind, Model: model, Reference: "control", Relation: "within", Layer: layer, Value: &value, PCorrected: &p}
	}
	one := result("gain/aligned/within/over-control/01", "gain", "aligned", "", 1, 0.001)
	one.Subject = "01"
	others := result("dimensions/aligned/others", "dimensions", "aligned", "", 0.02, 0.01)
	others.Planted = "no"
	results := []Result{
		result("gain/aligned/within/over-control", "gain", "aligned", "", 0.02, 0.049),
		result("gain/control/within/over-base", "gain", "control", "", 0.02, 0.051),
		result("gain/shuffled/within/over-base", "gain", "shuffled", "", -0.02, 0.001),
		one,
		result("eeg-cluster/aligned/over-control/1", "cluster", "aligned", "", -30, 0.001),
		result("eeg-cluster/aligned/over-control/2", "cluster", "aligned", "", 9, 0.3),
		result("eeg-cluster/aligned/over-control/3", "cluster", "aligned", "", 8, 0.02),
		result("eeg-cluster/aligned/over-control/IT/1", "cluster", "aligned", "IT", 8, 0.2),
		others,
		result("similarity/aligned/within", "similarity", "aligned", "", 0.5, math.Inf(1)),
	}
	want := []struct {
		effect, truth string
		p             float64
		found         bool
	}{
		{"gain/aligned/within/over-control", TruthPlanted, 0.049, true},
		{"gain/control/within/over-base", TruthFalse, 0.051, false},
		{"gain/shuffled/within/over-base", TruthFalse, 0.001, false},
		{"cluster/aligned/over-control", TruthPlanted, 0.02, true},
		{"cluster/aligned/over-control/layers", TruthPlanted, 0.2, false},
		{"dimensions/aligned/others", TruthFalse, 0.01, true},
	}
	got := ClaimsOf(s, results)
	if len(got) != len(want) {
		t.Fatalf("%d claims, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		if c := got[i]; c.Effect != w.effect || c.Truth != w.truth || c.P != w.p || c.Found != w.found {
			t.Errorf("claim %d: %+v, want %+v", i, c, w)
		}
	}
	s.Synth.Planted = 0
	for _, name := range []string{"objectives/beta:50-0/planted/plain", "objectives/pairing:matched-shuffled/planted/plain"} {
		r := result(name, "objectives", "beta:50-0", "", 0.01, 0.01)
		r.Planted = "yes"
		results = append(results, r)
	}
	for _, c := range ClaimsOf(s, results) {
		want := TruthFalse
		if strings.HasPrefix(c.Effect, "objectives/beta") { // training towards noise changes networks too
			want = TruthOpen
		}
		if c.Truth != want {
			t.Errorf("nothing planted, and %s is %s", c.Effect, c.Truth)
		}
	}
}

// Worlds without a cluster count as worlds in which none was found, worlds that have
// not run do not count.
func TestTallies(t *testing.T) {
	worlds := Worlds(2, 3, true)
	if len(worlds) != 12 || worlds[0].Seed != 1 || worlds[3].Seed != 1 || worlds[3].Planted || worlds[4].Seed != 2 {
		t.Fatalf("worlds %+v", worlds)
	}
	claims := make([][]Claim, len(worlds))
	found := Claim{Effect: "a", Truth: TruthPlanted, Value: 2, Found: true}
	not := Claim{Effect: "a", Truth: TruthPlanted, Value: 0}
	wrong := Claim{Effect: "b", Truth: TruthFalse, Value: 1, Found: true}
	claims[0], claims[4], claims[8] = []Claim{found}, []Claim{not, wrong}, []Claim{}
	claims[2] = []Claim{}
	list := Tallies(worlds, claims)
	want := []struct {
		planted     bool
		effect      string
		times, runs int
		mean        float64
	}{{true, "a", 1, 3, 1}, {true, "b", 1, 3, 1}, {true, AnyEffect, 1, 3, 1. / 3}, {false, AnyEffect, 0, 1, 0}}
	if len(list) != len(want) {
		t.Fatalf("%d tallies, want %d: %+v", len(list), len(want), list)
	}
	for i, w := range want {
		got := list[i]
		if got.Cell != 0 || got.Planted != w.planted || got.Effect != w.effect || got.Times != w.times || got.Runs != w.runs || math.Abs(got.MeanValue-w.mean) > 1e-15 {
			t.Errorf("tally %d: %+v, want %+v", i, got, w)
		}
	}
	// statsmodels.stats.proportion.proportion_confint(1, 3, method="wilson")
	if ci := list[0].Interval; math.Abs(ci.Low-0.06149194472039638) > 1e-12 || math.Abs(ci.High-0.7923403991979523) > 1e-12 {
		t.Errorf("interval of 1 in 3: %v", ci)
	}
}
