package model

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Whatever does not fit is said before the first step, and names what is wrong.
func TestBadInput(t *testing.T) {
	good := randomData(small(), 8)
	for _, c := range []struct {
		name string
		set  func(*Config, *Data, *TrainConfig)
		want error
		says string
	}{
		{"width", func(c *Config, _ *Data, _ *TrainConfig) { c.Width = 0 }, ErrConfig, "width 0"},
		{"input", func(c *Config, _ *Data, _ *TrainConfig) { c.Input = 16 }, ErrConfig, "input 16"},
		{"layer", func(c *Config, _ *Data, _ *TrainConfig) { c.Layers = []string{"V3"} }, ErrConfig, `"V3"`},
		{"layer order", func(c *Config, _ *Data, _ *TrainConfig) { c.Layers = []string{IT, V1} }, ErrConfig, "order"},
		{"no layers", func(c *Config, _ *Data, _ *TrainConfig) { c.Layers = nil }, ErrConfig, "no layers"},
		{"image size", func(_ *Config, d *Data, _ *TrainConfig) { d.Images.Side = 35 }, ErrData, "35 x 35"},
		{"half an image", func(_ *Config, d *Data, _ *TrainConfig) { d.Images.Pixels = d.Images.Pixels[1:] }, ErrData, "whole number"},
		{"no images", func(_ *Config, d *Data, _ *TrainConfig) { d.Images.Pixels = nil }, ErrData, "no images"},
		{"targets", func(_ *Config, d *Data, _ *TrainConfig) { d.Targets = d.Targets[1:] }, ErrData, "target values"},
		{"NaN", func(_ *Config, d *Data, _ *TrainConfig) {
			d.Targets = slices.Clone(d.Targets)
			d.Targets[9] = float32(math.NaN())
		}, ErrData, "target 2 of image 1 is NaN"},
		{"label", func(_ *Config, d *Data, c *TrainConfig) {
			d.Labels = slices.Clone(d.Labels)
			d.Labels[3], c.Teacher = 5, Labels
		}, ErrData, "label 5 of image 3"},
		{"batch", func(_ *Config, _ *Data, c *TrainConfig) { c.Batch = 1 }, ErrTraining, "batch 1"},
		{"rate", func(_ *Config, _ *Data, c *TrainConfig) { c.LearningRate = math.NaN() }, ErrTraining, "learning rate"},
		{"beta", func(_ *Config, _ *Data, c *TrainConfig) { c.Beta = -1 }, ErrTraining, "beta -1"},
		{"contrastive", func(_ *Config, _ *Data, c *TrainConfig) { c.Contrastive = "on" }, ErrTraining, `"on"`},
		{"teacher", func(_ *Config, _ *Data, c *TrainConfig) { c.Teacher = "me" }, ErrTraining, `"me"`},
		{"bn updates", func(_ *Config, _ *Data, c *TrainConfig) { c.BNUpdates = 3 }, ErrTraining, "3 updates"},
		{"validation", func(_ *Config, _ *Data, c *TrainConfig) { c.Validation = 1 }, ErrTraining, "validation"},
		{"nothing to train", func(_ *Config, _ *Data, c *TrainConfig) { c.Frozen, c.Beta = true, 0 }, ErrTraining, "nothing to train"},
		{"too few to train on", func(_ *Config, _ *Data, c *TrainConfig) { c.Validation = 0.9 }, ErrData, "want at least 2"},
		{"memory", func(_ *Config, _ *Data, c *TrainConfig) { c.Compute.Memory = 1 << 20 }, ErrMemory, "1 MiB are available"},
		{"kernel", func(_ *Config, _ *Data, c *TrainConfig) { c.Compute.Kernel = "sse" }, nil, `"sse"`},
	} {
		cfg, data, train := small(), good, smallTraining()
		c.set(&cfg, &data, &train)
		net, err := New(cfg, 1)
		if err == nil {
			before := mustNew(t, cfg, 1)
			_, err = Train(t.Context(), net, data, train, Hooks{Step: func(Progress) { t.Errorf("%s: it made a step", c.name) }})
			if name := same(before, net); name != "" {
				t.Errorf("%s: it changed %s", c.name, name)
			}
		}
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Train(t.Context(), mustNew(t, CORnetSmall(), 1), good, smallTraining(), Hooks{}); !errors.Is(err, ErrTraining) {
		t.Errorf("a network without an encoder: %v", err)
	}
}

// CORnetSmall is small without an encoder.
func CORnetSmall() Config {
	c := small()
	c.Outputs, c.Layers = 0, nil
	return c
}

func TestCheckpoints(t *testing.T) {
	full, plain := mustNew(t, small(), 1), mustNew(t, CORnetSmall(), 2)

	// A round trip under the released names.
	ps := full.Params()
	if ps[0].Name != "realnet.module.V1.conv1.weight" || !slices.Equal(ps[0].Shape, []int{3, 3, 7, 7}) {
		t.Errorf("first parameter %s %v", ps[0].Name, ps[0].Shape)
	}
	other := mustNew(t, small(), 5)
	if rep, err := other.Load(ps); err != nil || same(full, other) != "" || len(rep.Missing)+len(rep.Unexpected) > 0 {
		t.Errorf("round trip: %v, %+v, %s differs", err, rep, same(full, other))
	}

	// CORnet-S from DataParallel, without batch counters, into ReAlnet: the encoders stay.
	var old []Param
	for _, p := range plain.Params() {
		if !strings.HasSuffix(p.Name, "num_batches_tracked") {
			p.Name = "module." + p.Name
			old = append(old, p)
		}
	}
	rep, err := other.Load(old)
	if err != nil || len(rep.Missing) != 10 || rep.Missing[0] != "fc_v1.weight" {
		t.Errorf("CORnet-S into ReAlnet: %v, %+v", err, rep)
	}
	if !slices.Equal(other.values("IT.conv2.weight"), plain.values("IT.conv2.weight")) ||
		!slices.Equal(other.values("fc_it.weight"), full.values("fc_it.weight")) {
		t.Error("CORnet-S into ReAlnet loaded the wrong tensors")
	}

	// ReAlnet into CORnet-S: its encoders are unexpected, and that is fine.
	if rep, err := plain.Load(ps); err != nil || len(rep.Unexpected) != 10 {
		t.Errorf("ReAlnet into CORnet-S: %v, %+v", err, rep)
	}

	wide := small()
	wide.Width = 4
	for _, c := range []struct {
		name string
		ps   []Param
		want error
		says string
	}{
		{"another width", mustNew(t, wide, 1).Params(), ErrNotThisNetwork, "V1.conv1.weight: [4 3 7 7], want [3 3 7 7]"},
		{"one missing", slices.Delete(slices.Clone(ps), 4, 5), ErrNotThisNetwork, "1 missing (V1.norm1.running_var)"},
		{"half an encoder", ps[:len(ps)-1], ErrNotThisNetwork, "1 missing (fc.bias)"},
		{"another network", []Param{{Name: "layer1.0.conv1.weight", Shape: []int{1}, Values: []float32{1}}}, ErrNotThisNetwork, "unexpected (layer1.0.conv1.weight)"},
		{"nothing", nil, ErrNotThisNetwork, "missing (V1.conv1.weight"},
		{"twice", append(slices.Clone(ps), Param{Name: "module.V1.conv1.weight", Shape: ps[0].Shape, Values: ps[0].Values}), ErrCheckpoint, "twice"},
		{"too few values", []Param{{Name: "V1.conv1.weight", Shape: []int{3, 3, 7, 7}, Values: make([]float32, 3)}}, ErrCheckpoint, "3 values"},
		{"NaN", append([]Param{{Name: ps[0].Name, Shape: ps[0].Shape, Values: slices.Repeat([]float32{float32(math.NaN())}, len(ps[0].Values))}}, ps[1:]...), ErrCheckpoint, "NaN"},
	} {
		net := mustNew(t, small(), 7)
		_, err := net.Load(c.ps)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		if name := same(net, mustNew(t, small(), 7)); name != "" {
			t.Errorf("%s: it changed %s", c.name, name)
		}
	}
}

func TestConfigOf(t *testing.T) {
	deep := small()
	deep.Layers, deep.Input = []string{V4, IT}, 64
	for _, want := range []Config{small(), CORnetSmall(), deep, Narrow(12, 128)} {
		got, err := ConfigOf(mustNew(t, want, 1).Params(), 36)
		if err != nil || !reflect.DeepEqual(got, func() Config {
			if want.Outputs == 0 {
				want.Hidden = 0
			}
			return want
		}()) {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	if _, err := ConfigOf([]Param{{Name: "layer1.0.conv1.weight"}}, 224); !errors.Is(err, ErrNotThisNetwork) {
		t.Errorf("another network: %v", err)
	}
}

// The published sizes: paper.md C5, counted by PyTorch.
func TestSizes(t *testing.T) {
	if n := CORnetS().Parameters(); n != 53_416_616 {
		t.Errorf("CORnet-S has %d parameters, want 53,416,616", n)
	}
	if n := DefaultConfig().Parameters(); n != 102_111_400 {
		t.Errorf("ReAlnet has %d parameters, want 102,111,400", n)
	}
	for layer, want := range map[string]int{V1: 200704, V2: 100352, V4: 50176, IT: 25088, AvgPool: 512, Logits: 1000} {
		if f, err := DefaultConfig().Feature(layer); err != nil || f.Len() != want {
			t.Errorf("%s has %d features (%v), want %d", layer, f.Len(), err, want)
		}
	}
	counters := 0
	for _, w := range CORnetS().layout() {
		if w.kind == normSeen {
			counters++
		}
	}
	if n := len(CORnetS().layout()); n != 164 || counters != 29 {
		t.Errorf("%d tensors with %d counters, want 164 with 29", n, counters)
	}
}

func TestActivationsDoNotDependOnTheBatch(t *testing.T) {
	net, im := mustNew(t, small(), 3), randomData(small(), 7).Images
	read := func(batch int) map[string][]float32 {
		got := map[string][]float32{}
		if err := Activations(t.Context(), net, im, everyLayer(), batch, Compute{}, func(l string, first int, f []float32) error {
			if first*net.cfg.feature(l).Len() != len(got[l]) {
				t.Errorf("%s: rows from %d come after %d values", l, first, len(got[l]))
			}
			got[l] = append(got[l], f...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := read(7)
	for _, batch := range []int{1, 2, 3, 100} {
		for l, v := range read(batch) {
			if d := distance(v, want[l]); !(d < 1e-6) {
				t.Errorf("%s: batch %d differs by %.2g", l, batch, d)
			}
		}
	}
}

func TestSpansNeverOverlap(t *testing.T) {
	for seed := range uint64(20) {
		r := newRand(seed)
		var s spans
		type held struct{ at, n int }
		var live []held
		for range 300 {
			if len(live) > 0 && r.IntN(2) == 0 {
				i := r.IntN(len(live))
				s.give(live[i].at, live[i].n)
				live = slices.Delete(live, i, i+1)
				continue
			}
			h := held{n: 1 + r.IntN(100)}
			h.at = s.take(h.n)
			for _, o := range live {
				if h.at < o.at+align(o.n) && o.at < h.at+align(h.n) || h.at+h.n > s.end {
					t.Fatalf("%v overlaps %v, end %d", h, o, s.end)
				}
			}
			live = append(live, h)
		}
	}
}
