// Package stimuli is the artifact of images as a network sees them before
// normalisation: 8-bit RGB of one size.
package stimuli

import "realnet/artifacts"

// Image is one image.
type Image struct {
	Name   string `col:"name" doc:"the key that joins models and brains"`
	Subset string `col:"subset" doc:"train, test, pretrain, or empty"`
	Label  int32  `col:"label" doc:"class index, -1 when not known"`
	Class  string `col:"class"`
}

// Group is the value that a further column of labels has for an image, such as a
// superordinate category.
type Group struct {
	Image  string `col:"image"`
	Column string `col:"column"`
	Value  string `col:"value"`
}

// File names within the artifact.
const (
	Tensor      = "images.arrow"
	ImagesTable = "images.parquet"
	GroupsTable = "groups.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "stimuli", Version: 1, Doc: "images, decoded and resized",
	Files: []artifacts.FileSpec{
		{Name: Tensor, Kind: artifacts.KindTensor, DType: artifacts.Uint8, Rank: 4, Doc: "images x height x width x RGB"},
		artifacts.TableOf[Image](ImagesTable),
		optional(artifacts.TableOf[Group](GroupsTable)),
	},
})

func optional(f artifacts.FileSpec) artifacts.FileSpec {
	f.Optional = true
	return f
}

// ReadGroups reads the groups of the images; none without the table.
func ReadGroups(a *artifacts.Artifact) ([]Group, error) {
	if !a.Has(GroupsTable) {
		return nil, nil
	}
	return artifacts.ReadTable[Group](a, GroupsTable)
}

// Shared is the subset of training images that another recording shows too: they are
// kept out of training, so that brains and networks can be compared on them.
const Shared = "shared"

// Names are the images' names.
func Names(a *artifacts.Artifact) (map[string]bool, error) {
	rows, err := artifacts.ReadTable[Image](a, ImagesTable)
	names := map[string]bool{}
	for _, r := range rows {
		names[r.Name] = true
	}
	return names, err
}
