package command

import (
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/data/array"
	"realnet/data/npy"
	"realnet/stages/analysis/decoding"
)

// eeg is conditions x repetitions x channels x time in which the first
// condition stands out from the third sample on.
func eeg() ([]int, []float64) {
	shape := []int{4, 20, 5, 6}
	values := normal[float64](4 * 20 * 5 * 6)
	for i := range values {
		if i/(20*5*6) == 0 && i%6 >= 2 && i/6%5 < 2 {
			values[i] += 4
		}
	}
	return shape, values
}

// The command is decoding.Pairwise with the recipe and its changes.
func TestEEGRDM(t *testing.T) {
	at := in(t)
	shape, values := eeg()
	x := save(t, at("e.npy"), shape, values)
	e := decoding.Epochs{Data: values, Conditions: 4, Repetitions: 20, Channels: 5, Times: 6}
	r := decoding.Lu()
	r.Smooth, r.Average, r.Folds, r.Repeats, r.Seed = 1, 2, 5, 3, 9
	want, _, err := decoding.Pairwise(t.Context(), e, r)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"eegrdm", "--in", x, "--recipe", "lu", "--smooth", "1", "--average", "2", "--folds", "5", "--repeats", "3", "--seed", "9", "--format", "npy", "--out"}
	var s summary
	decode(t, succeed(t, append(args, at("one.npy"), "--workers", "1", "--json")...), &s)
	succeed(t, append(args, at("two.npy"), "--workers", "2")...)
	got := load(t, at("one.npy"))
	equal(t, "accuracies", got.Double, want, 0)
	equal(t, "two workers", load(t, at("two.npy")).Double, want, 0)
	if got.Shape[0] != 6 || got.Shape[1] != 6 || s.RDMs != 6 || s.Conditions != 4 {
		t.Errorf("shape %v, %+v", got.Shape, s)
	}
	if got.Double[4*6] < 0.9 || got.Double[5] > 0.8 { // pair (0,1) at sample 4; pair (2,3) at sample 0
		t.Errorf("accuracies %v", got.Double)
	}
	succeed(t, "eegrdm", "--in", x, "--generalise", "--classifier", "lda", "--format", "npy", "--out", at("g.npy"))
	if g := load(t, at("g.npy")); len(g.Shape) != 3 || g.Shape[0] != 6 || g.Shape[1] != 6 || g.Shape[2] != 6 {
		t.Errorf("generalisation of shape %v", g.Shape)
	}
	correlation, err := decoding.CorrelationRDM(t.Context(), e, 1)
	if err != nil {
		t.Fatal(err)
	}
	succeed(t, "eegrdm", "--in", x, "--recipe", "correlation", "--format", "csv", "--out", at("c.csv"))
	equal(t, "correlation", load(t, at("c.csv")).Double, correlation, 0)
}

func TestEEGRDMArtifact(t *testing.T) {
	at := in(t)
	shape, values := eeg()
	times := array.Of([]int{6}, []float64{-0.1, 0, 0.1, 0.2, 0.3, 0.4})
	if err := npy.WriteDictFile(at("things.npy"), []npy.Entry{ // as THINGS-EEG2 has its files
		{Key: "preprocessed_eeg_data", Array: array.Of(shape, values)}, {Key: "ch_names", Strings: []string{"a", "b", "c", "d", "e"}}, {Key: "times", Array: times},
	}); err != nil {
		t.Fatal(err)
	}
	succeed(t, "eegrdm", "--in", at("things.npy"), "--recipe", "gifford", "--repeats", "2", "--window", "2", "--step", "2", "--subject", "S1", "--out", at("rdms"))
	a, err := artifacts.Open(at("rdms"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rdms.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rows) != 3 || set.Rows[1].Time != 0.15 || set.Rows[0].Subject != "S1" || set.Rows[0].Kind != "eeg" {
		t.Errorf("%+v", set.Rows)
	}
	succeed(t, "eegrdm", "--in", at("things.npy"), "--repeats", "1", "--format", "parquet", "--out", at("rdms.parquet"))
}

func TestEEGRDMBadInput(t *testing.T) {
	at := in(t)
	shape, values := eeg()
	x := save(t, at("e.npy"), shape, values)
	flat := save(t, at("flat.npy"), []int{80, 30}, values)
	two := saveText(t, at("two.txt"), "a", "b")
	to := []string{"--format", "npy", "--out", at("o.npy")}
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{ExitUsage, "none of lu, gifford", []string{"--in", x, "--recipe", "mine"}},
		{ExitUsage, "--average", []string{"--in", x, "--average=-2"}},
		{ExitUsage, "decodes nothing", []string{"--in", x, "--recipe", "correlation", "--folds", "3"}},
		{ExitUsage, "neither svm nor lda", []string{"--in", x, "--classifier", "tree"}},
		{ExitFailed, "need at least 50 repetitions, there are 20", []string{"--in", x, "--folds", "10"}},
		{ExitFailed, "odd", []string{"--in", x, "--smooth", "4"}},
		{ExitFailed, "conditions x repetitions x channels x time", []string{"--in", flat}},
		{ExitFailed, "2 names for 4 rows", []string{"--in", x, "--names", two}},
		{ExitFailed, "2 times for 6 samples", []string{"--in", x, "--times", saveText(t, at("t.txt"), "1", "2")}},
	} {
		fail(t, c.code, c.say, append(append([]string{"eegrdm"}, c.args...), to...)...)
	}
	fail(t, ExitUsage, "--times", "eegrdm", "--in", x, "--out", at("o"))
	fail(t, ExitUsage, "--generalise", "eegrdm", "--in", x, "--generalise", "--out", at("o"))
}
