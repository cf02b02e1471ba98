package synth_test

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/patterns"
	"realnet/data/bids"
	"realnet/data/npy"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
	"realnet/stages/synth"
)

// readBrain runs the fmri stage on a subject and returns the test images' patterns.
func readBrain(t *testing.T, a *artifacts.Artifact, subject string) patterns.Patterns {
	t.Helper()
	p := fmri.DefaultParams()
	p.Subject, p.ROIs, p.Average = subject, []string{"V1", "V2", "V4", "LOC"}, fmri.PerCondition
	p.TrainMatch, p.TestMatch = "perceptionNaturalImageTraining", "perceptionNaturalImageTest"
	read, err := patterns.Read(stagetest.Run(t, fmri.Stage, p, stagetest.In{"dataset": a}))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// distances are 1 - correlation of the patterns of a region, one a pair of test images
// in the order of names.
func distances(t *testing.T, p patterns.Patterns, roi string, names []string) []float64 {
	t.Helper()
	columns, err := p.ROI(roi)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]float64{}
	for i, s := range p.Samples {
		for _, c := range columns {
			rows[s.Condition] = append(rows[s.Condition], float64(p.Values[i*len(p.Voxels)+c]))
		}
	}
	var d []float64
	for i := range names {
		for _, other := range names[i+1:] {
			d = append(d, 1-correlation(rows[names[i]], rows[other]))
		}
	}
	return d
}

// attributeDistances are Euclidean distances in some attributes.
func attributeDistances(values [][]float64) []float64 {
	var d []float64
	for i := range values {
		for _, other := range values[i+1:] {
			var square float64
			for k, v := range values[i] {
				square += (v - other[k]) * (v - other[k])
			}
			d = append(d, math.Sqrt(square))
		}
	}
	return d
}

// testImages are the names of the test images and the attributes asked for.
func testImages(t *testing.T, a *artifacts.Artifact, attributes ...string) (names []string, values [][]float64) {
	t.Helper()
	all, subsets, column := labels(t, a)
	for i, name := range all {
		if subsets[i] == "test" {
			names, values = append(names, name), append(values, nil)
			for _, c := range attributes {
				values[len(values)-1] = append(values[len(values)-1], column(c)[i])
			}
		}
	}
	return names, values
}

// From the files of the dataset the fmri stage, with the recipe of Shen et al., recovers
// the geometry that was planted: the RDM of a region follows distances in the attributes
// that it encodes and in no others, in every subject. With nothing planted it follows
// neither. The numbers are for 30 images; the standard error of a correlation of RDMs of
// unrelated patterns is about 0.06 there.
func TestBrainsAreReadBack(t *testing.T) {
	p := small()
	a := stagetest.Run(t, synth.Stage, p, nil)
	names, encoded := testImages(t, a, p.FMRI.ROIs[0].Encodes...)
	_, other := testImages(t, a, "tilt", "gloss", "size")
	var between [2][]float64
	for s := range between {
		brain := readBrain(t, a, fmt.Sprintf("%02d", s+1))
		if want := 90 + 30; len(brain.Samples) != want || len(brain.Voxels) != 4*81 {
			t.Fatalf("%d patterns of %d voxels, want %d of %d", len(brain.Samples), len(brain.Voxels), want, 4*81)
		}
		for _, sample := range brain.Samples {
			if n := map[string]int32{"train": 2, "test": 6}[sample.Subset]; sample.Averaged != n {
				t.Fatalf("%+v: want a mean of %d", sample, n)
			}
		}
		d := distances(t, brain, "V1", names)
		between[s] = d
		true1, false1 := correlation(d, attributeDistances(encoded)), correlation(d, attributeDistances(other))
		t.Logf("subject %d: RDM of V1 correlates %.2f with encoded attributes, %.2f with others", s+1, true1, false1)
		if true1 < 0.4 || false1 > 0.2 {
			t.Errorf("subject %d: RDM of V1 correlates %.2f with encoded attributes and %.2f with others", s+1, true1, false1)
		}
	}
	r := correlation(between[0], between[1])
	t.Logf("subjects agree with r = %.2f", r)
	if r < 0.5 {
		t.Errorf("RDMs of two subjects correlate %.2f: they share most of their features", r)
	}

	p.Planted = 0
	a = stagetest.Run(t, synth.Stage, p, nil)
	d0 := distances(t, readBrain(t, a, "01"), "V1", names)
	d1 := distances(t, readBrain(t, a, "02"), "V1", names)
	if r := correlation(d0, attributeDistances(encoded)); math.Abs(r) > 0.2 {
		t.Errorf("with nothing planted the RDM correlates %.2f with the attributes", r)
	}
	if r := correlation(d0, d1); math.Abs(r) > 0.2 {
		t.Errorf("with nothing planted two subjects agree with %.2f", r)
	}
}

