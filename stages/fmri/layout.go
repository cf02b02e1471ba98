package fmri

import (
	"fmt"
	"sort"
	"strings"

	"realnet/data/bids"
	"realnet/data/nifti"
	"realnet/stages/analysis/bold"
)

// scan is one run as its dataset keeps it.
type scan struct {
	session string
	subset  string
	image   string
	events  string
	motion  func() (*bids.Confounds, error) // nil when the dataset has none
	tr      float64                         // seconds; 0: as the image's header says
}

// region is a region of interest and its masks. One without files is made by
// the threshold of the parameters.
type region struct {
	name  string
	masks []string
}

// layout finds the scans and regions of one subject, in order.
type layout func(root string, p Params) ([]scan, []region, error)

var layouts = map[string]layout{"openfmri": openfmri, "bids": bidsLayout}

func layoutNames() []string {
	names := []string{}
	for n := range layouts {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// voxels is the union of the regions and which columns belong to each.
type voxels struct {
	mask    *nifti.Mask
	members map[string][]int // columns of the union, by region
	names   []string
}

func readRegions(list []region, first scan, p Params) (voxels, error) {
	v := voxels{members: map[string][]int{}}
	parts := make([]*nifti.Mask, len(list))
	for i, r := range list {
		var masks []*nifti.Mask
		for _, file := range r.masks {
			m, err := nifti.ReadMask(file)
			if err != nil {
				return v, err
			}
			masks = append(masks, m)
		}
		if len(r.masks) == 0 {
			m, err := thresholdMask(first.image, p.Threshold)
			if err != nil {
				return v, err
			}
			masks = append(masks, m)
		}
		var err error
		if parts[i], err = nifti.Union(masks...); err != nil {
			return v, fmt.Errorf("ROI %s: %w", r.name, err)
		}
	}
	var err error
	if v.mask, err = nifti.Union(parts...); err != nil {
		return v, err
	}
	column := map[int]int{}
	for c, voxel := range v.mask.Voxels {
		column[voxel] = c
	}
	for i, r := range list {
		v.names = append(v.names, r.name)
		for _, voxel := range parts[i].Voxels {
			v.members[r.name] = append(v.members[r.name], column[voxel])
		}
	}
	return v, nil
}

// load reads one scan's voxels, events and motion.
func (s scan) load(id int, mask *nifti.Mask, p Params) (*bold.Run, error) {
	im, err := nifti.Open(s.image)
	if err != nil {
		return nil, err
	}
	if err := mask.Fits(im); err != nil {
		return nil, err
	}
	run := &bold.Run{ID: id, Subset: s.subset, Voxels: len(mask.Voxels), TR: s.tr}
	if run.TR == 0 {
		run.TR = im.RepetitionTime()
	}
	if run.Data, err = nifti.ReadMasked[float32](im, mask); err != nil {
		return nil, err
	}
	run.Volumes = len(run.Data) / run.Voxels
	if run.Events, err = readEvents(s.events, p); err != nil {
		return nil, err
	}
	if !p.Recipe.RegressMotion {
		return run, nil
	}
	if s.motion == nil {
		return nil, fmt.Errorf("%s: the recipe regresses motion out, but the run has no motion estimates (recipe.regress_motion=false does without)", s.image)
	}
	motion, err := s.motion()
	if err != nil {
		return nil, err
	}
	run.Motion, run.MotionColumns = motion.Data, len(motion.Names)
	return run, nil
}

// readEvents turns an events.tsv into events. The condition column names
// conditions; trial_type or event_type, where there is one, says what is rest
// and what is a repeat.
func readEvents(file string, p Params) ([]bold.Event, error) {
	table, err := bids.ReadEvents(file)
	if err != nil {
		return nil, err
	}
	names, err := table.Text(p.Condition)
	if err != nil {
		return nil, fmt.Errorf("%w (set fmri.condition to the column that names the condition)", err)
	}
	kinds := names
	for _, column := range []string{"event_type", "trial_type"} {
		if k, err := table.Text(column); err == nil {
			kinds = k
			break
		}
	}
	rest := map[string]bool{}
	for _, v := range p.RestValues {
		rest[v] = true
	}
	events := make([]bold.Event, len(names))
	for i, name := range names {
		events[i] = bold.Event{
			Onset: table.Onset[i], Duration: table.Duration[i], Condition: name,
			Rest:   rest[kinds[i]] || rest[name] || strings.EqualFold(name, "n/a"),
			Repeat: p.RepeatValue != "" && kinds[i] == p.RepeatValue,
		}
	}
	if p.RepeatValue == "" && p.Recipe.Repeats == bold.Drop {
		bold.MarkRepeats(events)
	}
	return events, nil
}
