package pca_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/pca"
	"realnet/stages/stage/stagetest"
)

// Where images are in folds, their subsets replace those of the patterns, and responses to
// held-out images change no bit of the training targets.
func TestHeldOutImagesDoNotReachTheTargets(t *testing.T) {
	const n = 9
	held := func(i int) bool { return i%3 == 1 }
	im := stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
		var rows []stimuli.Image
		for i := range n {
			rows = append(rows, stimuli.Image{Name: fmt.Sprint("p", i), Subset: map[bool]string{true: "test", false: "train"}[held(i)]})
		}
		if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{n, 1, 1, 3}, make([]uint8, 3*n)); err != nil {
			return err
		}
		return artifacts.WriteTable(w, stimuli.ImagesTable, rows)
	})
	params := pca.DefaultParams()
	params.Components, params.Whiten = 3, pca.First
	training := func(times float32) []float32 {
		r := rand.New(rand.NewPCG(6, 6))
		var samples []patterns.Sample
		var values []float32
		samples, values = append(samples, sample("p100", "test", 1)), make([]float32, voxels) // of no image
		for i := range n {
			samples = append(samples, sample(fmt.Sprint("p", i), "train", 1)) // as the layout has it
			for range voxels {
				v := float32(r.NormFloat64())
				if held(i) {
					v *= times
				}
				values = append(values, v)
			}
		}
		in := stagetest.In{"patterns": make1(t, samples, values), "stimuli": im}
		rows, _, scores := read(t, stagetest.Run(t, pca.Stage, params, in))
		var out []float32
		if len(rows) != n {
			t.Fatalf("%d rows", len(rows))
		}
		for i, row := range rows {
			if (row.Subset == "test") != held(i) {
				t.Errorf("%s is of subset %s", row.Condition, row.Subset)
			}
			if row.Subset == "train" {
				out = append(out, scores[3*i:3*i+3]...)
			}
		}
		return out
	}
	if want := training(1); !slices.Equal(training(100), want) || len(want) != 6*3 {
		t.Error("responses to held-out images change the training targets")
	}
	in := stagetest.In{"patterns": make1(t, []patterns.Sample{sample("other", "train", 1)}, make([]float32, voxels)), "stimuli": im}
	stagetest.Refuses(t, pca.Stage, params, in, "0 of 9 names are among the other 1")
}
