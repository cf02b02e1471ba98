package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/weights"
	"realnet/data/images"
	"realnet/model"
	"realnet/model/kernels"
	"realnet/pipeline/arrays"
	"realnet/pipeline/step"
	"realnet/stages/activations"
	"realnet/stages/checkpoint"
	"realnet/stages/network"
)

// Activations runs a network on a folder of images.
type Activations struct {
	Weights   string   `required:"" help:"Checkpoint of CORnet-S or ReAlnet (PyTorch or safetensors, under any name), or a weights artifact." placeholder:"FILE" type:"path"`
	Images    string   `required:"" help:"Folder or .zip of images (JPEG, PNG, WebP, GIF, BMP), taken in byte order of file name." placeholder:"DIR" type:"path"`
	Layers    []string `default:"V1,V2,V4,IT,avgpool" help:"Of V1, V2, V4, IT, avgpool, logits." placeholder:"LAYERS"`
	Transform string   `default:"squash" help:"squash (to a square, as in the study) or center-crop (CORnet's accuracy protocol)." placeholder:"HOW"`
	Side      int      `default:"224" help:"Side of the input in pixels, for a network without an encoder."`
	Batch     int      `default:"16" help:"Images per batch; affects memory, not results."`
	Precision string   `default:"fp32" help:"fp32, or bf16: half the digits, faster where the processor multiplies bfloat16." placeholder:"TYPE"`
	Workers   int      `default:"0" help:"Cores to use; 0 means all."`
	Out       string   `required:"" help:"Folder: one LAYER.npy each and names.txt; without --format, an artifact." placeholder:"DIR" type:"path"`
	Format    string   `help:"npy, or an artifact when absent." placeholder:"FORMAT"`
	JSON      bool     `help:"Print a summary as JSON."`
}

// Examples of the command.
func (*Activations) Examples() string {
	return `realnet activations --weights cornet_s.pth --images ./images --layers V1,V2,V4,IT,avgpool --format npy --out ./activations
realnet activations --weights realnet.pth --images ./images --transform center-crop --layers logits --out ./features`
}

// Run runs the network.
func (c *Activations) Run(ctx context.Context, a *App) error {
	if c.Transform != "squash" && c.Transform != "center-crop" {
		return usagef("--transform %s: want squash or center-crop", c.Transform)
	}
	if c.Format != "" && c.Format != formatNPY {
		return usagef("--format %s: want npy, or none for an artifact", c.Format)
	}
	params := activations.DefaultParams()
	params.Layers, params.Subset, params.Batch, params.Precision = c.Layers, "", c.Batch, kernels.Precision(c.Precision)
	if _, err := canonical(activations.Stage, params); err != nil {
		return err
	}
	folder, err := images.OpenFolder(c.Images)
	if err != nil {
		return err
	}
	defer folder.Close()
	names, err := folder.Names()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: no image: want .jpg, .jpeg, .png, .webp, .gif or .bmp", c.Images)
	}
	network, cfg, err := c.network(ctx, a)
	if err != nil {
		return err
	}
	sizes, total := map[string][]int{}, 0
	for _, layer := range c.Layers {
		f, err := cfg.Feature(layer)
		if err != nil {
			return usagef("--layers: %w", err)
		}
		if sizes[layer] != nil {
			return usagef("--layers: %s twice", layer)
		}
		sizes[layer] = []int{len(names), f.Len()}
		total += 4 * len(names) * f.Len()
	}
	scratch, remove, err := scratchFolder(c.Out)
	if err != nil {
		return err
	}
	defer remove()
	pixels, err := buffered(filepath.Join(scratch, "stimuli"), stimuli.Schema, 3*len(names)*cfg.Input*cfg.Input, func(w *artifacts.Writer) error {
		return c.decode(ctx, a, w, folder, names, cfg.Input)
	})
	if err != nil {
		return err
	}
	in := inputs{"stimuli": {pixels}, "weights": {network}}
	run := func(w *artifacts.Writer) error { return a.runStage(ctx, activations.Stage, params, in, c.Workers, w) }
	if c.Format == "" {
		_, err = a.writeArtifact(c.Out, features.Schema, "activations", params, []string{c.Weights}, run)
	} else {
		var made *artifacts.Artifact
		if made, err = buffered(filepath.Join(scratch, "features"), features.Schema, total, run); err == nil {
			err = c.write(made, names)
		}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.Stdout, map[string]any{"out": c.Out, "images": len(names), "layers": sizes, "transform": c.Transform, "side": cfg.Input})
	}
	_, err = fmt.Fprintf(a.Stdout, "%s: %d images, layers %s\n", c.Out, len(names), strings.Join(c.Layers, ", "))
	return err
}

// network reads the network of a checkpoint into an artifact, or opens one.
func (c *Activations) network(ctx context.Context, a *App) (*artifacts.Artifact, model.Config, error) {
	if isArtifact(c.Weights) {
		art, err := artifacts.Open(c.Weights)
		if err != nil {
			return nil, model.Config{}, err
		}
		if kind := art.Manifest().Schema.Name; kind != weights.Schema.Name {
			return nil, model.Config{}, fmt.Errorf("%s: an artifact of schema %s, want %s", c.Weights, kind, weights.Schema.Name)
		}
		cfg, err := network.Config(art)
		return art, cfg, err
	}
	net, notes, err := checkpoint.Network(ctx, c.Weights, c.Side)
	if err != nil {
		return nil, model.Config{}, err
	}
	notes.Log(a.Log)
	art, err := inMemory(c.Weights, weights.Schema, func(w *artifacts.Writer) error { return network.Write(w, net, nil, nil) })
	return art, net.Config(), err
}

// decode brings the images to the network's size.
func (c *Activations) decode(ctx context.Context, a *App, w *artifacts.Writer, folder *images.Folder, names []string, side int) error {
	out, err := artifacts.NewTensorWriter[uint8](w, stimuli.Tensor, []int{side, side, 3})
	if err != nil {
		return err
	}
	rows := make([]stimuli.Image, len(names))
	for i, name := range names {
		rows[i] = stimuli.Image{Name: name, Label: -1}
	}
	const chunk = 64
	progress := a.stageProgress()
	pixels := make([][]byte, chunk)
	for at := 0; at < len(names); at += chunk {
		some := names[at:min(at+chunk, len(names))]
		group := pool.New().WithMaxGoroutines(step.Cores(c.Workers)).WithContext(ctx).WithCancelOnError().WithFirstError()
		for i, name := range some {
			group.Go(func(ctx context.Context) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				m, err := folder.Decode(name)
				if err != nil {
					return err
				}
				if c.Transform == "squash" {
					m = images.Squash(m, side)
				} else {
					m = images.ResizeCenterCrop(m, side*8/7, side)
				}
				pixels[i] = m.Pix
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return errors.Join(err, out.Close())
		}
		for _, p := range pixels[:len(some)] {
			if err := out.Append(p); err != nil {
				return errors.Join(err, out.Close())
			}
		}
		progress(int64(at+len(some)), int64(len(names)), "images decoded")
	}
	return errors.Join(out.Close(), artifacts.WriteTable(w, stimuli.ImagesTable, rows))
}

// write writes one .npy a layer and names.txt last, so that a folder with names.txt is
// whole.
func (c *Activations) write(made *artifacts.Artifact, names []string) error {
	list := filepath.Join(c.Out, "names.txt")
	if err := os.Remove(list); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, layer := range c.Layers {
		if err := exportTensor(made, features.File(layer), filepath.Join(c.Out, layer+".npy")); err != nil {
			return err
		}
	}
	return arrays.WriteLabels(list, slices.Clone(names))
}
