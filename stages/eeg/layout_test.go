package eeg_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/data/array"
	"realnet/data/npy"
	"realnet/stages/eeg"
	"realnet/stages/stage/stagetest"
)

// trial v of condition c has the value 100*c + v + channel/10 at all times.
func trialsOf(counts ...int) (table string, values []float32) {
	table = "condition,subset\n"
	for trial := range slices.Max(counts) { // conditions mixed, as they were shown
		for c, n := range counts {
			if trial >= n {
				continue
			}
			table += fmt.Sprintf("im%d.png,test\n", c)
			for ch := range 2 {
				for range 5 {
					values = append(values, float32(100*c+trial)+float32(ch)/10)
				}
			}
		}
	}
	return table, values
}

func arraysParams(change func(*eeg.Params)) eeg.Params {
	p := eeg.DefaultParams()
	p.Layout, p.Subject = "arrays", "S1"
	p.Arrays.File, p.Arrays.Rows, p.Arrays.Start, p.Arrays.Rate = "{subject}_epochs.npy", "{subject}_trials.csv", -0.2, 10
	if change != nil {
		change(&p)
	}
	return p
}

func arraysWorld(t *testing.T, counts ...int) stagetest.In {
	table, values := trialsOf(counts...)
	n := 0
	for _, c := range counts {
		n += c
	}
	var b bytes.Buffer
	if err := npy.Write(&b, array.Of([]int{n, 2, 5}, values)); err != nil {
		t.Fatal(err)
	}
	return folder(t, map[string][]byte{"S1_epochs.npy": b.Bytes(), "S1_trials.csv": []byte(table), "names.txt": []byte("O1\nPz\n")})
}

func epochsOf(t *testing.T, a *artifacts.Artifact) (shape []int, values []float32, names []string) {
	t.Helper()
	shape, values, err := artifacts.ReadTensor[float32](a, epochs.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := artifacts.ReadTable[epochs.Condition](a, epochs.ConditionsTable)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return shape, values, names
}

func TestArrays(t *testing.T) {
	in := arraysWorld(t, 3, 3)
	a := stagetest.SameForAnyWorkers(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Arrays.Channels = "names.txt" }), in)
	shape, v, names := epochsOf(t, a)
	if !slices.Equal(shape, []int{2, 3, 2, 5}) || !slices.Equal(names, []string{"im0", "im1"}) {
		t.Fatalf("%v %q", shape, names)
	}
	for c := range 2 {
		for r := range 3 {
			for ch := range 2 {
				if got, want := v[((c*3+r)*2+ch)*5], float32(100*c+r)+float32(ch)/10; got != want {
					t.Errorf("condition %d, trial %d, channel %d: %v, want %v", c, r, ch, got, want)
				}
			}
		}
	}
	ch, err := artifacts.ReadTable[epochs.Channel](a, epochs.ChannelsTable)
	if err != nil || len(ch) != 2 || ch[1].Name != "Pz" {
		t.Errorf("%+v, %v", ch, err)
	}
	times, err := artifacts.ReadTable[epochs.Time](a, epochs.TimesTable)
	if err != nil || len(times) != 5 || math.Abs(times[4].Seconds-0.2) > 1e-12 {
		t.Errorf("%+v, %v", times, err)
	}
	_, v, _ = epochsOf(t, stagetest.Run(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Channels, p.Arrays.Channels = []string{"P*"}, "names.txt" }), in))
	if len(v) != 2*3*5 || v[0] != 0.1 {
		t.Errorf("one channel: %v", v)
	}
}

