package train

import (
	"context"
	"fmt"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/model"
	"realnet/model/kernels"
	"realnet/stages/analysis/naming"
	"realnet/stages/network"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Beta         float64           `json:"beta" doc:"weight of the brain loss; 0 is the control: classification alone"`
	Contrastive  model.Contrastive `json:"contrastive" doc:"live, detached (as the released code behaves) or none"`
	MSE          bool              `json:"mse" doc:"the mean squared error is part of the brain loss"`
	Layers       []string          `json:"layers" doc:"areas that feed the encoder, of V1, V2, V4, IT"`
	Trunk        string            `json:"trunk" doc:"trained or frozen"`
	Pairing      string            `json:"pairing" doc:"matched; shuffled: the second control; or shuffled-within:COLUMN: shuffled within the classes of a column of the images' labels, such as class"`
	BNUpdates    int               `json:"bn_updates" doc:"updates of the running statistics a batch: 1, or 2 as released"`
	Teacher      model.Teacher     `json:"teacher" doc:"labels of the classification loss: argmax of the frozen base network, or the images' labels"`
	Epochs       int               `json:"epochs"`
	Batch        int               `json:"batch"`
	LearningRate float64           `json:"learning_rate"`
	Validation   float64           `json:"validation" doc:"share of the training images held out for a validation loss"`
	Subset       string            `json:"subset" doc:"images to train on"`
	Seed         uint64            `json:"seed" doc:"initial encoder, order of images, held-out images, shuffled pairs"`
	Precision    kernels.Precision `json:"precision" doc:"operands of convolutions: fp32, or bf16 (half the digits, faster where the processor multiplies bfloat16)"`
}

// DefaultParams are the paper's, at its lowest beta.
func DefaultParams() Params {
	d := model.DefaultTraining()
	return Params{
		Beta: d.Beta, Contrastive: d.Contrastive, MSE: d.Square, Layers: model.DefaultConfig().Layers, Trunk: "trained", Pairing: Matched,
		BNUpdates: d.BNUpdates, Teacher: d.Teacher, Epochs: d.Epochs, Batch: d.Batch, LearningRate: d.LearningRate,
		Validation: d.Validation, Subset: "train", Seed: d.Seed, Precision: kernels.FP32,
	}
}

// Validate checks names; the model checks the rest before its first step.
func (p Params) Validate() error {
	if p.Trunk != "trained" && p.Trunk != "frozen" {
		return fmt.Errorf("trunk: %q is neither trained nor frozen", p.Trunk)
	}
	if err := checkPairing(p.Pairing); err != nil {
		return err
	}
	encoder := model.Config{Width: 1, Input: 32, Classes: 1, Outputs: 1, Hidden: 1, Layers: p.Layers} // of any size
	if err := encoder.Validate(); err != nil {
		return fmt.Errorf("layers: %w", err)
	}
	return p.config(0).Validate()
}

// Need of a run: every core, and what a full-size step holds.
func (Params) Need() stage.Need { return stage.Need{Memory: 4 << 30} }

// NeedOf a run on its network.
func (p Params) NeedOf(in map[string][]*artifacts.Artifact) (stage.Need, error) {
	return network.NeedOf(p.Need(), in["base"])
}

func (p Params) config(workers int) model.TrainConfig {
	return model.TrainConfig{
		Epochs: p.Epochs, Batch: p.Batch, LearningRate: p.LearningRate, Beta: p.Beta, Square: p.MSE, Contrastive: p.Contrastive,
		Teacher: p.Teacher, Frozen: p.Trunk == "frozen", BNUpdates: p.BNUpdates, Shuffled: p.Pairing != Matched,
		Validation: p.Validation, Seed: p.Seed, Compute: model.Compute{Workers: workers, Precision: p.Precision},
	}
}

// Stage is the train stage.
var Stage = stage.New(stage.Spec{
	Name: "train",
	Doc:  "Aligns a network with a brain (ReAlnet).",
	In: []stage.Port{
		{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Doc: "images"},
		{Name: "targets", Schemas: []string{targets.Schema.Name}, Doc: "what the network must predict"},
		{Name: "base", Schemas: []string{weights.Schema.Name}, Doc: "weights to start from, and the frozen teacher"},
	},
	Out:    weights.Schema,
	Kernel: network.Kernel,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	images, err := network.Select(env.One("stimuli"), p.Subset)
	if err != nil {
		return err
	}
	defer images.Close()
	want, outputs, err := join(images, env.One("targets"))
	if err != nil {
		return err
	}
	data := model.Data{Images: images.Images, Targets: want}
	if data.Groups, err = groups(images, env.One("stimuli"), p.Pairing); err != nil {
		return err
	}
	if p.Teacher == model.Labels {
		if data.Labels, err = images.Labels(); err != nil {
			return err
		}
	}
	net, err := build(env.One("base"), p, outputs)
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
	history, err := model.Train(ctx, net, data, p.config(env.Workers), hooks)
	if err != nil {
		return err
	}
	return network.Write(env.Out, net, history, func(int) float64 { return p.LearningRate })
}

// join returns the targets in the order of the images: images x components.
// Every image must have a target; names are joined by the rule of package naming.
func join(images network.Selection, a *artifacts.Artifact) (values []float32, components int, err error) {
	samples, err := artifacts.ReadTable[targets.Sample](a, targets.SamplesTable)
	if err != nil {
		return nil, 0, err
	}
	t, err := artifacts.OpenTensor[float32](a, targets.Tensor)
	if err != nil {
		return nil, 0, err
	}
	defer t.Close()
	if len(t.Shape) != 2 || t.Shape[0] != len(samples) {
		return nil, 0, fmt.Errorf("%s: targets of shape %v for %d samples", a.Dir(), t.Shape, len(samples))
	}
	seen := map[string]bool{}
	var conditions, names []string
	for _, s := range samples {
		if seen[s.Condition] {
			return nil, 0, fmt.Errorf("%s: image %s has two targets: average repetitions first", a.Dir(), s.Condition)
		}
		seen[s.Condition] = true
		conditions = append(conditions, s.Condition)
	}
	for _, im := range images.Rows {
		names = append(names, im.Name)
	}
	joined, err := naming.Join(conditions, names, false)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: targets of the images: %w", a.Dir(), err)
	}
	for k, i := range joined.A {
		im := images.Rows[joined.B[k]]
		if samples[i].Subset != im.Subset {
			return nil, 0, fmt.Errorf("%s: image %s is of subset %q among the stimuli and %q among the targets", a.Dir(), im.Name, im.Subset, samples[i].Subset)
		}
		values = append(values, t.Row(i)...)
	}
	return values, t.Shape[1], nil
}

// build gives the base network an encoder.
func build(base *artifacts.Artifact, p Params, outputs int) (*model.Net, error) {
	trunk, err := network.Read(base)
	if err != nil {
		return nil, err
	}
	cfg := trunk.Config()
	cfg.Outputs, cfg.Layers, cfg.Hidden = outputs, p.Layers, model.DefaultConfig().Hidden
	net, err := model.New(cfg, p.Seed)
	if err != nil {
		return nil, err
	}
	report, err := net.Load(trunk.Trunk())
	if err != nil {
		return nil, err
	}
	if len(report.Unexpected)+len(report.Mismatched) > 0 {
		return nil, fmt.Errorf("%s: the base weights do not fit: %+v", base.Dir(), report)
	}
	return net, nil
}
