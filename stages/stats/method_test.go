package stats_test

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/weights"
	"realnet/stages/analysis/compare"
	"realnet/stages/stage/stagetest"
	"realnet/stages/stats"
)

// Similarities and gains are of the comparator that the study names, the one of
// stage rsa; object dimensions keep that of stage dimensions.
func TestMethodOfTheStudy(t *testing.T) {
	w := newWorld(t, 11)
	in := w.inputs(2)
	in["fmri"] = in["fmri"].([]*artifacts.Artifact)[:1]
	in["models"] = in["models"].([]*artifacts.Artifact)[:2] // base, and aligned to subject 1
	delete(in, "eeg")
	spearman := results(t, stagetest.Run(t, stats.Stage, params(), in))
	for _, m := range []compare.Method{compare.Pearson, compare.Cosine, compare.Kendall, compare.TauA, compare.RhoA} {
		p := params()
		p.Method = m
		got := results(t, stagetest.Run(t, stats.Stage, p, in))
		var sum, n float64
		of(t, in["models"].([]*artifacts.Artifact)[1], func(_ rdms.Row, x []float64) {
			of(t, in["fmri"].([]*artifacts.Artifact)[0], func(_ rdms.Row, y []float64) {
				v, err := compare.Vectors(x, y, compare.Options{Method: m})
				if err != nil {
					t.Fatal(err)
				}
				sum, n = sum+v, n+1
			})
		})
		r := got["similarity/aligned/within"]
		if math.Abs(r.Value-sum/n) > 1e-12 || r.Method != string(m) || !(r.CILow < r.Value && r.Value < r.CIHigh) {
			t.Errorf("%s: %+v, want %v", m, r, sum/n)
		}
		if a, b := got["dimension/aligned/hue"], spearman["dimension/aligned/hue"]; a.Value != b.Value || a.Method != "spearman" {
			t.Errorf("%s: dimension %v by %s, want %v", m, a.Value, a.Method, b.Value)
		}
	}
	for _, m := range []compare.Method{compare.WhitenedCosine, compare.WhitenedCorrelation} {
		p := params()
		p.Method = m
		stagetest.Refuses(t, stats.Stage, p, in, "leaving out pairs are not defined: set rsa.method")
	}
}

// A network that is the base network has changed by 0, for certain.
func TestAccuracyOfTheSameNetwork(t *testing.T) {
	w := newWorld(t, 12)
	in := w.inputs(0)
	base := in["models"].([]*artifacts.Artifact)[0]
	set, err := rdms.Read(base)
	if err != nil {
		t.Fatal(err)
	}
	set.Rows = layers("control", "")
	same := stagetest.Make(t, rdms.Schema, func(out *artifacts.Writer) error { return rdms.Write(out, set) })
	in["models"] = []*artifacts.Artifact{base, same, w.set(layers("aligned", "1"), 0)}
	in["accuracies"] = []*artifacts.Artifact{stagetest.Make(t, accuracies.Schema, func(out *artifacts.Writer) error {
		var rows []accuracies.Row
		for _, m := range []string{"base", "control", "aligned"} {
			rows = append(rows, accuracies.Row{Model: m, Top1: 0.9, Top5: 1, CILow: 0.8, CIHigh: 0.95, N: 40})
		}
		return artifacts.WriteTable(out, accuracies.Table, rows)
	})}
	got := results(t, stagetest.Run(t, stats.Stage, params(), in))
	if r := got["accuracy-change/control"]; r.Value != 0 || r.CILow != 0 || r.CIHigh != 0 {
		t.Errorf("the same network: %+v", r)
	}
	if r := got["accuracy-change/aligned"]; r.Value != 0 || math.Abs(r.CILow+math.Hypot(0.1, 0.05)) > 1e-12 || math.Abs(r.CIHigh-math.Hypot(0.1, 0.05)) > 1e-12 {
		t.Errorf("another network with the same accuracy: %+v", r)
	}
}

