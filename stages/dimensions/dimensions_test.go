package dimensions

import (
	"math"
	"math/rand/v2"
	"testing"

	"realnet/artifacts"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/stage/stagetest"
)

const objects, columns = 15, 4

func embedding() []float32 {
	r := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, objects*columns)
	for i := range x {
		x[i] = r.Float32()
	}
	return x
}

func names() []string {
	list := make([]string, objects)
	for i := range list {
		list[i] = string(rune('a' + i))
	}
	return list
}

func artifact(t *testing.T, x []float32, called []string) *artifacts.Artifact {
	return stagetest.Make(t, dims.Schema, func(w *artifacts.Writer) error {
		var rows []dims.Object
		for _, n := range called {
			rows = append(rows, dims.Object{Name: n})
		}
		if err := artifacts.WriteTensor(w, dims.Tensor, []int{len(called), columns}, x); err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, dims.ObjectsTable, rows); err != nil {
			return err
		}
		return artifacts.WriteTable(w, dims.LabelsTable, []dims.Label{{Name: "red"}, {Name: "round", Planted: true}, {Name: "big"}, {Name: "old"}})
	})
}

// network has one layer whose RDM is that of one dimension, with noise.
func network(t *testing.T, x []float32, dimension int, noise float64, conditions []string) *artifacts.Artifact {
	r := rand.New(rand.NewPCG(uint64(dimension), 2))
	set := rdms.Set{Conditions: conditions, Rows: []rdms.Row{{Kind: "model", Model: "m", Layer: "IT", Subject: "S1", Time: math.NaN()}}}
	for i := range conditions {
		for j := i + 1; j < len(conditions); j++ {
			set.Values = append(set.Values, math.Abs(float64(x[i*columns+dimension]-x[j*columns+dimension]))+noise*r.Float64())
		}
	}
	return stagetest.Make(t, rdms.Schema, func(w *artifacts.Writer) error { return rdms.Write(w, set) })
}

func params() Params {
	p := DefaultParams()
	p.Resamples, p.Permutations, p.Seed = 100, 100, 4
	return p
}

func profile(t *testing.T, in stagetest.In) []profiles.Row {
	t.Helper()
	rows, err := profiles.Read(stagetest.SameForAnyWorkers(t, Stage, params(), in))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != columns {
		t.Fatalf("%d rows", len(rows))
	}
	return rows
}

// A layer that is nearly a dimension's own RDM correlates with it, whatever is
// held constant. (One that equals it leaves nothing to correlate.)
func TestProfile(t *testing.T) {
	x := embedding()
	rows := profile(t, stagetest.In{"model": network(t, x, 1, 0.01, names()), "dimensions": artifact(t, x, names())})
	for k, r := range rows {
		if one := r.Plain > 0.99 && r.Partial > 0.99 && r.SemiPartial > 0.9; one != (k == 1) {
			t.Errorf("%+v", r)
		}
		if r.Planted != (k == 1) || int(r.Index) != k || r.Layer != "IT" || r.Trained != "S1" || r.Images != objects || !math.IsNaN(r.Difference) {
			t.Errorf("%+v", r)
		}
	}
}

// A network that took up a dimension gained on it over its base, and not on the
// dimension of which the base had more.
func TestDifference(t *testing.T) {
	x := embedding()
	rows := profile(t, stagetest.In{
		"model": network(t, x, 1, 0.2, names()), "base": network(t, x, 2, 0.2, names()), "dimensions": artifact(t, x, names()),
	})
	for k, r := range rows {
		if math.Abs(r.Plain-r.Base-r.Difference) > 1e-12 || !(r.CILow <= r.CIHigh) {
			t.Errorf("%+v", r)
		}
		if k == 1 && !(r.CILow > 0 && r.PPermutation < 0.05) || k == 2 && !(r.CIHigh < 0) {
			t.Errorf("%+v", r)
		}
	}
}

func TestBadInput(t *testing.T) {
	x := embedding()
	model, good := network(t, x, 1, 0.1, names()), artifact(t, x, names())
	set := func(change func(*Params)) Params {
		q := params()
		change(&q)
		return q
	}
	in := stagetest.In{"model": model, "base": model, "dimensions": good}
	for want, q := range map[string]Params{
		`"kendall" is neither`:       set(func(q *Params) { q.Method = "kendall" }),
		"resamples: 0 is not within": set(func(q *Params) { q.Resamples = 0 }),
		"no layer among":             set(func(q *Params) { q.Layers = []string{"V9"} }),
		"Spearman's":                 set(func(q *Params) { q.Method = "pearson" }),
	} {
		stagetest.Refuses(t, Stage, q, in, want)
	}
	same := network(t, x, 1, 0, names())
	stagetest.Refuses(t, Stage, params(), stagetest.In{"model": same, "dimensions": good}, "collinear")
	others := names()
	others[3] = "other"
	stagetest.Refuses(t, Stage, params(), stagetest.In{"model": model, "dimensions": artifact(t, x, others)}, `no object is named "d"`)
	flat := embedding()
	for i := range objects {
		flat[i*columns+2] = 1
	}
	stagetest.Refuses(t, Stage, params(), stagetest.In{"model": model, "dimensions": artifact(t, flat, names())}, "constant")
}
