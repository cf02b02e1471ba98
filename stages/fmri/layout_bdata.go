package fmri

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realnet/artifacts/schemas/patterns"
	"realnet/data/bdata"
	"realnet/data/catalogue"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// BData says how to read BData files.
//
// A region of Params.ROIs is the name of a key without its ROI_ (V4 is also found as
// hV4, as files after fMRIPrep have it), or "NAME: EXPRESSION" in the selection language
// of package data/bdata.
type BData struct {
	Train       []string `json:"train" doc:"patterns of the files of training samples"`
	Test        []string `json:"test" doc:"patterns of the files of test samples"`
	Split       string   `json:"split" doc:"key that says which subset a sample is of, for files with both: its value is 1 for train, 2 for test; other samples are left out"`
	Label       string   `json:"label" doc:"key of the columns that say which image was shown"`
	LabelColumn int      `json:"label_column" doc:"which of the columns of that key, from 0"`
	Names       string   `json:"names" doc:"vmap: labels are the file's value map; imagenet: numbers such as 1443537.022563 stand for n01443537_22563; number: as they are; else a .tsv in the dataset with name and number"`
}

// Values of BData.Names.
const (
	FromValueMap = "vmap"
	ImageNet     = "imagenet"
	Number       = "number"
)

func (p Params) validateBData() error {
	b := p.BData
	switch {
	case len(p.ROIs) == 0:
		return fmt.Errorf("rois: name the regions to keep, as in V1, or \"HVC: ROI_LOC + ROI_FFA\"")
	case len(b.Train)+len(b.Test) == 0:
		return fmt.Errorf("bdata.train, bdata.test: name the files of layout bdata")
	case b.Label == "":
		return fmt.Errorf("bdata.label: name the key of the image")
	case b.LabelColumn < 0:
		return fmt.Errorf("bdata.label_column: %d is negative", b.LabelColumn)
	case b.Names == "":
		return fmt.Errorf("bdata.names: give vmap, imagenet, number or a .tsv")
	}
	return nil
}

// bdataFile is one file and the subset that its samples are of.
type bdataFile struct{ path, subset string }

// fromBData reads the samples of all files.
func fromBData(ctx context.Context, env *stage.Env, root string, p Params) (*gathered, error) {
	files, err := p.BData.files(root)
	if err != nil {
		return nil, err
	}
	naming, err := p.BData.naming(root)
	if err != nil {
		return nil, err
	}
	out := &gathered{sessions: map[int]string{-1: ""}}
	parts := make([]*bold.Patterns, len(files))
	runs := 0
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := readSamples(filepath.Join(root, filepath.FromSlash(f.path)), f.subset, p, naming)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		if i == 0 {
			out.voxels, out.members = s.voxels, s.members
		} else if !slices.Equal(out.members, s.members) {
			return nil, fmt.Errorf("%s and %s select other voxels for the same regions: they are of different subjects or preprocessing", files[0].path, f.path)
		}
		for k := range s.Labels {
			s.Labels[k].Run += runs
		}
		for run, session := range s.sessions {
			out.sessions[runs+run] = session
		}
		runs += len(s.sessions)
		parts[i] = s.Patterns
		env.Progress(int64(i+1), int64(len(files)), "files")
	}
	out.Patterns, err = bold.Concat(parts...)
	return out, err
}

// files finds the training, then the test files.
func (b BData) files(root string) ([]bdataFile, error) {
	var out []bdataFile
	at := map[string]string{}
	for _, set := range []struct {
		subset   string
		patterns []string
	}{{"train", b.Train}, {"test", b.Test}} {
		if len(set.patterns) == 0 {
			continue
		}
		names, err := catalogue.List(root, set.patterns)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("bdata.%s: no file matches %q", set.subset, set.patterns)
		}
		for _, name := range names {
			switch other, twice := at[name]; {
			case twice && b.Split == "":
				return nil, fmt.Errorf("%s is among both bdata.%s and bdata.%s: bdata.split says which samples are which", name, other, set.subset)
			case twice:
				continue
			}
			at[name] = set.subset
			out = append(out, bdataFile{name, set.subset})
		}
	}
	return out, nil
}

// naming turns numbers into names of images; nil when labels come from the value map.
func (b BData) naming(root string) (func(float64) (string, error), error) {
	switch b.Names {
	case FromValueMap:
		return nil, nil
	case ImageNet:
		return imageNetName, nil
	case Number:
		return func(v float64) (string, error) { return strconv.FormatFloat(v, 'f', -1, 64), nil }, nil
	}
	names, err := readNames(filepath.Join(root, filepath.FromSlash(b.Names)))
	if err != nil {
		return nil, fmt.Errorf("bdata.names: %w", err)
	}
	return func(v float64) (string, error) {
		if name, ok := names[sixDecimals(v)]; ok {
			return name, nil
		}
		return "", fmt.Errorf("%s has no image of number %s", b.Names, sixDecimals(v))
	}, nil
}

// imageNetName reads the synset before the point and the image behind it.
func imageNetName(v float64) (string, error) {
	synset, image, _ := strings.Cut(sixDecimals(v), ".")
	n, err := strconv.Atoi(image)
	if err != nil || !(v >= 1) || v >= 1e8 || n == 0 {
		return "", fmt.Errorf("%v does not stand for an image of ImageNet", v)
	}
	return fmt.Sprintf("n%08s_%d", synset, n), nil
}

func sixDecimals(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }

// readNames reads lines of name and number, more columns not looked at.
func readNames(file string) (map[string]string, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = '\t', -1, true
	names := map[string]string{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(row) < 2 {
			return nil, fmt.Errorf("%s:%d: want a name and a number", file, line)
		}
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %q is no number", file, line, row[1])
		}
		names[sixDecimals(v)] = row[0]
	}
}

