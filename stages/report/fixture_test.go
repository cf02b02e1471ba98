package report_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/stages/report"
	"realnet/stages/report/figures"
	"realnet/stages/stage"
)

// world makes artifacts of a study that never was, with rows of every kind and
// of realistic sizes: 3 fMRI subjects, 5 regions, 5 layers, 10 EEG subjects at
// 60 times, eight models.
type world struct {
	t          *testing.T
	dir        string
	rng        *rand.Rand
	dimensions int
	in         map[string][]*artifacts.Artifact
	count      int
}

var (
	layers   = []string{"V1", "V2", "V4", "IT", "avgpool"}
	regions  = []string{"V1", "V2", "V3", "V4", "LOC"}
	subjects = []string{"sub-01", "sub-02", "sub-03"}
	betas    = map[string]float64{"beta10": 10, "beta20": 20, "aligned": 30, "beta40": 40, "beta50": 50}
	gains    = map[string]float64{"base": 0, "control": 0.004, "beta10": 0.02, "beta20": 0.035, "aligned": 0.05, "beta40": 0.055, "beta50": 0.052, "shuffled": -0.006}
	order    = []string{"base", "control", "beta10", "beta20", "aligned", "beta40", "beta50", "shuffled"}
)

var nan = math.NaN()

func newWorld(t *testing.T, dimensions int) *world {
	w := &world{t: t, dir: t.TempDir(), rng: rand.New(rand.NewPCG(7, 7)), dimensions: dimensions, in: map[string][]*artifacts.Artifact{}}
	w.similarities()
	w.statistics()
	w.rdms()
	w.training()
	w.profiles()
	w.images()
	return w
}

