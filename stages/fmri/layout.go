package fmri

import (
	"fmt"
	"sort"

	"realnet/artifacts/schemas/patterns"
	"realnet/data/bids"
	"realnet/data/nifti"
	"realnet/stages/analysis/bold"
)

// scan is one run and the part of the study that it belongs to.
type scan struct {
	bids.Run
	subset string // train, test or empty
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
			m, err := thresholdMask(first.Bold, p.Threshold)
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

// tables lists voxels and the members of regions.
func (v voxels) tables() (list []patterns.Voxel, members []patterns.Member) {
	grid := v.mask.Grid
	for c, at := range v.mask.Voxels {
		list = append(list, patterns.Voxel{
			Index: int32(c), I: int32(at % grid[0]), J: int32(at / grid[0] % grid[1]), K: int32(at / (grid[0] * grid[1])),
		})
	}
	for _, name := range v.names {
		for _, c := range v.members[name] {
			members = append(members, patterns.Member{ROI: name, Voxel: int32(c)})
		}
	}
	return list, members
}

// load reads one scan's voxels, events and motion.
func (s scan) load(id int, mask *nifti.Mask, p Params) (*bold.Run, error) {
	im, err := nifti.Open(s.Bold)
	if err != nil {
		return nil, err
	}
	if err := mask.Fits(im); err != nil {
		return nil, err
	}
	run := &bold.Run{ID: id, Subset: s.subset, Voxels: len(mask.Voxels)}
	if run.TR, err = s.repetitionTime(im); err != nil {
		return nil, err
	}
	if run.Data, err = nifti.ReadMasked[float32](im, mask); err != nil {
		return nil, err
	}
	run.Volumes = len(run.Data) / run.Voxels
	if run.Events, err = s.trials(p); err != nil {
		return nil, err
	}
	if !p.Recipe.RegressMotion {
		return run, nil
	}
	motion, err := s.motion()
	if err != nil {
		return nil, err
	}
	run.Motion, run.MotionColumns = motion.Data, len(motion.Names)
	return run, nil
}

// repetitionTime is what the dataset's metadata say, or else the image's header.
func (s scan) repetitionTime(im *nifti.Image) (float64, error) {
	side, err := s.Sidecar()
	if err != nil {
		return 0, err
	}
	if n := len(side.VolumeTiming); n > 0 && n != im.NumVolumes() {
		return 0, fmt.Errorf("%s: VolumeTiming of %v has %d times, the image has %d volumes", s.Bold, side.Files, n, im.NumVolumes())
	}
	tr, err := side.Timing()
	if err != nil || tr > 0 {
		return tr, err
	}
	return im.RepetitionTime(), nil
}

// trials reads the run's events.
func (s scan) trials(p Params) ([]bold.Event, error) {
	if s.Events == "" {
		return nil, fmt.Errorf("%s: the run has no events.tsv", s.Bold)
	}
	table, err := bids.ReadEvents(s.Events)
	if err != nil {
		return nil, err
	}
	list, err := table.Trials(p.Coding)
	if err != nil {
		return nil, fmt.Errorf("%w (fmri.coding says which columns and values mean what)", err)
	}
	events := make([]bold.Event, len(list))
	for i, t := range list {
		events[i] = bold.Event{Onset: t.Onset, Duration: t.Duration, Condition: t.Condition, Rest: t.Rest, Repeat: t.Repeat}
	}
	if p.Recipe.Repeats == bold.Drop && len(p.Coding.Repeat) == 0 {
		bold.MarkRepeats(events)
	}
	return events, nil
}

// motion reads the run's motion estimates.
func (s scan) motion() (*bids.Confounds, error) {
	switch {
	case s.Motion != "":
		return bids.ReadMotion(s.Motion)
	case s.Confounds != "":
		return bids.ReadConfounds(s.Confounds, bids.MotionColumns()...)
	}
	return nil, fmt.Errorf("%s: the recipe regresses motion out, but the run has no motion estimates (recipe.regress_motion=false does without)", s.Bold)
}
