package stats_test

import (
	"math"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/compare"
	"realnet/stages/stage/stagetest"
	"realnet/stages/stats"
)

// The mean over subjects counts a subject once, however many sessions it has; the
// planted geometry is found in the layer that has it, and not in the other.
func TestLayerwise(t *testing.T) {
	w := newWorld(t, 5)
	model := []rdms.Row{{Kind: "model", Model: "net", Layer: "V1", Time: math.NaN()}}
	noise, planted := w.set(model, 0), w.set([]rdms.Row{{Kind: "model", Model: "net", Layer: "IT", Time: math.NaN()}}, 2)
	brains := w.set([]rdms.Row{
		{Kind: "fmri", ROI: "hIT", Subject: "a", Session: "1", Time: math.NaN()},
		{Kind: "fmri", ROI: "hIT", Subject: "a", Session: "2", Time: math.NaN()},
		{Kind: "fmri", ROI: "hIT", Subject: "b", Session: "1", Time: math.NaN()},
		{Kind: "neurons", ROI: "mIT", Subject: "monkeys", Time: math.NaN()},
	}, 2)
	sims := stagetest.Make(t, similarities.Schema, func(out *artifacts.Writer) error {
		row := similarities.Row{Kind: "fmri", ROI: "hIT", Value: 0.5, P: 0.001, CILow: 0.4, CIHigh: 0.6, CeilingLow: 0.3, CeilingHigh: 0.7, Time: math.NaN(), Session: "2", Subject: "a"}
		ofModel, ofSessions, ofMonkeys := row, row, row
		ofModel.Compared, ofModel.Model, ofModel.Layer = "model", "net", "IT"
		ofSessions.Compared, ofSessions.Trained = "fmri", "a"
		ofMonkeys.Compared, ofMonkeys.Trained = "neurons", "monkeys"
		return similarities.Write(out, []similarities.Row{ofModel, ofSessions, ofMonkeys})
	})
	p := params()
	p.Expect, p.Truth, p.Layerwise, p.Layers = nil, false, true, nil
	got := results(t, stagetest.SameForAnyWorkers(t, stats.Stage, p, stagetest.In{
		"models": []*artifacts.Artifact{noise, planted}, "fmri": brains, "similarities": sims,
	}))

	layer, err := rdms.Read(planted)
	if err != nil {
		t.Fatal(err)
	}
	set, err := rdms.Read(brains)
	if err != nil {
		t.Fatal(err)
	}
	rho := func(i int) float64 {
		v, err := compare.Vectors(layer.RDM(0), set.RDM(i), compare.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if want, r := (rho(0)+rho(1))/4+rho(2)/2, got["similarity/net/IT/hIT"]; math.Abs(r.Value-want) > 1e-12 || !(r.CILow > 0) || !(r.P < 0.05) {
		t.Errorf("mean over subjects %+v, want %v", r, want)
	}
	if r := got["similarity/net/IT/mIT"]; math.Abs(r.Value-rho(3)) > 1e-12 {
		t.Errorf("one brain %v, want %v", r.Value, rho(3))
	}
	if r := got["similarity/net/V1/hIT"]; !(r.CILow < 0 && r.CIHigh > 0) {
		t.Errorf("a layer without the geometry has %v [%v, %v]", r.Value, r.CILow, r.CIHigh)
	}
	if r := got["agreement/mIT/hIT"]; !(r.CILow > 0) {
		t.Errorf("agreement of kinds %+v", r)
	}
	if r := got["reliability/sessions/a/hIT"]; r.Check != statistics.Pass || r.Value != 0.5 {
		t.Errorf("reliability %+v", r)
	}
	for _, name := range []string{"similarity/net/IT/hIT/a/2", "agreement/monkeys/hIT/a/2"} {
		if got[name].Value != 0.5 {
			t.Errorf("%s: %+v", name, got[name])
		}
	}
	if got["ceiling/hIT/lower"].Value != 0.3 || got["ceiling/hIT/upper"].Value != 0.7 {
		t.Errorf("ceiling %+v, %+v", got["ceiling/hIT/lower"], got["ceiling/hIT/upper"])
	}
}