// Without a permutation test there is nothing to check.
func TestNoTestNoCheck(t *testing.T) {
	sims := stagetest.Make(t, similarities.Schema, func(out *artifacts.Writer) error {
		return similarities.Write(out, []similarities.Row{{
			Compared: "fmri", Kind: "fmri", Trained: "a", Subject: "a", ROI: "hIT", Session: "2", Method: "spearman", Value: 0.5,
			P: math.NaN(), CILow: 0.4, CIHigh: 0.6, CeilingLow: math.NaN(), CeilingHigh: math.NaN(), Time: math.NaN(), Conditions: 92,
		}})
	})
	w := newWorld(t, 13)
	p := params()
	p.Expect, p.Truth, p.Layerwise, p.Layers = nil, false, true, nil
	got := results(t, stagetest.Run(t, stats.Stage, p, stagetest.In{
		"models": []*artifacts.Artifact{w.set([]rdms.Row{{Kind: "model", Model: "net", Layer: "IT", Time: math.NaN()}}, 1)},
		"fmri":   w.set([]rdms.Row{{Kind: "fmri", ROI: "hIT", Subject: "a", Time: math.NaN()}}, 2), "similarities": sims,
	}))
	if r := got["reliability/sessions/a/hIT"]; r.Check != "" || r.Value != 0.5 || r.Tested() {
		t.Errorf("%+v", r)
	}
}

// Beta is chosen among the networks of the sweep: an ablation, shuffled pairs and
// networks that EEG taught may have the same beta and count for nothing.
func TestBetaOfTheSweepAlone(t *testing.T) {
	w := newWorld(t, 14)
	in := w.inputs(0)
	var list []*artifacts.Artifact
	p := params()
	for _, v := range []struct {
		name       string
		beta, loss float64
	}{{"b10", 10, 2}, {"b10", 10, 4}, {"b20", 20, 3.5}, {"ablation", 10, 100}, {"shuffled", 20, 100}, {"eeg", 30, 0.1}} {
		list = append(list, trained(t, v.beta, func(out *artifacts.Writer) error {
			nan := math.NaN()
			if err := artifacts.WriteTable(out, weights.EpochsTable, []weights.Epoch{{Epoch: 1, ValidationMSE: v.loss, ValidationContrastive: 0, ValidationLoss: nan, ValidationClassification: nan}}); err != nil {
				return err
			}
			if err := artifacts.WriteWeights(out, weights.File, []artifacts.Param{{Name: "x", Shape: []int{1}, Values: []float32{1}}}); err != nil {
				return err
			}
			f, err := out.File(weights.Architecture)
			if err != nil {
				return err
			}
			fmt.Fprintln(f, "{}")
			return f.Close()
		}))
		p.Weights = append(p.Weights, v.name)
	}
	p.Sweep = []string{"b10", "b20"}
	in["weights"] = list
	got := results(t, stagetest.Run(t, stats.Stage, p, in))
	if a, b := got["beta/10/validation-loss"], got["beta/20/validation-loss"]; a.Value != 3 || a.N != 2 || a.Beta != 10 || b.Value != 3.5 || b.N != 1 {
		t.Errorf("losses %+v and %+v", a, b)
	}
	if r := got["beta/chosen"]; r.Value != 10 || r.Kind != statistics.BetaChosen {
		t.Errorf("chosen %+v", r)
	}
	if _, ok := got["beta/30/validation-loss"]; ok {
		t.Error("a network of another modality takes part in the sweep")
	}
}

// trained makes an artifact of stage train.
func trained(t *testing.T, beta float64, write func(*artifacts.Writer) error) *artifacts.Artifact {
	t.Helper()
	out, err := artifacts.Create(filepath.Join(t.TempDir(), "a"), weights.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Abort()
	if err := write(out); err != nil {
		t.Fatal(err)
	}
	params, err := artifacts.CanonicalOf(map[string]any{"beta": beta})
	if err != nil {
		t.Fatal(err)
	}
	a, err := out.Commit(artifacts.Provenance{Stage: "train", Params: params})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
