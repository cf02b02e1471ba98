package command

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/data/array"
	"realnet/data/safetensors"
)

// namedTable writes rows that are named, in an order.
func namedTable(t *testing.T, path, header string, order []int, rows [][]float64) string {
	t.Helper()
	lines := []string{header}
	for _, i := range order {
		lines = append(lines, fmt.Sprintf("im%d,%s", i, strings.Trim(strings.ReplaceAll(fmt.Sprintf("%.6f", rows[i]), " ", ","), "[]")))
	}
	return saveText(t, path, lines...)
}

// wave is rows of which no two are alike.
func wave(rows, columns int, phase float64) [][]float64 {
	out := make([][]float64, rows)
	for i := range out {
		for j := range columns {
			out[i] = append(out[i], math.Round(1e6*math.Sin(float64(i*i)/3+float64(j)*phase+float64(i*j)))/1e6)
		}
	}
	return out
}

// A list of names is for files without: a file that names its rows keeps its names, whatever
// the order of the list.
func TestNamesOfFileWin(t *testing.T) {
	at := in(t)
	if err := os.Mkdir(at("brains"), 0o777); err != nil {
		t.Fatal(err)
	}
	features, responses := wave(12, 5, 0.7), wave(12, 4, 1.3)
	straight, turned := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, []int{4, 0, 5, 2, 11, 1, 3, 9, 7, 10, 8, 6}
	x := saveRows(t, at("x.npy"), features)
	list := func(name, end string, last int) string {
		lines := make([]string, len(straight))
		for i := range lines {
			lines[i] = fmt.Sprintf("im%d%s", i, end)
		}
		lines[11] = fmt.Sprintf("im%d%s", last, end)
		return saveText(t, at(name), lines...)
	}
	names, jpg, other := list("names.txt", "", 11), list("jpg.txt", ".jpg", 11), list("other.txt", "", 99)
	saveRows(t, at("brains/plain_V1.npy"), responses)
	value := func(args ...string) float64 {
		t.Helper()
		var r rsaReport
		decode(t, succeed(t, append([]string{"rsa", "--permutations", "0", "--json"}, args...)...), &r)
		return r.Results[0].Value
	}
	want := value("--model-features", "x="+x, "--brain-patterns", at("brains/{subject}_{roi}.npy"), "--names", names)
	brain := namedTable(t, at("brains/named_V1.csv"), "stimulus,0,1,2,3", turned, responses) // a header of pandas
	for _, list := range []string{names, jpg} {
		equal(t, "patterns", []float64{value("--model-features", "x="+x, "--brain-patterns", at("brains/{subject}_{roi}.csv"), "--names", list)}, []float64{want}, 1e-9)
	}
	fail(t, ExitFailed, "11 of its 12 names", "rsa", "--model-features", "x="+x, "--brain-patterns", at("brains/{subject}_{roi}.csv"), "--names", other)

	// RDMs, with their names beside them
	succeed(t, "rdm", "--in", brain, "--format", "npy", "--out", at("b.npy"))
	succeed(t, "rdm", "--in", x, "--format", "npy", "--out", at("m.npy"))
	equal(t, "RDMs", []float64{value("--model", at("m.npy"), "--brain", at("b.npy"), "--names", names)}, []float64{want}, 1e-9)

	// encoding
	plain := saveRows(t, at("y.npy"), responses)
	encode := func(args ...string) float64 {
		t.Helper()
		var s encodeSummary
		decode(t, succeed(t, append([]string{"encode", "--folds", "3", "--inner", "2", "--json", "--features"}, args...)...), &s)
		return float64(s.R.Mean)
	}
	same := encode(x, "--responses", namedTable(t, at("y.csv"), "stimulus,a,b,c,d", straight, responses), "--names", names)
	equal(t, "encode without names", []float64{encode(x, "--responses", plain)}, []float64{same}, 1e-9)
	z := namedTable(t, at("z.csv"), "stimulus,a,b,c,d,e", turned, features) // the responses decide the order
	equal(t, "encode", []float64{encode(z, "--responses", plain, "--names", names)}, []float64{same}, 1e-6)
	fail(t, ExitFailed, "give --response-names", "encode", "--features", z, "--responses", plain)
	fail(t, ExitFailed, "give --feature-names", "encode", "--features", x, "--responses", at("y.csv"))

	// artifacts
	for i, args := range [][]string{{}, {"--names", names}} {
		out := at(fmt.Sprint("features", i))
		succeed(t, append([]string{"artifacts", "import", "--in", z, "--schema", "features", "--layer", "z", "--out", out}, args...)...)
		succeed(t, "artifacts", "export", out, "--out", out+".files")
		text, err := os.ReadFile(filepath.Join(out+".files", "names.txt"))
		if err != nil || !strings.HasPrefix(string(text), "im4\nim0\nim5\n") {
			t.Errorf("names of the artifact: %q, %v", text, err)
		}
	}
	rows := saveText(t, at("rows.csv"), "condition,run", "im0,1", "im1,1", "im2,1", "im3,1", "im4,1", "im5,1", "im6,1", "im7,1", "im8,1", "im9,1", "im10,1", "im11,1")
	fail(t, ExitFailed, "in another order", "artifacts", "import", "--in", z, "--schema", "patterns", "--rows", rows, "--out", at("patterns"))
}

