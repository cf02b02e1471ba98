package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/stage/stagetest"
	"realnet/stages/stats"
)

const images = 40

// world makes RDMs that mix a shared brain geometry and noise.
type world struct {
	t      *testing.T
	r      *rand.Rand
	names  []string
	shared []float64    // what the brains encode: |a_i - a_j| of the planted attribute
	attr   [2][]float64 // planted, and not
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, r: rand.New(rand.NewPCG(seed, 1))}
	for i := range images {
		w.names = append(w.names, fmt.Sprintf("im%02d", i))
		for k := range w.attr {
			w.attr[k] = append(w.attr[k], w.r.Float64())
		}
	}
	for i := range images {
		for j := i + 1; j < images; j++ {
			w.shared = append(w.shared, math.Abs(w.attr[0][i]-w.attr[0][j]))
		}
	}
	return w
}

// rdm is a noisy geometry of independent points, with some of the shared one.
func (w *world) rdm(share float64) []float64 {
	points := make([][3]float64, images)
	for i := range points {
		for k := range points[i] {
			points[i][k] = w.r.NormFloat64()
		}
	}
	var out []float64
	for i := range images {
		for j := i + 1; j < images; j++ {
			var d float64
			for k := range 3 {
				d += (points[i][k] - points[j][k]) * (points[i][k] - points[j][k])
			}
			out = append(out, math.Sqrt(d)/3+share*w.shared[len(out)])
		}
	}
	return out
}

func (w *world) set(rows []rdms.Row, share float64) *artifacts.Artifact {
	s := rdms.Set{Rows: rows, Conditions: w.names}
	for i := range s.Rows {
		s.Rows[i].Metric = "correlation"
		s.Values = append(s.Values, w.rdm(share)...)
	}
	return stagetest.Make(w.t, rdms.Schema, func(out *artifacts.Writer) error { return rdms.Write(out, s) })
}

func layers(model, trained string) []rdms.Row {
	var rows []rdms.Row
	for _, l := range []string{"V1", "V2", "V4", "IT"} {
		rows = append(rows, rdms.Row{Kind: "model", Model: model, Subject: trained, Layer: l, Time: math.NaN()})
	}
	return rows
}

// inputs are three subjects, aligned networks with the given share of the
// brains' geometry, controls without.
func (w *world) inputs(share float64) stagetest.In {
	var models, fmri, eeg []*artifacts.Artifact
	models = append(models, w.set(layers("base", ""), 0))
	for _, s := range []string{"1", "2", "3"} {
		models = append(models, w.set(layers("aligned", s), share), w.set(layers("control", s), 0), w.set(layers("shuffled", s), 0))
		fmri = append(fmri, w.set([]rdms.Row{{Kind: "fmri", Subject: s, ROI: "V4", Time: math.NaN()}, {Kind: "fmri", Subject: s, ROI: "LOC", Time: math.NaN()}}, 2))
	}
	for s := range 4 {
		eeg = append(eeg, w.set([]rdms.Row{{Kind: "eeg", Subject: fmt.Sprint(s), Time: 0.1}, {Kind: "eeg", Subject: fmt.Sprint(s), Time: 0.2}, {Kind: "eeg", Subject: fmt.Sprint(s), Time: 0.9}}, 1.5))
	}
	dim := stagetest.Make(w.t, dims.Schema, func(out *artifacts.Writer) error {
		values := make([]float32, 0, images*2)
		var objects []dims.Object
		for i, n := range w.names {
			objects = append(objects, dims.Object{Name: n})
			values = append(values, float32(w.attr[0][i]), float32(w.attr[1][i]))
		}
		if err := artifacts.WriteTensor(out, dims.Tensor, []int{images, 2}, values); err != nil {
			return err
		}
		if err := artifacts.WriteTable(out, dims.ObjectsTable, objects); err != nil {
			return err
		}
		return artifacts.WriteTable(out, dims.LabelsTable, []dims.Label{{Name: "hue", Planted: true}, {Name: "tilt"}})
	})
	acc := stagetest.Make(w.t, accuracies.Schema, func(out *artifacts.Writer) error {
		return artifacts.WriteTable(out, accuracies.Table, []accuracies.Row{
			{Model: "base", Top1: 0.9, CILow: 0.87, CIHigh: 0.93, N: 400}, {Model: "aligned", Trained: "1", Top1: 0.8, CILow: 0.77, CIHigh: 0.83, N: 400},
		})
	})
	return stagetest.In{"models": models, "fmri": fmri, "eeg": eeg, "dimensions": dim, "accuracies": []*artifacts.Artifact{acc}}
}

