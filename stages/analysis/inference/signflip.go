package inference

import (
	"context"
	"math"
)

// SignFlip tests each point's mean against 0 by flipping the signs of subjects.
// Statistic is t; P is each point's own p, PMax the p corrected over points by
// the largest statistic of each flip.
//
// Errors: ErrShape, ErrTooFew (n < 2), ErrNotFinite, ErrNoVariance, the context's.
func SignFlip(ctx context.Context, s Sample, o Options) (Result, error) {
	t, err := tValues(s)
	if err != nil {
		return Result{}, err
	}
	if err := o.check(); err != nil {
		return Result{}, err
	}
	w, plan := newWhole(s), planFlips(s.Subjects, o)
	own := w.sums()
	observed := make([]float64, s.Points)
	for p, v := range own {
		own[p] = o.Alternative.side(v)
		observed[p] = o.Alternative.side(w.t(p, v))
	}
	// Counts are whole numbers: adding them up in any order gives the same.
	type tally struct{ point, max []int }
	tallies := perWorker(o, plan.blocks(), func() tally { return tally{make([]int, s.Points), make([]int, s.Points)} })
	err = plan.forEach(ctx, w, o, func(worker, _ int, sum []float64) {
		c := tallies[worker]
		largest := math.Inf(-1)
		for p, v := range sum {
			v = o.Alternative.side(v)
			if w.reaches(v, own[p]) {
				c.point[p]++
			}
			largest = math.Max(largest, w.t(p, v))
		}
		for p, v := range observed {
			if reaches(largest, v) {
				c.max[p]++
			}
		}
	})
	if err != nil {
		return Result{}, err
	}
	r := Result{
		Test: "signflip", Alternative: o.Alternative, N: s.Subjects, Statistic: t,
		P: make([]float64, s.Points), PMax: make([]float64, s.Points),
		Flips: plan.count, Exact: plan.exact, SmallestP: plan.smallest(s.Subjects, o.Alternative),
		Effect: effects(t, s.Subjects), EffectName: effectName,
	}
	for p := range r.P {
		point, largest := 0, 0
		for _, c := range tallies {
			point += c.point[p]
			largest += c.max[p]
		}
		r.P[p], r.PMax[p] = plan.p(point), plan.p(largest)
	}
	return r, nil
}

// side turns a statistic so that larger values speak against the null.
func (a Alternative) side(v float64) float64 {
	switch a {
	case Greater:
		return v
	case Less:
		return -v
	}
	return math.Abs(v)
}