// The reliability of the responses that come back is the one asked for: from the
// correlation of odd and even repetitions over the test images, voxel by voxel, by the
// formula of Spearman and Brown. What neighbouring blocks add lowers it.
func TestReliabilityIsAsAsked(t *testing.T) {
	p := small()
	p.Images.Train, p.Images.Test, p.FMRI.Subjects, p.EEG.Subjects = 24, 60, 1, 0
	p.FMRI.RunImages, p.FMRI.TestRepetitions, p.FMRI.Drift, p.FMRI.Motion = 60, 8, 0, 0
	for _, c := range []struct{ reliability, noise, want float64 }{{0.5, 0, 0.5}, {0.8, 0, 0.8}, {0.8, 2, 8. / (8 + 2*2)}} {
		p.FMRI.Reliability, p.FMRI.Noise = c.reliability, c.noise
		want := c.want
		a := stagetest.Run(t, synth.Stage, p, nil)
		f := fmri.DefaultParams()
		f.Subject, f.ROIs = "01", []string{"V1", "V2", "V4", "LOC"}
		f.TestMatch = "perceptionNaturalImageTest"
		read, err := patterns.Read(stagetest.Run(t, fmri.Stage, f, stagetest.In{"dataset": a}))
		if err != nil {
			t.Fatal(err)
		}
		names, _ := testImages(t, a)
		var sum float64
		for v := range read.Voxels {
			halves := [2][]float64{make([]float64, len(names)), make([]float64, len(names))}
			for i, s := range read.Samples {
				halves[s.Repetition%2][slices.Index(names, s.Condition)] += float64(read.Values[i*len(read.Voxels)+v])
			}
			sum += correlation(halves[0], halves[1]) / float64(len(read.Voxels))
		}
		got := 2 * sum / (1 + sum) // Spearman-Brown: from halves to the whole
		t.Logf("reliability %.2f asked for, %.2f found", want, got)
		if got > want+0.05 || got < want-0.15 {
			t.Errorf("reliability %.2f asked for, %.2f found", want, got)
		}
	}
}

func bidsIsWhole(t *testing.T, a *artifacts.Artifact) {
	d, err := bids.Open(root(a))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := d.Runs(bids.Filter{Subject: "01"})
	if err != nil {
		t.Fatal(err)
	}
	// 90 images x 2 and 30 x 6, at most 45 a run.
	if len(runs) != 2*2+6 {
		t.Errorf("%d runs, want 10", len(runs))
	}
	shown := map[string]int{}
	for _, r := range runs {
		side, err := r.Sidecar()
		if err != nil || side.RepetitionTime != 2 {
			t.Fatalf("%s: repetition time %+v, %v", r.Name, side, err)
		}
		events, err := bids.ReadEvents(r.Events)
		if err != nil {
			t.Fatal(err)
		}
		trials, err := events.Trials(bids.ShenCoding())
		if err != nil {
			t.Fatal(err)
		}
		repeats := 0
		for i, trial := range trials {
			switch {
			case trial.Repeat:
				repeats++
				if trial.Condition != trials[i-1].Condition {
					t.Errorf("%s: %+v repeats nothing", r.Name, trial)
				}
			case !trial.Rest:
				shown[trial.Condition]++
			}
		}
		if repeats != 3 {
			t.Errorf("%s: %d repeats, want 3", r.Name, repeats)
		}
	}
	names, subsets, _ := labels(t, a)
	for i, name := range names {
		if want := map[string]int{"train": 2, "test": 6}[subsets[i]]; shown[name] != want {
			t.Errorf("%s of %s is shown %d times, want %d", name, subsets[i], shown[name], want)
		}
	}
}

