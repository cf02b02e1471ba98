package train

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/stages/network"
	"realnet/stages/pretrain"
	"realnet/stages/stage/stagetest"
)

// twins are images of one class, of which 2i and 2i+1 are a pair by label and by column
// pair; column alone has classes of one image, and few misses images.
func twins(t *testing.T, n int) *artifacts.Artifact {
	t.Helper()
	const side = 32
	r := rand.New(rand.NewPCG(1, 1))
	pixels := make([]uint8, n*side*side*3)
	for i := range pixels {
		pixels[i] = uint8(r.IntN(256))
	}
	var rows []stimuli.Image
	var groups []stimuli.Group
	for i := range n {
		im := stimuli.Image{Name: fmt.Sprintf("im%02d", i), Subset: "train", Label: int32(i / 2), Class: "c"}
		rows = append(rows, im)
		groups = append(groups, stimuli.Group{Image: im.Name, Column: "pair", Value: fmt.Sprint("p", i/2)},
			stimuli.Group{Image: im.Name, Column: "alone", Value: fmt.Sprint("a", min(i, 3))})
	}
	groups = append(groups, stimuli.Group{Image: "im00", Column: "few", Value: "x"})
	return stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
		if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{n, side, side, 3}, pixels); err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, stimuli.ImagesTable, rows); err != nil {
			return err
		}
		return artifacts.WriteTable(w, stimuli.GroupsTable, groups)
	})
}

// responses gives image i row at(i) of random targets.
func responses(t *testing.T, n int, at func(int) int) *artifacts.Artifact {
	t.Helper()
	const k = 3
	r := rand.New(rand.NewPCG(2, 2))
	all := make([]float64, n*k)
	for i := range all {
		all[i] = r.NormFloat64()
	}
	out := targets.Targets{Components: make([]targets.Component, k), Loadings: make([]float32, k*k), Mean: make([]float64, k)}
	for i := range n {
		out.Samples = append(out.Samples, targets.Sample{Condition: fmt.Sprintf("im%02d", i), Subset: "train"})
		out.Values = append(out.Values, all[at(i)*k:][:k]...)
	}
	return stagetest.Make(t, targets.Schema, func(w *artifacts.Writer) error { return targets.Write(w, out) })
}

// In classes of two images the only exchange is a swap, so that training on shuffled
// pairs is training on swapped targets, to the bit.
func TestShuffledWithinClassesOfTwo(t *testing.T) {
	const n = 8
	im := twins(t, n)
	base := stagetest.Run(t, pretrain.Stage, pretrain.Params{Width: 4, Classes: 4, Epochs: 1, Batch: 4, LearningRate: 1e-3, Subset: "train"}, stagetest.In{"stimuli": im})
	p := DefaultParams()
	p.Epochs, p.Batch, p.LearningRate = 2, 4, 1e-3
	trained := func(pairing string, at func(int) int) []float32 {
		p := p
		p.Pairing = pairing
		in := stagetest.In{"stimuli": im, "base": base, "targets": responses(t, n, at)}
		params, err := artifacts.ReadWeights(stagetest.SameForAnyWorkers(t, Stage, p, in), weights.File)
		if err != nil {
			t.Fatal(err)
		}
		var all []float32
		for _, w := range params {
			all = append(all, w.Values...)
		}
		return all
	}
	same, swap := func(i int) int { return i }, func(i int) int { return i ^ 1 }
	want := trained(Matched, swap)
	for _, column := range []string{"label", "pair", " pair "} {
		if !slices.Equal(trained("shuffled-within:"+column, same), want) {
			t.Errorf("within %s: not the training on swapped targets", column)
		}
	}
	if slices.Equal(trained(Matched, same), want) {
		t.Error("targets make no difference")
	}
	if !slices.Equal(trained("shuffled-within:class", same), trained(Shuffled, same)) {
		t.Error("within the one class of all images is not shuffled")
	}
}

func TestGroupsRefuses(t *testing.T) {
	im := twins(t, 8)
	images, err := network.Select(im, "train")
	if err != nil {
		t.Fatal(err)
	}
	defer images.Close()
	for pairing, want := range map[string]string{
		"shuffled-within:animacy": `no column "animacy"`,
		"shuffled-within:few":     "image im01 has no few",
		"shuffled-within:alone":   `image im00 is the only training image with alone "a0"`,
	} {
		if _, err := groups(images, im, pairing); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pairing, err, want)
		}
	}
	for pairing, want := range map[string]string{"shuffled-within": "none of", "shuffled-within:": "such as shuffled-within:class"} {
		p := DefaultParams()
		p.Pairing = pairing
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pairing, err, want)
		}
	}
}
