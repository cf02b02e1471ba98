package rdm

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/rdm"
	"realnet/stages/stage/stagetest"
)

const conditions, runs, voxels = 5, 4, 30

// brain has every condition once a run; region A is the first half of the voxels.
func brain() patterns.Patterns {
	r := rand.New(rand.NewPCG(1, 1))
	signal := make([]float64, conditions*voxels)
	for i := range signal {
		signal[i] = r.NormFloat64()
	}
	var p patterns.Patterns
	for run := range runs {
		for c := range conditions {
			p.Samples = append(p.Samples, patterns.Sample{
				Subject: "S1", Condition: "c" + strconv.Itoa(c), Subset: [...]string{"train", "test"}[run/2], Session: strconv.Itoa(run / 2), Run: int32(run + 1),
			})
			for v := range voxels {
				p.Values = append(p.Values, float32(signal[c*voxels+v]+0.3*r.NormFloat64()))
			}
		}
	}
	for v := range int32(voxels) {
		p.Voxels = append(p.Voxels, patterns.Voxel{Index: v})
		if v < voxels/2 {
			p.Members = append(p.Members, patterns.Member{ROI: "A", Voxel: v})
		}
	}
	return p
}

func artifact(t *testing.T, p patterns.Patterns) *artifacts.Artifact {
	return stagetest.Make(t, patterns.Schema, func(w *artifacts.Writer) error { return patterns.Write(w, p) })
}

