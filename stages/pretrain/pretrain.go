package pretrain

import (
	"cmp"
	"context"
	"fmt"

	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/weights"
	"realnet/model"
	"realnet/model/kernels"
	"realnet/stages/network"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Width        int               `json:"width" doc:"channels of V1: 64 for CORnet-S, 8 for the narrow network"`
	Classes      int               `json:"classes" doc:"number of classes; 0: the largest label + 1"`
	Subset       string            `json:"subset" doc:"images to train on; empty: all"`
	Epochs       int               `json:"epochs" doc:"0: the network stays untrained"`
	Batch        int               `json:"batch"`
	LearningRate float64           `json:"learning_rate" doc:"falls linearly over the epochs"`
	Validation   float64           `json:"validation" doc:"share of the images held out for a validation loss"`
	Seed         uint64            `json:"seed"`
	Precision    kernels.Precision `json:"precision" doc:"operands of convolutions: fp32, or bf16 (half the digits, faster where the processor multiplies bfloat16)"`
}

// DefaultParams train the narrow network.
func DefaultParams() Params {
	d := model.DefaultPretraining()
	return Params{Width: 8, Subset: "pretrain", Epochs: d.Epochs, Batch: d.Batch, LearningRate: d.LearningRate, Validation: d.Validation, Seed: d.Seed, Precision: kernels.FP32}
}

// Validate checks the network's size, and the training if there is one.
func (p Params) Validate() error {
	if p.Epochs < 0 || (p.Epochs == 0 && p.Classes < 1) {
		return fmt.Errorf("epochs and classes: %d and %d: 0 epochs need the number of classes", p.Epochs, p.Classes)
	}
	if err := cmp.Or(stage.Within("width", p.Width, 1, 512), stage.Within("classes", p.Classes, 0, 100_000)); err != nil || p.Epochs == 0 {
		return err
	}
	return p.config(0).Validate()
}

func (p Params) config(workers int) model.PretrainConfig {
	return model.PretrainConfig{
		Epochs: p.Epochs, Batch: p.Batch, LearningRate: p.LearningRate, Validation: p.Validation, Seed: p.Seed,
		Compute: model.Compute{Workers: workers, Precision: p.Precision},
	}
}

// Need of a run: every core.
func (Params) Need() stage.Need { return stage.Need{Memory: 1 << 30} }

// Stage is the pretrain stage.
var Stage = stage.New(stage.Spec{
	Name:   "pretrain",
	Doc:    "Trains a base network to classify labelled images.",
	In:     []stage.Port{{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Doc: "labelled images"}},
	Out:    weights.Schema,
	Kernel: network.Kernel,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	images, err := network.Select(env.One("stimuli"), p.Subset)
	if err != nil {
		return err
	}
	defer images.Close()
	cfg := model.CORnetS()
	cfg.Width, cfg.Input, cfg.Classes = p.Width, images.Images.Side, p.Classes
	if p.Epochs == 0 && p.Classes > 0 {
		net, err := model.New(cfg, p.Seed)
		if err != nil {
			return err
		}
		return network.Write(env.Out, net, nil, nil)
	}
	labels, err := images.Labels()
	if err != nil {
		return err
	}
	if cfg.Classes == 0 {
		for _, l := range labels {
			cfg.Classes = max(cfg.Classes, int(l)+1)
		}
	}
	for i, l := range labels {
		if int(l) >= cfg.Classes {
			return fmt.Errorf("image %s has label %d, there are %d classes", images.Rows[i].Name, l, cfg.Classes)
		}
	}
	net, err := model.New(cfg, p.Seed)
	if err != nil {
		return err
	}
	dir, err := env.ScratchDir()
	if err != nil {
		return err
	}
	hooks, err := network.Resumable(dir, env.Log, env.Progress)
	if err != nil {
		return err
	}
	history, err := model.Pretrain(ctx, net, model.Data{Images: images.Images, Labels: labels}, p.config(env.Workers), hooks)
	if err != nil {
		return err
	}
	return network.Write(env.Out, net, history, func(epoch int) float64 {
		return p.LearningRate * (1 - float64(epoch-1)/float64(p.Epochs))
	})
}
