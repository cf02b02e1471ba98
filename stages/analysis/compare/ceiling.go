package compare

import (
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/rdm"
)

// Bounds is a noise ceiling: what the true model would reach is between them.
type Bounds struct {
	Lower float64 `json:"lower"` // others' mean against the subject left out
	Upper float64 `json:"upper"` // everyone's mean, the subject included
}

// Ceiling bounds the similarity that any model can reach with these subjects'
// RDMs (Nili et al. 2014), as rsatoolbox's boot_noise_ceiling. Upper compares
// every RDM with the mean of all; it is overfitted. Lower compares it with the
// mean of the other groups', so nothing of the subject leaks into what it is
// compared with.
//
// groups names the subject of each RDM, for several sessions of a subject;
// nil takes each RDM for a subject. The means are of what the method compares:
// ranks for rank correlations, z-scores for correlations, unit lengths for
// cosines.
//
// ErrCeiling, with its reason, is returned where there is none: fewer than two
// subjects, pairs that are NaN, or RDMs whose mean is constant (opposite ones).
func Ceiling(rdms []*rdm.RDM, groups []string, opts Options) (*Bounds, error) {
	vectors, err := aligned(rdms)
	if err != nil {
		return nil, err
	}
	if groups == nil {
		for i := range rdms {
			groups = append(groups, fmt.Sprint(i))
		}
	}
	if len(groups) != len(rdms) {
		return nil, fmt.Errorf("compare: %d groups for %d RDMs: %w", len(groups), len(rdms), ErrShape)
	}
	members := map[string][]int{}
	var order []string
	for i, g := range groups {
		if members[g] == nil {
			order = append(order, g)
		}
		members[g] = append(members[g], i)
	}
	if len(order) < 2 {
		return nil, fmt.Errorf("compare: %w of %d subject: %w", ErrCeiling, len(order), ErrShape)
	}
	b, err := bounds(vectors, groups, order, members, opts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCeiling, err)
	}
	return b, nil
}

// bounds ranks, centres and scales each RDM once, for all the means that it is part of.
func bounds(vectors [][]float64, groups, order []string, members map[string][]int, opts Options) (*Bounds, error) {
	parts, err := compared(vectors, opts.Method)
	if err != nil {
		return nil, err
	}
	all, err := Prepare(mean(parts), opts)
	if err != nil {
		return nil, fmt.Errorf("the mean of all: %w", err)
	}
	var b Bounds
	for _, g := range order {
		var others [][]float64
		for i, v := range parts {
			if groups[i] != g {
				others = append(others, v)
			}
		}
		rest, err := Prepare(mean(others), opts)
		if err != nil {
			return nil, fmt.Errorf("the mean without %s: %w", g, err)
		}
		for _, i := range members[g] {
			own, err := Prepare(vectors[i], opts)
			if err != nil {
				return nil, fmt.Errorf("RDM %d: %w", i, err)
			}
			lower, err := rest.With(own)
			if err != nil {
				return nil, fmt.Errorf("RDM %d: %w", i, err)
			}
			upper, err := all.With(own)
			if err != nil {
				return nil, fmt.Errorf("RDM %d: %w", i, err)
			}
			share := 1 / float64(len(order)*len(members[g]))
			b.Lower += lower * share
			b.Upper += upper * share
		}
	}
	return &b, nil
}

// aligned gives the vectors of RDMs in the conditions' order of the first.
func aligned(rdms []*rdm.RDM) ([][]float64, error) {
	if len(rdms) == 0 {
		return nil, fmt.Errorf("compare: no RDMs: %w", ErrShape)
	}
	out := make([][]float64, len(rdms))
	for i, r := range rdms {
		a, err := rdm.Align(rdms[0], r)
		if err != nil {
			return nil, fmt.Errorf("RDM %d: %w", i, err)
		}
		out[i] = a.Values
	}
	return out, nil
}

// compared gives the RDMs as a method compares them, each as large as the others, so that
// their mean is the RDM that is most similar to all, on average.
func compared(vectors [][]float64, m Method) ([][]float64, error) {
	parts := make([][]float64, len(vectors))
	for k, x := range vectors {
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("compare: pair %d of RDM %d has %v: %w", i, k, v, ErrNotFinite)
			}
		}
		switch m {
		case Spearman, RhoA, Kendall, TauA:
			parts[k] = rdm.Ranks(x)
			continue
		case Pearson, WhitenedCorrelation:
			x, _ = magnitude.Unit(x)
			x = centred(x)
		case Cosine, WhitenedCosine:
			x, _ = magnitude.Unit(x)
		}
		size := math.Sqrt(dot(x, x) / float64(len(x)))
		if size == 0 {
			return nil, fmt.Errorf("compare: RDM %d: %w", k, ErrConstant)
		}
		parts[k] = make([]float64, len(x))
		for i, v := range x {
			parts[k][i] = v / size
		}
	}
	return parts, nil
}

// pool gives the mean RDM that is most similar to all, on average.
func pool(vectors [][]float64, m Method) ([]float64, error) {
	parts, err := compared(vectors, m)
	if err != nil {
		return nil, err
	}
	return mean(parts), nil
}

// mean is divided last: sums of ranks are exact, so that ties stay ties.
func mean(parts [][]float64) []float64 {
	sum := make([]float64, len(parts[0]))
	for _, x := range parts {
		for i, v := range x {
			sum[i] += v
		}
	}
	for i := range sum {
		sum[i] /= float64(len(parts))
	}
	return sum
}
