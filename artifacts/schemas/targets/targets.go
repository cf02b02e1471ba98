// Package targets is the artifact of what a network is trained to predict: the
// principal components of a subject's responses to the training images.
package targets

import (
	"fmt"

	"realnet/artifacts"
)

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

// Targets is the whole artifact in memory.
type Targets struct {
	Samples    []Sample
	Components []Component
	Values     []float64 // len(Samples) x len(Components)
	Loadings   []float32 // len(Components) x features
	Mean       []float64 // features
	Scale      []float64 // features, or nil
}

// Write puts t into w. On disk, values are rounded to float32.
func Write(w *artifacts.Writer, t Targets) error {
	n, k, d := len(t.Samples), len(t.Components), len(t.Mean)
	if len(t.Values) != n*k || len(t.Loadings) != k*d || t.Scale != nil && len(t.Scale) != d {
		return fmt.Errorf("targets: %d values and %d loadings for %d samples, %d components, %d features", len(t.Values), len(t.Loadings), n, k, d)
	}
	if err := artifacts.WriteFloats(w, Tensor, []int{n, k}, t.Values); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, SamplesTable, t.Samples); err != nil {
		return err
	}
	if err := artifacts.WriteTable(w, ComponentsTable, t.Components); err != nil {
		return err
	}
	if err := artifacts.WriteTensor(w, ComponentsTensor, []int{k, d}, t.Loadings); err != nil {
		return err
	}
	if err := artifacts.WriteFloats(w, MeanTensor, []int{d}, t.Mean); err != nil || t.Scale == nil {
		return err
	}
	return artifacts.WriteFloats(w, ScaleTensor, []int{d}, t.Scale)
}
