package pretrain_test

import (
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/model"
	"realnet/stages/network"
	"realnet/stages/pretrain"
	"realnet/stages/stage/stagetest"
)

// Without epochs the artifact is the seeded network, whatever the images, which need no
// labels.
func TestUntrained(t *testing.T) {
	images := stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
		if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{2, 32, 32, 3}, make([]uint8, 2*32*32*3)); err != nil {
			return err
		}
		return artifacts.WriteTable(w, stimuli.ImagesTable, []stimuli.Image{{Name: "a", Label: -1}, {Name: "b", Label: -1}})
	})
	p := pretrain.DefaultParams()
	p.Epochs, p.Classes, p.Subset, p.Seed = 0, 7, "", 11
	in := stagetest.In{"stimuli": images}
	got, err := network.Read(stagetest.Run(t, pretrain.Stage, p, in))
	if err != nil {
		t.Fatal(err)
	}
	cfg := model.CORnetS()
	cfg.Width, cfg.Input, cfg.Classes = p.Width, 32, 7
	want, err := model.New(cfg, 11)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range got.Params() {
		if b := want.Params()[i]; a.Name != b.Name || !slices.Equal(a.Values, b.Values) {
			t.Fatalf("%s is not that of the seed", a.Name)
		}
	}
	p.Classes = 0
	stagetest.Refuses(t, pretrain.Stage, p, in, "classes")
	p.Epochs, p.Classes = 1, 7
	stagetest.Refuses(t, pretrain.Stage, p, in, "no class label")
}
