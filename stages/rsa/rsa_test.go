package rsa

import (
	"math"
	"math/rand/v2"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage/stagetest"
)

var names = []string{"a", "b", "c", "d", "e", "f", "g"}

func artifact(t *testing.T, s rdms.Set) *artifacts.Artifact {
	return stagetest.Make(t, rdms.Schema, func(w *artifacts.Writer) error { return rdms.Write(w, s) })
}

// random makes one RDM per row, near a common truth.
func random(seed uint64, noise float64, conditions []string, rows ...rdms.Row) rdms.Set {
	truth, r := rand.New(rand.NewPCG(9, 9)), rand.New(rand.NewPCG(seed, seed))
	s := rdms.Set{Conditions: conditions, Rows: rows}
	base := make([]float64, rdms.Pairs(len(conditions)))
	for i := range base {
		base[i] = truth.Float64()
	}
	for i := range rows {
		s.Rows[i].Time = math.NaN()
		for _, v := range base {
			s.Values = append(s.Values, v+noise*r.Float64())
		}
	}
	return s
}

func brains() rdms.Set {
	return random(2, 0.6, names,
		rdms.Row{Kind: "fmri", Subject: "S1", ROI: "V1"}, rdms.Row{Kind: "fmri", Subject: "S2", ROI: "V1"}, rdms.Row{Kind: "fmri", Subject: "S3", ROI: "V1"})
}

