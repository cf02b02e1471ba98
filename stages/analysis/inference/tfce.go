package inference

import (
	"context"
	"fmt"
	"math"
	"slices"
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

func (o TFCEOptions) checkTFCE(points int) error {
	if !(o.Step > 0) || !(o.Extent >= 0) || !(o.Height >= 0) {
		return fmt.Errorf("inference: TFCE needs Step > 0, Extent >= 0, Height >= 0; got %g, %g, %g", o.Step, o.Extent, o.Height)
	}
	return o.Adjacency.check(points)
}

// TFCE tests each point's enhanced score against the largest of each sign flip.
// Statistic is the score; P is corrected over points, and PMax is the same.
//
// Errors: those of ClusterTest.
func TFCE(ctx context.Context, s Sample, o TFCEOptions) (Result, error) {
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
	whole, plan := newWhole(s), planFlips(s.Subjects, o.Options)
	type worker struct {
		*enhancer
		t, out  []float64
		reached []int
	}
	newWorker := func() *worker {
		return &worker{newEnhancer(o, s.Points), make([]float64, s.Points), make([]float64, s.Points), make([]int, s.Points)}
	}
	own := newWorker()
	scores := func(w *worker, sum []float64) []float64 {
		for p, v := range sum {
			w.t[p] = whole.t(p, v)
		}
		w.enhance(w.t, w.out)
		return w.out
	}
	observed := slices.Clone(scores(own, whole.sums())) // in the arithmetic of the flips
	workers := perWorker(o.Options, plan.blocks(), newWorker)
	err = plan.forEach(ctx, whole, o.Options, func(k, _ int, sum []float64) {
		w := workers[k]
		var largest float64
		for _, v := range scores(w, sum) {
			largest = math.Max(largest, math.Abs(v))
		}
		for p, v := range observed {
			// A threshold may fall between two roundings of the same t.
			if largest >= math.Abs(v)*(1-1e-9) {
				w.reached[p]++
			}
		}
	})
	if err != nil {
		return Result{}, err
	}
	own.enhance(t, own.out)
	r := Result{
		Test: "tfce", Alternative: o.Alternative, N: s.Subjects, Statistic: own.out,
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
