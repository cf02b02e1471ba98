// Package features is the artifact of a network's activations: one tensor a
// layer.
package features

import "realnet/artifacts"

// Image is one row of every tensor.
type Image struct {
	Name   string `col:"name"`
	Subset string `col:"subset"`
}

// ImagesTable is the file name of the rows; a layer's tensor is LAYER.arrow.
const ImagesTable = "images.parquet"

// File returns the name of a layer's tensor.
func File(layer string) string { return layer + ".arrow" }

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "features", Version: 1, Doc: "activations of a network, layer by layer",
	Files: []artifacts.FileSpec{
		artifacts.TableOf[Image](ImagesTable),
		{Name: "*.arrow", Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 2, Doc: "images x features, flattened C, H, W"},
	},
})
