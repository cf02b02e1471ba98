package eeg

import (
	"context"
	"fmt"
	"path"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/epochs"
	"realnet/data/npy"
	"realnet/stages/analysis/eeg"
	"realnet/stages/stage"
)

// recording is one set of a subject.
type recording struct {
	eeg.Epochs
	channels []string
	seconds  []float64
	names    func() ([]epochs.Condition, error)
}

// files are those of a dataset in the layout of THINGS EEG2.
type files struct {
	*artifacts.Artifact
	paths []string
}

// openThings finds the files of THINGS-EEG2.
func openThings(_ context.Context, env *stage.Env, p Params) (reader, error) {
	f, err := open(env.One("dataset"))
	return func(set string) (*recording, error) { return f.read(p, set) }, err
}

func open(a *artifacts.Artifact) (*files, error) {
	rows, err := artifacts.ReadTable[dataset.File](a, dataset.FilesTable)
	if err != nil {
		return nil, err
	}
	f := &files{Artifact: a}
	for _, r := range rows {
		f.paths = append(f.paths, r.Path)
	}
	return f, nil
}

// find returns the one file whose path ends so; "" when there is none.
func (f *files) find(end string) (string, error) {
	found := ""
	for _, p := range f.paths {
		if p != end && !strings.HasSuffix(p, "/"+end) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%s and %s are both there: fetch one of them", found, p)
		}
		found = p
	}
	return found, nil
}

// read reads the channels that are kept of one set.
func (f *files) read(p Params, set string) (*recording, error) {
	name := fmt.Sprintf("sub-%s/preprocessed_eeg_%s.npy", p.Subject, set)
	file, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if file == "" {
		return nil, fmt.Errorf("no file %s among the %d of the dataset", name, len(f.paths))
	}
	checked, err := f.Path(dataset.Root + "/" + file)
	if err != nil {
		return nil, err
	}
	r, err := readSet(checked, p.Channels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	r.names = func() ([]epochs.Condition, error) { return f.conditions(set, r.Conditions) }
	return r, nil
}

func readSet(file string, patterns []string) (*recording, error) {
	d, err := npy.OpenDict(file)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	data, err := d.Array("preprocessed_eeg_data")
	if err != nil {
		return nil, err
	}
	names, err := d.Strings("ch_names")
	if err != nil {
		return nil, err
	}
	times, err := d.Array("times")
	if err != nil {
		return nil, err
	}
	seconds, err := times.Float64()
	if err != nil {
		return nil, err
	}
	s := data.Shape
	if len(s) != 4 || s[2] != len(names) || s[3] != len(seconds) {
		return nil, fmt.Errorf("preprocessed_eeg_data has shape %v; want conditions x repetitions x %d channels (ch_names) x %d times", s, len(names), len(seconds))
	}
	r := &recording{Epochs: eeg.Epochs{Conditions: s[0], Repetitions: s[1], Times: s[3]}, seconds: seconds}
	var keep []int
	for i, name := range names {
		if matches(patterns, name) {
			keep = append(keep, i)
			r.channels = append(r.channels, name)
		}
	}
	if len(keep) == 0 {
		return nil, fmt.Errorf("no channel matches %q (channels: %s)", patterns, strings.Join(names, ", "))
	}
	r.Channels = len(keep)
	if len(keep) == len(names) {
		r.Data, err = data.Float32()
		return r, err
	}
	// A condition at a time, so that channels that are left out take no memory.
	r.Data = make([]float32, 0, s[0]*s[1]*len(keep)*s[3])
	for c := range s[0] {
		rows, err := data.Rows(c, c+1)
		if err != nil {
			return nil, err
		}
		all, err := rows.Float32()
		if err != nil {
			return nil, err
		}
		for repetition := range s[1] {
			for _, ch := range keep {
				at := (repetition*s[2] + ch) * s[3]
				r.Data = append(r.Data, all[at:at+s[3]]...)
			}
		}
	}
	return r, nil
}

func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, name); ok { // Validate checked the pattern
			return true
		}
	}
	return len(patterns) == 0
}

// conditions names the conditions of a set by the metadata, or numbers them.
func (f *files) conditions(set string, n int) ([]epochs.Condition, error) {
	out := make([]epochs.Condition, n)
	file, err := f.find("image_metadata.npy")
	if err != nil {
		return nil, err
	}
	if file == "" {
		for i := range out {
			out[i].Name = fmt.Sprintf("%05d", i+1)
		}
		return out, nil
	}
	checked, err := f.Path(dataset.Root + "/" + file)
	if err != nil {
		return nil, err
	}
	d, err := npy.OpenDict(checked)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	prefix := map[string]string{Test: "test", Training: "train"}[set]
	images, err := d.Strings(prefix + "_img_files")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	concepts, err := d.Strings(prefix + "_img_concepts_THINGS")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(images) != n || len(concepts) != n {
		return nil, fmt.Errorf("%s has %d images and %d concepts for the %s set, the EEG has %d conditions", file, len(images), len(concepts), set, n)
	}
	seen := map[string]bool{}
	for i, image := range images {
		out[i] = epochs.Condition{Name: strings.TrimSuffix(path.Base(image), path.Ext(image)), Concept: concepts[i]}
		if seen[out[i].Name] {
			return nil, fmt.Errorf("%s: image %q twice: conditions are joined by name", file, out[i].Name)
		}
		seen[out[i].Name] = true
	}
	return out, nil
}
