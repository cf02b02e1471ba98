package inference

import "math"

// SignFlip tests each point's mean against 0 by flipping the signs of subjects.
// Statistic is t; P is each point's own p, PMax the p corrected over points by
// the largest statistic of each flip.
//
// Errors: ErrShape, ErrTooFew (n < 2), ErrNotFinite, ErrNoVariance.
func SignFlip(s Sample, o Options) (Result, error) {
	t, err := tValues(s)
	if err != nil {
		return Result{}, err
	}
	if err := o.check(); err != nil {
		return Result{}, err
	}
	from, plan := newFromSums(s), planFlips(s.Subjects, o)
	own := sums(s)
	observed := make([]float64, s.Points)
	for p, v := range own {
		own[p] = o.Alternative.side(v)
		observed[p] = o.Alternative.side(from.t(p, v))
	}
	// Counts are whole numbers: adding them up in any order gives the same.
	type tally struct{ point, max []int }
	tallies := perWorker(o, func() tally { return tally{make([]int, s.Points), make([]int, s.Points)} })
	plan.forEach(s, o, func(w, _ int, sum []float64) {
		c := tallies[w]
		largest := math.Inf(-1)
		for p, v := range sum {
			v = o.Alternative.side(v)
			if reaches(v, own[p]) {
				c.point[p]++
			}
			largest = math.Max(largest, from.t(p, v))
		}
		for p, v := range observed {
			if reaches(largest, v) {
				c.max[p]++
			}
		}
	})
	r := Result{
		Test: "signflip", Alternative: o.Alternative, N: s.Subjects, Statistic: t,
		P: make([]float64, s.Points), PMax: make([]float64, s.Points),
		Flips: plan.count, Exact: plan.exact, SmallestP: plan.smallest(s.Subjects, o.Alternative),
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
