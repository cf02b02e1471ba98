package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/weights"
	"realnet/data/array"
	"realnet/data/safetensors"
	"realnet/data/torch"
	"realnet/model"
	"realnet/stages/network"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	File string `json:"file" doc:"the checkpoint's path in the dataset; empty: the only .pth, .pt or .safetensors file"`
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

func run(_ context.Context, env *stage.Env, p Params) error {
	a := env.One("dataset")
	name, err := pick(a.Files(dataset.Root+"/*"), p.File)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Dir(), err)
	}
	file, err := a.Path(name)
	if err != nil {
		return err
	}
	net, unexpected, err := Network(file, p.Side)
	if err != nil {
		return err
	}
	if len(unexpected) > 0 {
		env.Log.Warn().Strs("tensors", unexpected).Msg("tensors that the network does not have are left out")
	}
	return network.Write(env.Out, net, nil, nil)
}

// ErrNoCheckpoint is returned when a dataset has no checkpoint, or several and
// none is named.
var ErrNoCheckpoint = errors.New("cannot tell which file is the checkpoint")

func pick(files []string, want string) (string, error) {
	var found []string
	for _, f := range files {
		switch path.Ext(f) {
		case ".pth", ".pt", ".safetensors":
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

// Network builds the network of a checkpoint file. side is that of the input of
// a network without an encoder. unexpected are tensors that the network does not
// have, which are left out.
func Network(file string, side int) (net *model.Net, unexpected []string, err error) {
	params, err := Load(file)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := model.ConfigOf(params, side)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	if net, err = model.New(cfg, 0); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	report, err := net.Load(params)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(report.Missing)+len(report.Mismatched) > 0 {
		return nil, nil, fmt.Errorf("%s is no checkpoint of this network: missing %v, of another shape %v", file, report.Missing, report.Mismatched)
	}
	return net, report.Unexpected, nil
}

// Load reads the tensors of a checkpoint file under their bare names.
func Load(file string) ([]model.Param, error) {
	var tensors []array.Named
	if strings.EqualFold(filepath.Ext(file), ".safetensors") {
		f, err := safetensors.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		tensors = f.Tensors
	} else {
		f, err := torch.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if tensors, err = f.StateDict(); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	params := make([]model.Param, len(tensors))
	for i, t := range tensors {
		values, err := t.Float32()
		if err != nil {
			return nil, fmt.Errorf("%s: tensor %s: %w", file, t.Name, err)
		}
		params[i] = model.Param{Name: t.Name, Shape: t.Shape, Values: values}
	}
	return params, nil
}