// readSamples reads one file. Its runs count from 1.
func readSamples(file, subset string, p Params, naming func(float64) (string, error)) (*gathered, error) {
	f, err := bdata.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	labels, err := p.BData.labels(f, naming)
	if err != nil {
		return nil, err
	}
	subsets, err := p.BData.subsets(f, subset)
	if err != nil {
		return nil, err
	}
	runs, sessions, err := readRuns(f)
	if err != nil {
		return nil, err
	}
	out := &gathered{Patterns: &bold.Patterns{}, sessions: sessions}
	expressions := make([]string, len(p.ROIs))
	for i, roi := range p.ROIs {
		if _, expressions[i], err = selection(f, roi); err != nil {
			return nil, err
		}
	}
	m, err := f.Select("(" + strings.Join(expressions, ") | (") + ")")
	if err != nil {
		return nil, err
	}
	for i, roi := range p.ROIs {
		columns, err := f.Columns(expressions[i])
		if err != nil {
			return nil, err
		}
		name, _, _ := strings.Cut(roi, ":")
		for _, c := range columns {
			at, _ := slices.BinarySearch(m.Columns, c)
			out.members = append(out.members, patterns.Member{ROI: strings.TrimSpace(name), Voxel: int32(at)})
		}
	}
	for c := range m.Cols {
		out.voxels = append(out.voxels, patterns.Voxel{Index: int32(c), I: -1, J: -1, K: -1})
	}
	kept := 0
	for _, set := range subsets {
		if set != "" {
			kept++
		}
	}
	out.Voxels, out.Data = m.Cols, make([]float32, 0, kept*m.Cols)
	for row, set := range subsets {
		if set == "" {
			continue
		}
		for c, v := range m.Data[row*m.Cols : (row+1)*m.Cols] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("sample %d, column %d of the dataset is %v", row, m.Columns[c], v)
			}
			out.Data = append(out.Data, float32(v))
		}
		out.Labels = append(out.Labels, bold.Label{Condition: labels[row], Run: runs[row], Subset: set, Onset: math.NaN(), Duration: math.NaN(), Repetitions: 1})
	}
	if len(out.Labels) == 0 {
		return nil, fmt.Errorf("no sample is of a training or test run by key %q", p.BData.Split)
	}
	return out, nil
}

// selection gives the name of a region and its expression in this file.
func selection(f *bdata.File, roi string) (name, expression string, err error) {
	if name, expression, ok := strings.Cut(roi, ":"); ok {
		return strings.TrimSpace(name), strings.TrimSpace(expression), nil
	}
	var there []string
	for _, key := range f.Keys() {
		if key.Name == "ROI_"+roi || key.Name == "ROI_h"+roi {
			return roi, strconv.Quote(key.Name), nil
		}
		if rest, ok := strings.CutPrefix(key.Name, "ROI_"); ok {
			there = append(there, rest)
		}
	}
	return "", "", fmt.Errorf("ROI %q: no key ROI_%s (ROIs there: %s)", roi, roi, strings.Join(there, ", "))
}

// labels names the image of every sample.
func (b BData) labels(f *bdata.File, naming func(float64) (string, error)) ([]string, error) {
	if naming == nil {
		return f.Labels(b.Label)
	}
	m, err := f.Get(b.Label)
	if err != nil {
		return nil, err
	}
	if b.LabelColumn >= m.Cols {
		return nil, fmt.Errorf("bdata.label_column: %d, but key %q has %d columns", b.LabelColumn, b.Label, m.Cols)
	}
	names := make([]string, m.Rows)
	for i := range names {
		if names[i], err = naming(m.Data[i*m.Cols+b.LabelColumn]); err != nil {
			return nil, fmt.Errorf("sample %d: key %q: %w", i, b.Label, err)
		}
	}
	return names, nil
}

// subsets says of every sample which subset it is of; "" for one that is left out.
func (b BData) subsets(f *bdata.File, whole string) ([]string, error) {
	n, _ := f.Shape()
	if b.Split == "" {
		return slices.Repeat([]string{whole}, n), nil
	}
	m, err := f.Get(b.Split)
	if err != nil {
		return nil, fmt.Errorf("bdata.split: %w", err)
	}
	out := make([]string, n)
	for i := range out {
		switch m.Data[i*m.Cols] {
		case 1:
			out[i] = "train"
		case 2:
			out[i] = "test"
		}
	}
	return out, nil
}

// readRuns numbers the runs from 1 in the order of the samples, by the keys Session and
// Run where the file has them.
func readRuns(f *bdata.File) (runs []int, sessions map[int]string, err error) {
	n, _ := f.Shape()
	read := func(key string) ([]float64, error) {
		out := make([]float64, n)
		m, err := f.Get(key)
		if errors.Is(err, bdata.ErrKey) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i] = m.Data[i*m.Cols]
		}
		return out, nil
	}
	session, err := read("Session")
	if err != nil {
		return nil, nil, err
	}
	run, err := read("Run")
	if err != nil {
		return nil, nil, err
	}
	type id struct{ session, run float64 }
	number := map[id]int{}
	sessions = map[int]string{}
	for i := range n {
		at := id{session[i], run[i]}
		if number[at] == 0 {
			number[at] = len(number) + 1
			if at.session != 0 {
				sessions[number[at]] = strconv.FormatFloat(at.session, 'f', -1, 64)
			} else {
				sessions[number[at]] = ""
			}
		}
		runs = append(runs, number[at])
	}
	return runs, sessions, nil
}