// Conditions of 2, 5 and 7 trials become 2 each: chosen ones, means of all in two groups,
// or means of draws from these groups; no trial is in both.
func TestUnequalTrials(t *testing.T) {
	in := arraysWorld(t, 2, 5, 7)
	get := func(how string, seed uint64) []float64 {
		a := stagetest.SameForAnyWorkers(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Unequal, p.Seed = how, seed }), in)
		shape, v, _ := epochsOf(t, a)
		if !slices.Equal(shape, []int{3, 2, 2, 5}) {
			t.Fatalf("%s: %v", how, shape)
		}
		var out []float64
		for i := range 6 {
			out = append(out, float64(v[i*10])-100*float64(i/2)) // the trial's number, or a mean of them
		}
		return out
	}
	least := get(eeg.Least, 1)
	for i, v := range least {
		if v != math.Trunc(v) || i%2 == 1 && v <= least[i-1] {
			t.Errorf("least: %v", least)
		}
	}
	if slices.Equal(least, get(eeg.Least, 2)) && slices.Equal(least, get(eeg.Least, 3)) {
		t.Error("the seed changes nothing")
	}
	average := get(eeg.Average, 1)
	if average[0] != 0 || average[1] != 1 {
		t.Errorf("the least one is averaged: %v", average)
	}
	// groups of 3 and 2, and of 4 and 3: all trials count once
	if s := 3*average[2] + 2*average[3]; math.Abs(s-10) > 1e-4 {
		t.Errorf("five trials: %v", average)
	}
	if s := 4*average[4] + 3*average[5]; math.Abs(s-21) > 1e-4 {
		t.Errorf("seven trials: %v", average)
	}
	if b := get(eeg.Bootstrap, 1); b[0] != 0 || b[1] != 1 || slices.Equal(b, average) {
		t.Errorf("bootstrap: %v", b)
	}
	stagetest.Refuses(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Unequal = eeg.Refuse }), in, `condition "im0" has 2 trials, others up to 7`)
	stagetest.Refuses(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Unequal = "some" }), in, "least, average, bootstrap, refuse")
	stagetest.Refuses(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Set = eeg.Training }), in, "no trial is of the training set")
	stagetest.Refuses(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Arrays.Rate = 0 }), in, "start and rate")
	stagetest.Refuses(t, eeg.Stage, arraysParams(func(p *eeg.Params) { p.Subject = "S2" }), in, "subjects there: S1")
}

// The file of data/fiff/testdata has five trials of two channels that MNE wrote: values
// of fiff_test.go.
func TestMNE(t *testing.T) {
	raw, err := os.ReadFile("../../data/fiff/testdata/small-epo.fif")
	if err != nil {
		t.Fatal(err)
	}
	in := folder(t, map[string][]byte{"S1/S1-epo.fif": raw, "rows.csv": []byte("image,subset\na.jpg,test\nb.jpg,test\na.jpg,test\nb.jpg,test\nc.jpg,train\n")})
	p := eeg.DefaultParams()
	p.Layout, p.Subject, p.File = "mne", "S1", "{subject}-epo.fif"
	shape, v, names := epochsOf(t, stagetest.Run(t, eeg.Stage, p, in))
	if !slices.Equal(shape, []int{2, 2, 2, 6}) || !slices.Equal(names, []string{"face", "house"}) { // EOG is no signal; 3 and 2 trials
		t.Errorf("%v %q", shape, names)
	}
	if !slices.ContainsFunc(v, func(x float32) bool { return x != 0 && math.Abs(float64(x)) < 1e-3 }) {
		t.Errorf("%v", v)
	}
	p.Arrays.Rows = "rows.csv"
	if _, _, names = epochsOf(t, stagetest.Run(t, eeg.Stage, p, in)); strings.Join(names, " ") != "a b" {
		t.Errorf("by the table: %q", names)
	}
	p.Subject = "S9"
	stagetest.Refuses(t, eeg.Stage, p, in, "S9-epo.fif")
	p.File = ""
	stagetest.Refuses(t, eeg.Stage, p, in, "{subject}-epo.fif")
}

// The file of testdata has the fields of EEGLAB (ci/reference/eeglab.py, whose values are
// compared in data/eeglab).
func TestEEGLAB(t *testing.T) {
	raw, err := os.ReadFile("testdata/s1.set")
	if err != nil {
		t.Fatal(err)
	}
	fdt, err := os.ReadFile("testdata/s1.fdt")
	if err != nil {
		t.Fatal(err)
	}
	in := folder(t, map[string][]byte{"sub-s1.set": raw, "s1.fdt": fdt})
	p := eeg.DefaultParams()
	p.Layout, p.Subject, p.File = "eeglab", "s1", "sub-{subject}.set"
	shape, v, names := epochsOf(t, stagetest.Run(t, eeg.Stage, p, in))
	if !slices.Equal(shape, []int{2, 2, 4, 10}) || !slices.Equal(names, []string{"face", "house"}) {
		t.Errorf("%v %q", shape, names)
	}
	if m := slices.Max(v); m <= 0 || m > 1e-3 {
		t.Errorf("largest value %v V", m)
	}
}