func compared(t *testing.T, p Params, model, brain rdms.Set) []similarities.Row {
	t.Helper()
	rows, err := similarities.Read(stagetest.SameForAnyWorkers(t, Stage, p, stagetest.In{"model": artifact(t, model), "brain": artifact(t, brain)}))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestSimilarities(t *testing.T) {
	model := random(1, 0.4, names, rdms.Row{Kind: "model", Model: "m", Layer: "IT"}, rdms.Row{Kind: "model", Model: "m", Layer: "V1"})
	brain := brains()
	p := DefaultParams()
	p.Permutations, p.Bootstrap, p.Seed = 300, 200, 5
	rows := compared(t, p, model, brain)
	if len(rows) != 6 {
		t.Fatalf("%d rows", len(rows))
	}
	var all []*rdm.RDM
	for i := range brain.Rows {
		r, err := rdm.New("", brain.RDM(i), names)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	ceiling, err := compare.Ceiling(all, nil, compare.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range rows {
		want, err := compare.Vectors(model.RDM(k/3), brain.RDM(k%3), compare.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		if r.Value != want || r.Subject != brain.Rows[k%3].Subject || r.Layer != model.Rows[k/3].Layer {
			t.Errorf("row %d: %+v, want %v", k, r, want)
		}
		if !(r.P > 0 && r.P <= 1) || r.Permutations != 300 || r.Exact || !(r.CILow < r.Value && r.Value < r.CIHigh) {
			t.Errorf("row %d: %+v", k, r)
		}
		if r.CeilingLow != ceiling.Lower || r.CeilingHigh != ceiling.Upper {
			t.Errorf("ceiling %v to %v, want %+v", r.CeilingLow, r.CeilingHigh, ceiling)
		}
	}
}

// Opposite brains have no noise ceiling; what a model shares with each stands.
func TestNoCeiling(t *testing.T) {
	brain := random(2, 0.6, names, rdms.Row{Kind: "fmri", Subject: "S1", ROI: "V1"}, rdms.Row{Kind: "fmri", Subject: "S2", ROI: "V1"})
	half := len(brain.Values) / 2
	for i := range half {
		brain.Values[i], brain.Values[half+i] = float64(i), float64(half-i)
	}
	p := DefaultParams()
	p.Permutations, p.Bootstrap = 0, 0
	rows := compared(t, p, random(1, 0.4, names, rdms.Row{Kind: "model", Model: "m"}), brain)
	if len(rows) != 2 || math.Abs(rows[0].Value+rows[1].Value) > 1e-12 || !math.IsNaN(rows[0].CeilingLow) {
		t.Errorf("%+v", rows)
	}
}

// Conditions are joined by name: the order of the model does not matter, and
// conditions that the brain did not see are left out.
func TestNames(t *testing.T) {
	full, err := rdm.New("", random(1, 0.4, names, rdms.Row{}).Values, names)
	if err != nil {
		t.Fatal(err)
	}
	some := []string{"e", "c", "a", "g"}
	part, err := full.Arrange(some)
	if err != nil {
		t.Fatal(err)
	}
	model := rdms.Set{Conditions: names, Rows: []rdms.Row{{Model: "m", Time: math.NaN()}}, Values: full.Values}
	brain := rdms.Set{Conditions: some, Rows: []rdms.Row{{Kind: "fmri", Time: math.NaN()}}, Values: part.Values}
	p := DefaultParams()
	p.Bootstrap = 0
	rows := compared(t, p, model, brain)
	if math.Abs(rows[0].Value-1) > 1e-12 || rows[0].Conditions != 4 || !rows[0].Exact || rows[0].Permutations != 24 || !math.IsNaN(rows[0].CeilingLow) {
		t.Errorf("%+v", rows[0])
	}
	stagetest.Refuses(t, Stage, p, stagetest.In{"model": artifact(t, brain), "brain": artifact(t, model)}, "condition names")
}

// Halves of one set are compared with each other.
func TestReliability(t *testing.T) {
	s := random(3, 0.2, names, rdms.Row{Kind: "fmri", Subject: "S1", ROI: "A", Split: "odd"}, rdms.Row{Kind: "fmri", Subject: "S1", ROI: "A", Split: "even"},
		rdms.Row{Kind: "fmri", Subject: "S1", ROI: "B", Split: "odd"}, rdms.Row{Kind: "fmri", Subject: "S1", ROI: "A"})
	p := DefaultParams()
	p.Permutations, p.Bootstrap, p.Match = 0, 0, []string{"subject", "roi"}
	p.Models.Split, p.Brains.Split = "odd", "even"
	rows := compared(t, p, s, s)
	if len(rows) != 1 || rows[0].ROI != "A" || rows[0].Split != "even" || !math.IsNaN(rows[0].P) {
		t.Errorf("%+v", rows)
	}
}

func TestBadInput(t *testing.T) {
	good := brains()
	in := stagetest.In{"model": artifact(t, good), "brain": artifact(t, good)}
	set := func(change func(*Params)) Params {
		q := DefaultParams()
		q.Permutations, q.Bootstrap = 10, 10
		change(&q)
		return q
	}
	for want, q := range map[string]Params{
		`"spear" is none of`:   set(func(q *Params) { q.Method = "spear" }),
		`"less" is neither`:    set(func(q *Params) { q.Alternative = "less" }),
		"bootstrap: -1 is not": set(func(q *Params) { q.Bootstrap = -1 }),
		`"colour" is none of`:  set(func(q *Params) { q.Match = []string{"colour"} }),
		"no RDM is selected":   set(func(q *Params) { q.Models.Layers = []string{"IT"} }),
		"no model RDM agrees": set(func(q *Params) {
			q.Models.Subjects, q.Brains.Subjects, q.Match = []string{"S1"}, []string{"S2"}, []string{"subject"}
		}),
	} {
		stagetest.Refuses(t, Stage, q, in, want)
	}
	nan := brains()
	nan.Values[4] = math.NaN()
	stagetest.Refuses(t, Stage, set(func(*Params) {}), stagetest.In{"model": artifact(t, good), "brain": artifact(t, nan)}, "not finite")
	flat := brains()
	for i := range flat.Values {
		flat.Values[i] = 1
	}
	stagetest.Refuses(t, Stage, set(func(*Params) {}), stagetest.In{"model": artifact(t, good), "brain": artifact(t, flat)}, "constant")
}