func params() stats.Params {
	p := stats.DefaultParams()
	p.Seed, p.Truth = 7, true
	p.Expect = []stats.Expectation{{Variant: "aligned", Gain: true}, {Variant: "control"}, {Variant: "shuffled"}}
	return p
}

func results(t *testing.T, a *artifacts.Artifact) map[string]statistics.Row {
	t.Helper()
	rows, err := statistics.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]statistics.Row{}
	for _, r := range rows {
		if _, twice := out[r.Name]; twice {
			t.Errorf("%s appears twice", r.Name)
		}
		out[r.Name] = r
	}
	return out
}

func TestPlantedGainIsFoundAndNoOther(t *testing.T) {
	w := newWorld(t, 1)
	got := results(t, stagetest.SameForAnyWorkers(t, stats.Stage, params(), w.inputs(2)))
	for _, relation := range []string{"within", "across", "eeg"} {
		for _, over := range []string{"base", "control"} {
			r := got["gain/aligned/"+relation+"/over-"+over]
			if r.Check != statistics.Pass || !(r.CILow > 0) || r.N != images {
				t.Errorf("aligned %s over %s: %+v", relation, over, r)
			}
		}
		for _, v := range []string{"control", "shuffled"} {
			if r := got["gain/"+v+"/"+relation+"/over-base"]; r.Check != statistics.Pass || r.CILow > 0 {
				t.Errorf("%s %s: %+v", v, relation, r)
			}
		}
		s, b := got["similarity/aligned/"+relation], got["similarity/base/"+relation]
		if d := got["gain/aligned/"+relation+"/over-base"].Value - (s.Value - b.Value); math.Abs(d) > 1e-12 {
			t.Errorf("%s: the gain is not the difference of the similarities", relation)
		}
		if d := got["ratio/aligned/"+relation].Value - (s.Value-b.Value)/math.Abs(b.Value); math.Abs(d) > 1e-9 {
			t.Errorf("%s: wrong ratio", relation)
		}
	}
	if r := got["dimensions/aligned/planted"]; r.Check != statistics.Pass || !(r.CILow > 0) {
		t.Errorf("planted dimension: %+v", r)
	}
	if r := got["dimensions/aligned/others"]; r.Check != statistics.Pass || r.CILow > 0 {
		t.Errorf("other dimension: %+v", r)
	}
	for _, s := range []string{"1", "2", "3"} {
		if _, ok := got["gain/aligned/within/over-base/"+s]; !ok {
			t.Errorf("no effect of subject %s", s)
		}
	}
	if r := got["accuracy-change/aligned"]; math.Abs(r.Value+0.1) > 1e-12 {
		t.Errorf("accuracy change %v, want -0.1", r.Value)
	}
	for _, sign := range []string{"below-base", "accuracy-lost-without-gain", "eeg-fails-while-fmri-succeeds"} {
		if r := got["sign/aligned/"+sign]; r.Check != statistics.Pass {
			t.Errorf("sign %s: %+v", sign, r)
		}
	}
}

func TestNothingPlantedNothingFound(t *testing.T) {
	w := newWorld(t, 2)
	got := results(t, stagetest.Run(t, stats.Stage, params(), w.inputs(0)))
	if r := got["gain/aligned/within/over-base"]; r.Check != statistics.Fail {
		t.Errorf("a gain was found where none is: %+v", r)
	}
	if r := got["sign/aligned/accuracy-lost-without-gain"]; r.Check != statistics.Fail {
		t.Errorf("accuracy fell without gain, and the sign does not say so: %+v", r)
	}
}

