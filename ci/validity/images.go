package main

import (
	"context"
	"math"
	"math/rand/v2"

	"realnet/ci/rdms"
	"realnet/stages/analysis/inference"
)

// geometries are RDMs over the same images: of two networks and of a brain.
type geometries struct {
	images int
	order  [3][]int // pairs by dissimilarity
}

// newGeometries draws points in three dimensions for each RDM and adds the
// distance on one axis that all share: share times for the networks, twice for
// the brain.
func newGeometries(seed uint64, images int, share float64) geometries {
	rng := rand.New(rand.NewPCG(seed, 99))
	axis := make([]float64, images)
	for i := range axis {
		axis[i] = rng.Float64()
	}
	g := geometries{images: images}
	for k, share := range []float64{share, share, 2} {
		g.order[k] = order(points(rng, images), axis, share)
	}
	return g
}

func points(rng *rand.Rand, images int) [][3]float64 {
	out := make([][3]float64, images)
	for i := range out {
		for c := range out[i] {
			out[i][c] = rng.NormFloat64()
		}
	}
	return out
}

// order sorts the pairs by the distance of their points and, share times, on the axis.
func order(points [][3]float64, axis []float64, share float64) []int {
	var values []float64
	for i, p := range points {
		for j, q := range points[i+1:] {
			d := math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2])
			values = append(values, d/3+share*math.Abs(axis[i]-axis[i+1+j]))
		}
	}
	return rdms.Order(values)
}

// similarities are Spearman's correlations of both networks with the brain over
// some pairs, each as often as it is named (nil: all once).
func (g geometries) similarities(pairs []int) [2]float64 {
	times := make([]int, len(g.order[0]))
	total := len(pairs)
	for _, p := range pairs {
		times[p]++
	}
	if pairs == nil {
		total = len(times)
		for i := range times {
			times[i] = 1
		}
	}
	var rank [3][]float64
	var squares [3]float64
	for k, order := range g.order {
		rank[k] = make([]float64, len(order))
		before := 0
		for _, p := range order {
			r := float64(before) + float64(times[p]-total)/2
			rank[k][p] = r
			squares[k] += float64(times[p]) * r * r
			before += times[p]
		}
	}
	var out [2]float64
	for k := range out {
		var sum float64
		for p, r := range rank[k] {
			sum += float64(times[p]) * r * rank[2][p]
		}
		out[k] = sum / math.Sqrt(squares[k]*squares[2])
	}
	return out
}

// Statistics of the two similarities.
func difference(s [2]float64) float64 { return s[1] - s[0] }
func first(s [2]float64) float64      { return s[0] }

// leaveOut rejects if the interval that leaves out images does not contain 0.
func leaveOut(images int, share float64, statistic func([2]float64) float64) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		g := newGeometries(seed, images, share)
		l, err := inference.NewLeaveOut(images, seed)
		if err != nil {
			return false, err
		}
		values := make([]float64, len(l.Kept))
		for i, pairs := range l.Kept {
			values[i] = statistic(g.similarities(pairs))
		}
		e, err := l.Estimate(statistic(g.similarities(nil)), values, 1-alpha)
		return e.Interval.Low > 0 || e.Interval.High < 0, err
	}
}

// trained rejects if the interval of a mean gain over people does not contain 0. Each
// has a brain and two networks, which training moved from a base by chance, as far as
// move says. The people count as units, or as all that there are.
func trained(images, people int, move float64, asUnits bool) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		rng := rand.New(rand.NewPCG(seed, 7))
		worlds := make([]geometries, people)
		for i := range worlds {
			worlds[i] = newTrained(rng, seed, images, move)
		}
		l, err := inference.NewLeaveOut(images, seed)
		if err != nil {
			return false, err
		}
		units, kept := make([]float64, people), make([][]float64, people)
		for i, g := range worlds {
			units[i] = difference(g.similarities(nil))
			for _, pairs := range l.Kept {
				kept[i] = append(kept[i], difference(g.similarities(pairs)))
			}
		}
		if !asUnits {
			units, kept = average(units, kept)
		}
		e, err := l.EstimateMean(units, kept, 1-alpha)
		return e.Interval.Low > 0 || e.Interval.High < 0, err
	}
}

// newTrained has one base network and one axis for all people of a seed; a person's own
// are the brain's noise and networks that follow the axis more or less than the base.
func newTrained(person *rand.Rand, seed uint64, images int, move float64) geometries {
	rng := rand.New(rand.NewPCG(seed, 99))
	axis := make([]float64, images)
	for i := range axis {
		axis[i] = rng.Float64()
	}
	base := points(rng, images)
	g := geometries{images: images}
	for k := range 2 {
		moved := points(person, images)
		for i, p := range base {
			for c := range p {
				moved[i][c] = 0.95*p[c] + 0.3122*moved[i][c] // of variance 1 again
			}
		}
		g.order[k] = order(moved, axis, 1+move*person.NormFloat64())
	}
	g.order[2] = order(points(person, images), axis, 2)
	return g
}

// average makes one unit of all.
func average(units []float64, kept [][]float64) ([]float64, [][]float64) {
	mean, left := 0.0, make([]float64, len(kept[0]))
	for i, u := range units {
		mean += u / float64(len(units))
		for e, v := range kept[i] {
			left[e] += v / float64(len(units))
		}
	}
	return []float64{mean}, [][]float64{left}
}

// drawn rejects if the percentile interval over images drawn with replacement
// does not contain 0.
func drawn(images int, share float64, statistic func([2]float64) float64) func(uint64) (bool, error) {
	return func(seed uint64) (bool, error) {
		g := newGeometries(seed, images, share)
		boot, err := inference.Bootstrap(context.Background(), 1, images, inference.Conditions, inference.BootstrapOptions{Samples: 200, Seed: seed},
			func(_, conditions []int) (float64, error) {
				return statistic(g.similarities(inference.DistinctPairs(conditions, images))), nil
			})
		if err != nil {
			return false, err
		}
		ci, err := inference.Percentile(boot, 1-alpha)
		return ci.Low > 0 || ci.High < 0, err
	}
}
