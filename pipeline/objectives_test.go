package pipeline

import (
	"math"
	"slices"
	"testing"

	"realnet/model"
	"realnet/stages/train"
)

func TestObjectives(t *testing.T) {
	of := func(name string, beta float64, gain bool, change func(*Variant)) Variant {
		v := Variant{Name: name, Beta: &beta, Gain: &gain}
		if change != nil {
			change(&v)
		}
		return v
	}
	none, shuffled := model.Contrastive("none"), "shuffled"
	list := []Variant{
		of("control", 0, false, nil), of("b10", 10, true, nil), of("b20", 20, true, nil),
		of("none10", 10, true, func(v *Variant) { v.Contrastive = &none }), of("none20", 20, true, func(v *Variant) { v.Contrastive = &none }),
		of("it", 20, true, func(v *Variant) { v.Layers = []string{"IT"} }),
		of("shuffled", 20, false, func(v *Variant) { v.Pairing = &shuffled }),
	}
	want := map[string]map[string]float64{
		"beta:20-0":                {"control": -1, "b10": 0, "b20": 1},
		"contrastive:live-none":    {"b10": 0.5, "none10": -0.5, "b20": 0.5, "none20": -0.5},
		"layers:IT-V1+V2+V4+IT":    {"it": 1, "b20": -1},
		"pairing:matched-shuffled": {"b20": 1, "shuffled": -1},
	}
	got := objectives(list, train.DefaultParams())
	for _, o := range got {
		weights, ok := want[o.Name]
		if !ok || len(o.Variants) != len(weights) {
			t.Errorf("%+v", o)
			continue
		}
		for i, v := range o.Variants {
			if math.Abs(weights[v]-o.Weights[i]) > 1e-9 {
				t.Errorf("%s: weight %v of %s, want %v", o.Name, o.Weights[i], v, weights[v])
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d objectives, want %d", len(got), len(want))
	}
	if list := objectives(slices.Clone(list[:1]), train.DefaultParams()); len(list) > 0 {
		t.Errorf("of one training: %+v", list)
	}
}
