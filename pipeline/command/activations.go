package command

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/weights"
	"realnet/data/array"
	"realnet/data/images"
	"realnet/data/npy"
	"realnet/goroutines"
	"realnet/model"
	"realnet/pipeline/step"
	"realnet/stages/checkpoint"
	"realnet/stages/network"
)

// Activations runs a network on a folder of images.
type Activations struct {
	Weights   string   `required:"" help:"Checkpoint of CORnet-S or ReAlnet (.pth, .pt, .safetensors), or a weights artifact." placeholder:"FILE" type:"path"`
	Images    string   `required:"" help:"Folder or .zip of images (JPEG, PNG, WebP, GIF, BMP), taken in byte order of file name." placeholder:"DIR" type:"path"`
	Layers    []string `default:"V1,V2,V4,IT,avgpool" help:"Of V1, V2, V4, IT, avgpool, logits." placeholder:"LAYERS"`
	Transform string   `default:"squash" help:"squash (to a square, as in the study) or center-crop (CORnet's accuracy protocol)." placeholder:"HOW"`
	Side      int      `default:"224" help:"Side of the input in pixels, for a network without an encoder."`
	Batch     int      `default:"16" help:"Images at a time; changes memory, not results."`
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

// chunk is how many images are decoded before the network sees them.
const chunk = 256

// Run runs the network, writing as it goes.
func (c *Activations) Run(ctx context.Context, a *App) error {
	if c.Transform != "squash" && c.Transform != "center-crop" {
		return usagef("--transform %s: want squash or center-crop", c.Transform)
	}
	if c.Format != "" && c.Format != formatNPY {
		return usagef("--format %s: want npy, or none for an artifact", c.Format)
	}
	if c.Batch < 1 {
		return usagef("--batch %d: 1 or more", c.Batch)
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
	in := pictures{folder, names}
	if len(names) == 0 {
		return fmt.Errorf("%s: no image: want .jpg, .jpeg, .png, .webp, .gif or .bmp", c.Images)
	}
	net, err := c.network(ctx, a)
	if err != nil {
		return err
	}
	sizes := make([]int, len(c.Layers))
	for i, layer := range c.Layers {
		f, err := net.Config().Feature(layer)
		if err != nil {
			return usagef("--layers: %w", err)
		}
		if slices.Contains(c.Layers[:i], layer) {
			return usagef("--layers: %s twice", layer)
		}
		sizes[i] = f.Len()
	}
	if c.Format == "" {
		params := map[string]any{"layers": c.Layers, "transform": c.Transform, "side": net.Config().Input}
		_, err = a.writeArtifact(c.Out, features.Schema, "activations", params, []string{c.Weights}, func(w *artifacts.Writer) error {
			return c.toArtifact(ctx, a, w, net, in, sizes)
		})
	} else {
		err = c.toFiles(ctx, a, net, in, sizes)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		shapes := map[string][]int{}
		for i, layer := range c.Layers {
			shapes[layer] = []int{len(names), sizes[i]}
		}
		return printJSON(a.Stdout, map[string]any{"out": c.Out, "images": len(names), "layers": shapes, "transform": c.Transform, "side": net.Config().Input})
	}
	_, err = fmt.Fprintf(a.Stdout, "%s: %d images, layers %s\n", c.Out, len(names), strings.Join(c.Layers, ", "))
	return err
}

// network reads the network from a checkpoint or an artifact.
func (c *Activations) network(ctx context.Context, a *App) (*model.Net, error) {
	if info, err := os.Stat(c.Weights); err != nil {
		return nil, err
	} else if info.IsDir() {
		art, err := artifacts.Open(c.Weights)
		if err != nil {
			return nil, err
		}
		if kind := art.Manifest().Schema.Name; kind != weights.Schema.Name {
			return nil, fmt.Errorf("%s: an artifact of schema %s, want %s", c.Weights, kind, weights.Schema.Name)
		}
		return network.Read(art)
	}
	net, notes, err := checkpoint.Network(ctx, c.Weights, c.Side)
	if err == nil {
		notes.Log(a.Log)
	}
	return net, err
}

// pictures are images of a folder.
type pictures struct {
	folder *images.Folder
	names  []string
}

// run decodes the images chunk by chunk and hands each layer's rows to emit.
func (c *Activations) run(ctx context.Context, a *App, net *model.Net, in pictures, emit func(layer string, rows []float32) error) error {
	side := net.Config().Input
	for at := 0; at < len(in.names); at += chunk {
		some := in.names[at:min(at+chunk, len(in.names))]
		im := model.Images{Side: side, Pixels: make([]byte, len(some)*side*side*3)}
		group, inner := goroutines.WithContext(ctx)
		group.SetLimit(step.Cores(c.Workers))
		for i, name := range some {
			group.Go(func() error {
				if err := inner.Err(); err != nil {
					return err
				}
				m, err := in.folder.Decode(name)
				if err != nil {
					return err
				}
				if c.Transform == "squash" {
					m = images.Squash(m, side)
				} else {
					m = images.ResizeCenterCrop(m, side*256/224, side)
				}
				copy(im.Pixels[i*side*side*3:], m.Pix)
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		err := model.Activations(ctx, net, im, c.Layers, c.Batch, model.Compute{Workers: c.Workers},
			func(layer string, _ int, rows []float32) error { return emit(layer, rows) })
		if err != nil {
			return err
		}
		a.Log.Info().Int("done", at+len(some)).Int("total", len(in.names)).Msg("images")
	}
	return nil
}

// toArtifact writes a features artifact.
func (c *Activations) toArtifact(ctx context.Context, a *App, w *artifacts.Writer, net *model.Net, in pictures, sizes []int) error {
	rows := make([]features.Image, len(in.names))
	for i, n := range in.names {
		rows[i] = features.Image{Name: n}
	}
	if err := artifacts.WriteTable(w, features.ImagesTable, rows); err != nil {
		return err
	}
	out := map[string]*artifacts.TensorWriter[float32]{}
	for i, layer := range c.Layers {
		var err error
		if out[layer], err = artifacts.NewTensorWriter[float32](w, features.File(layer), []int{sizes[i]}); err != nil {
			return err
		}
	}
	err := c.run(ctx, a, net, in, func(layer string, rows []float32) error { return out[layer].Append(rows) })
	for _, t := range out {
		if e := t.Close(); err == nil {
			err = e
		}
	}
	return err
}

// toFiles writes one .npy a layer and names.txt last, so that a folder with
// names.txt is whole.
func (c *Activations) toFiles(ctx context.Context, a *App, net *model.Net, in pictures, sizes []int) (err error) {
	if err := os.MkdirAll(c.Out, 0o777); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(c.Out, "names.txt")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	out := map[string]*bufio.Writer{}
	var files []*os.File
	defer func() {
		for _, f := range files {
			if e := f.Close(); err == nil {
				err = e
			}
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(c.Out, "names.txt"), []byte(strings.Join(in.names, "\n")+"\n"), 0o666)
		}
	}()
	for i, layer := range c.Layers {
		f, err := os.Create(filepath.Join(c.Out, layer+".npy"))
		if err != nil {
			return err
		}
		files = append(files, f)
		out[layer] = bufio.NewWriterSize(f, 1<<18)
		if err := npy.WriteHeader(out[layer], array.Float32, []int{len(in.names), sizes[i]}); err != nil {
			return err
		}
	}
	buf := make([]byte, 0, 1<<16)
	err = c.run(ctx, a, net, in, func(layer string, rows []float32) error {
		for len(rows) > 0 {
			n := min(len(rows), cap(buf)/4)
			buf = buf[:0]
			for _, v := range rows[:n] {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			}
			if _, err := out[layer].Write(buf); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, layer := range c.Layers {
		if err := out[layer].Flush(); err != nil {
			return err
		}
	}
	return nil
}
