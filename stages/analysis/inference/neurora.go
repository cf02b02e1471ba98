package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// NeuroRAWarning accompanies every result of NeuroRA.
const NeuroRAWarning = "not a valid test: it shuffles every time point on its own and does not form clusters anew under the null; " +
	"with autocorrelated data nearly half of all null data sets come out significant at a nominal 5 % (docs/validity.md). Use the cluster test"

// NeuroRAOptions are the parameters of clusterbased_permutation_1d_2sided.
type NeuroRAOptions struct {
	PThreshold float64 // point-wise p that forms clusters; 0.05
	ClusterP   float64 // level of a cluster; 0.05
	MinLength  int     // shorter runs are dropped; 2
	Iterations int     // 1000
	Seed       uint64  // the original draws from numpy's global state
}

// DefaultNeuroRAOptions returns the toolbox's defaults.
func DefaultNeuroRAOptions() NeuroRAOptions {
	return NeuroRAOptions{PThreshold: 0.05, ClusterP: 0.05, MinLength: 2, Iterations: 1000}
}

// NeuroRA behaves as clusterbased_permutation_1d_2sided of the toolbox NeuroRA
// 1.1.6.12 (for y of zeros: its 1samp version), of which published results are
// to be compared. Do not use it for anything else:
//
//   - It pools both samples of a time point and deals the values out anew,
//     independently at every time point and across subjects. That destroys the
//     pairing and the autocorrelation which make clusters long under the null.
//   - The extents of the observed clusters stay fixed under the null. Their
//     points were selected for a large t; the shuffled ones were not.
//   - For clusters below 0 it compares with the largest sum over clusters where
//     the smallest is meant.
//
// Statistic is the point-wise t (0 where all differences are 0), P at a
// point is 1 - share of iterations that its cluster's mass exceeds, 1 outside of
// clusters; the toolbox calls a cluster significant if that share is at least
// 1 - ClusterP, and so does Significant. Points in runs shorter than MinLength
// are no cluster. Result.Warning is NeuroRAWarning.
//
// Errors: ErrShape, ErrTooFew (n < 2), ErrNotFinite, ErrNoVariance, bad options, the
// context's.
func NeuroRA(ctx context.Context, x, y Sample, o NeuroRAOptions) (Result, error) {
	d, err := Paired(x, y)
	if err != nil {
		return Result{}, err
	}
	for _, s := range []Sample{x, y} {
		if err := s.check(); err != nil {
			return Result{}, err
		}
	}
	if !(o.PThreshold > 0 && o.PThreshold < 1) || !(o.ClusterP > 0 && o.ClusterP < 1) || o.Iterations < 1 || o.Iterations > MostFlips || o.MinLength < 1 {
		return Result{}, fmt.Errorf("inference: NeuroRA needs p thresholds in (0, 1), 1 to %d iterations and a length of at least 1; got %+v", MostFlips, o)
	}
	n := d.Subjects
	r := Result{
		Test: "neurora", N: n, Statistic: make([]float64, d.Points), P: make([]float64, d.Points),
		Threshold: tQuantile(1-o.PThreshold/2, float64(n-1)), Flips: o.Iterations,
		SmallestP: 0, Warning: NeuroRAWarning,
	}
	side := make([]int, d.Points)
	for p := range side {
		r.P[p] = 1
		t := quickT(d.Column(p))
		if math.IsInf(t, 0) {
			return Result{}, fmt.Errorf("%w: all %d differences are the same at point %d, t is undefined; leave the point out", ErrNoVariance, n, p)
		}
		if math.Abs(t) > r.Threshold {
			side[p] = 1
			if t < 0 {
				side[p] = -1
			}
		}
		if t == t {
			r.Statistic[p] = t
		}
	}
	for from := 0; from < len(side); {
		to := from + 1
		for to < len(side) && side[to] == side[from] {
			to++
		}
		// Single points belong to no cluster of the toolbox, whatever MinLength.
		if side[from] != 0 && to-from >= 2 {
			c := Cluster{Start: from, Stop: to}
			for p := from; p < to; p++ {
				c.Mass += r.Statistic[p]
			}
			r.Clusters = append(r.Clusters, c)
		}
		from = to
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	for _, sign := range []float64{1, -1} {
		exceeds := make([]int, len(r.Clusters))
		any := false
		for _, c := range r.Clusters {
			any = any || c.Mass*sign > 0
		}
		for range o.Iterations {
			if !any {
				break
			}
			if err := ctx.Err(); err != nil {
				return Result{}, err
			}
			largest := math.Inf(-1)
			for _, c := range r.Clusters {
				if c.Mass*sign > 0 {
					largest = math.Max(largest, shuffledMass(x, y, c, rng))
				}
			}
			for k, c := range r.Clusters {
				if c.Mass*sign > 0 && (c.Mass-largest)*sign > 0 {
					exceeds[k]++
				}
			}
		}
		for k, c := range r.Clusters {
			if c.Mass*sign > 0 {
				r.Clusters[k].P = float64(o.Iterations-exceeds[k]) / float64(o.Iterations)
			}
		}
	}
	kept := r.Clusters[:0]
	for _, c := range r.Clusters {
		if c.Stop-c.Start < o.MinLength {
			continue
		}
		kept = append(kept, c)
		for p := c.Start; p < c.Stop; p++ {
			r.P[p] = c.P
		}
	}
	r.Clusters = kept
	return r, nil
}

// shuffledMass is the cluster's mass after dealing the pooled values of each of
// its points out to two samples at random.
func shuffledMass(x, y Sample, c Cluster, rng *rand.Rand) (mass float64) {
	n := x.Subjects
	pool, diff := make([]float64, 2*n), make([]float64, n)
	for p := c.Start; p < c.Stop; p++ {
		for i := range n {
			pool[i], pool[n+i] = x.Values[i*x.Points+p], y.Values[i*y.Points+p]
		}
		rng.Shuffle(2*n, func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
		for i := range n {
			diff[i] = pool[i] - pool[n+i]
		}
		mass += quickT(diff)
	}
	return mass
}

func quickT(d []float64) float64 {
	mean, sd := meanSD(d)
	return mean / (sd / math.Sqrt(float64(len(d))))
}

// Significant lists the clusters whose p is at most alpha.
func (r Result) Significant(alpha float64) []Cluster {
	var out []Cluster
	for _, c := range r.Clusters {
		if c.P <= alpha {
			out = append(out, c)
		}
	}
	return out
}
