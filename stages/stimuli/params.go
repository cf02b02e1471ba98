package stimuli

import (
	"fmt"
	"path"
	"slices"

	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Layout       string   `json:"layout" doc:"files, or kriegeskorte: stimuli_92objs of the supplementary .mat"`
	Files        []string `json:"files" doc:"patterns (path.Match) of the image files, or of the .mat; a pattern without a slash matches at any depth; an image in an archive is a.zip/PATH; none: every image"`
	Train        []string `json:"train" doc:"patterns of the training images"`
	Test         []string `json:"test" doc:"patterns of the test images"`
	Labels       string   `json:"labels" doc:"table in the dataset (.tsv or .csv) with a column name (or condition, image), and any of subset, label, class; or the list of images of TVSD (things_imgs.mat), and other images are left out"`
	Groups       []string `json:"groups" doc:"further columns of labels whose values are kept, for pairing: shuffled-within:COLUMN; the planner adds those that variants name"`
	ClassFolders bool     `json:"class_folders" doc:"class: the folder of an image; label: its place among the folders in byte order, as in ImageNet"`
	Transform    string   `json:"transform" doc:"squash: to a square whatever the proportions; center-crop: resize the short edge to 8/7 of the size and cut the middle"`
	Size         int      `json:"size" doc:"pixels of each edge"`
}

// Values of Params.
const (
	Files        = "files"
	Kriegeskorte = "kriegeskorte"
	Squash       = "squash"
	CenterCrop   = "center-crop"
)

// DefaultParams are those of the study.
func DefaultParams() Params { return Params{Layout: Files, Transform: Squash, Size: 224} }

// maxSize bounds the edge of an image, so that a slip does not ask for terabytes.
const maxSize = 4096

// Validate checks the parameters.
func (p Params) Validate() error {
	switch {
	case p.Layout != Files && p.Layout != Kriegeskorte:
		return fmt.Errorf("layout: %q is neither %s nor %s", p.Layout, Files, Kriegeskorte)
	case p.Transform != Squash && p.Transform != CenterCrop:
		return fmt.Errorf("transform: %q is neither %s nor %s", p.Transform, Squash, CenterCrop)
	case p.Size < 1 || p.Size > maxSize:
		return fmt.Errorf("size: %d is not in 1..%d", p.Size, maxSize)
	case p.Labels != "" && p.ClassFolders:
		return fmt.Errorf("class_folders: classes come from labels %q already", p.Labels)
	case len(p.Groups) > 0 && p.Labels == "":
		return fmt.Errorf("groups: %q are columns of the table labels, which is not given", p.Groups)
	}
	for _, pattern := range slices.Concat(p.Files, p.Train, p.Test) {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	return nil
}

// Need of a run: all cores, and a few decoded images each.
func (Params) Need() stage.Need { return stage.Need{Memory: 512 << 20} }