func read(t *testing.T, a *artifacts.Artifact) rdms.Set {
	t.Helper()
	set, err := rdms.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// by1minusR is the definition: 1 - Pearson's r of mean patterns.
func by1minusR(p patterns.Patterns, columns []int, take func(patterns.Sample) bool) []float64 {
	mean := make([][]float64, conditions)
	for c := range mean {
		mean[c] = make([]float64, len(columns))
		n := 0.0
		for i, s := range p.Samples {
			if s.Condition == "c"+strconv.Itoa(c) && take(s) {
				n++
				for k, v := range columns {
					mean[c][k] += float64(p.Values[i*voxels+v])
				}
			}
		}
		sum := 0.0
		for k := range mean[c] {
			mean[c][k] /= n
			sum += mean[c][k]
		}
		norm := 0.0
		for k := range mean[c] {
			mean[c][k] -= sum / float64(len(columns))
			norm += mean[c][k] * mean[c][k]
		}
		for k := range mean[c] {
			mean[c][k] /= math.Sqrt(norm)
		}
	}
	var out []float64
	for i := range mean {
		for j := i + 1; j < conditions; j++ {
			dot := 0.0
			for k := range mean[i] {
				dot += mean[i][k] * mean[j][k]
			}
			out = append(out, 1-dot)
		}
	}
	return out
}

func TestPatterns(t *testing.T) {
	p := brain()
	params := DefaultParams()
	params.ROIs, params.Split = []string{"A", ""}, OddEven
	set := read(t, stagetest.SameForAnyWorkers(t, Stage, params, stagetest.In{"patterns": artifact(t, p)}))
	if len(set.Rows) != 6 { // two regions: all, even, odd
		t.Fatalf("%+v", set.Rows)
	}
	all := make([]int, voxels)
	for i := range all {
		all[i] = i
	}
	for i, row := range set.Rows {
		columns := all
		if row.ROI == "A" {
			columns = all[:voxels/2]
		}
		want := by1minusR(p, columns, func(s patterns.Sample) bool {
			return row.Split == "" || (row.Split == "odd") == (s.Run%2 == 1)
		})
		for k, v := range set.RDM(i) {
			if math.Abs(v-want[k]) > 1e-6 {
				t.Errorf("%s %q: pair %d is %v, want %v", row.ROI, row.Split, k, v, want[k])
			}
		}
		if row.Subject != "S1" || row.Kind != "fmri" || row.Metric != "correlation" || !math.IsNaN(row.Time) {
			t.Errorf("%+v", row)
		}
	}
}

// Cross-validated distances of conditions that do not differ are 0 on average,
// and those of conditions that do are not.
func TestCrossValidated(t *testing.T) {
	params := DefaultParams()
	params.Metric, params.Noise = rdm.Crossnobis, rdm.ShrinkageDiag
	set := read(t, stagetest.SameForAnyWorkers(t, Stage, params, stagetest.In{"patterns": artifact(t, brain())}))
	if slices.Min(set.Values) < 1 {
		t.Errorf("distances of distinct conditions: %v", set.Values)
	}
	params.Subset = "test"
	if got := read(t, stagetest.Run(t, Stage, params, stagetest.In{"patterns": artifact(t, brain())})); slices.Equal(got.Values, set.Values) {
		t.Error("the subset changes nothing")
	}
}

func TestFeatures(t *testing.T) {
	names := []string{"a", "b", "c"}
	made := func(write func(w *artifacts.Writer) error) *artifacts.Artifact {
		return stagetest.Make(t, features.Schema, func(w *artifacts.Writer) error {
			var rows []features.Image
			for _, n := range names {
				rows = append(rows, features.Image{Name: n, Subset: map[bool]string{true: "train", false: "test"}[n == "b"]})
			}
			if err := artifacts.WriteTable(w, features.ImagesTable, rows); err != nil {
				return err
			}
			return write(w)
		})
	}
	a := made(func(w *artifacts.Writer) error {
		return artifacts.WriteTensor(w, "IT.arrow", []int{3, 2}, []float32{0, 0, 3, 4, 0, 1})
	})
	params := DefaultParams()
	params.Metric, params.Model, params.Trained = rdm.Euclidean, "m", "S1"
	set := read(t, stagetest.SameForAnyWorkers(t, Stage, params, stagetest.In{"features": a}))
	if want := []float64{5, 1, math.Sqrt(18)}; len(set.Values) != 3 || math.Abs(set.Values[0]-5) > 1e-6 || math.Abs(set.Values[2]-want[2]) > 1e-6 {
		t.Errorf("%v, want %v", set.Values, want)
	}
	if r := set.Rows[0]; r.Layer != "IT" || r.Model != "m" || r.Subject != "S1" || r.Kind != "model" {
		t.Errorf("%+v", r)
	}
	params.Subset = "test"
	if set = read(t, stagetest.Run(t, Stage, params, stagetest.In{"features": a})); !slices.Equal(set.Conditions, []string{"a", "c"}) || set.Values[0] != 1 {
		t.Errorf("test images: %v %v", set.Conditions, set.Values)
	}
	params.Split = OddEven
	stagetest.Refuses(t, Stage, params, stagetest.In{"features": a}, "repeated measurements")
	params.Split, params.Layers = "", []string{"V9"}
	stagetest.Refuses(t, Stage, params, stagetest.In{"features": a}, `no layer "V9"`)
	params.Layers, params.Metric = nil, rdm.Correlation
	constant := made(func(w *artifacts.Writer) error {
		return artifacts.WriteTensor(w, "IT.arrow", []int{3, 2}, []float32{0, 0, 3, 4, 0, 1})
	})
	stagetest.Refuses(t, Stage, params, stagetest.In{"features": constant}, "constant")
}

func TestBadInput(t *testing.T) {
	p := brain()
	good := artifact(t, p)
	set := func(change func(*Params)) Params {
		q := DefaultParams()
		change(&q)
		return q
	}
	stagetest.Refuses(t, Stage, DefaultParams(), nil, "either patterns or features")
	for want, q := range map[string]Params{
		`"manhattan" is none of`:    set(func(q *Params) { q.Metric = "manhattan" }),
		`"third" is neither`:        set(func(q *Params) { q.Split = "third" }),
		"needs a noise covariance":  set(func(q *Params) { q.Metric = rdm.Mahalanobis }),
		`no ROI "B"`:                set(func(q *Params) { q.ROIs = []string{"B"} }),
		"fewer than two conditions": set(func(q *Params) { q.Subset = "validation" }),
	} {
		stagetest.Refuses(t, Stage, q, stagetest.In{"patterns": good}, want)
	}
	nan := brain()
	nan.Values[17] = float32(math.NaN())
	stagetest.Refuses(t, Stage, DefaultParams(), stagetest.In{"patterns": artifact(t, nan)}, "not finite")
	averaged := brain()
	averaged.Samples[3].Run = 0
	stagetest.Refuses(t, Stage, set(func(q *Params) { q.Split = OddEven }), stagetest.In{"patterns": artifact(t, averaged)}, "averaged over runs")
	nowhere := brain()
	nowhere.Samples[3].Session = ""
	stagetest.Refuses(t, Stage, set(func(q *Params) { q.Split = Session }), stagetest.In{"patterns": artifact(t, nowhere)}, "no session")
	one := brain()
	for i := range one.Samples {
		one.Samples[i].Run = 1
	}
	stagetest.Refuses(t, Stage, set(func(q *Params) { q.Split = OddEven }), stagetest.In{"patterns": artifact(t, one)}, "all of one part (odd): it needs patterns of two runs")
}
