package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"realnet/stages/analysis/internal/parallel"
)

// Crossed is a statistic of every pair of a training and a subject: trainings x subjects x
// points, points contiguous.
type Crossed struct {
	Values                      []float64
	Trainings, Subjects, Points int
}

// CrossedClusters is a cluster test for effects that would come back with other
// trainings and other subjects. Values are differences D(training, subject, point) with
// mean 0 under the null hypothesis; both a training and a subject shift all of theirs by
// chance, so that flipping the signs of subjects alone takes for an effect what one
// training happened to have.
//
// With a the means over subjects (one for each of k trainings) and b those over trainings
// (one for each of m subjects), the variance of the grand mean at a point is
//
//	V = Σ (a - mean)² / (k (k-1)) + Σ (b - mean)² / (m (m-1))
//
// which counts the noise of single pairs twice and is therefore never too small on
// average. The statistic is mean / sqrt(V) with Satterthwaite's degrees of freedom, as the
// normal deviate of the same p (Wallace 1959), so that points whose variance comes from few trainings and
// points whose variance comes from many subjects are on one scale. Clusters are formed of
// points beyond the normal deviate of ThresholdP. Under the null hypothesis the deviations
// of trainings and of subjects have no sign: each draw flips those of both, estimates V
// anew, and keeps the largest mass of any cluster.
//
// With one training it is ClusterTest, which holds for that network alone. Statistic is
// the deviate. docs/validity.md has its rate of errors: with three trainings that make
// most of the variance it errs more often than it should, so a claim needs another test over
// trainings beside it.
//
// Errors: ErrShape, ErrTooFew (fewer than 2 subjects), ErrNotFinite, ErrNoVariance, bad
// options, the context's.
func CrossedClusters(ctx context.Context, s Crossed, o ClusterOptions) (Result, error) {
	if s.Trainings < 1 || s.Subjects < 1 || s.Points < 1 || len(s.Values) != s.Trainings*s.Subjects*s.Points {
		return Result{}, fmt.Errorf("%w: %d values of %d trainings x %d subjects x %d points", ErrShape, len(s.Values), s.Trainings, s.Subjects, s.Points)
	}
	if s.Trainings == 1 {
		return ClusterTest(ctx, Sample{Values: s.Values, Subjects: s.Subjects, Points: s.Points}, o)
	}
	if s.Subjects < 2 {
		return Result{}, fmt.Errorf("%w: %d subject; clusters over subjects need 2", ErrTooFew, s.Subjects)
	}
	if err := checkValues("a crossed sample", s.Values, 2); err != nil {
		return Result{}, err
	}
	if err := o.check(); err != nil {
		return Result{}, err
	}
	if err := o.Adjacency.check(s.Points); err != nil {
		return Result{}, err
	}
	if o.Threshold == 0 {
		tail := o.ThresholdP
		if o.Alternative == TwoSided {
			tail /= 2
		}
		if !(tail > 0 && tail < 0.5) {
			return Result{}, fmt.Errorf("inference: cluster threshold p = %g gives no positive deviate", o.ThresholdP)
		}
		o.Threshold = normalQuantile(1 - tail)
	}
	c := newCrossed(s)
	if p := slices.IndexFunc(c.size, func(v float64) bool { return v == 0 }); p >= 0 {
		return Result{}, fmt.Errorf("%w at point %d", ErrNoVariance, p)
	}
	r := Result{
		Test: "crossed clusters", Alternative: o.Alternative, N: s.Subjects, Threshold: o.Threshold, Statistic: make([]float64, s.Points),
		P: make([]float64, s.Points), Flips: o.Permutations, SmallestP: 1 / float64(o.Permutations+1),
	}
	c.deviates(r.Statistic, c.mean, c.trainings, c.subjects)
	for p := range r.P {
		r.P[p] = 1
	}
	f := newFinder(o.Adjacency, s.Points)
	var members [][]int
	var masses []float64
	f.beyond(r.Statistic, o)
	f.each(func(_ int8, points []int) {
		points = slices.Clone(points)
		slices.Sort(points)
		found := Cluster{Start: points[0], Stop: points[len(points)-1] + 1}
		for _, p := range points {
			found.Mass += r.Statistic[p]
		}
		if o.Adjacency != nil {
			found.Points = points
		}
		r.Clusters, members, masses = append(r.Clusters, found), append(members, points), append(masses, math.Abs(found.Mass))
	})
	if len(r.Clusters) == 0 {
		return r, nil
	}
	reached, err := c.reached(ctx, o, masses)
	if err != nil {
		return Result{}, err
	}
	for i := range r.Clusters {
		r.Clusters[i].P = float64(reached[i]+1) / float64(o.Permutations+1)
		for _, p := range members[i] {
			r.P[p] = r.Clusters[i].P
		}
	}
	return r, nil
}

// beyond notes the points whose deviate is beyond the threshold on a side that counts.
func (f *finder) beyond(z []float64, o ClusterOptions) {
	for p, v := range z {
		f.side[p] = 0
		switch {
		case v > o.Threshold && o.Alternative != Less:
			f.side[p] = 1
		case v < -o.Threshold && o.Alternative != Greater:
			f.side[p] = -1
		}
	}
}