// put makes one artifact with a provenance like that of a real stage.
func (w *world) put(port, stageName string, schema artifacts.Schema, params any, write func(*artifacts.Writer) error) {
	w.t.Helper()
	w.count++
	out, err := artifacts.Create(filepath.Join(w.dir, fmt.Sprint(w.count)), schema)
	if err != nil {
		w.t.Fatal(err)
	}
	defer out.Abort()
	if err := write(out); err != nil {
		w.t.Fatal(err)
	}
	raw, err := artifacts.CanonicalOf(params)
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := out.Commit(artifacts.Provenance{
		Stage: stageName, Code: "code:" + artifacts.NewDigest([]byte(stageName)).Hex(), Params: raw, Machine: "linux/amd64",
		Inputs: map[string][]artifacts.Digest{"input": {artifacts.NewDigest([]byte(fmt.Sprint(w.count)))}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.in[port] = append(w.in[port], a)
}

func trainers(model string) []string {
	if model == "base" {
		return []string{""}
	}
	return subjects
}

func (w *world) similarities() {
	var fmri, eeg []similarities.Row
	for _, m := range order {
		for _, tr := range trainers(m) {
			for i, l := range layers {
				for j, roi := range regions {
					for k, s := range subjects {
						g := gains[m]
						if tr != s {
							g *= 0.6
						}
						v := 0.05 + 0.05*math.Exp(-math.Pow(float64(i-j), 2)/4) + g + 0.01*float64(k) + 0.008*w.rng.NormFloat64()
						fmri = append(fmri, similarities.Row{
							Model: m, Layer: l, Trained: tr, Kind: "fmri", Dataset: "shen2019", Subject: s, ROI: roi, Time: nan, Method: "spearman",
							Value: v, P: 0.001, Permutations: 10000, CILow: v - 0.03, CIHigh: v + 0.03, CeilingLow: 0.19 + 0.01*float64(j), CeilingHigh: 0.25 + 0.01*float64(j), Conditions: 60,
						})
					}
				}
				if m != "base" && m != "control" && m != "aligned" && m != "shuffled" {
					continue
				}
				for s := range 10 {
					for k := range 60 {
						time := float64(k-10) / 100
						v := 0.1*(1+4*gains[m])*math.Exp(-math.Pow((time-0.12-0.03*float64(i))/0.1, 2)) + 0.015*w.rng.NormFloat64()
						eeg = append(eeg, similarities.Row{
							Model: m, Layer: l, Trained: tr, Kind: "eeg", Dataset: "things-eeg2", Subject: fmt.Sprintf("sub-%02d", s+1), Time: time,
							Method: "spearman", Value: v, P: nan, CILow: nan, CIHigh: nan, CeilingLow: nan, CeilingHigh: nan, Conditions: 60,
						})
					}
				}
			}
		}
	}
	params := map[string]any{"method": "spearman", "permutations": 10000, "alternative": "greater", "bootstrap": 1000}
	w.put("similarities", "rsa", similarities.Schema, params, func(o *artifacts.Writer) error { return similarities.Write(o, fmri) })
	params["dataset"] = "things-eeg2"
	w.put("similarities", "rsa", similarities.Schema, params, func(o *artifacts.Writer) error { return similarities.Write(o, eeg) })
}

func result(kind, name, family string, value, half, p float64) statistics.Row {
	r := statistics.New(kind, name, family)
	r.Value, r.CILow, r.CIHigh, r.P, r.PCorrected, r.N, r.Unit = value, value-half, value+half, p, p, 60, "images"
	r.Test, r.Text = "95 % t interval over images, each left out once, two-sided p", "What it means."
	return r
}

func verdict(ok bool) string {
	if ok {
		return statistics.Pass
	}
	return statistics.Fail
}

func (w *world) statistics() {
	var rows []statistics.Row
	for _, rel := range []string{"within", "across", "eeg"} {
		scale := map[string]float64{"within": 1, "across": 0.6, "eeg": 0.3}[rel]
		for _, m := range order[1:] {
			g := scale * gains[m]
			for _, ref := range []string{"base", "control"} {
				if m == ref {
					continue
				}
				r := result(statistics.Gain, "gain/"+m+"/"+rel+"/over-"+ref, "gain/"+rel, g, 0.012, 0.002)
				r.Model, r.Reference, r.Relation, r.ROI, r.NSubjects = m, ref, rel, statistics.Overall, 3
				if m == "aligned" || (m == "shuffled" && ref == "base") {
					r.Check = verdict(m == "shuffled" || g > 0.012)
				}
				rows = append(rows, r)
				for _, s := range subjects {
					r := result(statistics.Gain, r.Name+"/"+s, "gain-by-subject/"+rel, g+0.006*w.rng.NormFloat64(), 0.018, 0.01)
					r.Model, r.Reference, r.Relation, r.Subject, r.ROI = m, ref, rel, s, statistics.Overall
					rows = append(rows, r)
				}
			}
			r := result(statistics.Ratio, "ratio/"+m+"/"+rel, "ratio/"+rel, g/0.09, 0.13*scale, nan)
			r.Model, r.Reference, r.Relation, r.ROI = m, "base", rel, statistics.Overall
			rows = append(rows, r)
		}
	}
	for _, m := range order[1:] {
		r := result(statistics.AccuracyChange, "accuracy-change/"+m, "accuracy-change", -0.03, 0.05, nan)
		r.Model, r.Reference = m, "base"
		rows = append(rows, r)
	}
	for k, m := range []string{"aligned", "aligned", "shuffled"} {
		r := result(statistics.Cluster, fmt.Sprintf("eeg-cluster/%s/over-control/%d", m, k+1), "eeg-cluster/"+m, []float64{31, -12, 8}[k], nan, []float64{0.004, 0.03, 0.4}[k])
		r.Model, r.Reference, r.Relation, r.Time, r.TimeEnd = m, "control", statistics.EEG, []float64{0.08, 0.31, 0.2}[k], []float64{0.24, 0.36, 0.25}[k]
		rows = append(rows, r)
		l := layers[k+1]
		r.Name, r.Family, r.Layer = fmt.Sprintf("eeg-cluster/%s/over-control/%s/1", m, l), "eeg-cluster-by-layer/"+m, l
		rows = append(rows, r)
	}
	for _, s := range subjects {
		for _, roi := range regions {
			r := result(statistics.Reliability, "reliability/patterns/"+s+"/"+roi, "reliability/patterns", 0.3+0.05*w.rng.NormFloat64(), 0.06, 0.001)
			r.Check, r.Relation, r.Subject, r.ROI = statistics.Pass, statistics.Patterns, s, roi
			rows = append(rows, r)
		}
	}
	sign := result(statistics.Sign, "sign/aligned/eeg-fails-while-fmri-succeeds", "sign", 0.015, nan, nan)
	sign.Check, sign.Text = statistics.Pass, "Fails when the model gained on fMRI and not on EEG: the gain may be in what is particular to fMRI or its preprocessing."
	bad := result(statistics.Sign, "sign/aligned/accuracy-lost-without-gain", "sign", -0.09, nan, nan)
	bad.Check, bad.Text = statistics.Fail, "Fails when classification accuracy fell and similarity did not rise: the network forgot and learnt nothing from the brain."
	rows = append(rows, sign, bad)
	params := map[string]any{"alpha": 0.05, "correction": "holm", "flips": 1024}
	w.put("statistics", "stats", statistics.Schema, params, func(o *artifacts.Writer) error { return statistics.Write(o, rows) })
}

const conditions = 60

func conditionNames() []string {
	out := make([]string, conditions)
	for i := range out {
		out[i] = fmt.Sprintf("object%02d", i)
	}
	return out
}

// geometry gives RDMs with clusters of conditions, as real ones have.
func (w *world) geometry(noise float64) []float64 {
	var out []float64
	for i := range conditions {
		for j := i + 1; j < conditions; j++ {
			d := 1.0
			if i/10 == j/10 {
				d = 0.4
			}
			out = append(out, math.Abs(d+noise*w.rng.NormFloat64()))
		}
	}
	return out
}

func (w *world) rdms() {
	put := func(rows []rdms.Row, noise func(rdms.Row) float64) {
		s := rdms.Set{Rows: rows, Conditions: conditionNames()}
		for _, r := range rows {
			s.Values = append(s.Values, w.geometry(noise(r))...)
		}
		w.put("rdms", "rdm", rdms.Schema, map[string]any{"metric": "correlation"}, func(o *artifacts.Writer) error { return rdms.Write(o, s) })
	}
	for _, s := range subjects {
		var rows []rdms.Row
		for _, roi := range regions {
			rows = append(rows, rdms.Row{Kind: "fmri", Subject: s, ROI: roi, Time: nan, Metric: "correlation"})
		}
		put(rows, func(rdms.Row) float64 { return 0.3 })
	}
	for _, m := range []string{"base", "control", "aligned", "shuffled"} {
		for _, s := range trainers(m) {
			var rows []rdms.Row
			for _, l := range layers {
				rows = append(rows, rdms.Row{Kind: "model", Model: m, Layer: l, Subject: s, Time: nan, Metric: "correlation"})
			}
			put(rows, func(rdms.Row) float64 { return 0.25 - 2*gains[m] })
		}
	}
	var samples []patterns.Sample
	for i := range 4 {
		samples = append(samples, patterns.Sample{Subject: "sub-01", Condition: conditionNames()[i], Onset: nan})
	}
	w.put("patterns", "fmri", patterns.Schema, map[string]any{"average": "condition", "recipe": map[string]any{"preset": "shen", "detrend_order": 1, "clip_sd": 3, "estimate": "average", "lag_volumes": 2}}, func(o *artifacts.Writer) error {
		return patterns.Write(o, patterns.Patterns{
			Samples: samples, Voxels: []patterns.Voxel{{Index: 0}, {Index: 1}}, Members: []patterns.Member{{ROI: "V1", Voxel: 0}, {ROI: "LOC", Voxel: 1}}, Values: make([]float32, 8),
		})
	})
}

func (w *world) training() {
	for _, m := range order[1:] {
		for range subjects {
			var epochs []weights.Epoch
			for e := range 12 {
				decay := math.Exp(-float64(e) / 4)
				c, mse := 0.3+0.8*decay+0.02*w.rng.Float64(), 0.6+0.4*decay+0.02*w.rng.Float64()
				epochs = append(epochs, weights.Epoch{
					Epoch: int32(e + 1), Loss: c + betas[m]*mse/10, Classification: c, MSE: mse, Contrastive: 0.5 + 0.5*decay,
					ValidationLoss: nan, ValidationClassification: nan, ValidationMSE: nan, ValidationContrastive: nan,
				})
			}
			params := map[string]any{"beta": betas[m], "pairing": "matched", "contrastive": "live", "mse": true, "layers": []string{"V1", "V2", "V4", "IT"}, "teacher": "argmax", "epochs": 12, "batch": 16, "learning_rate": 0.001, "seed": 1}
			if m == "shuffled" {
				params["beta"], params["pairing"] = 30.0, "shuffled"
			}
			w.put("weights", "train", weights.Schema, params, func(o *artifacts.Writer) error {
				if err := artifacts.WriteTable(o, weights.EpochsTable, epochs); err != nil {
					return err
				}
				if err := artifacts.WriteWeights(o, weights.File, []artifacts.Param{{Name: "x", Shape: []int{1}, Values: []float32{1}}}); err != nil {
					return err
				}
				f, err := o.File(weights.Architecture)
				if err != nil {
					return err
				}
				fmt.Fprintln(f, "{}")
				return f.Close()
			})
		}
	}
	for range subjects {
		var rows []targets.Component
		for k := range 128 {
			rows = append(rows, targets.Component{Index: int32(k), Variance: 1, Ratio: 0.045 * math.Exp(-float64(k)/18) * (1 + 0.02*w.rng.Float64())})
		}
		w.put("targets", "pca", targets.Schema, map[string]any{"components": 128}, func(o *artifacts.Writer) error {
			if err := artifacts.WriteTable(o, targets.ComponentsTable, rows); err != nil {
				return err
			}
			if err := artifacts.WriteTable(o, targets.SamplesTable, []targets.Sample{{Condition: "a"}}); err != nil {
				return err
			}
			for name, shape := range map[string][]int{targets.Tensor: {1, 1}, targets.ComponentsTensor: {1, 1}, targets.MeanTensor: {1}} {
				if err := artifacts.WriteTensor(o, name, shape, []float32{0}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var acc []accuracies.Row
	for _, m := range order {
		for _, tr := range trainers(m) {
			v := 0.87 - 0.002*betas[m] + 0.01*w.rng.Float64()
			acc = append(acc, accuracies.Row{Model: m, Trained: tr, Subset: "test", Top1: v, Top5: 0.99, CILow: v - 0.04, CIHigh: v + 0.03, N: 400})
		}
	}
	w.put("accuracies", "accuracy", accuracies.Schema, map[string]any{"subset": "test"}, func(o *artifacts.Writer) error {
		return artifacts.WriteTable(o, accuracies.Table, acc)
	})
}

func (w *world) profiles() {
	names := []string{"food-related", "artificial / hard", "electronic / technology", "animal-related", "course pattern", "paper-related / text-related"}
	var rows []profiles.Row
	for _, m := range []string{"control", "aligned"} {
		for _, s := range subjects {
			for _, l := range layers {
				for d := range w.dimensions {
					name := fmt.Sprintf("dimension %d", d+1)
					if d < len(names) {
						name = names[d]
					}
					planted := d%4 == 0
					diff := 0.01 * w.rng.NormFloat64()
					if planted && m == "aligned" {
						diff += 0.06
					}
					rows = append(rows, profiles.Row{
						Model: m, Trained: s, Layer: l, Dimension: name, Index: int32(d), Planted: planted, Plain: 0.1 + diff, Partial: 0.05 + diff, SemiPartial: nan,
						Base: 0.1, Difference: diff, CILow: diff - 0.03, CIHigh: diff + 0.03, PBootstrap: 0.2, PPermutation: 0.3, Images: 60,
					})
				}
			}
		}
	}
	w.put("profiles", "dimensions", profiles.Schema, map[string]any{"resamples": 1000, "permutations": 10000}, func(o *artifacts.Writer) error { return profiles.Write(o, rows) })
}

// images are discs of different colours.
func (w *world) images() {
	const side = 64
	var rows []stimuli.Image
	pixels := make([]uint8, 0, conditions*side*side*3)
	for i, name := range conditionNames() {
		rows = append(rows, stimuli.Image{Name: name, Subset: "test", Label: int32(i / 10)})
		for y := range side {
			for x := range side {
				c := [3]uint8{230, 230, 225}
				if (x-32)*(x-32)+(y-32)*(y-32) < (12+2*(i%10))*(12+2*(i%10)) {
					c = [3]uint8{uint8(40 * (i / 10)), uint8(20 * (i % 10)), uint8(255 - 40*(i/10))}
				}
				pixels = append(pixels, c[0], c[1], c[2])
			}
		}
	}
	w.put("stimuli", "stimuli", stimuli.Schema, map[string]any{"size": side}, func(o *artifacts.Writer) error {
		if err := artifacts.WriteTensor(o, stimuli.Tensor, []int{conditions, side, side, 3}, pixels); err != nil {
			return err
		}
		return artifacts.WriteTable(o, stimuli.ImagesTable, rows)
	})
}

// params of the report of the world.
func (w *world) params() report.Params {
	p := report.DefaultParams()
	p.Study, p.Title, p.About = "fixture", "A study that never was", "Rows of every kind, made for the tests of the report."
	p.Training = "shen2019"
	p.StudyJSON = json.RawMessage(`{"study":"fixture","seed":7,"subjects":["sub-01","sub-02","sub-03"],"data":{"fmri":{"dataset":"shen2019"},"eeg":{"dataset":"things-eeg2"}}}`)
	for _, m := range order {
		role := figures.Aligned
		switch m {
		case "base", "control", "shuffled":
			role = m
		}
		p.Models = append(p.Models, figures.Model{Label: m, Role: role, Beta: betas[m], Main: m == "aligned", Sweep: role == figures.Aligned})
	}
	p.Targets = subjects
	return p
}

// run makes the report of in and returns its artifact.
func run(t *testing.T, in map[string][]*artifacts.Artifact, p report.Params, workers int) *artifacts.Artifact {
	t.Helper()
	out, err := artifacts.Create(filepath.Join(t.TempDir(), "report"), report.Stage.Out)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Abort()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	env := &stage.Env{In: in, Out: out, Workers: workers, Log: zerolog.Nop(), Progress: func(int64, int64, string) {}}
	if err := report.Stage.Run(t.Context(), env, raw); err != nil {
		t.Fatal(err)
	}
	a, err := out.Commit(artifacts.Provenance{Stage: "report", Params: json.RawMessage("{}")})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
