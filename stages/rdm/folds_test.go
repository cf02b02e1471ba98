package rdm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/stages/stage/stagetest"
)

// activations are random features of two layers of the named images.
func activations(t *testing.T, seed uint64, names ...string) *artifacts.Artifact {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	return stagetest.Make(t, features.Schema, func(w *artifacts.Writer) error {
		rows := make([]features.Image, len(names))
		for i, n := range names {
			rows[i] = features.Image{Name: n, Subset: "test"}
		}
		for _, layer := range []string{"V1", "IT"} {
			x := make([]float32, len(names)*7)
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			if err := artifacts.WriteTensor(w, features.File(layer), []int{len(names), 7}, x); err != nil {
				return err
			}
		}
		return artifacts.WriteTable(w, features.ImagesTable, rows)
	})
}

// Within a fold, the RDM is that of the fold's features alone; between folds it is NaN.
func TestFolds(t *testing.T) {
	a, b := activations(t, 1, "d", "a", "e"), activations(t, 2, "b", "f", "c", "g")
	p := DefaultParams()
	p.Layers, p.Model = []string{"IT", "V1"}, "m"
	set := read(t, stagetest.SameForAnyWorkers(t, Stage, p, stagetest.In{"features": []*artifacts.Artifact{a, b}}))
	if !slices.Equal(set.Conditions, []string{"d", "a", "e", "b", "f", "c", "g"}) || !slices.Equal(set.Folds, []int32{1, 1, 1, 2, 2, 2, 2}) || len(set.Rows) != 2 {
		t.Fatalf("%v %v %v", set.Conditions, set.Folds, set.Rows)
	}
	n := len(set.Conditions)
	for fold, one := range []*artifacts.Artifact{a, b} {
		want := read(t, stagetest.Run(t, Stage, p, stagetest.In{"features": one}))
		for row := range set.Rows {
			k := 0
			for i := range n {
				for j := i + 1; j < n; j++ {
					got := set.RDM(row)[i*(2*n-i-1)/2+j-i-1]
					switch {
					case set.Folds[i] != set.Folds[j]:
						if !math.IsNaN(got) {
							t.Errorf("pair %d, %d of two folds is %v", i, j, got)
						}
					case int(set.Folds[i]) == fold+1:
						if got != want.RDM(row)[k] {
							t.Errorf("fold %d, row %d, pair %d, %d: %v, want %v", fold+1, row, i, j, got, want.RDM(row)[k])
						}
						k++
					}
				}
			}
			if k != len(want.RDM(row)) {
				t.Errorf("fold %d has %d pairs, want %d", fold+1, k, len(want.RDM(row)))
			}
		}
	}
}

func TestFoldsRefuse(t *testing.T) {
	p := DefaultParams()
	for want, names := range map[string][]string{"image a is in folds 1 and 2": {"a", "x", "y"}} {
		in := stagetest.In{"features": []*artifacts.Artifact{activations(t, 1, "a", "b", "c"), activations(t, 2, names...)}}
		stagetest.Refuses(t, Stage, p, in, want)
	}
}
