// Package precision is the artifact of a noise precision: the inverse of the covariance of
// the noise between features.
package precision

import "realnet/artifacts"

// Tensor is the file name within the artifact.
const Tensor = "precision.arrow"

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "precision", Version: 1, Doc: "inverse of the noise covariance between features",
	Files: []artifacts.FileSpec{
		{Name: Tensor, Kind: artifacts.KindTensor, DType: artifacts.Float64, Rank: 2, Doc: "features x features, symmetric; in the order of the patterns' features"},
	},
})
