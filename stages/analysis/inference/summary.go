package inference

import (
	"fmt"
	"math"
	"slices"
)

// Summary describes one group of values.
type Summary struct {
	N               int
	Mean, SD, SEM   float64 // SD divides by n-1; SEM = SD/sqrt(n)
	Min, Q1, Median float64 // quartiles as numpy's default
	Q3, Max         float64
	Interval        Interval // of the mean, by Student's t
}

// Describe summarises at least two finite values with a confidence interval of
// the given level.
func Describe(x []float64, level float64) (Summary, error) {
	ci, err := MeanInterval(x, level)
	if err != nil {
		return Summary{}, err
	}
	mean, sd := meanSD(x)
	s := slices.Clone(x)
	slices.Sort(s)
	return Summary{
		N: len(x), Mean: mean, SD: sd, SEM: sd / math.Sqrt(float64(len(x))),
		Min: s[0], Q1: quantile(s, 0.25), Median: quantile(s, 0.5), Q3: quantile(s, 0.75), Max: s[len(s)-1],
		Interval: ci,
	}, nil
}

// AnovaTable is the outcome of OneWay.
type AnovaTable struct {
	F           float64
	Between     int     // degrees of freedom, groups - 1
	Within      int     // values - groups
	P           float64 //
	EtaSquared  float64 // share of the variance between groups
	OmegaSquare float64 // the same, less biased; may be negative
}

// OneWay is the analysis of variance of independent groups. Errors: fewer than
// two groups, a group of fewer than two values, ErrNotFinite, ErrNoVariance.
func OneWay(groups ...[]float64) (AnovaTable, error) {
	if len(groups) < 2 {
		return AnovaTable{}, fmt.Errorf("%w: one-way analysis of %d group; at least 2 are compared", ErrTooFew, len(groups))
	}
	var n int
	var grand float64
	for i, g := range groups {
		if err := checkValues(fmt.Sprintf("group %d", i), g, 2); err != nil {
			return AnovaTable{}, err
		}
		n += len(g)
		for _, v := range g {
			grand += v
		}
	}
	grand /= float64(n)
	var between, within, size float64
	for _, g := range groups {
		mean, sd := meanSD(g)
		between += float64(len(g)) * (mean - grand) * (mean - grand)
		within += float64(len(g)-1) * sd * sd
		for _, v := range g {
			size = math.Max(size, math.Abs(v))
		}
	}
	a := AnovaTable{Between: len(groups) - 1, Within: n - len(groups)}
	if math.Sqrt(within/float64(n)) <= 1e-14*size {
		return AnovaTable{}, fmt.Errorf("%w: no group varies, F is undefined", ErrNoVariance)
	}
	d1, d2 := float64(a.Between), float64(a.Within)
	a.F = (between / d1) / (within / d2)
	a.P = fTail(a.F, d1, d2)
	a.EtaSquared = between / (between + within)
	a.OmegaSquare = (between - d1*within/d2) / (between + within + within/d2)
	return a, nil
}