// The EEG files are those of THINGS EEG2, and an attribute appears at its latency and
// not before the image.
func TestEEGHasItsLatencies(t *testing.T) {
	p := small()
	p.FMRI.Subjects, p.EEG.Repetitions, p.EEG.Times, p.EEG.Noise, p.Images.Test = 0, 20, 40, 1, 40
	p.EEG.Signals = []synth.Signal{{Encodes: "hue", Latency: 0.12, Width: 0.03}, {Encodes: "food", Latency: 0.4, Width: 0.03}}
	a := stagetest.Run(t, synth.Stage, p, nil)
	at := func(planted string) (peak float64, before float64) {
		names, values := testImages(t, a, planted)
		dict, err := npy.OpenDict(filepath.Join(root(a), "eeg", "sub-02", "preprocessed_eeg_test.npy"))
		if err != nil {
			t.Fatal(err)
		}
		defer dict.Close()
		times, rdms := eegDistances(t, dict, len(names))
		want := attributeDistances(values)
		best := 0.0
		for k, d := range rdms {
			r := correlation(d, want)
			if times[k] <= 0 {
				before = max(before, math.Abs(r))
			}
			if r > best {
				best, peak = r, times[k]
			}
		}
		if best < 0.4 {
			t.Errorf("%s is found with r = %.2f at best", planted, best)
		}
		return peak, before
	}
	for _, s := range p.EEG.Signals {
		peak, before := at(s.Encodes)
		t.Logf("%s: peak at %.2f s, at most %.2f before the image", s.Encodes, peak, before)
		if math.Abs(peak-s.Latency) > 0.06 || before > 0.2 {
			t.Errorf("%s: peak at %v s, want %v; %.2f before the image", s.Encodes, peak, s.Latency, before)
		}
	}
	meta, err := npy.OpenDict(filepath.Join(root(a), "eeg", "image_metadata.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer meta.Close()
	files, err := meta.Strings("test_img_files")
	if err != nil || len(files) != 40 || files[0] != "test_0001.png" {
		t.Errorf("image_metadata.npy: files %v, %v", files, err)
	}
}

func eegDistances(t *testing.T, dict *npy.Dict, conditions int) (times []float64, rdms [][]float64) {
	t.Helper()
	data, err := dict.Array("preprocessed_eeg_data")
	if err != nil {
		t.Fatal(err)
	}
	if data.Shape[0] != conditions {
		t.Fatalf("shape %v for %d conditions", data.Shape, conditions)
	}
	x, err := data.Float64()
	if err != nil {
		t.Fatal(err)
	}
	timeArray, err := dict.Array("times")
	if err != nil {
		t.Fatal(err)
	}
	if times, err = timeArray.Float64(); err != nil {
		t.Fatal(err)
	}
	repetitions, channels := data.Shape[1], data.Shape[2]
	for k := range times {
		mean := make([][]float64, conditions)
		for i := range mean {
			mean[i] = make([]float64, channels)
			for r := range repetitions {
				for c := range channels {
					mean[i][c] += x[((i*repetitions+r)*channels+c)*len(times)+k]
				}
			}
		}
		rdms = append(rdms, attributeDistances(mean))
	}
	return times, rdms
}
