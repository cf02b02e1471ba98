package network_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/data/array"
	"realnet/data/torch"
	"realnet/model"
	"realnet/stages/accuracy"
	"realnet/stages/activations"
	"realnet/stages/checkpoint"
	"realnet/stages/network"
	"realnet/stages/pretrain"
	"realnet/stages/stage"
	"realnet/stages/stage/stagetest"
	"realnet/stages/train"
)

const side = 32

// images are n random pictures whose class is their main colour.
func images(t *testing.T, n int) *artifacts.Artifact {
	r := rand.New(rand.NewPCG(1, 1))
	pixels := make([]uint8, n*side*side*3)
	rows := make([]stimuli.Image, n)
	for i := range rows {
		label := i % 3
		for k := range side * side * 3 {
			v := r.IntN(100)
			if k%3 == label {
				v += 150
			}
			pixels[i*side*side*3+k] = uint8(v)
		}
		rows[i] = stimuli.Image{Name: fmt.Sprintf("im%02d", i), Subset: [...]string{"train", "train", "train", "test"}[i%4], Label: int32(label), Class: "c"}
	}
	return stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
		if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{n, side, side, 3}, pixels); err != nil {
			return err
		}
		return artifacts.WriteTable(w, stimuli.ImagesTable, rows)
	})
}

// brain is a target for every image but those that leave names.
func brain(t *testing.T, im *artifacts.Artifact, components int, leave string) *artifacts.Artifact {
	rows, err := artifacts.ReadTable[stimuli.Image](im, stimuli.ImagesTable)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2))
	var samples []targets.Sample
	var values []float32
	for i := len(rows) - 1; i >= 0; i-- { // another order than the images': they are joined by name
		if rows[i].Name == leave {
			continue
		}
		samples = append(samples, targets.Sample{Condition: rows[i].Name, Subset: rows[i].Subset})
		for range components {
			values = append(values, float32(r.NormFloat64()))
		}
	}
	return stagetest.Make(t, targets.Schema, func(w *artifacts.Writer) error {
		check := func(errs ...error) error {
			for _, err := range errs {
				if err != nil {
					return err
				}
			}
			return nil
		}
		return check(
			artifacts.WriteTensor(w, targets.Tensor, []int{len(samples), components}, values),
			artifacts.WriteTable(w, targets.SamplesTable, samples),
			artifacts.WriteTable(w, targets.ComponentsTable, make([]targets.Component, components)),
			artifacts.WriteTensor(w, targets.ComponentsTensor, []int{components, 2}, make([]float32, components*2)),
			artifacts.WriteTensor(w, targets.MeanTensor, []int{2}, make([]float32, 2)),
		)
	})
}

func TestFromImagesToAlignedFeatures(t *testing.T) {
	im := images(t, 24)
	base := stagetest.SameForAnyWorkers(t, pretrain.Stage,
		pretrain.Params{Width: 4, Epochs: 16, Batch: 6, LearningRate: 2e-3, Subset: "train", Seed: 3}, stagetest.In{"stimuli": im})
	acc := stagetest.Run(t, accuracy.Stage, accuracy.Params{Subset: "train", Batch: 5, Model: "base"}, stagetest.In{"stimuli": im, "weights": base})
	rows, err := artifacts.ReadTable[accuracies.Row](acc, accuracies.Table)
	if err != nil {
		t.Fatal(err)
	}
	if r := rows[0]; r.Top1 < 0.8 || r.Top5 != 1 || r.N != 18 || r.CILow >= r.Top1 || r.CIHigh <= r.CILow {
		t.Errorf("three colours were not learnt: %+v", r)
	}

	p := train.DefaultParams()
	p.Epochs, p.Batch, p.LearningRate, p.Seed = 2, 6, 1e-3, 4
	in := stagetest.In{"stimuli": im, "targets": brain(t, im, 7, ""), "base": base}
	aligned := stagetest.SameForAnyWorkers(t, train.Stage, p, in)
	epochs, err := artifacts.ReadTable[weights.Epoch](aligned, weights.EpochsTable)
	if err != nil {
		t.Fatal(err)
	}
	if len(epochs) != 2 || !(epochs[1].Loss < epochs[0].Loss) || !math.IsNaN(epochs[0].ValidationLoss) {
		t.Errorf("losses do not fall: %+v", epochs)
	}
	steps, err := artifacts.ReadTable[weights.Step](aligned, weights.StepsTable)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 2*3 {
		t.Errorf("%d steps, want 6", len(steps))
	}

	feats := stagetest.SameForAnyWorkers(t, activations.Stage, activations.Params{Layers: []string{"V1", "IT", "avgpool"}, Subset: "test", Batch: 4},
		stagetest.In{"stimuli": im, "weights": aligned})
	net, err := network.Read(aligned)
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range []string{"V1", "IT", "avgpool"} {
		shape, _, err := artifacts.ReadTensor[float32](feats, features.File(layer))
		if err != nil {
			t.Fatal(err)
		}
		size, err := net.Config().Feature(layer)
		if err != nil {
			t.Fatal(err)
		}
		if shape[0] != 6 || shape[1] != size.Len() {
			t.Errorf("%s has shape %v, want 6 x %d", layer, shape, size.Len())
		}
	}
}

