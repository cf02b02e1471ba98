package newstudy

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
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
	for _, name := range names {
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

// group is files whose names differ in labels alone.
type group struct {
	pattern string              // with marks
	files   []string            // in order
	labels  map[string][]string // of each mark, each once
	array   string              // pattern of the array in a file; "" for the only one
	shape   []int               // of the first array
}

var (
	subjectLike = regexp.MustCompile(`^(?i:sub-?|subj-?|s|p|participant-?|vp)\d+$`)
	regionLike  = regexp.MustCompile(`^(?i:h?V[1-8][dvab]?|IT|LOC?|LO[12]|FFA|OFA|PPA|EBA|FBA|RSC|OPA|TOS|MT|MST|EVC|VTC|VT|OTC|HVC|TE[O]?|PFC|A1|STS|ventral|dorsal|early|nsdgeneral|lh|rh)$`)
	sessionLike = regexp.MustCompile(`^(?i:ses-?|session-?)\d+$`)
	separators  = regexp.MustCompile(`[_\-./]+`)
)

var subsetWords = []string{"train", "training", "test", "testing"}

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

func (f *Found) group(ctx context.Context, files []string) (group, error) {
	g := group{files: files, labels: map[string][]string{}}
	first := separators.Split(files[0], -1)
	gaps := append(separators.FindAllString(files[0], -1), "")
	marks := make([]string, len(first))
	for i := range first {
		var values []string
		for _, name := range files {
			values = append(values, separators.Split(name, -1)[i])
		}
		slices.Sort(values)
		values = slices.Compact(values)
		all := func(ok func(string) bool) bool {
			return !slices.ContainsFunc(values, func(v string) bool { return !ok(v) })
		}
		mark := ""
		switch {
		case i == len(first)-1: // the extension
		case all(func(v string) bool { return slices.Contains(subsetWords, v) }):
			mark = "subset"
		case all(sessionLike.MatchString):
			mark = "session"
		case all(subjectLike.MatchString):
			mark = "subject"
		case all(regionLike.MatchString) || len(values) > 1:
			mark = "roi"
		}
		if _, taken := g.labels[mark]; mark != "" && !taken {
			marks[i], g.labels[mark] = mark, values
		}
	}
	if _, ok := g.labels["subject"]; !ok { // labels that look like nothing: the first are people
		for i, mark := range marks {
			if mark == "roi" && !regionLike.MatchString(first[i]) {
				g.labels["subject"], marks[i] = g.labels["roi"], "subject"
				delete(g.labels, "roi")
				break
			}
		}
	}
	for i, part := range first {
		if marks[i] != "" {
			part = "{" + marks[i] + "}"
		}
		g.pattern += part + gaps[i]
	}
	return g, f.inside(ctx, &g)
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
	if g.labels["roi"] != nil {
		return nil
	}
	for _, a := range numbers {
		g.labels["roi"] = append(g.labels["roi"], a.Name)
	}
	g.array = "{roi}"
	return nil
}
