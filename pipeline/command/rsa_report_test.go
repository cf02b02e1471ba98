package command

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/arrays"
)

// Features and patterns are compared through their RDMs, subjects and regions by the names
// of files; the values are those of the RDMs that `rdm` makes.
func TestRSAPatterns(t *testing.T) {
	f, at := readFixture(t), in(t)
	if err := os.Mkdir(at("brains"), 0o777); err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range f.Patterns {
		names = append(names, "im"+strconv.Itoa(i)+".png")
	}
	list := saveText(t, at("names.txt"), names...)
	model := saveRows(t, at("IT.npy"), f.Patterns)
	noise := normal[float64](1000)
	want := map[string]float64{}
	succeed(t, "rdm", "--in", model, "--names", list, "--out", at("model-rdm.npy"))
	for i, s := range []string{"S1", "S2"} {
		for k, roi := range []string{"V1", "LO"} {
			var rows [][]float64
			for n, row := range f.Patterns {
				rows = append(rows, slices.Clone(row))
				for j := range row {
					rows[n][j] += 0.5 * noise[(i*2+k)*200+n*len(row)+j]
				}
			}
			file := saveRows(t, at("brains/"+s+"_"+roi+".npy"), rows)
			succeed(t, "rdm", "--in", file, "--names", list, "--out", at("r.npy"))
			var r rsaReport
			decode(t, succeed(t, "rsa", "--model", at("model-rdm.npy"), "--brain", at("r.npy"), "--permutations", "0", "--json"), &r)
			want[s+roi] = r.Results[0].Value
		}
	}
	saveText(t, at("brains/readme.txt"), "not a pattern")
	args := []string{"rsa", "--model-features", "IT=" + model, "--brain-patterns", at("brains/{subject}_{roi}.npy"), "--names", list, "--permutations", "0"}
	var r rsaReport
	decode(t, succeed(t, append(args, "--json")...), &r)
	if len(r.Results) != 4 || len(r.Ceilings) != 2 || r.Ceilings[0].N != 2 {
		t.Fatalf("%+v", r)
	}
	for _, x := range r.Results {
		if x.Model != "IT" {
			t.Errorf("model %q", x.Model)
		}
		equal(t, x.Subject+x.ROI, []float64{x.Value}, []float64{want[x.Subject+x.ROI]}, 1e-12)
	}
	// The same arrays turned, conditions along the last axis.
	if err := os.Mkdir(at("turned"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"IT", "brains/S1_V1", "brains/S1_LO", "brains/S2_V1", "brains/S2_LO"} {
		turn(t, at(file+".npy"), at("turned/"+filepath.Base(file)+".npy"))
	}
	turned := []string{"rsa", "--model-features", "IT=" + at("turned/IT.npy"), "--brain-patterns", at("turned/{subject}_{roi}.npy"), "--names", list, "--permutations", "0"}
	var same rsaReport
	decode(t, succeed(t, append(turned, "--rows-axis=-1", "--json")...), &same)
	for i, x := range r.Results {
		equal(t, "turned "+x.Subject+x.ROI, []float64{same.Results[i].Value}, []float64{x.Value}, 0)
	}
	fail(t, ExitFailed, "--rows-axis=1", turned...)
	fail(t, ExitUsage, "there are none", "rsa", "--model", at("model-rdm.npy"), "--brain", at("r.npy"), "--rows-axis=1")
	fail(t, ExitFailed, "no file matches", "rsa", "--model-features", "IT="+model, "--brain-patterns", at("brains/{subject}_{roi}.mat"), "--names", list)
	fail(t, ExitUsage, "NAME=FILE", "rsa", "--model-features", model, "--brain-patterns", at("brains/{subject}_{roi}.npy"))
	fail(t, ExitUsage, "--model=RDM or", "rsa", "--brain-patterns", at("brains/{subject}_{roi}.npy"))
	fail(t, ExitUsage, "cross-validated", append(args, "--metric", "crossnobis")...)
}

// RDMs over time: the report has a time course with clusters over subjects, and the mean
// over a window; the numbers of each time are the command's.
func TestRSAReportOverTime(t *testing.T) {
	const n, times, subjects = 8, 12, 6
	at := in(t)
	t.Setenv("REALNET_STORE", at("store"))
	r := rand.New(rand.NewPCG(3, 4))
	model := make([]float64, n*(n-1)/2)
	for i := range model {
		model[i] = r.Float64()
	}
	args := []string{"rsa", "--model", save(t, at("animacy.npy"), []int{len(model)}, model), "--permutations", "0", "--seed", "1"}
	var seconds []string
	for k := range times {
		seconds = append(seconds, fmt.Sprint(float64(k)*0.05))
	}
	for s := range subjects {
		x := make([]float64, 0, times*len(model))
		for k := range times {
			for _, v := range model {
				signal := 0.0
				if k >= 4 && k < 8 { // 0.2 to 0.35 s
					signal = 3 * v
				}
				x = append(x, signal+r.Float64())
			}
		}
		args = append(args, "--brain", save(t, at(fmt.Sprintf("S%d.npy", s+1)), []int{times, len(model)}, x))
	}
	args = append(args, "--times", saveText(t, at("times.txt"), seconds...), "--report", at("report"), "--json")
	var report rsaReport
	decode(t, succeed(t, args...), &report)
	if len(report.Results) != subjects*times || report.Results[0].Subject != "S1" || *report.Results[1].Time != 0.05 {
		t.Fatalf("%d results, first %+v", len(report.Results), report.Results[0])
	}
	results, err := pipeline.ReadResults(at("report"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range results.Results {
		if strings.HasPrefix(e.Name, "eeg-cluster/animacy/over-zero/") && e.P != nil && *e.P < 0.05 && *e.Value > 0 {
			found = true
			if !strings.Contains(e.Text, "From 200 to 350 ms animacy is similar to the EEG.") {
				t.Errorf("%s: %s", e.Name, e.Text)
			}
		}
	}
	if !found {
		t.Error("no cluster of times")
	}
	if _, err := os.Stat(at("report/figures/timecourse-brains.svg")); err != nil {
		t.Error(err)
	}
	args[len(args)-4] = saveText(t, at("few.txt"), seconds[1:]...)
	fail(t, ExitFailed, "11 times for the 12 RDMs", args...)
}

// --report runs the study of the same RDMs: its table has the command's numbers, and its
// page is there.
func TestRSAReport(t *testing.T) {
	f, at := readFixture(t), in(t)
	t.Setenv("REALNET_STORE", at("store"))
	model, brain := save(t, at("model.npy"), []int{66}, f.Model), saveRows(t, at("brain.npy"), f.Brain)
	args := []string{"rsa", "--model", model, "--brain", brain, "--permutations", "100", "--seed", "3", "--report", at("report"), "--json"}
	for range 2 { // the same command again renews its own files
		var r rsaReport
		decode(t, succeed(t, args...), &r)
		type row struct {
			Model   string  `col:"model"`
			Subject string  `col:"subject"`
			Value   float64 `col:"value"`
			P       float64 `col:"p"`
		}
		rows, err := artifacts.ReadParquet[row](at("report/tables/similarities.parquet"))
		if err != nil || len(rows) != len(r.Results) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, x := range rows {
			if x.Model != "model" || x.Subject != r.Results[i].Subject {
				t.Errorf("%+v, want %+v", x, r.Results[i])
			}
			equal(t, x.Subject, []float64{x.Value, x.P}, []float64{r.Results[i].Value, float64(r.Results[i].P)}, 1e-12)
		}
		for _, file := range []string{"report/report.html", "report/results.json", "report.study/study.yaml"} {
			if _, err := os.Stat(at(file)); err != nil {
				t.Error(err)
			}
		}
	}
	if err := os.MkdirAll(at("mine.study"), 0o777); err != nil {
		t.Fatal(err)
	}
	fail(t, ExitFailed, "holds something else", append(args[:len(args)-2:len(args)-2], at("mine"))...)
}

// Unbiased linear CKA of patterns; numpy's value (stages/analysis/compare, cka_test.go).
func TestRSAOfPatternsByCKA(t *testing.T) {
	at := in(t)
	const n = 7
	var x, y [][]float64
	for i := range n {
		a, b := make([]float64, 5), make([]float64, 9)
		for j := range a {
			a[j] = math.Sin(float64(3*i + j*j))
		}
		for j := range b {
			b[j] = math.Cos(float64(2*i*(j+1))) + 0.5*math.Sin(float64(3*i+j*j))
		}
		x, y = append(x, a), append(y, b)
	}
	saveRows(t, at("x.npy"), x)
	saveRows(t, at("S1_V1.npy"), y)
	for _, args := range [][]string{
		{"--model", at("x.npy"), "--brain", at("S1_V1.npy")},
		{"--model-features", "IT=" + at("x.npy"), "--brain-patterns", at("{subject}_{roi}.npy")},
	} {
		var r rsaReport
		decode(t, succeed(t, append([]string{"rsa", "--method", "cka", "--permutations", "200", "--json"}, args...)...), &r)
		if len(r.Results) != 1 || math.Abs(r.Results[0].Value-0.030293816172280195) > 1e-12 || r.Results[0].Method != "cka" || !(float64(r.Results[0].P) > 0) {
			t.Errorf("%v: %+v", args, r.Results)
		}
	}
	fail(t, ExitUsage, "cka", "rsa", "--method", "cka", "--model", at("x.npy"), "--brain", at("S1_V1.npy"), "--intersect")
}

// A weighted sum of the two models that the brains are made of predicts subjects and
// conditions that it was not fitted on; its weights are those of the brains, and a mean
// has an interval over both.
func TestRSAOfGroups(t *testing.T) {
	at := in(t)
	const n, pairs = 12, 66
	a, b := make([]float64, pairs), make([]float64, pairs)
	brains := make([][]float64, 4)
	for i := range pairs {
		a[i], b[i] = 1+math.Sin(float64(i*i)), 1+math.Cos(float64(3*i))
		for s := range brains {
			brains[s] = append(brains[s], 3*a[i]+b[i]+0.2*math.Sin(float64(7*i+s*s)))
		}
	}
	args := []string{
		"rsa", "--model", save(t, at("a.npy"), []int{pairs}, a), "--model", save(t, at("b.npy"), []int{pairs}, b), "--brain", saveRows(t, at("brains.npy"), brains),
		"--method", "pearson", "--permutations", "0", "--json",
	}
	var r rsaReport
	decode(t, succeed(t, append(args, "--weighted", "3", "--bootstrap", "200")...), &r)
	if w := r.Weighted; w == nil || w.Value < 0.99 || len(w.Weights) != 2 || math.Abs(w.Weights[0]/w.Weights[1]-3) > 0.2 {
		t.Errorf("weighted %+v", w)
	}
	if len(r.Means) != 2 {
		t.Fatalf("%d means", len(r.Means))
	}
	for k, m := range r.Means {
		mean := 0.0
		for s := range brains {
			mean += r.Results[4*k+s].Value / 4
		}
		if math.Abs(m.Value-mean) > 1e-12 || m.N != 4 || !(m.CILow < m.Value && m.Value < m.CIHigh) || !(m.SE > 0) {
			t.Errorf("mean %+v, want %g", m, mean)
		}
	}
	fail(t, ExitUsage, "--weighted", append(args, "--weighted", "-1")...)
	fail(t, ExitUsage, "whitened-cosine has no interval", append(args, "--method", "whitened-cosine", "--bootstrap", "200")...)
	// Every draw of three conditions is the same three: an interval without width.
	three := []string{"rsa", "--model", save(t, at("model3.npy"), []int{3}, []float64{1, 2, 4}), "--brain", saveRows(t, at("brains3.npy"), [][]float64{{1, 3, 4}, {2, 3, 4}}), "--json", "--method", "pearson"}
	fail(t, ExitFailed, "at least 4", append(three, "--bootstrap", "200")...)
	fail(t, ExitFailed, "at least 4", append(args, "--weighted", "6")...)
}

// turn swaps the two axes of an array.
func turn(t *testing.T, from, to string) {
	t.Helper()
	a, err := arrays.Read(t.Context(), from, arrays.Options{Rows: 1})
	if err != nil {
		t.Fatal(err)
	}
	save(t, to, a.Shape, a.Float64())
}
