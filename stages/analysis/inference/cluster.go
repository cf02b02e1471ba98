package inference

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// ClusterOptions of Cluster.
type ClusterOptions struct {
	Options
	Adjacency Adjacency // nil: a line (time)

	// Threshold is the |t| that a point must exceed to be in a cluster. 0 takes
	// the t of ThresholdP, one tail of it if the alternative has one side.
	Threshold  float64
	ThresholdP float64 // in (0, 1); default 0.05
}

// DefaultClusterOptions returns DefaultOptions on a line, threshold p < 0.05.
func DefaultClusterOptions() ClusterOptions {
	return ClusterOptions{Options: DefaultOptions(), ThresholdP: 0.05}
}

func (o ClusterOptions) threshold(n int) (float64, error) {
	if o.Threshold != 0 {
		if !(o.Threshold > 0) || math.IsInf(o.Threshold, 0) {
			return 0, fmt.Errorf("inference: cluster threshold %g is not a positive t", o.Threshold)
		}
		return o.Threshold, nil
	}
	if !(o.ThresholdP > 0 && o.ThresholdP < 1) {
		return 0, fmt.Errorf("inference: cluster threshold p = %g is not in (0, 1)", o.ThresholdP)
	}
	tail := o.ThresholdP
	if o.Alternative == TwoSided {
		tail /= 2
	}
	t := tQuantile(1-tail, float64(n-1))
	if !(t > 0) {
		return 0, fmt.Errorf("inference: cluster threshold p = %g is t = %g; clusters need a positive t", o.ThresholdP, t)
	}
	return t, nil
}

// ClusterTest is the sign-flip test of the largest cluster mass. Statistic is t at
// each point; P at a point is that of its cluster, 1 outside of clusters.
//
// Errors: ErrShape, ErrTooFew (n < 2), ErrNotFinite, ErrNoVariance, bad options, the
// context's.
func ClusterTest(ctx context.Context, s Sample, o ClusterOptions) (Result, error) {
	t, err := tValues(s)
	if err != nil {
		return Result{}, err
	}
	if err := o.check(); err != nil {
		return Result{}, err
	}
	if err := o.Adjacency.check(s.Points); err != nil {
		return Result{}, err
	}
	threshold, err := o.threshold(s.Subjects)
	if err != nil {
		return Result{}, err
	}
	w, plan := newWhole(s), planFlips(s.Subjects, o.Options)
	critical := w.critical(threshold)
	r := Result{
		Test: "cluster", Alternative: o.Alternative, N: s.Subjects, Statistic: t, Threshold: threshold,
		P: make([]float64, s.Points), Flips: plan.count, Exact: plan.exact,
		SmallestP: plan.smallest(s.Subjects, o.Alternative),
	}
	for p := range r.P {
		r.P[p] = 1
	}
	var members [][]int
	f := newFinder(o.Adjacency, s.Points)
	var masses []float64 // of the clusters, in the arithmetic of the flips
	own := w.sums()
	f.mark(own, critical, o.Alternative)
	f.each(func(side int8, points []int) {
		c := Cluster{Start: slices.Min(points), Stop: slices.Max(points) + 1}
		points = slices.Clone(points)
		slices.Sort(points)
		for _, p := range points {
			c.Mass += t[p]
		}
		masses = append(masses, math.Abs(w.mass(own, points)))
		if o.Adjacency != nil {
			c.Points = points
		}
		r.Clusters = append(r.Clusters, c)
		members = append(members, points)
	})
	if len(r.Clusters) == 0 {
		return r, nil
	}
	type worker struct {
		*finder
		reached []int
	}
	workers := perWorker(o.Options, plan.blocks(), func() worker {
		return worker{newFinder(o.Adjacency, s.Points), make([]int, len(masses))}
	})
	err = plan.forEach(ctx, w, o.Options, func(k, _ int, sum []float64) {
		largest := workers[k].largest(w, sum, critical, o.Alternative)
		for c, mass := range masses {
			if reaches(largest, mass) {
				workers[k].reached[c]++
			}
		}
	})
	if err != nil {
		return Result{}, err
	}
	for c := range r.Clusters {
		count := 0
		for _, w := range workers {
			count += w.reached[c]
		}
		r.Clusters[c].P = plan.p(count)
		for _, p := range members[c] {
			r.P[p] = r.Clusters[c].P
		}
	}
	return r, nil
}

// mark notes which points exceed their critical sum on a side that counts.
func (f *finder) mark(sum, critical []float64, alt Alternative) {
	for p, v := range sum {
		f.side[p] = 0
		switch {
		case v > critical[p] && alt != Less:
			f.side[p] = 1
		case v < -critical[p] && alt != Greater:
			f.side[p] = -1
		}
	}
}

// mass is Σ t over the points.
func (w *whole) mass(sum []float64, points []int) float64 {
	var m float64
	for _, p := range points {
		m += w.t(p, sum[p])
	}
	return m
}

// largest is the largest |mass| of the clusters of one map, 0 without any.
func (f *finder) largest(w *whole, sum, critical []float64, alt Alternative) float64 {
	var largest float64
	if f.near == nil {
		// On a line one pass does it.
		var mass float64
		last := 0.0 // sign of the running cluster
		for p, v := range sum {
			a := math.Abs(v)
			if a <= critical[p] || (alt == Greater && v < 0) || (alt == Less && v > 0) {
				mass, last = 0, 0
				continue
			}
			if v*last <= 0 {
				mass = 0
			}
			mass, last = mass+w.t(p, a), v
			if mass > largest {
				largest = mass
			}
		}
		return largest
	}
	f.mark(sum, critical, alt)
	f.each(func(_ int8, points []int) {
		largest = math.Max(largest, math.Abs(w.mass(sum, points)))
	})
	return largest
}
