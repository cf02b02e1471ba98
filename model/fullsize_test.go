package model

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"
)

var fullSize = flag.String("fullsize", "", "folder to write the full-size network's outputs, gradients and losses to, for ci/peers/model")

// TestWriteFullSize computes at 224 x 224, batch 16, what ci/peers/model/compare.py
// compares with PyTorch. It asserts nothing itself.
func TestWriteFullSize(t *testing.T) {
	if *fullSize == "" {
		t.Skip("run by ci/peers/model/compare.py, which gives -fullsize DIR")
	}
	write := func(name string, v []float32) {
		b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
		if err := os.WriteFile(filepath.Join(*fullSize, name+".f32"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg := DefaultConfig()
	net := mustNew(t, cfg, 0)
	data := Data{Images: hashImages("full", 16, cfg.Input), Targets: hashUniform("targets", 16*cfg.Outputs, 0, 2)}
	for i := range 16 {
		data.Labels = append(data.Labels, int32(hashBits("labels", i)%uint64(cfg.Classes)))
	}
	terms := &lossTerms{brain: true, beta: 10, square: true, contrastive: Live}
	load := func(shift float32) {
		if _, err := net.Load(hashWeights(net, shift)); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []string{"eval", "train"} {
		load(0)
		tk := task{layers: append(everyLayer(), brain), losses: terms, train: mode == "train", bnUpdates: 1}
		p := runStep(t, net, data, Compute{}, tk)
		for _, l := range tk.layers {
			v := slices.Clone(p.tape.value(p.out.layer[l]))
			if l != brain {
				channelsFirst(v, p.tape.value(p.out.layer[l]), 16, cfg.feature(l))
			}
			write(mode+"."+l, v)
		}
	}
	// Gradients with BatchNorm's shifts around 3: few rectifier inputs are then within rounding of 0.
	load(3)
	p := runStep(t, net, data, Compute{}, task{train: true, bnUpdates: 1, losses: terms})
	for i, w := range p.moves {
		g := weight{name: w.name, shape: w.shape, kind: w.kind, from: w.from, values: p.tape.value(p.grads[i])}
		write("grad."+release(w), g.export())
	}
	load(0)
	h, err := Train(t.Context(), net, data, TrainConfig{
		Epochs: 10, Batch: 16, LearningRate: 2e-5, Beta: 10, Square: true, Contrastive: Live, Teacher: Labels, BNUpdates: 1,
	}, Hooks{Step: func(p Progress) { t.Logf("step %d: %+v", p.Step, p.Losses) }})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(h.Steps)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*fullSize, "losses.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}
