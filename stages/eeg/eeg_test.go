package eeg_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/epochs"
	"realnet/data/array"
	"realnet/data/npy"
	"realnet/stages/eeg"
	"realnet/stages/stage/stagetest"
)

const (
	conditions, repetitions, channels, times = 3, 4, 3, 5
)

// set is one .npy as numpy.save writes it.
func set(t *testing.T, values []float32, names []string, shape ...int) []byte {
	t.Helper()
	var b bytes.Buffer
	err := npy.WriteDict(&b, []npy.Entry{
		{Key: "preprocessed_eeg_data", Array: array.Of(shape, values)},
		{Key: "ch_names", Strings: names},
		{Key: "times", Array: array.Of([]int{5}, []float64{-0.2, -0.1, 0, 0.1, 0.2})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func metadata(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	err := npy.WriteDict(&b, []npy.Entry{{Key: "test_img_files", Strings: files}, {Key: "test_img_concepts_THINGS", Strings: []string{"00001_ape", "00002_bee", "00003_cat"}}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func folder(t *testing.T, files map[string][]byte) stagetest.In {
	return stagetest.In{"dataset": stagetest.Dataset(t, files)}
}

func world(t *testing.T) (stagetest.In, []float32) {
	rng := rand.New(rand.NewPCG(2, 0))
	draw := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rng.NormFloat64() + float64(i/times%channels))
		}
		return out
	}
	names := []string{"O1", "Fz", "P3"}
	test := draw(conditions * repetitions * channels * times)
	return folder(t, map[string][]byte{
		"eeg/sub-01/preprocessed_eeg_test.npy":     set(t, test, names, conditions, repetitions, channels, times),
		"eeg/sub-01/preprocessed_eeg_training.npy": set(t, draw(6*2*channels*times), names, 6, 2, channels, times),
		"eeg/image_metadata.npy":                   metadata(t, "ape_01.jpg", "bee_02.jpg", "cat_03.jpg"),
	}), test
}

func params(change func(*eeg.Params)) eeg.Params {
	p := eeg.DefaultParams()
	p.Subject = "01"
	change(&p)
	return p
}

func read(t *testing.T, a *artifacts.Artifact) ([]int, []float32) {
	t.Helper()
	shape, values, err := artifacts.ReadTensor[float32](a, epochs.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	return shape, values
}

func TestReadsChannelsAndWindow(t *testing.T) {
	in, raw := world(t)
	_, all := read(t, stagetest.Run(t, eeg.Stage, params(func(*eeg.Params) {}), in))
	if !slices.Equal(all, raw) {
		t.Error("without parameters the values are not the file's")
	}
	a := stagetest.SameForAnyWorkers(t, eeg.Stage, params(func(p *eeg.Params) {
		p.Channels, p.Window, p.Baseline = []string{"O*", "P*"}, []float64{0, 0.1}, []float64{-0.2, 0}
	}), in)
	shape, values := read(t, a)
	if !slices.Equal(shape, []int{conditions, repetitions, 2, 2}) {
		t.Fatalf("shape %v", shape)
	}
	k := 0
	for c := range conditions {
		for r := range repetitions {
			for _, ch := range []int{0, 2} {
				row := raw[((c*repetitions+r)*channels+ch)*times:][:times]
				base := (float64(row[0]) + float64(row[1]) + float64(row[2])) / 3
				for _, at := range []int{2, 3} {
					if want := float64(row[at]) - base; math.Abs(float64(values[k])-want) > 1e-6 {
						t.Fatalf("condition %d, repetition %d, channel %d, time %d: %v, want %v", c, r, ch, at, values[k], want)
					}
					k++
				}
			}
		}
	}
	names, err := artifacts.ReadTable[epochs.Condition](a, epochs.ConditionsTable)
	if err != nil || names[1] != (epochs.Condition{Name: "bee_02", Concept: "00002_bee"}) {
		t.Errorf("conditions %v, %v", names, err)
	}
	labels, err := artifacts.ReadTable[epochs.Channel](a, epochs.ChannelsTable)
	if err != nil || labels[1].Name != "P3" {
		t.Errorf("channels %v, %v", labels, err)
	}
	seconds, err := artifacts.ReadTable[epochs.Time](a, epochs.TimesTable)
	if err != nil || len(seconds) != 2 || seconds[0].Seconds != 0 {
		t.Errorf("times %v, %v", seconds, err)
	}
}

// After normalisation by its own noise the covariance over repetitions, averaged, is
// near the identity; estimates on other sets differ.
func TestNoiseNormalisation(t *testing.T) {
	in, raw := world(t)
	seen := [][]float32{raw}
	for _, noise := range []string{"mean", "epoch", "time"} {
		for _, from := range []string{eeg.Self, eeg.Other, eeg.Both} {
			_, values := read(t, stagetest.SameForAnyWorkers(t, eeg.Stage, params(func(p *eeg.Params) { p.Noise, p.NoiseFrom = noise, from }), in))
			for _, s := range seen {
				if slices.Equal(s, values) {
					t.Errorf("%s from %s: values as with other parameters", noise, from)
				}
			}
			seen = append(seen, values)
		}
	}
	sum := 0.0 // variance over repetitions within conditions, of "mean" from itself
	values := seen[1]
	for c := range conditions {
		for k := range channels * times {
			var mean, squares float64
			for r := range repetitions {
				mean += float64(values[(c*repetitions+r)*channels*times+k]) / repetitions
			}
			for r := range repetitions {
				e := float64(values[(c*repetitions+r)*channels*times+k]) - mean
				squares += e * e / repetitions
			}
			sum += squares / (conditions * channels * times)
		}
	}
	if math.Abs(sum-1) > 0.1 {
		t.Errorf("the mean variance after normalisation is %v, want about 1", sum)
	}
}

// Pseudo-trials are means of distinct repetitions, other ones in every condition and
// with every seed; with one group of all repetitions they are the condition's mean.
func TestAverage(t *testing.T) {
	in, raw := world(t)
	const size = channels * times
	run := func(change func(*eeg.Params)) []float32 {
		shape, values := read(t, stagetest.SameForAnyWorkers(t, eeg.Stage, params(change), in))
		if len(values) != conditions*shape[1]*size {
			t.Fatalf("shape %v", shape)
		}
		return values
	}
	all := run(func(p *eeg.Params) { p.Average = repetitions })
	for c := range conditions {
		for k := range size {
			var mean float64
			for r := range repetitions {
				mean += float64(raw[(c*repetitions+r)*size+k]) / repetitions
			}
			if math.Abs(float64(all[c*size+k])-mean) > 1e-6 {
				t.Fatalf("condition %d: %v, want the mean %v", c, all[c*size+k], mean)
			}
		}
	}
	pairs := run(func(p *eeg.Params) { p.Average = 2 })
	for c := range conditions {
		for k := range size { // two groups of two: their mean is that of all
			if mean := (pairs[2*c*size+k] + pairs[(2*c+1)*size+k]) / 2; math.Abs(float64(mean-all[c*size+k])) > 1e-6 {
				t.Fatalf("condition %d: groups share a repetition", c)
			}
		}
	}
	differ := false
	for seed := range uint64(8) {
		differ = differ || !slices.Equal(pairs, run(func(p *eeg.Params) { p.Average, p.Seed = 2, seed }))
	}
	if !differ {
		t.Error("the seed changes nothing")
	}
	if left := run(func(p *eeg.Params) { p.Average = 3 }); len(left) != conditions*size {
		t.Errorf("%d values: one repetition in four is left over by groups of three", len(left))
	}
}

func TestRefuses(t *testing.T) {
	in, raw := world(t)
	names := []string{"O1", "Fz", "P3"}
	file := "sub-01/preprocessed_eeg_test.npy"
	good := set(t, raw, names, conditions, repetitions, channels, times)
	same := func(*eeg.Params) {}
	for _, tt := range []struct {
		name   string
		params eeg.Params
		in     stagetest.In
		want   string
	}{
		{"no subject", params(func(p *eeg.Params) { p.Subject = "" }), in, "subject"},
		{"another subject", params(func(p *eeg.Params) { p.Subject = "02" }), in, "sub-02"},
		{"unknown set", params(func(p *eeg.Params) { p.Set = "validation" }), in, "set"},
		{"no channel", params(func(p *eeg.Params) { p.Channels = []string{"X*"} }), in, "Fz"},
		{"window outside", params(func(p *eeg.Params) { p.Window = []float64{1, 2} }), in, "window"},
		{"window of one", params(func(p *eeg.Params) { p.Window = []float64{1} }), in, "window"},
		{"baseline outside", params(func(p *eeg.Params) { p.Baseline = []float64{-2, -1} }), in, "baseline"},
		{"unknown noise", params(func(p *eeg.Params) { p.Noise = "session" }), in, "noise"},
		{"noise from nowhere", params(func(p *eeg.Params) { p.NoiseFrom = "rest" }), in, "noise_from"},
		{"pseudo-trials of too many", params(func(p *eeg.Params) { p.Average = 5 }), in, "average"},
		{"pseudo-trials of fewer than none", params(func(p *eeg.Params) { p.Average = -1 }), in, "average"},
		{"no other set", params(func(p *eeg.Params) { p.Noise, p.NoiseFrom = "mean", eeg.Both }), folder(t, map[string][]byte{file: good}), "preprocessed_eeg_training"},
		{"two files", params(same), folder(t, map[string][]byte{"a/" + file: good, "b/" + file: good}), "both there"},
		{"channels do not fit", params(same), folder(t, map[string][]byte{file: set(t, raw, names[:2], conditions, repetitions, channels, times)}), "ch_names"},
		{"metadata of others", params(same), folder(t, map[string][]byte{file: good, "image_metadata.npy": metadata(t, "a.jpg", "b.jpg")}), "2 images"},
		{"image twice", params(same), folder(t, map[string][]byte{file: good, "image_metadata.npy": metadata(t, "a.jpg", "b.jpg", "a.jpg")}), "twice"},
		{"damaged", params(same), folder(t, map[string][]byte{file: good[:200]}), file},
	} {
		t.Run(tt.name, func(t *testing.T) { stagetest.Refuses(t, eeg.Stage, tt.params, tt.in, tt.want) })
	}
	_, values := read(t, stagetest.Run(t, eeg.Stage, params(same), folder(t, map[string][]byte{file: good})))
	if !slices.Equal(values, raw) {
		t.Error("without metadata the values are not the file's")
	}
}
