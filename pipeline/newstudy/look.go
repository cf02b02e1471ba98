package newstudy

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/catalogue"
	"realnet/data/csvtable"
	"realnet/data/file"
	"realnet/data/images"
)

// Found is what a folder holds.
type Found struct {
	dir        string
	images     map[string][]string // names of images by folder
	tables     map[string]*csvtable.Table
	arrays     []string // files that hold numbers
	weights    []string
	epochs     []string // of MNE or EEGLAB
	bids       bool
	derivative bool
}

// arrayExtensions are those of files that may hold responses.
var arrayExtensions = []string{".npy", ".npz", ".mat", ".h5", ".hdf5", ".pt"}

// inspectFolder sorts the files of a folder.
func inspectFolder(dir string) (*Found, error) {
	names, err := catalogue.List(dir, nil)
	if err != nil {
		return nil, err
	}
	f := &Found{dir: dir, images: map[string][]string{}, tables: map[string]*csvtable.Table{}}
	for _, name := range outsideRuns(names) {
		ext := strings.ToLower(path.Ext(strings.TrimSuffix(name, ".tar")))
		switch {
		case images.IsImage(name):
			f.images[path.Dir(name)] = append(f.images[path.Dir(name)], path.Base(name))
		case path.Base(name) == "dataset_description.json":
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				return nil, err
			}
			f.bids = true
			f.derivative = f.derivative || strings.Contains(string(text), `"derivative"`)
		case strings.HasSuffix(name, "epo.fif") || ext == ".set":
			f.epochs = append(f.epochs, name)
		case ext == ".pth" || ext == ".ckpt" || ext == ".safetensors":
			f.weights = append(f.weights, name)
		case slices.Contains(arrayExtensions, ext):
			f.arrays = append(f.arrays, name)
		case ext == ".csv" || ext == ".tsv" || ext == ".parquet":
			t, err := file.ReadTable(filepath.Join(dir, name))
			if err == nil && conditionColumn(t) != "" {
				f.tables[name] = t
			} else if err == nil {
				f.arrays = append(f.arrays, name)
			}
		}
	}
	return f, nil
}

// conditionColumn is the column of a table that names conditions; "" without one.
func conditionColumn(t *csvtable.Table) string {
	for _, name := range []string{"condition", "image", "stimulus", "name", "filename", "trial_type", "label", "stim_file"} {
		if slices.Contains(t.Columns, name) {
			return name
		}
	}
	return ""
}

// outsideRuns leaves out the folders of former runs, whose tables and figures are no data.
func outsideRuns(names []string) []string {
	runs := map[string]bool{}
	for _, name := range names {
		if path.Base(name) == "run.json" && path.Dir(name) != "." {
			runs[path.Dir(name)] = true
		}
	}
	return slices.DeleteFunc(names, func(name string) bool {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if runs[dir] {
				return true
			}
		}
		return false
	})
}

// group is files whose names differ in labels alone.
type group struct {
	pattern string              // with marks
	files   []string            // in order
	labels  map[string][]string // of each mark, each once
	array   string              // pattern of the array in a file; "" for the only one
	shape   []int               // of the first array
	several []string            // the arrays of the first file, if it has several
	loose   []string            // values of a part of the names that no label stands for
}

// groups puts files together whose names have the same parts but for labels, and says
// which part is which label.
func (f *Found) groups(ctx context.Context) ([]group, error) {
	by := map[string][]string{}
	var keys []string
	for _, name := range f.arrays {
		parts := separators.Split(name, -1)
		key := fmt.Sprint(strings.Join(separators.FindAllString(name, -1), "|"), len(parts), path.Ext(name))
		if by[key] == nil {
			keys = append(keys, key)
		}
		by[key] = append(by[key], name)
	}
	var out []group
	for _, key := range keys {
		g, err := f.group(ctx, by[key])
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// inside looks at the arrays of the first file.
func (f *Found) inside(ctx context.Context, g *group) error {
	in, err := file.Open(ctx, filepath.Join(f.dir, filepath.FromSlash(g.files[0])))
	if err != nil {
		return nil // not an array after all: it will be said when a group is needed
	}
	defer in.Close()
	var numbers []*file.Array
	for _, a := range in.Arrays {
		if a.Numeric() && len(a.Shape) >= 2 {
			numbers = append(numbers, a)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	g.shape = numbers[0].Shape
	if len(numbers) == 1 {
		if len(in.Arrays) > 1 {
			g.array = numbers[0].Name
		}
		return nil
	}
	for _, a := range numbers {
		g.several = append(g.several, a.Name)
	}
	if g.labels["roi"] != nil {
		return nil
	}
	g.labels["roi"] = g.several
	g.array = "{roi}"
	return nil
}