func TestTrainingRefuses(t *testing.T) {
	im := images(t, 12)
	base := stagetest.Run(t, pretrain.Stage, pretrain.Params{Width: 4, Epochs: 1, Batch: 6, LearningRate: 1e-3, Subset: "train"}, stagetest.In{"stimuli": im})
	p := train.DefaultParams()
	p.Epochs, p.Batch = 1, 3
	in := stagetest.In{"stimuli": im, "targets": brain(t, im, 5, "im01"), "base": base}
	stagetest.Refuses(t, train.Stage, p, in, `there is no "im01"`)
	bad := p
	bad.Pairing = "swapped"
	stagetest.Refuses(t, train.Stage, bad, in, "pairing")
	bad = p
	bad.Subset = "tain"
	stagetest.Refuses(t, train.Stage, bad, in, `no image of subset "tain"`)
	stagetest.Refuses(t, train.Stage, map[string]any{"bta": 3}, in, `did you mean "beta"`)
	stagetest.Refuses(t, pretrain.Stage, pretrain.Params{Width: 4, Epochs: 1, Batch: 6, Classes: 2, LearningRate: 1e-3}, stagetest.In{"stimuli": im}, "has label 2, there are 2 classes")
	stagetest.Refuses(t, activations.Stage, activations.Params{Layers: []string{"V9"}, Batch: 4}, stagetest.In{"stimuli": im, "weights": base}, "V9")
}

// A run that is killed after an epoch and started again with the same scratch
// folder ends with the bits of one that was not.
func TestTrainingResumes(t *testing.T) {
	im := images(t, 24)
	base := stagetest.Run(t, pretrain.Stage, pretrain.Params{Width: 4, Epochs: 1, Batch: 6, LearningRate: 1e-3, Subset: "train"}, stagetest.In{"stimuli": im})
	p := train.DefaultParams()
	p.Epochs, p.Batch, p.LearningRate = 3, 6, 1e-3
	target := brain(t, im, 5, "")
	whole := stagetest.Run(t, train.Stage, p, stagetest.In{"stimuli": im, "targets": target, "base": base})

	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	attempt := func(ctx context.Context, name string, progress func(done, total int64, note string)) (*artifacts.Artifact, error) {
		w, err := artifacts.Create(filepath.Join(t.TempDir(), name), weights.Schema)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		env := &stage.Env{
			In:  map[string][]*artifacts.Artifact{"stimuli": {im}, "targets": {target}, "base": {base}},
			Out: w, Workers: 1, Log: zerolog.Nop(), Progress: progress, Scratch: scratch,
		}
		if err := train.Stage.Run(ctx, env, raw); err != nil {
			return nil, err
		}
		return w.Commit(whole.Manifest().Provenance)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := attempt(ctx, "killed", func(done, _ int64, _ string) {
		if done == 5 { // in the second epoch
			cancel()
		}
	}); err == nil {
		t.Fatal("the cancelled training ended")
	}
	steps := 0
	again, err := attempt(context.Background(), "again", func(int64, int64, string) { steps++ })
	if err != nil {
		t.Fatal(err)
	}
	if steps != 2*3 {
		t.Errorf("the second attempt made %d steps, want the 6 of the last two epochs", steps)
	}
	if again.Digest() != whole.Digest() {
		t.Error("the resumed training ended with other bits")
	}
}

func TestCheckpointOfPyTorch(t *testing.T) {
	cfg := model.CORnetS()
	cfg.Width, cfg.Input, cfg.Classes = 4, side, 3
	net, err := model.New(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, keep func(string) bool) *artifacts.Artifact {
		var tensors []array.Named
		for _, p := range net.Params() {
			if keep(p.Name) {
				tensors = append(tensors, array.Named{Name: "module." + p.Name, Array: array.Of(p.Shape, p.Values)})
			}
		}
		path := filepath.Join(t.TempDir(), name)
		if err := torch.WriteFile(path, tensors); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return stagetest.Make(t, dataset.Schema, func(w *artifacts.Writer) error {
			f, err := w.File(dataset.Root + "/" + name)
			if err != nil {
				return err
			}
			if _, err := f.Write(text); err != nil {
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
			return artifacts.WriteTable(w, dataset.FilesTable, []dataset.File{{Path: name}})
		})
	}
	whole := file("net.pth", func(string) bool { return true })
	got := stagetest.Run(t, checkpoint.Stage, checkpoint.Params{Side: side}, stagetest.In{"dataset": whole})
	back, err := network.Read(got)
	if err != nil {
		t.Fatal(err)
	}
	want := net.Params()
	for i, p := range back.Params() {
		if p.Name != want[i].Name {
			t.Fatalf("tensor %d is %s, want %s", i, p.Name, want[i].Name)
		}
		for k := range p.Values {
			if p.Values[k] != want[i].Values[k] {
				t.Fatalf("%s differs", p.Name)
			}
		}
	}
	stagetest.Refuses(t, checkpoint.Stage, checkpoint.Params{Side: side, File: "other.pth"}, stagetest.In{"dataset": whole}, "other.pth")
	part := file("part.pth", func(n string) bool { return n != "V2.conv1.weight" })
	stagetest.Refuses(t, checkpoint.Stage, checkpoint.Params{Side: side}, stagetest.In{"dataset": part}, "V2.conv1.weight")
	other := file("other.pth", func(n string) bool { return n[0] == 'I' })
	stagetest.Refuses(t, checkpoint.Stage, checkpoint.Params{Side: side}, stagetest.In{"dataset": other}, "V1.conv1.weight")
}
