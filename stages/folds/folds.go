package folds

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Folds  int    `json:"folds" doc:"number of folds, at least 2"`
	Fold   int    `json:"fold" doc:"the fold that is held out, from 1"`
	Subset string `json:"subset" doc:"images to split; others are left out; empty: all"`
	Seed   uint64 `json:"seed" doc:"of the split"`
}

// Subsets of the images in the output.
const (
	Train = "train"
	Test  = "test" // held out
)

// DefaultParams hold out the first of four folds.
func DefaultParams() Params { return Params{Folds: 4, Fold: 1} }

// Validate checks the numbers.
func (p Params) Validate() error {
	switch {
	case p.Folds < 2:
		return fmt.Errorf("folds: %d: at least 2, so that there are images to train on", p.Folds)
	case p.Fold < 1 || p.Fold > p.Folds:
		return fmt.Errorf("fold: %d is not in 1..%d", p.Fold, p.Folds)
	}
	return nil
}

// Need of a run: images stay in their file.
func (Params) Need() stage.Need { return stage.Need{CPUs: 1, Memory: 64 << 20} }

// Stage is the folds stage.
var Stage = stage.New(stage.Spec{
	Name: "folds",
	Doc:  "Holds out one fold of the images, for cross-validation.",
	In:   []stage.Port{{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Doc: "images"}},
	Out:  stimuli.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	in := env.One("stimuli")
	all, err := artifacts.ReadTable[stimuli.Image](in, stimuli.ImagesTable)
	if err != nil {
		return err
	}
	pixels, err := artifacts.OpenTensor[uint8](in, stimuli.Tensor)
	if err != nil {
		return err
	}
	defer pixels.Close()
	if len(pixels.Shape) != 4 || pixels.Shape[0] != len(all) {
		return fmt.Errorf("%s: images of shape %v for %d names", in.Dir(), pixels.Shape, len(all))
	}
	var images []stimuli.Image
	var rows []int
	for i, im := range all {
		if p.Subset == "" || im.Subset == p.Subset {
			images, rows = append(images, im), append(rows, i)
		}
	}
	fold, err := split(images, p.Folds, p.Seed)
	if err != nil {
		return fmt.Errorf("%s: %w", in.Dir(), err)
	}
	out, err := artifacts.NewTensorWriter[uint8](env.Out, stimuli.Tensor, pixels.Shape[1:])
	if err != nil {
		return err
	}
	for i := range images {
		if err := ctx.Err(); err != nil {
			return err
		}
		if images[i].Subset = Train; fold[i] == p.Fold {
			images[i].Subset = Test
		}
		if err := out.Append(pixels.Row(rows[i])); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := artifacts.WriteTable(env.Out, stimuli.ImagesTable, images); err != nil {
		return err
	}
	groups, err := stimuli.ReadGroups(in)
	if err != nil || groups == nil {
		return err
	}
	return artifacts.WriteTable(env.Out, stimuli.GroupsTable, groups)
}

// smallest is the number of images whose RDM can be compared with another.
const smallest = 4

// split gives each image its fold, from 1. Images are dealt out class by class, in random
// order within a class.
func split(images []stimuli.Image, folds int, seed uint64) ([]int, error) {
	if len(images) < smallest*folds {
		return nil, fmt.Errorf("folds: %d images in %d folds: each fold needs %d, so at most %d folds", len(images), folds, smallest, len(images)/smallest)
	}
	order := make([]int, len(images))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(images[a].Name, images[b].Name) })
	rand.New(rand.NewPCG(seed, uint64(folds))).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(images[a].Class, images[b].Class) })
	fold := make([]int, len(images))
	for place, i := range order {
		fold[i] = 1 + place%folds
	}
	return fold, nil
}
