package bids

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Filter chooses runs, and of the images of a run one. Empty fields choose all.
type Filter struct {
	// Labels of the run; a field may end in *, which stands for any rest: Session
	// "perceptionNaturalImageTraining*".
	Subject, Session, Task, Run string

	// Entities are labels that the image must have, by key (space, desc, res, echo,
	// part, rec, ...); an empty label: the image must not have the entity.
	Entities map[string]string

	// Image is a pattern (path.Match) of the image's file name.
	Image string

	// Extension of the images: .func.gii or .dtseries.nii for those on surfaces; "":
	// .nii and .nii.gz.
	Extension string
}

// images says whether a file is an image that the filter may choose.
func (f Filter) images(n Name) bool {
	if f.Extension != "" {
		return n.Suffix == "bold" && n.Ext == f.Extension
	}
	return n.Suffix == "bold" && (n.Ext == ".nii" || n.Ext == ".nii.gz")
}

// runEntities are those that tell scans apart. All others (rec, echo, part, space, res,
// desc, ...) tell apart images that were made of one scan.
var runEntities = []string{"sub", "ses", "task", "acq", "ce", "dir", "run"}

// acceptsRun compares what tells scans apart.
func (f Filter) acceptsRun(n Name) bool {
	for _, want := range []struct{ pattern, label string }{
		{f.Subject, n.Get("sub")}, {f.Session, n.Get("ses")}, {f.Task, n.Get("task")}, {f.Run, n.Get("run")},
	} {
		prefix, open := strings.CutSuffix(want.pattern, "*")
		if want.pattern != "" && want.label != want.pattern && !(open && strings.HasPrefix(want.label, prefix)) {
			return false
		}
	}
	for key, label := range f.Entities {
		if slices.Contains(runEntities, key) && n.Get(key) != label {
			return false
		}
	}
	return true
}

// acceptsImage compares what tells the images of one scan apart.
func (f Filter) acceptsImage(n Name) bool {
	for key, label := range f.Entities {
		if !slices.Contains(runEntities, key) && n.Get(key) != label {
			return false
		}
	}
	if f.Image == "" {
		return true
	}
	ok, err := path.Match(f.Image, n.String())
	return err == nil && ok
}

// scanOf is the identity of the scan that a file belongs to. Run 1 is run 01.
func scanOf(n Name) string {
	var b strings.Builder
	for _, key := range runEntities {
		label := n.Get(key)
		if key == "run" {
			label = strings.TrimLeft(label, "0")
		}
		b.WriteString(label + "_")
	}
	return b.String()
}

// Runs lists the functional runs that a filter chooses, by subject, session, task and
// run, numbers by value. It fails with ErrNotFound when there is none or when none of
// a run's images is chosen, and with ErrImages when a run has several.
func (d *Dataset) Runs(filter Filter) ([]Run, error) {
	if _, err := path.Match(filter.Image, ""); err != nil {
		return nil, fmt.Errorf("bids: pattern %q of an image: %w", filter.Image, err)
	}
	subjects, err := d.Subjects()
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, subject := range subjects {
		sessions, err := d.Sessions(subject)
		if err != nil {
			return nil, err
		}
		parents := []string{""}
		for _, s := range sessions {
			parents = append(parents, "ses-"+s)
		}
		for _, p := range parents {
			found, err := d.runsIn(filepath.Join(d.Root, "sub-"+subject, p, "func"), filter)
			if err != nil {
				return nil, err
			}
			runs = append(runs, found...)
		}
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("bids: %s: %w: no functional run for %s; subjects: %s", d.Root, ErrNotFound, filter, strings.Join(subjects, ", "))
	}
	slices.SortStableFunc(runs, func(a, b Run) int { return compareNames(a.Name, b.Name) })
	return runs, nil
}

// String lists what the filter asks for.
func (f Filter) String() string {
	var parts []string
	for _, p := range []Entity{{"sub", f.Subject}, {"ses", f.Session}, {"task", f.Task}, {"run", f.Run}, {"image", f.Image}} {
		if p.Label != "" {
			parts = append(parts, p.Key+"-"+p.Label)
		}
	}
	keys := make([]string, 0, len(f.Entities))
	for key := range f.Entities {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if label := f.Entities[key]; label == "" {
			parts = append(parts, "no "+key)
		} else {
			parts = append(parts, key+"-"+label)
		}
	}
	if len(parts) == 0 {
		return "any subject"
	}
	return strings.Join(parts, ", ")
}

// runsIn lists the runs of one func folder: one for each scan that has an image, and
// one for each events file that belongs to no image there.
func (d *Dataset) runsIn(dir string, filter Filter) ([]Run, error) {
	names, err := listNames(dir)
	if err != nil {
		return nil, err
	}
	var order []string
	images := map[string][]Name{} // of each scan
	for _, n := range names {
		if !filter.images(n) {
			continue
		}
		scan := scanOf(n)
		if images[scan] == nil {
			order = append(order, scan)
		}
		images[scan] = append(images[scan], n)
	}
	var runs []Run
	for _, scan := range order {
		if !filter.acceptsRun(images[scan][0]) {
			continue
		}
		n, err := filter.chooseImage(dir, images[scan])
		if err != nil {
			return nil, err
		}
		runs = append(runs, Run{Name: n, Bold: filepath.Join(dir, n.String()), dataset: d, dir: dir})
	}
	for _, n := range names {
		if n.Suffix != "events" || n.Ext != ".tsv" || !filter.acceptsRun(n) {
			continue
		}
		belongs := func(image Name) bool { return n.appliesTo(image) }
		if !slices.ContainsFunc(order, func(scan string) bool { return slices.ContainsFunc(images[scan], belongs) }) {
			runs = append(runs, Run{Name: n, dataset: d, dir: dir})
		}
	}
	for i := range runs {
		if err := runs[i].findTables(); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// chooseImage takes the one image of a scan that the filter chooses.
func (f Filter) chooseImage(dir string, images []Name) (Name, error) {
	var chosen []Name
	for _, n := range images {
		if f.acceptsImage(n) {
			chosen = append(chosen, n)
		}
	}
	switch len(chosen) {
	case 0:
		return Name{}, fmt.Errorf("bids: %s: %w: no image for %s; of that run there is %s", dir, ErrNotFound, f, joinNames(images))
	case 1:
		return chosen[0], nil
	}
	return Name{}, fmt.Errorf("bids: %s: %w: %s and %s are of one run and differ in %s", dir, ErrImages, chosen[0], chosen[1], differences(chosen[0], chosen[1]))
}

// differences names the entities whose labels differ, with both labels.
func differences(a, b Name) string {
	var parts []string
	add := func(what, x, y string) {
		part := fmt.Sprintf("%s (%s, %s)", what, cmp.Or(x, "none"), cmp.Or(y, "none"))
		if x != y && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	for _, e := range slices.Concat(a.Entities, b.Entities) {
		add(e.Key, a.Get(e.Key), b.Get(e.Key))
	}
	add("extension", a.Ext, b.Ext)
	if len(parts) == 0 {
		return "the order of their entities"
	}
	return strings.Join(parts, ", ")
}

func joinNames(names []Name) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = n.String()
	}
	return strings.Join(list, ", ")
}
