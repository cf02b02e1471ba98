package command

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/data/nifti"
	"realnet/data/realdata"
	"realnet/pipeline/arrays"
)

// Every metric that scipy has, to 1e-12; crossnobis by its definition.
func TestRDM(t *testing.T) {
	f, at := readFixture(t), in(t)
	x := saveRows(t, at("x.npy"), f.Patterns)
	for metric, want := range f.RDM {
		succeed(t, "rdm", "--in", x, "--metric", metric, "--format", "npy", "--out", at("o.npy"))
		equal(t, metric, load(t, at("o.npy")).Double, want, 1e-10)
	}
	var s summary
	decode(t, succeed(t, "rdm", "--in", x, "--square", "--format", "csv", "--out", at("o.csv"), "--json"), &s)
	square := load(t, at("o.csv"))
	if s.Conditions != 12 || s.Metric != "correlation" || square.Shape[0] != 12 || square.Double[1] != square.Double[12] {
		t.Errorf("%+v, shape %v", s, square.Shape)
	}
	cv := saveRows(t, at("cv.npy"), f.CV.Rows)
	folds := saveText(t, at("folds.txt"), "a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "c", "c")
	names := saveText(t, at("names.txt"), "1", "2", "3", "4", "1", "2", "3", "4", "1", "2", "3", "4")
	for _, more := range [][]string{{"--names", names}, nil} {
		succeed(t, append([]string{"rdm", "--in", cv, "--metric", "crossnobis", "--folds", folds, "--format", "npy", "--out", at("cv-out.npy")}, more...)...)
		equal(t, "crossnobis", load(t, at("cv-out.npy")).Double, f.CV.Crossnobis, 1e-10)
	}
	succeed(t, "rdm", "--in", x, "--metric", "euclidean", "--per-feature", "--format", "npy", "--out", at("o.npy"))
	want := make([]float64, len(f.RDM["sqeuclidean"]))
	for i, v := range f.RDM["sqeuclidean"] {
		want[i] = v / 7
	}
	equal(t, "per feature", load(t, at("o.npy")).Double, want, 1e-10)
}

func TestRDMArtifactAndParquet(t *testing.T) {
	f, at := readFixture(t), in(t)
	x := saveRows(t, at("x.npy"), f.Patterns)
	names := saveText(t, at("names.txt"), "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l")
	succeed(t, "rdm", "--in", x, "--names", names, "--out", at("rdm"))
	a, err := artifacts.Open(at("rdm"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rdms.Read(a)
	if err != nil || len(set.Rows) != 1 || set.Conditions[11] != "l" {
		t.Fatalf("%v %+v", err, set.Rows)
	}
	equal(t, "artifact", set.Values, f.RDM["correlation"], 1e-12)
	succeed(t, "rdm", "--in", x, "--names", names, "--format", "parquet", "--out", at("rdm.parquet"))
	if text, err := os.ReadFile(at("rdm.parquet")); err != nil || string(text[:4]) != "PAR1" {
		t.Errorf("no Parquet: %v", err)
	}
	// rows of one name are averaged
	half := saveText(t, at("half.txt"), "a", "a", "c", "c", "e", "e", "g", "g", "i", "i", "k", "k")
	succeed(t, "rdm", "--in", x, "--names", half, "--format", "npy", "--out", at("o.npy"))
	if got := load(t, at("o.npy")); got.Shape[0] != 15 {
		t.Errorf("6 conditions have 15 pairs, got %v", got.Shape)
	}
}

func TestRDMBadInput(t *testing.T) {
	f, at := readFixture(t), in(t)
	x, out := saveRows(t, at("x.npy"), f.Patterns), at("o.npy")
	one := saveRows(t, at("one.npy"), f.Patterns[:1])
	constant := saveRows(t, at("constant.npy"), [][]float64{{1, 2, 3}, {4, 4, 4}})
	nan := saveText(t, at("nan.csv"), "1,2,3", "4,NaN,6")
	ragged := saveText(t, at("ragged.csv"), "1,2,3", "4,5")
	three := saveText(t, at("three.txt"), "a", "b", "c")
	flat := save(t, at("flat.npy"), []int{4}, []float64{1, 2, 3, 4})
	to := []string{"--format", "npy", "--out", out}
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{ExitUsage, "want one of", []string{"--in", x, "--metric", "manhattan"}},
		{ExitUsage, "not cross-validated", []string{"--in", x, "--folds", three}},
		{ExitUsage, "give --folds", []string{"--in", x, "--metric", "crossnobis"}},
		{ExitUsage, "no noise covariance", []string{"--in", x, "--noise", "diag"}},
		{ExitUsage, `--noise: "loud"`, []string{"--in", x, "--metric", "mahalanobis", "--noise", "loud"}},
		{ExitFailed, "fewer than two conditions", []string{"--in", one}},
		{ExitFailed, "constant", []string{"--in", constant}},
		{ExitFailed, "not finite", []string{"--in", nan}},
		{ExitFailed, "ragged.csv", []string{"--in", ragged}},
		{ExitFailed, "3 names for 12 rows", []string{"--in", x, "--names", three}},
		{ExitFailed, "want conditions x features", []string{"--in", flat}},
		{ExitFailed, "no such file", []string{"--in", at("absent.npy")}},
		{ExitFailed, "unknown kind of file", []string{"--in", "rdm_test.go"}},
	} {
		fail(t, c.code, c.say, append(append([]string{"rdm"}, c.args...), to...)...)
	}
	fail(t, ExitUsage, "give --out", "rdm", "--in", x)
	fail(t, ExitUsage, "--format xlsx", "rdm", "--in", x, "--out", out, "--format", "xlsx")
	fail(t, ExitUsage, "missing flags", "rdm")
	fail(t, ExitFailed, "exist", "rdm", "--in", x, "--out", at(".")) // the folder of an artifact is there already
	if _, err := os.Stat(out); err == nil {
		t.Error("a refused input left a file")
	}
}

// Volumes of a NIfTI image in a mask give what the same matrix gives.
func TestRDMNIfTI(t *testing.T) {
	at := in(t)
	voxels := []float32{1, 5, 2, 8, 3, 1, 4, 7, 9, 2, 6, 5, 3, 3, 8, 1} // 2 x 2 x 1 x 4, x fastest
	if err := nifti.Write(at("b.nii.gz"), nifti.NewHeader([]int{2, 2, 1, 4}, [3]float64{1, 1, 1}, 2), voxels); err != nil {
		t.Fatal(err)
	}
	if err := nifti.Write(at("m.nii.gz"), nifti.NewHeader([]int{2, 2, 1}, [3]float64{1, 1, 1}, 0), []uint8{1, 0, 1, 1}); err != nil {
		t.Fatal(err)
	}
	x := saveRows(t, at("x.npy"), [][]float64{{1, 2, 8}, {3, 4, 7}, {9, 6, 5}, {3, 8, 1}})
	succeed(t, "rdm", "--in", at("b.nii.gz"), "--mask", at("m.nii.gz"), "--format", "npy", "--out", at("a.npy"))
	succeed(t, "rdm", "--in", x, "--format", "npy", "--out", at("b.npy"))
	equal(t, "NIfTI", load(t, at("a.npy")).Double, load(t, at("b.npy")).Double, 1e-6)
	fail(t, ExitFailed, "--mask", "rdm", "--in", at("b.nii.gz"), "--format", "npy", "--out", at("c.npy"))
}

// BData by a selection; which columns it names is tested in data/bdata.
func TestRDMBData(t *testing.T) {
	at := in(t)
	file := realdata.Path(t, "bdata", "sample_vmap.h5")
	fail(t, ExitFailed, "--select", "rdm", "--in", file, "--format", "npy", "--out", at("o.npy"))
	fail(t, ExitFailed, "NoSuchROI", "rdm", "--in", file, "--select", "NoSuchROI", "--format", "npy", "--out", at("o.npy"))
	a, err := arrays.Read(t.Context(), file, arrays.Options{Select: "Data"})
	if err != nil {
		t.Fatal(err)
	}
	succeed(t, "rdm", "--in", file, "--select", "Data", "--metric", "euclidean", "--format", "npy", "--out", at("o.npy"))
	if got := load(t, at("o.npy")); got.Shape[0] != a.Shape[0]*(a.Shape[0]-1)/2 {
		t.Errorf("%v pairs of %d samples", got.Shape, a.Shape[0])
	}
}

// Rows of one name come out in the order of first appearance, or as asked, and their names
// beside them.
func TestRDMOrder(t *testing.T) {
	at := in(t)
	x := saveRows(t, at("x.npy"), [][]float64{{1, 2, 4}, {9, 1, 3}, {3, 5, 1}, {1, 3, 4}})
	trials := saveText(t, at("trials.txt"), "b", "c", "a", "b")
	for order, want := range map[string]string{"first": "b\nc\na\n", "sorted": "a\nb\nc\n", saveText(t, at("mine.txt"), "c", "b", "a"): "c\nb\na\n"} {
		var s summary
		decode(t, succeed(t, "rdm", "--in", x, "--names", trials, "--metric", "euclidean", "--order", order, "--out", at("r.npy"), "--json"), &s)
		text, err := os.ReadFile(at("r.names.txt"))
		if err != nil || string(text) != want || s.Names != at("r.names.txt") || s.Order == "" || s.Format != "npy" {
			t.Errorf("%s: %q %v %+v", order, text, err, s)
		}
		// a and c are 9-3, 1-5, 3-1 apart
		names := strings.Fields(want)
		i, j := slices.Index(names, "a"), slices.Index(names, "c")
		r := load(t, at("r.npy")).Double
		equal(t, order, []float64{r[max(i, j)-1+min(i, j)]}, []float64{math.Sqrt(36 + 16 + 4)}, 1e-12)
	}
	if out := succeed(t, "rdm", "--in", x, "--names", trials, "--out", at("r.csv")); !strings.Contains(out, "first appearance") {
		t.Errorf("the order is not said: %s", out)
	}
	succeed(t, "rdm", "--in", x, "--out", at("r.npy"))
	if _, err := os.Stat(at("r.names.txt")); err == nil {
		t.Error("names of the array that was replaced are left")
	}
	fail(t, ExitFailed, "--order", "rdm", "--in", x, "--names", trials, "--order", saveText(t, at("wrong.txt"), "a", "b", "d"), "--out", at("r.npy"))
}

// RDMs of several regions come out as rows.
func TestRDMRegions(t *testing.T) {
	f, at := readFixture(t), in(t)
	x := saveRows(t, at("x.npy"), f.Patterns)
	for _, layer := range []string{"V1", "IT"} {
		succeed(t, "artifacts", "import", "--in", x, "--schema", "features", "--layer", layer, "--out", at(layer))
	}
	succeed(t, "rdm", "--in", at("V1"), "--out", at("v1.npy"))
	equal(t, "of an artifact", load(t, at("v1.npy")).Double, f.RDM["correlation"], 1e-6) // artifacts are float32
	fail(t, ExitFailed, `no layer "V9" (layers: [V1])`, "rdm", "--in", at("V1"), "--select", "V9", "--out", at("v9.npy"))
}

// Arrays whose rows are along another axis, such as betas of x, y, z and trials.
func TestRDMRowsAxis(t *testing.T) {
	f, at := readFixture(t), in(t)
	n, d := len(f.Patterns), len(f.Patterns[0])
	turned := make([]float64, 0, n*d)
	for j := range d {
		for i := range n {
			turned = append(turned, f.Patterns[i][j])
		}
	}
	x := save(t, at("x.npy"), []int{d, 1, n}, turned)
	for _, axis := range []string{"-1", "2"} {
		succeed(t, "rdm", "--in", x, "--rows-axis="+axis, "--out", at("r.npy"))
		equal(t, axis, load(t, at("r.npy")).Double, f.RDM["correlation"], 1e-12)
	}
	fail(t, ExitFailed, "no axis 3", "rdm", "--in", x, "--rows-axis", "3", "--out", at("r.npy"))
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	fail(t, ExitFailed, "axis 2 has 12: --rows-axis=2", "rdm", "--in", x, "--names", saveText(t, at("names.txt"), names...), "--out", at("r.npy"))
	// noise is 2 x 3 in MATLAB, 3 x 2 in its file of version 7.3.
	v73 := []string{"rdm", "--in", "../../data/matfile/testdata/v73.mat", "--select", "noise", "--metric", "euclidean", "--out", at("m.npy")}
	code, _, stderr := execute(t, v73...)
	if code != ExitOK || !strings.Contains(stderr, "MATLAB 7.3 stores axes the other way round") {
		t.Errorf("MATLAB 7.3: code %d, %s", code, stderr)
	}
	code, _, stderr = execute(t, append(v73, "--rows-axis=-1")...)
	if got := load(t, at("m.npy")).Float64(); code != ExitOK || strings.Contains(stderr, "MATLAB 7.3") || len(got) != 1 || math.Abs(got[0]-math.Sqrt(3)/7) > 1e-12 {
		t.Errorf("MATLAB 7.3 turned: code %d, %v, %s", code, got, stderr)
	}
}

// Bad input is an error that says where it is and what to do.
func TestBadPatterns(t *testing.T) {
	at := in(t)
	x := make([]float64, 8*5)
	for i := range x {
		x[i] = math.Sin(float64(i * i))
	}
	nan, dead := slices.Clone(x), slices.Clone(x)
	nan[3*5+1] = math.NaN()
	for i := range 5 {
		dead[2*5+i] = 1
	}
	out := at("r.npy")
	fail(t, ExitFailed, "condition 3 (\"condition-4\") has NaN at feature 1: value is not finite (leave that feature or condition out", "rdm", "--in", save(t, at("nan.npy"), []int{8, 5}, nan), "--out", out)
	file := save(t, at("dead.npy"), []int{8, 5}, dead)
	fail(t, ExitFailed, "is constant over all features, which has no correlation distance: constant pattern (leave the condition out, or take the metric euclidean)", "rdm", "--in", file, "--out", out)
	succeed(t, "rdm", "--in", file, "--metric", "euclidean", "--out", out)
	for i := range 8 { // a constant voxel tells nothing, and harms nothing
		x[i*5+2] = 3
	}
	file = save(t, at("x.npy"), []int{8, 5}, x)
	succeed(t, "rdm", "--in", file, "--out", out)
	fail(t, ExitFailed, "6 names for 8 rows", "rdm", "--in", file, "--names", saveText(t, at("six.txt"), strings.Fields("a b c d e f")...), "--out", out)
	// Duplicate conditions are averaged as rows of patterns, and refused as names of RDMs.
	twice := saveText(t, at("twice.txt"), strings.Fields("a a b b c c d d")...)
	if said := succeed(t, "rdm", "--in", file, "--names", twice, "--out", out); !strings.Contains(said, "of 4 conditions") {
		t.Errorf("rows of one name: %s", said)
	}
	succeed(t, "rdm", "--in", file, "--out", out)
	fail(t, ExitFailed, `conditions 0 and 1 are both named "a"`, "rsa", "--model", out, "--brain", out, "--names", twice, "--permutations", "0")
}