// crossed holds a sample's margins.
type crossed struct {
	points              int
	mean                []float64 // points
	trainings, subjects margin
	size                []float64 // points: variance of the grand mean
}

// margin is the deviations of the means of one factor's levels from the grand mean.
type margin struct {
	levels int
	dev    []float64 // levels x points
}

func newCrossed(s Crossed) crossed {
	c := crossed{points: s.Points, mean: make([]float64, s.Points), size: make([]float64, s.Points)}
	k, m := s.Trainings, s.Subjects
	c.trainings, c.subjects = margin{k, make([]float64, k*s.Points)}, margin{m, make([]float64, m*s.Points)}
	for t := range k {
		for e := range m {
			for p, v := range s.Values[(t*m+e)*s.Points:][:s.Points] {
				c.mean[p] += v / float64(k*m)
				c.trainings.dev[t*s.Points+p] += v / float64(m)
				c.subjects.dev[e*s.Points+p] += v / float64(k)
			}
		}
	}
	for _, g := range []margin{c.trainings, c.subjects} {
		for i := range g.dev {
			g.dev[i] -= c.mean[i%s.Points]
		}
		for i, d := range g.dev {
			c.size[i%s.Points] += d * d / float64(g.levels*(g.levels-1))
		}
	}
	return c
}

// deviates fills z with the deviate of each point: mean with the variances of both
// margins about their own means.
func (c crossed) deviates(z, mean []float64, trainings, subjects margin) {
	for p := range z {
		a, b := trainings.variance(p, c.points), subjects.variance(p, c.points)
		z[p] = deviate(mean[p], a, float64(trainings.levels-1), b, float64(subjects.levels-1))
	}
}

// variance is that of the mean over the levels at a point.
func (g margin) variance(p, points int) float64 {
	var sum, square float64
	for i := p; i < len(g.dev); i += points {
		sum += g.dev[i]
	}
	sum /= float64(g.levels)
	for i := p; i < len(g.dev); i += points {
		square += (g.dev[i] - sum) * (g.dev[i] - sum)
	}
	return square / float64(g.levels*(g.levels-1))
}

// deviate is the normal deviate of mean / sqrt(a + b), whose variances have so many degrees
// of freedom.
func deviate(mean, a, dfA, b, dfB float64) float64 {
	v := a + b
	if !(v > 0) {
		if mean == 0 {
			return 0
		}
		v = math.SmallestNonzeroFloat64
	}
	df := 1 / (a/v*(a/v)/dfA + b/v*(b/v)/dfB)
	t := mean / math.Sqrt(v)
	return math.Copysign((8*df+1)/(8*df+3)*math.Sqrt(df*math.Log1p(t*t/df)), t)
}

// reached counts, for each mass, the draws whose largest mass is at least as large. A block
// of draws has its own stream, so that the count does not depend on the workers.
func (c crossed) reached(ctx context.Context, o ClusterOptions, masses []float64) ([]int, error) {
	type worker struct {
		*finder
		mean, z             []float64
		trainings, subjects margin
		reached             []int
	}
	blocks := (o.Permutations + flipBlock - 1) / flipBlock
	workers := perWorker(o.Options, blocks, func() worker {
		return worker{
			newFinder(o.Adjacency, c.points), make([]float64, c.points), make([]float64, c.points),
			margin{c.trainings.levels, slices.Clone(c.trainings.dev)},
			margin{c.subjects.levels, slices.Clone(c.subjects.dev)},
			make([]int, len(masses)),
		}
	})
	err := parallel.Run(ctx, o.Workers, blocks, func(w, block int) error {
		work := workers[w]
		rng := rand.New(rand.NewPCG(o.Seed, uint64(block)))
		for range min(flipBlock, o.Permutations-block*flipBlock) {
			if err := ctx.Err(); err != nil {
				return err
			}
			clear(work.mean)
			work.trainings.flip(c.trainings, rng, work.mean)
			work.subjects.flip(c.subjects, rng, work.mean)
			c.deviates(work.z, work.mean, work.trainings, work.subjects)
			work.beyond(work.z, o)
			var largest float64
			work.each(func(_ int8, points []int) {
				var mass float64
				for _, p := range points {
					mass += work.z[p]
				}
				largest = max(largest, math.Abs(mass))
			})
			for i, mass := range masses {
				if reaches(largest, mass) {
					work.reached[i]++
				}
			}
		}
		return nil
	})
	total := make([]int, len(masses))
	for _, w := range workers {
		for i, n := range w.reached {
			total[i] += n
		}
	}
	return total, err
}

// flip sets g to the deviations of from with random signs, as large as they are on average
// before their mean is removed, and adds their mean to mean.
func (g margin) flip(from margin, rng *rand.Rand, mean []float64) {
	points, n := len(mean), float64(from.levels)
	scale := math.Sqrt(n / (n - 1))
	for level := range from.levels {
		sign := scale
		if rng.Uint64()&1 == 0 {
			sign = -scale
		}
		for p, d := range from.dev[level*points:][:points] {
			v := sign * d
			g.dev[level*points+p] = v
			mean[p] += v / n
		}
	}
}
