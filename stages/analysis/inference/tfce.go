package inference

import (
	"fmt"
	"math"
)

// TFCEOptions of TFCE.
type TFCEOptions struct {
	Options
	Adjacency Adjacency // nil: a line (time)
	Extent    float64   // E, power of the cluster's extent; default 0.5
	Height    float64   // H, power of the height; default 2
	Step      float64   // dh, > 0; default 0.1
}

// DefaultTFCEOptions returns E = 0.5, H = 2, dh = 0.1 (Smith & Nichols 2009).
func DefaultTFCEOptions() TFCEOptions {
	return TFCEOptions{Options: DefaultOptions(), Extent: 0.5, Height: 2, Step: 0.1}
}

// maxSteps bounds the thresholds of one map.
const maxSteps = 100_000

// Enhance replaces a map of t by its threshold-free cluster enhancement
//
//	TFCE(p) = Σ_h e(h)^E h^H dh,   h = dh, 2dh, ... < |t(p)|
//
// where e(h) is how many points the cluster of p has at threshold h; negative
// points form clusters of their own and get negative scores. MNE's sum differs:
// it weighs every threshold after the first by dh^H instead of h^H dh.
func Enhance(t []float64, o TFCEOptions) ([]float64, error) {
	if err := checkValues("the map", t, 1); err != nil {
		return nil, err
	}
	if err := o.checkTFCE(len(t)); err != nil {
		return nil, err
	}
	out := make([]float64, len(t))
	o.enhance(newFinder(o.Adjacency, len(t)), t, out)
	return out, nil
}

func (o TFCEOptions) checkTFCE(points int) error {
	if !(o.Step > 0) || !(o.Extent >= 0) || !(o.Height >= 0) {
		return fmt.Errorf("inference: TFCE needs Step > 0, Extent >= 0, Height >= 0; got %g, %g, %g", o.Step, o.Extent, o.Height)
	}
	return o.Adjacency.check(points)
}

func (o TFCEOptions) enhance(f *finder, t, out []float64) {
	clear(out)
	var top float64
	for _, v := range t {
		top = math.Max(top, math.Abs(v))
	}
	for k := 1; k <= maxSteps; k++ {
		h := float64(k) * o.Step
		if h >= top {
			break
		}
		for p, v := range t {
			f.side[p] = 0
			switch {
			case v > h && o.Alternative != Less:
				f.side[p] = 1
			case v < -h && o.Alternative != Greater:
				f.side[p] = -1
			}
		}
		weight := math.Pow(h, o.Height) * o.Step
		f.each(func(side int8, points []int) {
			score := math.Pow(float64(len(points)), o.Extent) * weight * float64(side)
			for _, p := range points {
				out[p] += score
			}
		})
	}
}

// TFCE tests each point's enhanced score against the largest of each sign flip.
// Statistic is the score; P is corrected over points, and PMax is the same.
//
// Errors: those of ClusterTest.
func TFCE(s Sample, o TFCEOptions) (Result, error) {
	t, err := tValues(s)
	if err != nil {
		return Result{}, err
	}
	if err := o.check(); err != nil {
		return Result{}, err
	}
	if err := o.checkTFCE(s.Points); err != nil {
		return Result{}, err
	}
	from, plan := newFromSums(s), planFlips(s.Subjects, o.Options)
	observed := make([]float64, s.Points)
	o.enhance(newFinder(o.Adjacency, s.Points), t, observed)
	type worker struct {
		*finder
		t, score []float64
		reached  []int
	}
	workers := perWorker(o.Options, func() *worker {
		return &worker{newFinder(o.Adjacency, s.Points), make([]float64, s.Points), make([]float64, s.Points), make([]int, s.Points)}
	})
	plan.forEach(s, o.Options, func(k, _ int, sum []float64) {
		w := workers[k]
		for p, v := range sum {
			w.t[p] = from.t(p, v)
		}
		o.enhance(w.finder, w.t, w.score)
		var largest float64
		for _, v := range w.score {
			largest = math.Max(largest, math.Abs(v))
		}
		for p, v := range observed {
			// A threshold may fall between two roundings of the same t.
			if largest >= math.Abs(v)*(1-1e-9) {
				w.reached[p]++
			}
		}
	})
	r := Result{
		Test: "tfce", Alternative: o.Alternative, N: s.Subjects, Statistic: observed,
		P: make([]float64, s.Points), Flips: plan.count, Exact: plan.exact,
		SmallestP: plan.smallest(s.Subjects, o.Alternative),
	}
	for p := range r.P {
		count := 0
		for _, w := range workers {
			count += w.reached[p]
		}
		r.P[p] = plan.p(count)
	}
	r.PMax = r.P
	return r, nil
}
