package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/rs/zerolog"

	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/weights"
	"realnet/data/array"
	"realnet/data/file"
	"realnet/model"
	"realnet/stages/network"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	File string `json:"file" doc:"the checkpoint's path in the dataset; empty: the only .pth, .pt, .ckpt, .pth.tar or .safetensors file"`
	Side int    `json:"side" doc:"side of the input in pixels, for a network without an encoder"`
}

// DefaultParams read CORnet-S at its published size.
func DefaultParams() Params { return Params{Side: 224} }

// Need of a run: the checkpoint, its copy in the network, and the artifact.
func (Params) Need() stage.Need { return stage.Need{CPUs: 1, Memory: 2 << 30} }

// Stage is the checkpoint stage.
var Stage = stage.New(stage.Spec{
	Name: "checkpoint",
	Doc:  "Turns a PyTorch checkpoint into weights.",
	In:   []stage.Port{{Name: "dataset", Schemas: []string{dataset.Schema.Name}, Doc: "files with the checkpoint"}},
	Out:  weights.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	a := env.One("dataset")
	name, err := pick(a.Files(dataset.Root+"/*"), p.File)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Dir(), err)
	}
	path, err := a.Path(name)
	if err != nil {
		return err
	}
	net, notes, err := Network(ctx, path, p.Side)
	if err != nil {
		return err
	}
	notes.Log(env.Log)
	return network.Write(env.Out, net, nil, nil)
}

// ErrNoCheckpoint is returned when a dataset has no checkpoint, or several and
// none is named.
var ErrNoCheckpoint = errors.New("cannot tell which file is the checkpoint")

func pick(files []string, want string) (string, error) {
	var found []string
	for _, f := range files {
		switch path.Ext(strings.TrimSuffix(f, ".tar")) {
		case ".pth", ".pt", ".ckpt", ".safetensors":
			found = append(found, f)
		}
		if want != "" && f == path.Join(dataset.Root, want) {
			return f, nil
		}
	}
	if len(found) != 1 || want != "" {
		return "", fmt.Errorf("%w: %q among %v", ErrNoCheckpoint, want, found)
	}
	return found[0], nil
}

// Notes say how a file was read.
type Notes struct {
	Prefix     string          // cut off the names, such as "state_dict.module."
	Unexpected []string        // tensors that the network does not have, left out
	Skipped    []array.Skipped // parts of the file that are no tensors, not read
}

// Log writes what a reader of the log wants to know.
func (n Notes) Log(log zerolog.Logger) {
	if n.Prefix != "" {
		log.Info().Str("prefix", n.Prefix).Msg("the checkpoint's names are read without their prefix")
	}
	if len(n.Unexpected) > 0 {
		log.Warn().Strs("tensors", n.Unexpected).Msg("tensors that the network does not have are left out")
	}
	for _, s := range n.Skipped {
		log.Warn().Str("part", s.Name).Err(s.Err).Msg("a part of the checkpoint is not read")
	}
}

// Network builds the network of a checkpoint file. side is that of the input of
// a network without an encoder.
func Network(ctx context.Context, path string, side int) (*model.Net, Notes, error) {
	params, notes, err := load(ctx, path)
	if err != nil {
		return nil, notes, err
	}
	cfg, err := model.ConfigOf(params, side)
	if err != nil {
		return nil, notes, fmt.Errorf("%s: %w", path, notes.explain(err))
	}
	net, err := model.New(cfg, 0)
	if err != nil {
		return nil, notes, fmt.Errorf("%s: %w", path, err)
	}
	report, err := net.Load(params)
	if err != nil {
		return nil, notes, fmt.Errorf("%s: %w", path, notes.explain(err))
	}
	if len(report.Missing)+len(report.Mismatched) > 0 {
		return nil, notes, fmt.Errorf("%s is no checkpoint of this network: missing %v, of another shape %v", path, report.Missing, report.Mismatched)
	}
	notes.Unexpected = report.Unexpected
	return net, notes, nil
}

// explain adds to an error of tensors that are missing what was not read.
func (n Notes) explain(err error) error {
	if len(n.Skipped) == 0 {
		return err
	}
	return fmt.Errorf("%w (not read: %s: %w)", err, n.Skipped[0].Name, n.Skipped[0].Err)
}

// Load reads the tensors of a checkpoint file: those of the network under their bare
// names, or all of a file without one under the names that the file gives them.
func Load(ctx context.Context, path string) ([]model.Param, error) {
	params, _, err := load(ctx, path)
	return params, err
}

func load(ctx context.Context, path string) ([]model.Param, Notes, error) {
	var notes Notes
	f, err := file.Open(ctx, path)
	if err != nil {
		return nil, notes, err
	}
	defer f.Close()
	tensors := make([]array.Named, len(f.Arrays))
	for i, t := range f.Arrays {
		tensors[i].Name = t.Name
		if t.Err != nil {
			notes.Skipped = append(notes.Skipped, array.Skipped{Name: t.Name, Err: t.Err})
		}
	}
	found, ok, err := findNames(tensors)
	if err != nil {
		return nil, notes, fmt.Errorf("%s: %w", path, err)
	}
	notes.Prefix = found.String()
	var params []model.Param
	for _, t := range f.Arrays {
		name := t.Name
		if ok {
			var inside bool
			if name, inside = found.bare(name); !inside {
				continue
			}
		}
		if !t.Numeric() {
			continue
		}
		values, err := t.Float32(ctx)
		if err != nil {
			return nil, notes, fmt.Errorf("%s: %w", path, err)
		}
		params = append(params, model.Param{Name: name, Shape: t.Shape, Values: values})
	}
	if len(params) == 0 {
		return nil, notes, notes.explain(fmt.Errorf("%s: %w: the file has no tensors", path, ErrNoCheckpoint))
	}
	return params, notes, nil
}
