package activations

import (
	"context"
	"fmt"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/weights"
	"realnet/model"
	"realnet/model/kernels"
	"realnet/stages/network"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layers    []string          `json:"layers" doc:"of V1, V2, V4, IT, avgpool, logits"`
	Subset    string            `json:"subset" doc:"images to run; empty: all"`
	Batch     int               `json:"batch" doc:"images at a time; changes memory, not results"`
	Precision kernels.Precision `json:"precision" doc:"operands of convolutions: fp32, or bf16 (half the digits, faster where the processor multiplies bfloat16)"`
}

// DefaultParams take the layers of the paper on the test images.
func DefaultParams() Params {
	return Params{Layers: []string{model.V1, model.V2, model.V4, model.IT, model.AvgPool}, Subset: "test", Batch: 16, Precision: kernels.FP32}
}

// Validate checks the counts; the model checks the layers.
func (p Params) Validate() error {
	if len(p.Layers) == 0 || p.Batch < 1 {
		return fmt.Errorf("layers and batch: %v and %d: at least one of each", p.Layers, p.Batch)
	}
	return nil
}

// Need of a run: every core.
func (Params) Need() stage.Need { return stage.Need{Memory: 2 << 30} }

// NeedOf a run on its network.
func (p Params) NeedOf(in map[string][]*artifacts.Artifact) (stage.Need, error) {
	return network.NeedOf(p.Need(), in["weights"])
}

// Stage is the activations stage.
var Stage = stage.New(stage.Spec{
	Name: "activations",
	Doc:  "Runs a network on images and keeps the activations of its layers.",
	In: []stage.Port{
		{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Doc: "images"},
		{Name: "weights", Schemas: []string{weights.Schema.Name}, Doc: "the network"},
	},
	Out:    features.Schema,
	Kernel: network.Kernel,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	images, err := network.Select(env.One("stimuli"), p.Subset)
	if err != nil {
		return err
	}
	defer images.Close()
	net, err := network.Read(env.One("weights"))
	if err != nil {
		return err
	}
	rows := make([]features.Image, len(images.Rows))
	for i, r := range images.Rows {
		rows[i] = features.Image{Name: r.Name, Subset: r.Subset}
	}
	if err := artifacts.WriteTable(env.Out, features.ImagesTable, rows); err != nil {
		return err
	}
	out := map[string]*artifacts.TensorWriter[float32]{}
	for _, layer := range p.Layers {
		size, err := net.Config().Feature(layer)
		if err != nil {
			return err
		}
		if out[layer], err = artifacts.NewTensorWriter[float32](env.Out, features.File(layer), []int{size.Len()}); err != nil {
			return err
		}
	}
	err = model.Activations(ctx, net, images.Images, p.Layers, p.Batch, model.Compute{Workers: env.Workers, Precision: p.Precision},
		func(layer string, first int, values []float32) error {
			env.Progress(int64(first), int64(len(rows)), layer)
			return out[layer].Append(values)
		})
	if err != nil {
		return err
	}
	for _, layer := range p.Layers {
		if err := out[layer].Close(); err != nil {
			return err
		}
	}
	return nil
}
