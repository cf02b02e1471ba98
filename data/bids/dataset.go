package bids

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Dataset is a folder in BIDS form, raw or derivative.
type Dataset struct {
	Root        string
	Description Description
}

// Open reads dataset_description.json of a folder.
func Open(root string) (*Dataset, error) {
	path := filepath.Join(root, "dataset_description.json")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("bids: %s: %w: it has no dataset_description.json", root, ErrDataset)
	} else if err != nil {
		return nil, fmt.Errorf("bids: %w", err)
	}
	description, err := decodeDescription(path, raw)
	if err != nil {
		return nil, err
	}
	return &Dataset{Root: root, Description: description}, nil
}

// Subjects are the labels of sub-* folders, sorted, numbers by value.
func (d *Dataset) Subjects() ([]string, error) { return folders(d.Root, "sub-") }

// Sessions are the labels of a subject's ses-* folders; none when the dataset has no
// sessions.
func (d *Dataset) Sessions(subject string) ([]string, error) {
	return folders(filepath.Join(d.Root, "sub-"+subject), "ses-")
}

func folders(parent, prefix string) ([]string, error) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil, fmt.Errorf("bids: %w", err)
	}
	var labels []string
	for _, e := range entries {
		label, ok := strings.CutPrefix(e.Name(), prefix)
		if !ok || label == "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(parent, e.Name())); err == nil && info.IsDir() {
			labels = append(labels, label)
		}
	}
	return sortLabels(labels), nil
}

// Run is one continuous functional scan.
type Run struct {
	Name      Name   // entities of the image, or of its events when there is no image
	Bold      string // path of the image; "" when the dataset lacks it
	Events    string // path of events.tsv; "" when there is none
	Confounds string // path of desc-confounds in the same dataset; "" when there is none
	Motion    string // path of plain motion estimates (OpenfMRI only); "" when there are none

	dataset  *Dataset
	dir      string
	openfmri bool
}

// Subject is the label of the sub entity.
func (r Run) Subject() string { return r.Name.Get("sub") }

// Session is the label of the ses entity, "" in a dataset without sessions.
func (r Run) Session() string { return r.Name.Get("ses") }

// Sidecar reads the metadata of the run by the inheritance principle; of OpenfMRI, the
// repetition time.
func (r Run) Sidecar() (*Sidecar, error) {
	if r.openfmri {
		return scanKey(r.dir)
	}
	files, err := r.dataset.inherited(r.dir, r.Name, "bold", ".json")
	if err != nil {
		return nil, err
	}
	return mergeSidecars(files)
}

func (r *Run) findTables() error {
	events, err := r.dataset.inherited(r.dir, r.Name, "events", ".tsv")
	if err != nil {
		return err
	}
	if len(events) > 0 {
		r.Events = events[len(events)-1]
	}
	image := r.Name
	image.Entities = append(slices.Clone(image.Entities), Entity{"desc", "confounds"})
	if r.Name.Get("desc") != "" {
		image.Entities = slices.DeleteFunc(image.Entities, func(e Entity) bool { return e.Key == "desc" && e.Label != "confounds" })
	}
	for _, suffix := range []string{"regressors", "timeseries"} { // older and newer fMRIPrep
		found, err := r.dataset.inherited(r.dir, image, suffix, ".tsv")
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		if r.Confounds != "" {
			return fmt.Errorf("bids: %w to %s: %s and %s; remove the one of an older run of fMRIPrep", ErrAmbiguous, r.Name, r.Confounds, found[len(found)-1])
		}
		r.Confounds = found[len(found)-1]
	}
	return nil
}

// inherited lists the files of a suffix and extension that apply to an image, from the
// root of the dataset down to dir; within a folder those with fewer entities first.
func (d *Dataset) inherited(dir string, image Name, suffix, ext string) ([]string, error) {
	rel, err := filepath.Rel(d.Root, dir)
	if err != nil {
		return nil, fmt.Errorf("bids: %w", err)
	}
	var files []string
	at := d.Root
	for _, step := range append([]string{"."}, strings.Split(filepath.ToSlash(rel), "/")...) {
		if at != d.Root && step == "." {
			continue
		}
		at = filepath.Join(at, step)
		names, err := listNames(at)
		if err != nil {
			return nil, err
		}
		var here []Name
		for _, n := range names {
			if n.Suffix == suffix && n.Ext == ext && n.appliesTo(image) {
				here = append(here, n)
			}
		}
		slices.SortStableFunc(here, func(a, b Name) int { return cmp.Compare(len(a.Entities), len(b.Entities)) })
		for i, n := range here {
			if i > 0 && len(n.Entities) == len(here[i-1].Entities) {
				return nil, fmt.Errorf("bids: %s: %w to %s: %s and %s", at, ErrAmbiguous, image, here[i-1], n)
			}
			files = append(files, filepath.Join(at, n.String()))
		}
	}
	return files, nil
}

// listNames are the BIDS names in a folder, sorted; none when it does not exist.
func listNames(dir string) ([]Name, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("bids: %w", err)
	}
	var names []Name
	for _, e := range entries {
		if n, err := ParseName(e.Name()); err == nil && !e.IsDir() {
			names = append(names, n)
		}
	}
	return names, nil
}
