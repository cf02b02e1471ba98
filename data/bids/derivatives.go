package bids

import (
	"fmt"
	"path/filepath"
	"slices"
)

// funcDir is where a dataset keeps the functional files of a run.
func (d *Dataset) funcDir(run Name) string {
	dir := filepath.Join(d.Root, "sub-"+run.Get("sub"))
	if ses := run.Get("ses"); ses != "" {
		dir = filepath.Join(dir, "ses-"+ses)
	}
	return filepath.Join(dir, "func")
}

// EventsOf is the path of the events of a run that may be of another dataset, such as
// its derivative; "" when there are none.
func (d *Dataset) EventsOf(run Name) (string, error) {
	files, err := d.inherited(d.funcDir(run), run, "events", ".tsv")
	if err != nil || len(files) == 0 {
		return "", err
	}
	return files[len(files)-1], nil
}

// SidecarOf is the metadata of a run that may be of another dataset.
func (d *Dataset) SidecarOf(run Name) (*Sidecar, error) {
	files, err := d.inherited(d.funcDir(run), run, "bold", ".json")
	if err != nil {
		return nil, err
	}
	return mergeSidecars(files)
}

// BrainMask is the path of a derivative's desc-brain mask on the grid of the run's image;
// "" when there is none. A mask and its unpacked copy fail with ErrAmbiguous.
func (r Run) BrainMask() (string, error) {
	n := r.Name
	n.Entities = slices.Clone(n.Entities)
	n.Suffix = "mask"
	at := slices.IndexFunc(n.Entities, func(e Entity) bool { return e.Key == "desc" })
	if at < 0 {
		n.Entities = append(n.Entities, Entity{"desc", "brain"})
	} else {
		n.Entities[at].Label = "brain"
	}
	var there []string
	for _, ext := range []string{".nii.gz", ".nii"} {
		n.Ext = ext
		if path := existing(filepath.Dir(r.Bold), n.String()); path != "" {
			there = append(there, path)
		}
	}
	switch len(there) {
	case 0:
		return "", nil
	case 1:
		return there[0], nil
	}
	return "", fmt.Errorf("bids: %w to %s: %s and %s; remove one of them", ErrAmbiguous, r.Name, there[0], there[1])
}

// Sibling is the path of the image that differs from the run's in one label, such as the
// other hemisphere; "" when there is none.
func (r Run) Sibling(key, label string) string {
	n := r.Name
	n.Entities = slices.Clone(n.Entities)
	at := slices.IndexFunc(n.Entities, func(e Entity) bool { return e.Key == key })
	if at < 0 {
		return ""
	}
	n.Entities[at].Label = label
	return existing(filepath.Dir(r.Bold), n.String())
}
