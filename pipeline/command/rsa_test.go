package command

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
)

// Similarities are scipy's, and the noise ceiling follows its definition.
func TestRSA(t *testing.T) {
	f, at := readFixture(t), in(t)
	model, brain := save(t, at("model.npy"), []int{66}, f.Model), saveRows(t, at("brain.npy"), f.Brain)
	for method, want := range f.RSA {
		var r rsaReport
		decode(t, succeed(t, "rsa", "--model", model, "--brain", brain, "--method", method, "--permutations", "0", "--json"), &r)
		var got []float64
		for _, row := range r.Results {
			got = append(got, row.Value)
			if row.Method != method || row.Permutations != 0 || row.Exact || row.Alternative != "two-sided" {
				t.Errorf("%+v", row)
			}
		}
		equal(t, method, got, want, 1e-10)
		if method == "spearman" {
			equal(t, "ceiling", []float64{r.Ceiling.Lower, r.Ceiling.Upper}, []float64{f.Ceiling["lower"], f.Ceiling["upper"]}, 1e-10)
		}
	}
	out := succeed(t, "rsa", "--model", model, "--brain", model, "--permutations", "0", "--json")
	for _, want := range []string{`"p": null`, `"ceiling": null`, `"value": 1`} { // identical RDMs have similarity 1
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}

// All three forms of an RDM are one RDM, and p does not depend on the workers.
func TestRSAForms(t *testing.T) {
	f, at := readFixture(t), in(t)
	condensed := save(t, at("condensed.npy"), []int{66}, f.Model)
	square := make([]float64, 144)
	k := 0
	for i := range 12 {
		for j := i + 1; j < 12; j++ {
			square[i*12+j], square[j*12+i] = f.Model[k], f.Model[k]
			k++
		}
	}
	one, many := save(t, at("square.npy"), []int{12, 12}, square), save(t, at("many.npy"), []int{2, 12, 12}, slices.Concat(square, square))
	brain := saveRows(t, at("brain.npy"), f.Brain[:1])
	var first string
	for _, model := range []string{condensed, one} {
		for _, workers := range []string{"1", "2"} {
			out := succeed(t, "rsa", "--model", model, "--brain", brain, "--permutations", "500", "--seed", "3", "--workers", workers, "--json")
			out = strings.ReplaceAll(out, `"square"`, `"condensed"`)
			if first == "" {
				first = out
			} else if out != first {
				t.Errorf("%s with %s workers: %s\nbefore: %s", model, workers, out, first)
			}
		}
	}
	var r rsaReport
	decode(t, succeed(t, "rsa", "--model", many, "--brain", brain, "--permutations", "100", "--json"), &r)
	if len(r.Results) != 2 || r.Results[0].Value != r.Results[1].Value || r.Results[1].Model != "many[1]" {
		t.Errorf("%+v", r.Results)
	}
}

// Four conditions have 24 permutations: all are taken, p is a multiple of 1/24.
func TestRSAExact(t *testing.T) {
	at := in(t)
	a := save(t, at("a.npy"), []int{6}, []float64{1, 2, 3, 4, 5, 6})
	b := save(t, at("b.npy"), []int{6}, []float64{1, 3, 2, 4, 6, 5})
	var r rsaReport
	decode(t, succeed(t, "rsa", "--model", a, "--brain", b, "--permutations", "1000", "--alternative", "greater", "--json"), &r)
	got := r.Results[0]
	if !got.Exact || got.Permutations != 24 || math.Abs(float64(got.P)*24-math.Round(float64(got.P)*24)) > 1e-9 || got.Alternative != "greater" {
		t.Errorf("%+v", got)
	}
	if p := 24 * float64(got.P); p < 1 {
		t.Errorf("p = %v is smaller than 1/24", got.P)
	}
}

// Conditions are matched by name, never by place.
func TestRSANames(t *testing.T) {
	at := in(t)
	a := save(t, at("a.npy"), []int{3}, []float64{1, 2, 3})    // ab ac bc
	b := save(t, at("b.npy"), []int{3}, []float64{30, 10, 20}) // in the order c b a: cb ca ba
	abc, cba := saveText(t, at("abc.txt"), "a", "b", "c"), saveText(t, at("cba.txt"), "c", "b", "a")
	abd := saveText(t, at("abd.txt"), "a", "b", "d")
	var r rsaReport
	// b's cb=30 ca=10 ba=20 becomes ab=20 ac=10 bc=30: ranks 2 1 3 against 1 2 3
	decode(t, succeed(t, "rsa", "--model", a, "--brain", b, "--model-names", abc, "--brain-names", cba, "--permutations", "0", "--json"), &r)
	equal(t, "by name", []float64{r.Results[0].Value}, []float64{0.5}, 1e-12)
	fail(t, ExitFailed, "do not match", "rsa", "--model", a, "--brain", b, "--model-names", abc, "--brain-names", abd)
	fail(t, ExitFailed, "give --names", "rsa", "--model", a, "--brain", b, "--model-names", abc)
	fail(t, ExitUsage, "give it alone", "rsa", "--model", a, "--brain", b, "--names", abc, "--brain-names", abd)
}

func TestRSABadInput(t *testing.T) {
	at := in(t)
	a := save(t, at("a.npy"), []int{6}, []float64{1, 2, 3, 4, 5, 6})
	five := save(t, at("five.npy"), []int{5}, []float64{1, 2, 3, 4, 5})
	ten := save(t, at("ten.npy"), []int{10}, make([]float64, 10))
	flat := save(t, at("flat.npy"), []int{6}, []float64{1, 1, 1, 1, 1, 1})
	nan := save(t, at("nan.npy"), []int{6}, []float64{1, math.NaN(), 3, 4, 5, 6})
	skew := save(t, at("skew.npy"), []int{4, 4}, []float64{0, 1, 2, 3, 9, 0, 1, 2, 9, 9, 0, 1, 9, 9, 9, 0})
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{ExitUsage, "is none of", []string{"--model", a, "--brain", a, "--method", "spear"}},
		{ExitUsage, `neither "two-sided" nor "greater"`, []string{"--model", a, "--brain", a, "--alternative", "less"}},
		{ExitUsage, "is not within 0 and", []string{"--model", a, "--brain", a, "--permutations=-1"}},
		{ExitUsage, "--permutations 0", []string{"--model", a, "--brain", nan, "--omit-nan"}},
		{ExitUsage, "missing flags", []string{"--model", a}},
		{ExitFailed, "five.npy", []string{"--model", a, "--brain", five}},
		{ExitFailed, "", []string{"--model", a, "--brain", ten}},
		{ExitFailed, "constant", []string{"--model", a, "--brain", flat}},
		{ExitFailed, "--omit-nan --permutations 0", []string{"--model", a, "--brain", nan}},
		{ExitFailed, "its transpose", []string{"--model", a, "--brain", skew}},
		{ExitFailed, "name the files in it", []string{"--model", a, "--brain", filepath.Dir(a)}},
		{ExitFailed, "there is no folder", []string{"--model", a, "--brain-patterns", at("absent/{subject}.npy")}},
		{ExitFailed, "no such file", []string{"--model", a, "--brain", at("absent.npy")}},
	} {
		fail(t, c.code, c.say, append([]string{"rsa"}, c.args...)...)
	}
	var r rsaReport
	decode(t, succeed(t, "rsa", "--model", a, "--brain", nan, "--omit-nan", "--permutations", "0", "--json"), &r)
	equal(t, "without the gap", []float64{r.Results[0].Value}, []float64{1}, 1e-12)

	// Brains without a noise ceiling, with a gap or opposite, are compared all the same.
	turned := save(t, at("turned.npy"), []int{6}, []float64{6, 5, 4, 3, 2, 1})
	rising := save(t, at("rising.npy"), []int{6}, []float64{1, 2, 3, 4, 5, 6})
	for _, args := range [][]string{
		{"--brain", nan, "--brain", nan, "--omit-nan", "--permutations", "0"},
		{"--model", rising, "--brain", rising, "--brain", turned, "--permutations", "24"},
	} {
		args = append([]string{"rsa", "--model", a, "--json"}, args...)
		if out := succeed(t, args...); !strings.Contains(out, `"ceiling": null`) {
			t.Errorf("%v: %s", args, out)
		}
	}
}

