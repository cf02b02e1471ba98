package fmri

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"realnet/data/bids"
	"realnet/data/nifti"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// scan is one run and the part of the study that it belongs to.
type scan struct {
	bids.Run
	subset string // train, test or empty

	raw       *bids.Dataset // where the run's metadata are too, nil: nowhere else
	confounds []string      // to regress out; none: the motion estimates, if the recipe says so
	scrub     float64       // mm of framewise displacement above which volumes are censored; 0: none
	other     string        // the other hemisphere of a run on surfaces; "" without
}

// images are the files of the run.
func (s scan) images() []string {
	if s.other != "" {
		return []string{s.Bold, s.other}
	}
	return []string{s.Bold}
}

// found is what a layout of runs finds: scans in order, and regions on their grid or
// surface.
type found struct {
	scans   []scan
	regions []region
	surface *surface // nil for images of voxels
}

// ofRuns is the gather of a layout that has runs: find lists a subject's scans, in order,
// and its regions; the recipe makes patterns of them, one run at a time.
func ofRuns(find func(root string, p Params) (found, error)) func(context.Context, *stage.Env, string, Params) (*gathered, error) {
	return func(ctx context.Context, env *stage.Env, root string, p Params) (*gathered, error) {
		f, err := find(root, p)
		if err != nil {
			return nil, err
		}
		vox, err := readRegions(f.regions, f.surface)
		if err != nil {
			return nil, err
		}
		return process(ctx, env, f.scans, vox, p)
	}
}

// process applies the recipe to every scan.
func process(ctx context.Context, env *stage.Env, scans []scan, vox voxels, p Params) (*gathered, error) {
	runs := make([]*bold.Patterns, len(scans))
	sessions := map[int]string{-1: ""}
	for i, s := range scans {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := s.load(i+1, vox.mask, p)
		if err != nil {
			return nil, err
		}
		recipe := p.Recipe.Recipe
		recipe.RegressMotion = r.MotionColumns > 0
		if runs[i], err = bold.Process(ctx, r, recipe, env.Workers); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Bold, err)
		}
		sessions[i+1] = s.Session()
		env.Progress(int64(i+1), int64(len(scans)), "runs")
	}
	all, err := bold.Concat(runs...)
	if err != nil {
		return nil, err
	}
	if n := len(all.Lost); n > 0 {
		env.Log.Warn().Int("trials", n).Str("first", all.Lost[0].Condition).Msg("trials without a volume below scrub_fd; they have no pattern")
	}
	if len(all.Labels) == 0 {
		return nil, fmt.Errorf("no trial is left in %d runs: %d lost all their volumes", len(scans), len(all.Lost))
	}
	switch {
	case len(all.Unusable) == 0:
	case p.Recipe.Unusable == bold.Leave:
		env.Log.Warn().Int("voxels", len(all.Unusable)).Int("of", all.Voxels).Msg("voxels without signal in some run are left out")
		if vox, err = vox.without(all.Unusable); err != nil {
			return nil, err
		}
		all, _ = all.Usable()
	default:
		env.Log.Warn().Int("voxels", len(all.Unusable)).Int("of", all.Voxels).Msg("voxels without signal in some run; their patterns of that run are 0")
	}
	out := &gathered{Patterns: all, sessions: sessions}
	out.voxels, out.members = vox.tables()
	return out, nil
}

// checkRuns checks what every layout of runs takes.
func checkRuns(p Params) error {
	if !(p.Threshold >= 0 && p.Threshold < 1) {
		return fmt.Errorf("mask_threshold: %v is not in [0, 1)", p.Threshold)
	}
	if p.Threshold > 0 && len(p.ROIs) > 1 {
		return fmt.Errorf("mask_threshold: makes one region, rois names %d", len(p.ROIs))
	}
	if p.Threshold > 0 && (len(p.Masks) > 0 || p.Atlas != "") {
		return fmt.Errorf("mask_threshold: makes a region in place of masks and atlas; give one of them")
	}
	if err := checkRegions(p); err != nil {
		return err
	}
	if err := checkPatterns("image", p.Image); err != nil {
		return err
	}
	if err := p.Recipe.Check(); err != nil {
		return fmt.Errorf("recipe: %w", err)
	}
	return nil
}

