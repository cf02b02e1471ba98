package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Factor is what a bootstrap draws anew, and so the population that its
// uncertainty speaks about.
type Factor int

// The factors of a bootstrap.
const (
	Subjects   Factor = iota // new subjects, the same conditions
	Conditions               // the same subjects, new conditions (images)
	Both                     // new subjects and new conditions
)

// Statistic gets the drawn subjects and conditions as indices, with repeats.
type Statistic func(subjects, conditions []int) (float64, error)

// BootstrapOptions of Bootstrap.
type BootstrapOptions struct {
	Samples int // B
	Seed    uint64
}

// MostSamples is how many samples a bootstrap may ask for: a value of each is kept.
const MostSamples = 10_000_000

// FewestConditions is how many conditions a bootstrap over them needs: of three, every draw
// that has a correlation is the same three, and the interval has no width.
const FewestConditions = 4

// Bootstrap returns B values of the statistic over subjects and conditions drawn
// with replacement, whichever the factor names; the others are all there once.
//
// A condition that is drawn twice has dissimilarity 0 to its copy by
// construction. Such zeros are the same in every RDM and would raise any
// correlation between them: build the statistic from DistinctPairs. A draw with
// fewer than 3 different conditions, of which no correlation exists, is repeated.
//
// Errors: ErrTooFew, those of the statistic, ErrNotFinite, the context's.
func Bootstrap(ctx context.Context, subjects, conditions int, factor Factor, o BootstrapOptions, f Statistic) ([]float64, error) {
	if o.Samples < 2 || o.Samples > MostSamples {
		return nil, fmt.Errorf("inference: %d bootstrap samples, want 2 to %d", o.Samples, MostSamples)
	}
	if factor != Conditions && subjects < 2 {
		return nil, fmt.Errorf("%w: %d subject; the bootstrap over subjects needs at least 2", ErrTooFew, subjects)
	}
	if factor != Subjects && conditions < FewestConditions {
		return nil, fmt.Errorf("%w: %d conditions; the bootstrap over conditions needs at least %d", ErrTooFew, conditions, FewestConditions)
	}
	rng := rand.New(rand.NewPCG(o.Seed, uint64(factor)))
	s, c := identity(subjects), identity(conditions)
	out := make([]float64, o.Samples)
	for b := range out {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if factor != Conditions {
			drawn(s, rng)
		}
		if factor != Subjects {
			for drawn(c, rng); different(c) < 3; drawn(c, rng) {
			}
		}
		v, err := f(s, c)
		if err != nil {
			return nil, fmt.Errorf("inference: bootstrap sample %d: %w", b, err)
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%w: bootstrap sample %d gives %v", ErrNotFinite, b, v)
		}
		out[b] = v
	}
	return out, nil
}

func identity(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}

func drawn(x []int, rng *rand.Rand) {
	for i := range x {
		x[i] = rng.IntN(len(x))
	}
}

func different(x []int) int {
	seen := make([]bool, len(x))
	n := 0
	for _, v := range x {
		if !seen[v] {
			seen[v] = true
			n++
		}
	}
	return n
}

// DistinctPairs returns, for the pairs of drawn conditions that are not copies of
// one another, their index in a condensed RDM of n conditions (scipy's pdist
// order), in the order of the draw.
func DistinctPairs(conditions []int, n int) []int {
	pairs := make([]int, 0, len(conditions)*(len(conditions)-1)/2)
	for i, a := range conditions {
		for _, b := range conditions[i+1:] {
			lo, hi := min(a, b), max(a, b)
			if lo != hi {
				pairs = append(pairs, lo*(2*n-lo-1)/2+hi-lo-1)
			}
		}
	}
	return pairs
}

// TwoFactor is the variance of a statistic over new subjects and new conditions.
type TwoFactor struct {
	Variance   float64 // corrected
	DF         int     // one less than the smaller of subjects and conditions
	Both       float64 // of the bootstrap over both factors, too large
	Subjects   float64 // of the bootstrap over subjects alone
	Conditions float64 // of the bootstrap over conditions alone
}

// SE is the corrected standard error.
func (t TwoFactor) SE() float64 { return math.Sqrt(t.Variance) }

// Interval is that of a value by Student's t, as Schütt et al. have it.
func (t TwoFactor) Interval(value, level float64) Interval {
	half := tQuantile((1+level)/2, float64(t.DF)) * t.SE()
	return Interval{value - half, value + half, level}
}

// TwoFactorBootstrap combines three bootstraps (Schütt et al. 2023, eLife
// 12:e82566). Drawing both factors at once counts the measurement noise three
// times instead of once; with V_b, V_s, V_c of both, subjects and conditions,
// and a = n_s/(n_s-1), k = n_c/(n_c-1),
//
//	V = a V_s + k V_c - a k (V_b - V_s - V_c)
//
// held between max(a V_s, k V_c) and V_b. For many subjects and conditions it is
// 2(V_s + V_c) - V_b.
func TwoFactorBootstrap(ctx context.Context, subjects, conditions int, o BootstrapOptions, f Statistic) (TwoFactor, error) {
	var v [3]float64
	for _, factor := range []Factor{Subjects, Conditions, Both} {
		values, err := Bootstrap(ctx, subjects, conditions, factor, o, f)
		if err != nil {
			return TwoFactor{}, err
		}
		_, sd := meanSD(values)
		v[factor] = sd * sd
	}
	return combine(v[Both], v[Subjects], v[Conditions], subjects, conditions), nil
}

func combine(both, sub, cond float64, subjects, conditions int) TwoFactor {
	a := float64(subjects) / float64(subjects-1)
	k := float64(conditions) / float64(conditions-1)
	v := a*sub + k*cond - a*k*(both-sub-cond)
	v = min(max(v, a*sub, k*cond), both)
	return TwoFactor{v, min(subjects, conditions) - 1, both, sub, cond}
}
