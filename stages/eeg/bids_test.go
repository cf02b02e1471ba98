package eeg_test

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/stages/eeg"
	"realnet/stages/stage/stagetest"
)

// Continuous recordings are cut at the events of BIDS as MNE cuts them, channels that are
// bad or no EEG left out; events beside epochs name them; epochs marked as bad are refused,
// left out or kept.
func TestBIDSAgainstMNE(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import mne, scipy, pandas").Run() != nil {
		t.Skip("MNE or pandas is not installed: python3-mne, python3-pandas; .github/workflows/check.yml installs them")
	}
	dir := t.TempDir()
	text, err := exec.Command(interpreter, "../../ci/reference/eeg_bids.py", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Names, Channels        []string
		Times, Values, Epoched []float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[filepath.ToSlash(name)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	params := func(subject string, change func(*eeg.Params)) eeg.Params {
		p := eeg.DefaultParams()
		p.Layout, p.Subject, p.File = "eeglab", subject, "sub-{subject}_task-view_eeg.set"
		if change != nil {
			change(&p)
		}
		return p
	}
	in := folder(t, files)
	cut := func(p *eeg.Params) { p.Cut = []float64{-0.1, 0.3} }

	a := stagetest.Run(t, eeg.Stage, params("01", cut), in)
	shape, got, names := epochsOf(t, a)
	size := len(want.Channels) * len(want.Times)
	if !slices.Equal(shape, []int{3, 8, 2, len(want.Times)}) || !slices.Equal(names, []string{"cat", "face", "house"}) {
		t.Fatalf("%v %q, MNE has %d times", shape, names, len(want.Times))
	}
	seen := map[string]int{}
	for i, name := range want.Names { // trials of a condition are in the order of the recording
		name = strings.TrimSuffix(name, ".jpg")
		k := slices.Index(names, name)*8 + seen[name]
		seen[name]++
		for j := range size {
			if w := want.Values[i*size+j]; math.Abs(float64(got[k*size+j])-w) > 1e-6*math.Abs(w) {
				t.Fatalf("epoch %d (%s), value %d: %v, MNE has %v", i, name, j, got[k*size+j], w)
			}
		}
	}
	times, err := artifacts.ReadTable[epochs.Time](a, epochs.TimesTable)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range times {
		if math.Abs(s.Seconds-want.Times[i]) > 1e-9 {
			t.Errorf("time %d is %v, MNE has %v", i, s.Seconds, want.Times[i])
		}
	}

	_, got, names = epochsOf(t, stagetest.Run(t, eeg.Stage, params("02", nil), in))
	if !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("by the events beside the file: %q", names)
	}
	if w := want.Epoched[40]; math.Abs(float64(got[2*40])-w) > 1e-6*math.Abs(w) { // the second epoch is the first of b
		t.Errorf("the first trial of b begins with %v, want %v", got[2*40], w)
	}

	shape, _, names = epochsOf(t, stagetest.Run(t, eeg.Stage, params("03", func(p *eeg.Params) { p.Marked = eeg.Drop }), in))
	if !slices.Equal(shape, []int{2, 1, 4, 10}) || !slices.Equal(names, []string{"other", "stim"}) { // one of other, of which there were two
		t.Errorf("marked epochs dropped: %v %q", shape, names)
	}
	shape, _, _ = epochsOf(t, stagetest.Run(t, eeg.Stage, params("03", func(p *eeg.Params) { p.Marked = eeg.Keep }), in))
	if !slices.Equal(shape, []int{2, 2, 4, 10}) {
		t.Errorf("marked epochs kept: %v", shape)
	}
	for says, p := range map[string]eeg.Params{
		"1 of 4 epochs are marked as bad":     params("03", nil),
		"eeg.cut: name the first and last":    params("01", nil),
		"too near to an end of the recording": params("01", func(p *eeg.Params) { p.Cut = []float64{-0.1, 2} }),
		"no column says what was shown":       params("01", func(p *eeg.Params) { cut(p); p.Condition = "picture" }),
		"cut: [0.3 -0.1] is not a first":      params("01", func(p *eeg.Params) { p.Cut = []float64{0.3, -0.1} }),
		`marked: "maybe" is none of refuse`:   params("03", func(p *eeg.Params) { p.Marked = "maybe" }),
	} {
		stagetest.Refuses(t, eeg.Stage, p, in, says)
	}
	files["sub-02/eeg/sub-02_task-view_events.tsv"] = []byte("onset\tduration\ttrial_type\n1\t1\ta\n")
	in = folder(t, files)
	if _, _, names = epochsOf(t, stagetest.Run(t, eeg.Stage, params("03", func(p *eeg.Params) { p.Marked = eeg.Keep }), in)); len(names) != 2 {
		t.Errorf("%q", names)
	}
	stagetest.Refuses(t, eeg.Stage, params("02", func(p *eeg.Params) { p.Condition = "trial_type" }), in, "4 epochs, sub-02_task-view_events.tsv has 1 events")
	delete(files, "sub-01/eeg/sub-01_task-view_events.tsv")
	stagetest.Refuses(t, eeg.Stage, params("01", cut), folder(t, files), "no events.tsv is beside it")
}