// The results are a table, and an artifact that the stats stage takes.
func TestRSAOut(t *testing.T) {
	f, at := readFixture(t), in(t)
	model, brain := save(t, at("model.npy"), []int{66}, f.Model), saveRows(t, at("brain.npy"), f.Brain)
	succeed(t, "rsa", "--model", model, "--brain", brain, "--permutations", "50", "--format", "csv", "--out", at("s.csv"))
	text, err := os.ReadFile(at("s.csv"))
	if err != nil || strings.Count(string(text), "\n") != 4 {
		t.Errorf("%v: %s", err, text)
	}
	succeed(t, "rsa", "--model", model, "--brain", brain, "--permutations", "50", "--out", at("s"))
	var m struct{ Schema struct{ Name string } }
	if err := json.Unmarshal([]byte(succeed(t, "artifacts", "show", at("s"))), &m); err != nil || m.Schema.Name != "similarities" {
		t.Errorf("%v %+v", err, m)
	}
}

// One RDM in the forms that people have, in another order where the form has names: one
// similarity, scipy's (ci/reference/rdm_forms.py).
func TestRSAFileForms(t *testing.T) {
	const dir = "testdata/rdms/"
	text, err := os.ReadFile(dir + "expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Spearman               float64
		Subjects, Times, Movie []float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{
		"condensed.npy", "square.npy", "square.npz", "mne_rsa.npy", "square.mat", "condensed.mat", "turned_pandas.csv", "turned_pandas.parquet", "turned_rsatoolbox.h5",
	} {
		var r rsaReport
		decode(t, succeed(t, "rsa", "--model", dir+"model.npy", "--brain", dir+form, "--permutations", "0", "--json"), &r)
		equal(t, form, []float64{r.Results[0].Value}, []float64{want.Spearman}, 1e-12)
	}
	var r rsaReport
	decode(t, succeed(t, "rsa", "--model", dir+"model.npy", "--brain", dir+"subjects_rsatoolbox.h5", "--permutations", "0", "--json"), &r)
	var got []float64
	for i, x := range r.Results {
		if want := fmt.Sprintf("S%d %s", i%3+1, []string{"V1", "IT"}[i/3]); x.Subject+" "+x.ROI != want {
			t.Errorf("RDM %d of rsatoolbox is of %s %s, want %s", i, x.Subject, x.ROI, want)
		}
		got = append(got, x.Value)
	}
	equal(t, "subjects", got, want.Subjects, 1e-12)
	if len(r.Ceilings) != 2 || r.Ceilings[0].N != 3 {
		t.Errorf("ceilings %+v", r.Ceilings)
	}
	r = rsaReport{}
	decode(t, succeed(t, "rsa", "--model", dir+"model.npy", "--brain", dir+"movie_rsatoolbox.h5", "--permutations", "0", "--json"), &r)
	got = nil
	for i, x := range r.Results {
		if x.Time == nil || *x.Time != want.Times[i] || x.Subject != "S1" {
			t.Errorf("RDM %d of a movie: %+v", i, x)
		}
		got = append(got, x.Value)
	}
	equal(t, "movie", got, want.Movie, 1e-12)
}

// The noise ceiling is that of each region, not of all RDMs together.
func TestRSACeilings(t *testing.T) {
	at := in(t)
	const conditions = 6
	pairs := rdms.Pairs(conditions)
	set := rdms.Set{}
	for c := range conditions {
		set.Conditions = append(set.Conditions, "c"+strconv.Itoa(c))
	}
	want := map[string]*compare.Bounds{}
	noise := normal[float64](6 * pairs)
	for i, roi := range []string{"V1", "LO"} {
		var list []*rdm.RDM
		for s := range 3 {
			values := make([]float64, pairs)
			for k := range values {
				values[k] = float64((k*(7+4*i))%pairs) + 3 + noise[(3*i+s)*pairs+k] // each region has its own geometry
			}
			r, err := rdm.New("", values, set.Conditions)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, r)
			set.Rows = append(set.Rows, rdms.Row{Kind: "fmri", Subject: "S" + strconv.Itoa(s), ROI: roi, Time: math.NaN()})
			set.Values = append(set.Values, values...)
		}
		var err error
		if want[roi], err = compare.Ceiling(list, []string{"S0", "S1", "S2"}, compare.DefaultOptions()); err != nil {
			t.Fatal(err)
		}
	}
	w, err := artifacts.Create(at("brains"), rdms.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := rdms.Write(w, set); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(artifacts.Provenance{Stage: "test"}); err != nil {
		t.Fatal(err)
	}
	model := save(t, at("m.npy"), []int{pairs}, noise[:pairs])
	names := saveText(t, at("n.txt"), set.Conditions...)
	args := []string{"rsa", "--model", model, "--brain", at("brains"), "--model-names", names, "--permutations", "0"}
	var r rsaReport
	decode(t, succeed(t, append(args, "--json")...), &r)
	if len(r.Results) != 6 || len(r.Ceilings) != 2 || r.Ceiling != nil {
		t.Fatalf("%+v", r)
	}
	for _, c := range r.Ceilings {
		equal(t, c.ROI, []float64{float64(c.Lower), float64(c.Upper), float64(c.N)}, []float64{want[c.ROI].Lower, want[c.ROI].Upper, 3}, 1e-12)
	}
	if out := succeed(t, args...); !strings.Contains(out, "fmri V1, 3 subjects") || strings.Contains(out, "NaN") {
		t.Errorf("%s", out)
	}
}

// No command refuses what another of ours wrote, and names join them.
func TestRSAOfRDM(t *testing.T) {
	f, at := readFixture(t), in(t)
	x := saveRows(t, at("x.npy"), f.Patterns)
	var names, files []string
	for i := range f.Patterns {
		names, files = append(names, "img"+strconv.Itoa(i)), append(files, "img"+strconv.Itoa(i)+".jpg")
	}
	trials := saveText(t, at("trials.txt"), names...)
	reversed := slices.Clone(names)
	slices.Reverse(reversed)
	succeed(t, "rdm", "--in", x, "--names", trials, "--out", at("a.npy"))
	succeed(t, "rdm", "--in", x, "--names", trials, "--order", saveText(t, at("reversed.txt"), reversed...), "--out", at("b.npy"))
	succeed(t, "rdm", "--in", x, "--names", saveText(t, at("files.txt"), files...), "--out", at("c.parquet"))
	succeed(t, "rdm", "--in", x, "--names", trials, "--out", at("d"))
	succeed(t, "rdm", "--in", x, "--names", trials, "--square", "--out", at("e.csv"))
	succeed(t, "rdm", "--in", x, "--out", at("f.npy")) // without names, in the same order
	for _, brain := range []string{"b.npy", "c.parquet", "d", "e.csv", "f.npy"} {
		var r rsaReport
		decode(t, succeed(t, "rsa", "--model", at("a.npy"), "--brain", at(brain), "--permutations", "0", "--json"), &r)
		equal(t, brain, []float64{r.Results[0].Value}, []float64{1}, 1e-12)
	}
	other := saveText(t, at("other.txt"), "ing0", "img1", "img2", "img3", "img4", "img5", "img6", "img7", "img8", "img9", "img10", "img11")
	args := []string{"rsa", "--model", at("a.npy"), "--brain", at("f.npy"), "--brain-names", other, "--model-names", trials, "--permutations", "0"}
	fail(t, ExitFailed, `no "ing0", the nearest is "img0"`, args...)
	var r rsaReport
	decode(t, succeed(t, append(args, "--intersect", "--json")...), &r)
	if r.Results[0].Conditions != 11 {
		t.Errorf("%+v", r.Results[0])
	}
	similar := save(t, at("s.npy"), []int{2, 2}, []float64{1, 0.5, 0.5, 1})
	fail(t, ExitFailed, "looks like a similarity matrix", "rsa", "--model", similar, "--brain", similar)
}
