package command

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

// The values are scikit-learn's (ci/reference/encoding.py), by file, joined by name in
// another order, and as means of two repetitions.
func TestEncode(t *testing.T) {
	text, err := os.ReadFile("../../stages/analysis/encoding/testdata/ridge.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Alphas []float64
		Cases  []struct {
			Bands    [][][]float64
			Y        [][]float64
			R, Alpha []float64
		}
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	c, at := f.Cases[0], in(t)
	x := saveRows(t, at("x.npy"), c.Bands[0])
	y := saveRows(t, at("y.npy"), c.Y)
	list := fmt.Sprint(f.Alphas[0])
	for _, a := range f.Alphas[1:] {
		list += fmt.Sprintf(",%g", a)
	}
	var s encodeSummary
	decode(t, succeed(t, "encode", "--features", x, "--responses", y, "--alphas", list, "--format", "npy", "--out", at("out"), "--json"), &s)
	equal(t, "r", load(t, at("out/r.npy")).Float64(), c.R, 1e-9)
	equal(t, "alpha", load(t, at("out/alpha.npy")).Float64(), c.Alpha, 0)
	if s.Rows != 40 || s.Responses != 4 || s.Features[0] != 90 || s.R.N != 4 || s.Ceiling != nil {
		t.Errorf("%+v", s)
	}

	// Responses twice, with noise that their mean does not have, and features backwards.
	var twice [][]float64
	var names, turned []string
	backwards := slices.Clone(c.Bands[0])
	slices.Reverse(backwards)
	for _, sign := range []float64{1, -1} {
		for i, row := range c.Y {
			noisy := make([]float64, len(row))
			for k, v := range row {
				noisy[k] = v + sign*float64(1+(i*7+k)%5)
			}
			twice, names = append(twice, noisy), append(names, fmt.Sprintf("image %d", i))
		}
	}
	for i := range backwards {
		turned = append(turned, names[len(backwards)-1-i])
	}
	saveText(t, at("names.txt"), names...)
	saveText(t, at("turned.txt"), turned...)
	s = encodeSummary{}
	decode(t, succeed(t, "encode", "--features", saveRows(t, at("b.npy"), backwards), "--feature-names", at("turned.txt"),
		"--responses", saveRows(t, at("twice.npy"), twice), "--response-names", at("names.txt"), "--alphas", list, "--out", at("twice"), "--json"), &s)
	r, ceiling, normed := load(t, at("twice/r.npy")).Float64(), load(t, at("twice/ceiling.npy")).Float64(), load(t, at("twice/r_normalised.npy")).Float64()
	equal(t, "r of means", r, c.R, 1e-9)
	for k, v := range ceiling {
		if !(v > 0.5 && v < 1) || math.Abs(normed[k]-r[k]/v) > 1e-12 {
			t.Errorf("response %d: r %g, ceiling %g, normalised %g", k, r[k], v, normed[k])
		}
	}

	succeed(t, "encode", "--features", x, "--features", x, "--responses", y, "--banded", "--candidates", "3", "--unique", "--alphas", "1:100:3", "--out", at("banded"))
	if u := load(t, at("banded/unique.npy")); len(u.Shape) != 2 || u.Shape[0] != 2 || u.Shape[1] != 4 {
		t.Errorf("unique shares of shape %v", u.Shape)
	}
	short := saveRows(t, at("short.npy"), c.Y[:20])
	for _, bad := range []struct {
		code int
		say  string
		args []string
	}{
		{ExitUsage, "--alphas", []string{"--features", x, "--responses", y, "--alphas", "0:1:3"}},
		{ExitUsage, "--banded", []string{"--features", x, "--responses", y, "--banded"}},
		{ExitFailed, "names of both", []string{"--features", x, "--responses", short}},
		{ExitFailed, "0 of 40 names", []string{"--features", x, "--feature-names", at("out.txt"), "--responses", saveRows(t, at("y2.npy"), c.Y), "--response-names", at("turned.txt")}},
		{ExitFailed, "at least 3", []string{"--features", x, "--responses", y, "--folds", "20"}},
	} {
		other := make([]string, 40)
		for i := range other {
			other[i] = fmt.Sprint("picture ", i)
		}
		saveText(t, at("out.txt"), other...)
		fail(t, bad.code, bad.say, append([]string{"encode"}, bad.args...)...)
	}
}