// Without names, nothing says which conditions two RDMs of other sizes share.
func TestIntersectNeedsNames(t *testing.T) {
	at := in(t)
	m := save(t, at("m.npy"), []int{10}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	b := save(t, at("b.npy"), []int{6}, []float64{1, 3, 2, 4, 6, 5})
	for _, more := range [][]string{nil, {"--intersect"}} {
		fail(t, ExitFailed, "neither names them", append([]string{"rsa", "--model", m, "--brain", b, "--permutations", "0"}, more...)...)
	}
}

// Files of one name in a folder for each subject are of different subjects.
func TestRSAFilesOfOneName(t *testing.T) {
	at := in(t)
	m := save(t, at("m.npy"), []int{6}, []float64{1, 2, 3, 4, 5, 6})
	args, plain := []string{"rsa", "--model", m, "--permutations", "0", "--json"}, []string{"rsa", "--model", m, "--permutations", "0", "--json"}
	for i, values := range [][]float64{{1, 3, 2, 4, 6, 5}, {2, 1, 3, 5, 4, 6}, {1, 2, 4, 3, 6, 5}} {
		folder := at(fmt.Sprintf("S%d/left", i))
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--brain", save(t, filepath.Join(folder, "V1.npy"), []int{6}, values))
		plain = append(plain, "--brain", save(t, at(fmt.Sprintf("V%d.npy", i)), []int{6}, values))
	}
	var got, want rsaReport
	decode(t, succeed(t, args...), &got)
	decode(t, succeed(t, plain...), &want)
	if got.Ceiling == nil || *got.Ceiling != *want.Ceiling || got.Results[1].Brain != "S1/left/V1" {
		t.Errorf("%+v, want the ceiling %+v", got, want.Ceiling)
	}
	succeed(t, append(args, "--report", at("report"))...)
}

// Rows of both files are paired by the names of the subjects; scipy.stats.ttest_rel of the
// pairs (1.1, 0.4), (0.7, 0.9), (1.9, 1.0), (1.3, 0.2) is t 2.1787, p 0.1175.
func TestStatsPairsByName(t *testing.T) {
	at := in(t)
	a := saveText(t, at("a.csv"), "subject,V1", "S1,1.1", "S2,0.7", "S3,1.9", "S4,1.3")
	b := saveText(t, at("b.csv"), "subject,V1", "S4,0.2", "S2,0.9", "S1,0.4", "S3,1.0")
	var r statsReport
	decode(t, succeed(t, "stats", "--in", a, "--paired", b, "--test", "ttest", "--json"), &r)
	equal(t, "t", r.Statistic, []float64{2.178723351652975}, 1e-10)
	equal(t, "p", r.P, []float64{0.11748968405694843}, 1e-10)
	succeed(t, "stats", "--in", a, "--paired", b, "--test", "neurora", "--permutations", "20")
	long := saveText(t, at("long.csv"), "subject,time,value", "1,0,0.5", "1,1,0.25", "2,0,0.5", "2,1,0.75")
	fail(t, ExitFailed, `2 of 4 rows are called "1"`, "stats", "--in", long, "--test", "ttest")
	c := saveText(t, at("c.csv"), "subject,V1", "S4,0.2", "S2,0.9", "S1,0.4", "S5,1.0")
	fail(t, ExitFailed, `there is no "S5"`, "stats", "--in", a, "--paired", c, "--test", "ttest")
}

// Of a file of several layers, --model-features NAME=FILE takes the one of that name.
func TestRSALayersOfOneFile(t *testing.T) {
	at := in(t)
	layers := map[string][][]float64{"V1": wave(6, 5, 0.7), "IT": wave(6, 7, 1.9)}
	var both []array.Named
	plain := []string{"rsa", "--brain-patterns", at("{subject}_brain.npy"), "--permutations", "0", "--json"}
	args := slices.Clone(plain)
	saveRows(t, at("S1_brain.npy"), wave(6, 4, 1.3))
	for _, name := range []string{"V1", "IT"} {
		both = append(both, array.Named{Name: name, Array: array.Of([]int{6, len(layers[name][0])}, slices.Concat(layers[name]...))})
		plain = append(plain, "--model-features", name+"="+saveRows(t, at(name+".npy"), layers[name]))
		args = append(args, "--model-features", name+"="+at("both.safetensors"))
	}
	if err := safetensors.WriteFile(at("both.safetensors"), both, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := succeed(t, args...), succeed(t, plain...); got != want {
		t.Errorf("%s, one by one %s", got, want)
	}
	fail(t, ExitFailed, "which array?", "rsa", "--brain-patterns", at("{subject}_brain.npy"), "--permutations", "0", "--model-features", "V4="+at("both.safetensors"))
}

// What is of the same subject and region, or of the same model, does not count twice.
func TestRSACountsOnce(t *testing.T) {
	at := in(t)
	x := saveRows(t, at("x.npy"), wave(6, 5, 0.7))
	for i, folder := range []string{"ses-1", "ses-2"} {
		if err := os.Mkdir(at(folder), 0o777); err != nil {
			t.Fatal(err)
		}
		saveRows(t, at(folder+"/S1_V1.npy"), wave(6, 4, 1.3+float64(i)))
	}
	args := []string{"rsa", "--permutations", "0", "--json", "--model-features", "x=" + x}
	fail(t, ExitFailed, "{session}", append(args, "--brain-patterns", at("*/{subject}_{roi}.npy"))...)
	fail(t, ExitFailed, "both are of model x", append(args, "--model-features", "x="+at("ses-1/S1_V1.npy"), "--brain-patterns", at("ses-1/{subject}_{roi}.npy"))...)
	var one, two rsaReport // of the mark, and of two patterns
	decode(t, succeed(t, append(args, "--brain-patterns", at("ses-{session}/{subject}_{roi}.npy"))...), &one)
	if len(one.Results) != 2 || one.Results[0].Value == one.Results[1].Value {
		t.Errorf("sessions: %+v", one.Results)
	}
	saveRows(t, at("ses-2/S2_V1.npy"), wave(6, 4, 2.9))
	decode(t, succeed(t, append(args, "--brain-patterns", at("ses-1/{subject}_{roi}.npy"), "--brain-patterns", at("ses-2/{subject}2_{roi}.npy"))...), &two)
	if len(two.Results) != 2 || two.Results[1].Subject != "S" {
		t.Errorf("two patterns: %+v", two.Results)
	}
}
