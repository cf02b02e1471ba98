// Package dataset is the artifact of a dataset's files as their authors
// distribute them, with where each came from.
package dataset

import "realnet/artifacts"

// FilesTable lists the files; the files themselves are below Root with the
// names that the dataset gives them.
const (
	FilesTable = "files.parquet"
	Root       = "files"
)

// File is one file of the dataset.
type File struct {
	Path   string `col:"path" doc:"relative to files/, slash-separated"`
	Size   int64  `col:"size" doc:"bytes"`
	SHA256 string `col:"sha256" doc:"hexadecimal"`
	Source string `col:"source" doc:"URL; local for a user's own folder; with a remark when it is not the published file of its name"`
}

// Sources that are no URL.
const (
	Local   = "local"
	Changed = "local, not the published file"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "dataset", Version: 1, Doc: "files of a dataset, verified",
	Files: append([]artifacts.FileSpec{artifacts.TableOf[File](FilesTable)}, below(Root, 8)...),
})

// below names raw files at any depth up to the given one.
func below(root string, depth int) []artifacts.FileSpec {
	specs := make([]artifacts.FileSpec, depth)
	name := root
	for i := range specs {
		name += "/*"
		specs[i] = artifacts.FileSpec{Name: name, Kind: artifacts.KindRaw, Optional: true}
	}
	return specs
}
