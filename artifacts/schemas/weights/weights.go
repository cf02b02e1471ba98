// Package weights is the artifact of a network: its weights under PyTorch's
// names, its architecture, and the loss curves of its training.
package weights

import "realnet/artifacts"

// Step is one optimiser step.
type Step struct {
	Step           int64   `col:"step" doc:"from 1"`
	Epoch          int32   `col:"epoch" doc:"from 1"`
	Loss           float64 `col:"loss" doc:"what was minimised"`
	Classification float64 `col:"classification" doc:"LC"`
	MSE            float64 `col:"mse"`
	Contrastive    float64 `col:"contrastive"`
	Rate           float64 `col:"learning_rate"`
}

// Epoch is the mean of one epoch, and what was measured after it.
type Epoch struct {
	Epoch          int32   `col:"epoch" doc:"from 1"`
	Loss           float64 `col:"loss"`
	Classification float64 `col:"classification"`
	MSE            float64 `col:"mse"`
	Contrastive    float64 `col:"contrastive"`

	// Of the images held out, NaN without a validation split.
	ValidationLoss           float64 `col:"validation_loss"`
	ValidationClassification float64 `col:"validation_classification"`
	ValidationMSE            float64 `col:"validation_mse"`
	ValidationContrastive    float64 `col:"validation_contrastive"`
}

// File names within the artifact.
const (
	File         = "weights.arrow"
	Architecture = "architecture.json"
	StepsTable   = "steps.parquet"
	EpochsTable  = "epochs.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "weights", Version: 1, Doc: "a network's weights and how its training went",
	Files: []artifacts.FileSpec{
		{Name: File, Kind: artifacts.KindWeights, Doc: "one row a tensor, PyTorch's names and shapes (OIHW)"},
		{Name: Architecture, Kind: artifacts.KindRaw, Doc: "the configuration that builds the network"},
		optional(artifacts.TableOf[Step](StepsTable)),
		optional(artifacts.TableOf[Epoch](EpochsTable)),
	},
})

func optional(f artifacts.FileSpec) artifacts.FileSpec {
	f.Optional = true
	return f
}
