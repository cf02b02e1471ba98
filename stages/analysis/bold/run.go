package bold

import (
	"fmt"
	"math"
)

// Run is one continuous scan, after realignment.
type Run struct {
	ID     int    // copied to the labels
	Subset string // copied to the labels: "train", "test", ...

	Data            []float32 // Volumes x Voxels, row-major
	Volumes, Voxels int
	TR              float64 // s between volumes
	Start           float64 // s of a volume's beginning at which its values stand, for a GLM: half a TR after slice timing to the middle
	Censored        []bool  // volumes that are left out, such as those with too much motion; nil: none

	Motion        []float64 // Volumes x MotionColumns, row-major
	MotionColumns int
	Events        []Event
}

// Event is something shown or asked during a run.
type Event struct {
	Onset     float64 // s after the first volume of the file
	Duration  float64 // s
	Condition string
	Rest      bool // a baseline: it gets no pattern
	Repeat    bool // a one-back repeat of the event before
}

// MarkRepeats sets Repeat on every event whose condition is that of the event right
// before it, for data sets that do not flag repeats. Events must be in order of time.
func MarkRepeats(events []Event) {
	for i := 1; i < len(events); i++ {
		a, b := events[i-1], events[i]
		events[i].Repeat = b.Repeat || !a.Rest && !b.Rest && a.Condition == b.Condition
	}
}

// check returns ErrShape, ErrNotFinite or ErrEvents when a run contradicts itself.
func (r *Run) check(recipe Recipe) error {
	if r.Volumes < 1 || r.Voxels < 1 || len(r.Data) != r.Volumes*r.Voxels {
		return fmt.Errorf("bold: run %d: %w: %d values are not %d volumes x %d voxels", r.ID, ErrShape, len(r.Data), r.Volumes, r.Voxels)
	}
	if !(r.TR > 0) || math.IsInf(r.TR, 0) {
		return fmt.Errorf("bold: run %d: %w: TR is %g s", r.ID, ErrShape, r.TR)
	}
	if recipe.DropVolumes >= r.Volumes {
		return fmt.Errorf("bold: run %d: %w: drop_volumes: %d of %d", r.ID, ErrRecipe, recipe.DropVolumes, r.Volumes)
	}
	if !(r.Start >= 0 && r.Start <= r.TR) {
		return fmt.Errorf("bold: run %d: %w: values stand %g s after a volume's beginning, TR is %g s", r.ID, ErrShape, r.Start, r.TR)
	}
	if n := len(r.Censored); n != 0 && n != r.Volumes {
		return fmt.Errorf("bold: run %d: %w: %d flags of censored volumes, %d volumes", r.ID, ErrShape, n, r.Volumes)
	}
	if recipe.RegressMotion {
		if r.MotionColumns < 1 || len(r.Motion) != r.Volumes*r.MotionColumns {
			return fmt.Errorf("bold: run %d: %w: motion has %d values, want %d volumes x %d regressors (regress_motion is set)",
				r.ID, ErrShape, len(r.Motion), r.Volumes, r.MotionColumns)
		}
		for i, v := range r.Motion {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("bold: run %d: %w: motion regressor %d at volume %d is %g", r.ID, ErrNotFinite, i%r.MotionColumns, i/r.MotionColumns, v)
			}
		}
	}
	for i, e := range r.Events {
		length := float64(r.Volumes) * r.TR
		switch {
		case math.IsNaN(e.Onset) || math.IsNaN(e.Duration) || e.Duration < 0:
			return fmt.Errorf("bold: run %d: %w: event %d (%s) at %g s lasts %g s", r.ID, ErrEvents, i, e.Condition, e.Onset, e.Duration)
		case e.Onset < 0 || !e.Rest && e.Onset+e.Duration > length+r.TR/2 || e.Onset >= length:
			return fmt.Errorf("bold: run %d: %w: event %d (%s) from %g to %g s is outside the run of %g s (%d volumes)",
				r.ID, ErrEvents, i, e.Condition, e.Onset, e.Onset+e.Duration, length, r.Volumes)
		case !e.Rest && e.Condition == "":
			return fmt.Errorf("bold: run %d: %w: event %d at %g s has no condition", r.ID, ErrEvents, i, e.Onset)
		}
	}
	return nil
}

// window is a range of volumes after dropping: from <= t < to.
type window struct{ from, to int }

// window of an event: the volumes nearest to its onset and end, at least one, moved by
// the lag and counted after dropping.
func (r *Run) window(e Event, recipe Recipe) window {
	shift := recipe.LagVolumes - recipe.DropVolumes
	from := int(math.Round(e.Onset / r.TR))
	to := max(from+1, int(math.Round((e.Onset+e.Duration)/r.TR)))
	return window{from + shift, to + shift}
}

// restVolumes are the volumes of rest events, moved by the lag; without rest events,
// those outside the window of every event.
func (r *Run) restVolumes(recipe Recipe) []int {
	n := r.Volumes - recipe.DropVolumes
	rest, busy := make([]bool, n), make([]bool, n)
	any := false
	for _, e := range r.Events {
		w := r.window(e, recipe)
		for t := max(w.from, 0); t < min(w.to, n); t++ {
			rest[t] = rest[t] || e.Rest
			busy[t] = busy[t] || !e.Rest
		}
		any = any || e.Rest
	}
	var volumes []int
	for t := range n {
		if !busy[t] && (rest[t] || !any) {
			volumes = append(volumes, t)
		}
	}
	return volumes
}

// kept are the volumes that are used, counted after dropping.
func (r *Run) kept(recipe Recipe) []int {
	var kept []int
	for t := recipe.DropVolumes; t < r.Volumes; t++ {
		if len(r.Censored) == 0 || !r.Censored[t] {
			kept = append(kept, t-recipe.DropVolumes)
		}
	}
	return kept
}
