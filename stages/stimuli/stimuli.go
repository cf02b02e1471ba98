package stimuli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/sourcegraph/conc/pool"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/stimuli"
	"realnet/data/images"
	"realnet/stages/stage"
)

// Stage is the stimuli stage.
var Stage = stage.New(stage.Spec{
	Name: "stimuli",
	Doc:  "Decodes and resizes the images of a dataset.",
	In: []stage.Port{
		{Name: "dataset", Schemas: []string{dataset.Schema.Name}, Doc: "the dataset's files"},
		{Name: "shared", Schemas: []string{stimuli.Schema.Name}, Optional: true, Doc: "images of another recording: those among the training images get the subset shared"},
	},
	Out:     stimuli.Schema,
	Decoder: "jpeg: islow IDCT, triangle chroma upsampling; resize: Pillow bilinear",
}, DefaultParams(), run)

// picture is one image of a layout: what it is, and how to decode it.
type picture struct {
	stimuli.Image
	groups []string // values of Params.Groups
	path   string   // for errors
	decode func() (images.RGB, error)
}

// layouts list the pictures of a dataset in order. They decode while the source is open.
var layouts = map[string]func(*source, Params) ([]picture, error){
	Files:        pictureFiles,
	Kriegeskorte: kriegeskorte,
}

func run(ctx context.Context, env *stage.Env, p Params) error {
	in := env.One("dataset")
	if err := in.Check(nil); err != nil {
		return err
	}
	rows, err := artifacts.ReadTable[dataset.File](in, dataset.FilesTable)
	if err != nil {
		return err
	}
	src := &source{root: filepath.Join(in.Dir(), dataset.Root)}
	defer src.close()
	for _, r := range rows {
		src.files = append(src.files, r.Path)
	}
	pictures, err := layouts[p.Layout](src, p)
	if err != nil {
		return err
	}
	if err := unique(pictures); err != nil {
		return err
	}
	if others := env.Maybe("shared"); others != nil {
		names, err := stimuli.Names(others)
		if err != nil {
			return err
		}
		for i, pic := range pictures {
			if pic.Subset == "train" && names[pic.Name] {
				pictures[i].Subset = stimuli.Shared
			}
		}
	}
	out, err := artifacts.NewTensorWriter[uint8](env.Out, stimuli.Tensor, []int{p.Size, p.Size, 3})
	if err != nil {
		return err
	}
	table := make([]stimuli.Image, len(pictures))
	for i, pic := range pictures {
		table[i] = pic.Image
	}
	if err := decode(ctx, env, pictures, p, out.Append); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := artifacts.WriteTable(env.Out, stimuli.ImagesTable, table); err != nil || len(p.Groups) == 0 {
		return err
	}
	var groups []stimuli.Group
	for _, pic := range pictures {
		for k, value := range pic.groups {
			groups = append(groups, stimuli.Group{Image: pic.Name, Column: p.Groups[k], Value: value})
		}
	}
	return artifacts.WriteTable(env.Out, stimuli.GroupsTable, groups)
}

// decode decodes and resizes the pictures, a few a worker at a time, and hands over
// the pixels in order.
func decode(ctx context.Context, env *stage.Env, pictures []picture, p Params, put func([]uint8) error) error {
	const each = 8
	batch := each * max(env.Workers, 1)
	pixels := make([][]uint8, batch)
	for from := 0; from < len(pictures); from += batch {
		part := pictures[from:min(from+batch, len(pictures))]
		group := pool.New().WithMaxGoroutines(max(env.Workers, 1)).WithContext(ctx).WithCancelOnError().WithFirstError()
		for i, pic := range part {
			group.Go(func(ctx context.Context) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				m, err := pic.decode()
				if err != nil {
					return fmt.Errorf("%s: %w", pic.path, err)
				}
				pixels[i] = transform(m, p).Pix
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for _, pix := range pixels[:len(part)] {
			if err := put(pix); err != nil {
				return err
			}
		}
		env.Progress(int64(from+len(part)), int64(len(pictures)), "images")
	}
	return nil
}

func transform(m images.RGB, p Params) images.RGB {
	if p.Transform == CenterCrop {
		return images.ResizeCenterCrop(m, p.Size*8/7, p.Size)
	}
	return images.Squash(m, p.Size)
}

// unique refuses two images of one name: names are what joins models and brains.
func unique(pictures []picture) error {
	at := map[string]string{}
	for _, pic := range pictures {
		if other, ok := at[pic.Name]; ok {
			return fmt.Errorf("%s and %s are both named %q: images are joined by name; choose one with files", other, pic.path, pic.Name)
		}
		at[pic.Name] = pic.path
	}
	return nil
}
