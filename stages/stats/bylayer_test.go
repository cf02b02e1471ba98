package stats_test

import (
	"math"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/compare"
	"realnet/stages/stage/stagetest"
	"realnet/stages/stats"
)

// A layer's row is the mean of what rsa measures of it, and the rows of layers and
// regions average to that of all. None is tested.
func TestByLayer(t *testing.T) {
	w := newWorld(t, 6)
	in := w.inputs(2)
	in["other"] = []*artifacts.Artifact{w.set([]rdms.Row{{Kind: "fmri", Subject: "1", ROI: "V4", Time: math.NaN()}, {Kind: "fmri", Subject: "b", ROI: "V4", Time: math.NaN()}}, 2)}
	got := results(t, stagetest.SameForAnyWorkers(t, stats.Stage, params(), in))
	for _, c := range []struct {
		model, relation, roi string
		other                bool // the brains that count are those of another dataset
	}{
		{"base", "within", "V4", false},
		{"base", "other", "V4", true},
		{"aligned", "within", "V4", false},
		{"aligned", "within", "LOC", false},
		{"aligned", "other", "V4", true},
		{"control", "within", "LOC", false},
	} {
		brains := in["fmri"].([]*artifacts.Artifact)
		if c.other {
			brains = in["other"].([]*artifacts.Artifact)
		}
		for _, layer := range []string{"V1", "V2", "V4", "IT"} {
			var sum, n float64
			for _, m := range in["models"].([]*artifacts.Artifact) {
				of(t, m, func(net rdms.Row, x []float64) {
					if net.Model != c.model || net.Layer != layer {
						return
					}
					for _, b := range brains {
						of(t, b, func(brain rdms.Row, y []float64) {
							if brain.ROI != c.roi || (!c.other && net.Subject != "" && net.Subject != brain.Subject) {
								return
							}
							v, err := compare.Vectors(x, y, compare.DefaultOptions())
							if err != nil {
								t.Fatal(err)
							}
							sum, n = sum+v, n+1
						})
					}
				})
			}
			name := "similarity/" + c.model + "/" + c.relation + "/" + layer + "/" + c.roi
			r, ok := got[name]
			if !ok || math.Abs(r.Value-sum/n) > 1e-12 || r.Layer != layer || r.ROI != c.roi || r.N != images {
				t.Errorf("%s: %+v, want %v", name, r, sum/n)
			}
			if !(r.CILow < r.Value && r.Value < r.CIHigh && r.CIHigh-r.CILow < 0.55) || !math.IsNaN(r.P) {
				t.Errorf("%s: %v [%v, %v], p %v", name, r.Value, r.CILow, r.CIHigh, r.P)
			}
			if c.model == "aligned" && !(r.CILow > 0) {
				t.Errorf("%s: planted, and an interval from %v to %v", name, r.CILow, r.CIHigh)
			}
		}
	}
	sum, n := map[string]float64{}, map[string]float64{}
	for _, r := range got {
		if r.Kind == statistics.Similarity && r.Layer != "" {
			all := "similarity/" + r.Model + "/" + r.Relation
			sum[all], n[all] = sum[all]+r.Value, n[all]+1
		}
	}
	if len(n) != 8 { // four variants, two relations
		t.Errorf("layers of %v", n)
	}
	for all := range n {
		if math.Abs(sum[all]/n[all]-got[all].Value) > 1e-12 {
			t.Errorf("%s is %v, its layers average to %v", all, got[all].Value, sum[all]/n[all])
		}
	}
}

// of visits the RDMs of an artifact.
func of(t *testing.T, a *artifacts.Artifact, visit func(rdms.Row, []float64)) {
	t.Helper()
	set, err := rdms.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range set.Rows {
		visit(row, set.RDM(i))
	}
}

// Without a control a dimension is compared with the base network, as its layers are:
// they average to it.
func TestDimensionByLayer(t *testing.T) {
	w := newWorld(t, 9)
	p := params()
	p.Control, p.Expect = "none", p.Expect[:1]
	got := results(t, stagetest.Run(t, stats.Stage, p, w.inputs(2)))
	for _, dimension := range []string{"hue", "tilt"} {
		all, mean := got["dimension/aligned/"+dimension], 0.0
		for _, layer := range []string{"V1", "V2", "V4", "IT"} {
			r := got["dimension/aligned/"+dimension+"/"+layer]
			mean += r.Value / 4
			if !(r.CILow < r.Value && r.Value < r.CIHigh) || !math.IsNaN(r.P) || r.Layer != layer {
				t.Errorf("%s, %s: %+v", dimension, layer, r)
			}
		}
		if math.Abs(mean-all.Value) > 1e-12 || math.IsNaN(all.P) {
			t.Errorf("%s: %+v, its layers average to %v", dimension, all, mean)
		}
	}
}