// load reads one scan's voxels, events and motion.
func (s scan) load(id int, mask *nifti.Mask, p Params) (*bold.Run, error) {
	im, err := openSeries(s.images())
	if err != nil {
		return nil, err
	}
	run := &bold.Run{ID: id, Subset: s.subset, Voxels: len(mask.Voxels)}
	if run.TR, run.Start, err = s.timing(im); err != nil {
		return nil, err
	}
	if run.Data, err = im.read(mask); err != nil {
		return nil, err
	}
	run.Volumes = len(run.Data) / run.Voxels
	if run.Events, err = s.trials(p); err != nil {
		return nil, err
	}
	if s.scrub > 0 {
		moved, err := bids.FramewiseDisplacement(s.Confounds)
		if err != nil {
			return nil, err
		}
		if len(moved) != run.Volumes {
			return nil, fmt.Errorf("%s: %d rows, the image has %d volumes", s.Confounds, len(moved), run.Volumes)
		}
		for _, mm := range moved {
			run.Censored = append(run.Censored, mm > s.scrub)
		}
	}
	if len(s.confounds) == 0 && !p.Recipe.RegressMotion {
		return run, nil
	}
	regressors, err := s.regressors()
	if err != nil {
		return nil, err
	}
	if regressors.Volumes != run.Volumes {
		return nil, fmt.Errorf("%s: confounds of %d volumes, the image has %d", s.Bold, regressors.Volumes, run.Volumes)
	}
	run.Motion, run.MotionColumns = regressors.Data, len(regressors.Names)
	return run, nil
}

// timing is the repetition time that the dataset's metadata say, or else the image's
// header, and the time in a volume to which slice timing moved its values, 0 without.
func (s scan) timing(im series) (tr, start float64, err error) {
	side, err := s.Sidecar()
	if err != nil {
		return 0, 0, err
	}
	if tr, err = s.repetitionTime(side, im); err != nil {
		return 0, 0, err
	}
	if tr == 0 && s.raw != nil {
		of, err := s.raw.SidecarOf(s.Name)
		if err != nil {
			return 0, 0, err
		}
		if tr, err = s.repetitionTime(of, im); err != nil {
			return 0, 0, err
		}
	}
	if tr == 0 {
		tr = im.repetitionTime()
	}
	start, err = side.StartTime()
	return tr, start, err
}

func (s scan) repetitionTime(side *bids.Sidecar, im series) (float64, error) {
	if n := len(side.VolumeTiming); n > 0 && n != im.volumes() {
		return 0, fmt.Errorf("%s: VolumeTiming of %v has %d times, the image has %d volumes", s.Bold, side.Files, n, im.volumes())
	}
	return side.Timing()
}

// trials reads the run's events.
func (s scan) trials(p Params) ([]bold.Event, error) {
	if s.Events == "" {
		return nil, fmt.Errorf("%s: the run has no events.tsv: add %s (onset, duration and what was shown), or leave the run out with data.fmri.files", s.Bold, strings.TrimSuffix(strings.TrimSuffix(filepath.Base(s.Bold), ".gz"), "_bold.nii")+"_events.tsv")
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

// regressors reads the run's confounds or motion estimates.
func (s scan) regressors() (*bids.Confounds, error) {
	switch {
	case len(s.confounds) > 0:
		return bids.ReadConfounds(s.Confounds, s.confounds...)
	case s.Motion != "":
		return bids.ReadMotion(s.Motion)
	case s.Confounds != "":
		return bids.ReadConfounds(s.Confounds, bids.MotionColumns()...)
	}
	return nil, fmt.Errorf("%s: the recipe regresses motion out, but the run has no motion estimates (recipe.regress_motion=false does without)", s.Bold)
}