// A gain of one training among three is found over images, and is none of the study.
func TestOneLuckyTrainingIsNoGain(t *testing.T) {
	w := newWorld(t, 8)
	in := w.inputs(0)
	models := in["models"].([]*artifacts.Artifact)
	models[1] = w.set(layers("aligned", "1"), 3)
	got := results(t, stagetest.Run(t, stats.Stage, params(), in))
	if r := got["gain/aligned/within/over-base/1"]; !(r.PCorrected < 0.05) {
		t.Errorf("the gain of subject 1 is not found: %+v", r)
	}
	for _, name := range []string{"gain/aligned/within/over-base", "dimensions/aligned/planted"} {
		if r := got[name]; !(r.Value > 0.05) || r.Check != statistics.Fail || r.NSubjects != 3 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Under the null, intervals of the gain must leave 0 out in about 5 % of
// worlds; 100 worlds allow up to 12.
func TestGainIsCalibrated(t *testing.T) {
	if testing.Short() {
		t.Skip("100 simulated worlds")
	}
	false5 := 0
	for seed := range 100 {
		w := newWorld(t, uint64(100+seed))
		p := params()
		in := stagetest.In{
			"models": []*artifacts.Artifact{w.set(layers("base", ""), 0), w.set(layers("aligned", "1"), 0)},
			"fmri":   []*artifacts.Artifact{w.set([]rdms.Row{{Kind: "fmri", Subject: "1", ROI: "V4", Time: math.NaN()}}, 2)},
		}
		r := results(t, stagetest.Run(t, stats.Stage, p, in))["gain/aligned/within/over-base"]
		if r.CILow > 0 || r.CIHigh < 0 {
			false5++
		}
	}
	t.Logf("%d of 100 null worlds had an interval without 0", false5)
	if false5 > 12 {
		t.Errorf("%d of 100 null worlds had an interval without 0", false5)
	}
}

func TestTimeCourseClusters(t *testing.T) {
	w := newWorld(t, 3)
	in := w.inputs(2)
	var rows []similarities.Row
	for s := range 6 {
		for k := range 20 {
			for _, v := range []string{"base", "control", "aligned"} {
				value := 0.1 + 0.01*w.r.NormFloat64()
				if v == "aligned" && k >= 8 && k < 14 {
					value += 0.1
				}
				rows = append(rows, similarities.Row{Model: v, Layer: "IT", Kind: "eeg", Subject: fmt.Sprint(s), Time: float64(k) / 100, Value: value})
			}
		}
	}
	in["similarities"] = stagetest.Make(t, similarities.Schema, func(out *artifacts.Writer) error { return similarities.Write(out, rows) })
	var largest statistics.Row
	for _, r := range results(t, stagetest.Run(t, stats.Stage, params(), in)) {
		if r.Kind == statistics.Cluster && r.Model == "aligned" && r.Layer == "" && r.Value > largest.Value {
			largest = r
		}
	}
	if largest.P >= 0.05 || largest.Time > 0.081 || largest.TimeEnd < 0.129 || largest.PCorrected != largest.P {
		t.Errorf("the planted cluster from 0.08 to 0.13 s came out as %+v", largest)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, 4)
	in := w.inputs(1)
	p := params()
	p.Base = "cornet"
	stagetest.Refuses(t, stats.Stage, p, in, `no model is the base network "cornet"`)
	p = params()
	p.EEGWindow = [2]float64{5, 6}
	stagetest.Refuses(t, stats.Stage, p, in, "no time point")
	other := newWorld(t, 5)
	for i := range other.names {
		other.names[i] = "other-" + other.names[i]
	}
	mixed := w.inputs(1)
	mixed["fmri"] = []*artifacts.Artifact{other.set([]rdms.Row{{Kind: "fmri", Subject: "1", Time: math.NaN()}}, 1)}
	stagetest.Refuses(t, stats.Stage, params(), mixed, "share 0 conditions")
	stagetest.Refuses(t, stats.Stage, params(), stagetest.In{}, "nothing to make results of")
	averaged := stagetest.Make(t, patterns.Schema, func(out *artifacts.Writer) error {
		return patterns.Write(out, patterns.Patterns{
			Samples: []patterns.Sample{{Condition: "a"}, {Condition: "b"}}, Voxels: make([]patterns.Voxel, 2),
			Members: []patterns.Member{{ROI: "V1"}}, Values: make([]float32, 4),
		})
	})
	stagetest.Refuses(t, stats.Stage, params(), stagetest.In{"patterns": averaged}, "averaged over runs")
}
