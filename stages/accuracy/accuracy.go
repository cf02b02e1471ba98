package accuracy

import (
	"context"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/weights"
	"realnet/model"
	"realnet/model/kernels"
	"realnet/stages/analysis/inference"
	"realnet/stages/network"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Subset    string            `json:"subset" doc:"labelled images to measure on; empty: all"`
	Batch     int               `json:"batch" doc:"images at a time; changes memory, not results"`
	Model     string            `json:"model" doc:"label of the network"`
	Trained   string            `json:"trained" doc:"label: subject whose brain trained the network"`
	Precision kernels.Precision `json:"precision" doc:"operands of convolutions: fp32, or bf16 (half the digits, faster where the processor multiplies bfloat16)"`
}

// DefaultParams measure on the test images.
func DefaultParams() Params { return Params{Subset: "test", Batch: 16, Precision: kernels.FP32} }

// Validate checks the counts.
func (p Params) Validate() error { return stage.Within("batch", p.Batch, 1, 1_000_000) }

// Need of a run: every core.
func (Params) Need() stage.Need { return stage.Need{Memory: 2 << 30} }

// NeedOf a run on its network.
func (p Params) NeedOf(in map[string][]*artifacts.Artifact) (stage.Need, error) {
	return network.NeedOf(p.Need(), in["weights"])
}

// Stage is the accuracy stage.
var Stage = stage.New(stage.Spec{
	Name: "accuracy",
	Doc:  "Measures a network's classification accuracy.",
	In: []stage.Port{
		{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Doc: "labelled images"},
		{Name: "weights", Schemas: []string{weights.Schema.Name}, Doc: "the network"},
	},
	Out:    accuracies.Schema,
	Kernel: network.Kernel,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	images, err := network.Select(env.One("stimuli"), p.Subset)
	if err != nil {
		return err
	}
	defer images.Close()
	labels, err := images.Labels()
	if err != nil {
		return err
	}
	net, err := network.Read(env.One("weights"))
	if err != nil {
		return err
	}
	got, err := model.Measure(ctx, net, images.Images, labels, p.Batch, model.Compute{Workers: env.Workers, Precision: p.Precision})
	if err != nil {
		return err
	}
	ci := inference.Wilson(got.Top1, got.Images, 0.95)
	answers := make([]accuracies.Answer, len(got.Right))
	for i, right := range got.Right {
		answers[i] = accuracies.Answer{Model: p.Model, Trained: p.Trained, Subset: p.Subset, Image: images.Rows[i].Name, Right: right}
	}
	if err := artifacts.WriteTable(env.Out, accuracies.AnswersTable, answers); err != nil {
		return err
	}
	return artifacts.WriteTable(env.Out, accuracies.Table, []accuracies.Row{{
		Model: p.Model, Trained: p.Trained, Subset: p.Subset, Top1: got.Top1, Top5: got.Top5, CILow: ci.Low, CIHigh: ci.High, N: int64(got.Images),
	}})
}
