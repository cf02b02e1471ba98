package command

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
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
		{ExitUsage, "want one of", []string{"--model", a, "--brain", a, "--method", "spear"}},
		{ExitUsage, "two-sided or greater", []string{"--model", a, "--brain", a, "--alternative", "less"}},
		{ExitUsage, "0 or more", []string{"--model", a, "--brain", a, "--permutations=-1"}},
		{ExitUsage, "--permutations 0", []string{"--model", a, "--brain", nan, "--omit-nan"}},
		{ExitUsage, "missing flags", []string{"--model", a}},
		{ExitFailed, "five.npy", []string{"--model", a, "--brain", five}},
		{ExitFailed, "", []string{"--model", a, "--brain", ten}},
		{ExitFailed, "constant", []string{"--model", a, "--brain", flat}},
		{ExitFailed, "not finite", []string{"--model", a, "--brain", nan}},
		{ExitFailed, "symmetric", []string{"--model", a, "--brain", skew}},
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
