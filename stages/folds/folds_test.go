package folds

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/stage/stagetest"
)

const side = 4

// images are n pictures of three classes, of which image i is filled with i.
func images(t *testing.T, n int) *artifacts.Artifact {
	t.Helper()
	rows, pixels := make([]stimuli.Image, n), make([]uint8, 0, n*side*side*3)
	var groups []stimuli.Group
	for i := range n {
		rows[i] = stimuli.Image{Name: fmt.Sprintf("%03d", i), Label: int32(i % 3), Class: fmt.Sprint("c", i%3), Subset: "all"}
		groups = append(groups, stimuli.Group{Image: rows[i].Name, Column: "half", Value: fmt.Sprint(i % 2)})
		pixels = append(pixels, slices.Repeat([]uint8{uint8(i)}, side*side*3)...)
	}
	return stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
		if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{n, side, side, 3}, pixels); err != nil {
			return err
		}
		if err := artifacts.WriteTable(w, stimuli.GroupsTable, groups); err != nil {
			return err
		}
		return artifacts.WriteTable(w, stimuli.ImagesTable, rows)
	})
}

func heldOut(t *testing.T, a *artifacts.Artifact) []string {
	t.Helper()
	rows, err := artifacts.ReadTable[stimuli.Image](a, stimuli.ImagesTable)
	if err != nil {
		t.Fatal(err)
	}
	_, pixels, err := artifacts.ReadTensor[uint8](a, stimuli.Tensor)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, r := range rows {
		if fmt.Sprintf("%03d", pixels[i*side*side*3]) != r.Name {
			t.Errorf("image %s has the pixels of %d", r.Name, pixels[i*side*side*3])
		}
		switch r.Subset {
		case Test:
			names = append(names, r.Name)
		case Train:
		default:
			t.Errorf("image %s is of subset %q", r.Name, r.Subset)
		}
	}
	return names
}

// Every image is held out once; folds have equal sizes, also of each class, up to one.
func TestEveryImageIsHeldOutOnce(t *testing.T) {
	for _, c := range []struct{ n, k int }{{92, 4}, {92, 5}, {13, 3}, {8, 2}} {
		in := stagetest.In{"stimuli": images(t, c.n)}
		var all []string
		var each [3][]int // images of a class in each fold
		for fold := range c.k {
			p := Params{Folds: c.k, Fold: fold + 1, Seed: 7}
			names := heldOut(t, stagetest.SameForAnyWorkers(t, Stage, p, in))
			if len(names) != c.n/c.k && len(names) != (c.n+c.k-1)/c.k {
				t.Errorf("%d images in %d folds: fold %d has %d", c.n, c.k, fold+1, len(names))
			}
			var classes [3]int
			for _, name := range names {
				i, err := strconv.Atoi(name)
				if err != nil {
					t.Fatal(err)
				}
				classes[i%3]++
			}
			for class, n := range classes {
				each[class] = append(each[class], n)
			}
			all = append(all, names...)
		}
		for class, list := range each {
			if slices.Max(list)-slices.Min(list) > 1 {
				t.Errorf("%d images in %d folds: of class %d the folds have %v", c.n, c.k, class, list)
			}
		}
		if slices.Sort(all); len(all) != c.n || len(slices.Compact(all)) != c.n {
			t.Errorf("%d images in %d folds: %d are held out, %v", c.n, c.k, len(all), all)
		}
	}
}

// The split depends on the seed alone, not on the order of the images.
func TestSplitDependsOnTheSeed(t *testing.T) {
	list := make([]stimuli.Image, 20)
	for i := range list {
		list[i] = stimuli.Image{Name: fmt.Sprint(i), Class: fmt.Sprint(i % 2)}
	}
	byName := func(list []stimuli.Image, seed uint64) map[string]int {
		fold, err := split(list, 4, seed)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]int{}
		for i, im := range list {
			out[im.Name] = fold[i]
		}
		return out
	}
	first := fmt.Sprint(byName(list, 1))
	reversed := slices.Clone(list)
	slices.Reverse(reversed)
	if fmt.Sprint(byName(reversed, 1)) != first {
		t.Error("the order of the images changes the split")
	}
	if fmt.Sprint(byName(list, 2)) == first {
		t.Error("two seeds give the same split")
	}
}

func TestGroupsAreKept(t *testing.T) {
	a := stagetest.Run(t, Stage, Params{Folds: 2, Fold: 1}, stagetest.In{"stimuli": images(t, 8)})
	if groups, err := stimuli.ReadGroups(a); err != nil || len(groups) != 8 {
		t.Errorf("%v %v", groups, err)
	}
}

func TestRefuses(t *testing.T) {
	in := stagetest.In{"stimuli": images(t, 13)}
	for want, p := range map[string]Params{
		"folds: 1":        {Folds: 1, Fold: 1},
		"not in 1..3":     {Folds: 3, Fold: 4},
		"at most 3 folds": {Folds: 4, Fold: 1},
		"0 images":        {Folds: 2, Fold: 1, Subset: "train"},
	} {
		stagetest.Refuses(t, Stage, p, in, want)
	}
}
