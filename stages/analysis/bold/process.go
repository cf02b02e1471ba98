package bold

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/stages/analysis/internal/parallel"
)

// blockVoxels series are taken out of the row-major matrix at a time: one cache line of
// float32.
const blockVoxels = 16

// Process applies a recipe to a run with the given number of goroutines (at least
// one). The run is not changed.
func Process(ctx context.Context, run *Run, recipe Recipe, workers int) (*Patterns, error) {
	if err := recipe.Check(); err != nil {
		return nil, err
	}
	if err := run.check(recipe); err != nil {
		return nil, err
	}
	p, err := newPlan(run, recipe)
	if err != nil {
		return nil, err
	}
	out := &Patterns{
		Voxels: run.Voxels, Labels: p.estimator.labels, Lost: p.estimator.lost,
		Data: make([]float32, len(p.estimator.labels)*run.Voxels),
	}
	blocks := (run.Voxels + blockVoxels - 1) / blockVoxels
	unusable := make([][]int, blocks)
	series := make([][]float64, parallel.Workers(workers, blocks))
	err = parallel.Run(ctx, max(1, workers), blocks, func(w, b int) (err error) {
		if series[w] == nil {
			series[w] = make([]float64, blockVoxels*p.volumes)
		}
		unusable[b], err = p.block(b*blockVoxels, series[w], out)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Unusable = slices.Concat(unusable...)
	return out, nil
}

// plan is what all voxels of a run share.
type plan struct {
	run       *Run
	recipe    Recipe
	kept      []int // volumes, counted after dropping
	volumes   int   // number of kept
	nuisance  *Nuisance
	estimator *estimator
	rest      []int
}

func newPlan(run *Run, recipe Recipe) (*plan, error) {
	p := &plan{run: run, recipe: recipe, kept: run.kept(recipe)}
	p.volumes = len(p.kept)
	var motion []float64
	columns := 0
	if recipe.RegressMotion {
		columns = run.MotionColumns
		motion = run.Motion[recipe.DropVolumes*columns:]
	}
	var err error
	if p.volumes < 2 {
		return nil, fmt.Errorf("bold: run %d: %w: %d volumes are left after dropping %d and censoring", run.ID, ErrShape, p.volumes, recipe.DropVolumes)
	}
	if p.nuisance, err = newNuisance(p.kept, run.Volumes-recipe.DropVolumes, recipe.DetrendOrder, motion, columns); err != nil {
		return nil, fmt.Errorf("bold: run %d: %w", run.ID, err)
	}
	if p.estimator, err = newEstimator(run, recipe, p.kept, p.nuisance); err != nil {
		return nil, err
	}
	if recipe.Normalise == PercentRest {
		if p.rest = positions(p.kept, run.restVolumes(recipe)); len(p.rest) == 0 {
			return nil, fmt.Errorf("bold: run %d: %w: no volume of rest to normalise by", run.ID, ErrEvents)
		}
	}
	return p, nil
}

// block estimates the patterns of up to blockVoxels voxels from the first. series is
// scratch, voxel x volume.
func (p *plan) block(first int, series []float64, out *Patterns) (unusable []int, err error) {
	n := min(blockVoxels, p.run.Voxels-first)
	for t, volume := range p.kept {
		at := (p.recipe.DropVolumes+volume)*p.run.Voxels + first
		for i, v := range p.run.Data[at : at+n] {
			series[i*p.volumes+t] = float64(v)
		}
	}
	for i := range n {
		y := series[i*p.volumes : (i+1)*p.volumes]
		at := slices.IndexFunc(y, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
		if at >= 0 && p.recipe.Unusable != Leave {
			return nil, fmt.Errorf("bold: run %d: %w: voxel %d at volume %d is %g (recipe.unusable_voxels=leave_out does without such voxels)",
				p.run.ID, ErrNotFinite, first+i, p.recipe.DropVolumes+p.kept[at], y[at])
		}
		if at >= 0 || !p.prepare(y) {
			if p.recipe.Unusable == Error {
				return nil, fmt.Errorf("bold: run %d: %w: voxel %d is constant or its baseline is not positive", p.run.ID, ErrUnusable, first+i)
			}
			unusable = append(unusable, first+i)
			continue
		}
		for k := range p.estimator.labels {
			out.Data[k*out.Voxels+first+i] = float32(p.estimator.estimate(k, y))
		}
	}
	return unusable, nil
}

// prepare does everything to a series before estimation. It returns false when the
// voxel has no usable signal.
func (p *plan) prepare(y []float64) bool {
	largest := 0.0
	for _, v := range y {
		largest = max(largest, math.Abs(v))
	}
	mean := p.nuisance.Remove(y)
	// A series that trend and motion explain wholly leaves rounding errors, which
	// must not be blown up to unit variance.
	if _, sd := MeanSD(y, 0); !(sd > 1e-12*largest) {
		return false
	}
	if p.recipe.KeepMean && p.recipe.DetrendOrder >= 0 {
		for t := range y {
			y[t] += mean
		}
	}
	usable := true
	switch p.recipe.Normalise {
	case ZScored:
		usable = ZScore(y, p.recipe.DDOF)
	case Percent:
		usable = PercentChange(y, nil)
	case PercentRest:
		usable = PercentChange(y, p.rest)
	}
	if p.recipe.ClipSD > 0 {
		Clip(y, p.recipe.ClipSD, p.recipe.ClipRounds)
	}
	return usable
}
