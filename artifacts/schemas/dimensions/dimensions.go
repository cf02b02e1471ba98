// Package dimensions is the artifact of object dimensions: what people (or a
// synthetic world) say of each object, such as the 49 dimensions of THINGS.
package dimensions

import "realnet/artifacts"

// Object is one row of the values.
type Object struct {
	Name string `col:"name" doc:"the key that joins objects and images"`
}

// Label is one column of the values.
type Label struct {
	Name    string `col:"name"`
	Planted bool   `col:"planted" doc:"a synthetic world put it into its brains"`
}

// File names within the artifact.
const (
	Tensor       = "values.arrow"
	ObjectsTable = "objects.parquet"
	LabelsTable  = "labels.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "dimensions", Version: 1, Doc: "dimensions of objects: objects x dimensions",
	Files: []artifacts.FileSpec{
		{Name: Tensor, Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 2, Doc: "objects x dimensions"},
		artifacts.TableOf[Object](ObjectsTable),
		artifacts.TableOf[Label](LabelsTable),
	},
})
