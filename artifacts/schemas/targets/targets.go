// Package targets is the artifact of what a network is trained to predict: the
// principal components of a subject's responses to the training images.
package targets

import "realnet/artifacts"

// Sample is one row of the targets.
type Sample struct {
	Condition string `col:"condition" doc:"image name"`
	Subset    string `col:"subset" doc:"train or test; components are fitted on train alone"`
}

// Component is one column of the targets.
type Component struct {
	Index    int32   `col:"index" doc:"from 0"`
	Variance float64 `col:"variance" doc:"of the training samples along it (ddof 1)"`
	Ratio    float64 `col:"ratio" doc:"of the total variance of the training samples"`
}

// File names within the artifact.
const (
	Tensor           = "targets.arrow"
	SamplesTable     = "samples.parquet"
	ComponentsTable  = "components.parquet"
	ComponentsTensor = "components.arrow"
	MeanTensor       = "mean.arrow"
	ScaleTensor      = "scale.arrow"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "targets", Version: 1, Doc: "training targets of one subject: samples x components",
	Files: []artifacts.FileSpec{
		{Name: Tensor, Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 2, Doc: "samples x components"},
		artifacts.TableOf[Sample](SamplesTable),
		artifacts.TableOf[Component](ComponentsTable),
		{Name: ComponentsTensor, Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 2, Doc: "components x features; the largest loading of each is positive"},
		{Name: MeanTensor, Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 1, Doc: "features; of the training samples"},
		{Name: ScaleTensor, Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 1, Optional: true, Doc: "features; divided by before the projection"},
	},
})
