package inference

import (
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
)

// CohenD is mean/sd of the values (of differences: d_z). Errors: ErrTooFew,
// ErrNotFinite, ErrNoVariance.
func CohenD(x []float64) (float64, error) {
	if err := checkValues("Cohen's d", x, 2); err != nil {
		return 0, err
	}
	mean, sd := meanSD(x)
	if noVariance(x, sd) {
		return 0, fmt.Errorf("%w: Cohen's d of %d values that are all %g", ErrNoVariance, len(x), x[0])
	}
	return mean / sd, nil
}

// CohenDIndependent is (mean x - mean y) over the pooled standard deviation.
func CohenDIndependent(x, y []float64) (float64, error) {
	for _, v := range [][]float64{x, y} {
		if err := checkValues("Cohen's d", v, 2); err != nil {
			return 0, err
		}
	}
	both, _ := magnitude.Unit(append(append([]float64{}, x...), y...))
	x, y = both[:len(x)], both[len(x):]
	mx, sx := meanSD(x)
	my, sy := meanSD(y)
	nx, ny := float64(len(x)-1), float64(len(y)-1)
	pooled := math.Sqrt((nx*sx*sx + ny*sy*sy) / (nx + ny))
	if noVariance(both, pooled) {
		return 0, fmt.Errorf("%w: neither sample of Cohen's d varies", ErrNoVariance)
	}
	return (mx - my) / pooled, nil
}

// HedgesG removes the bias that d has in small samples of df degrees of freedom
// (n-1 for one sample or differences, n_x+n_y-2 for two samples):
//
//	g = d Γ(df/2) / (sqrt(df/2) Γ((df-1)/2)),  about d (1 - 3/(4 df - 1))
//
// (Hedges 1981). The factor is undefined below df = 2: ErrTooFew.
func HedgesG(d float64, df int) (float64, error) {
	if df < 2 {
		return 0, fmt.Errorf("%w: Hedges' g with %d degrees of freedom needs at least 2", ErrTooFew, df)
	}
	a, _ := math.Lgamma(float64(df) / 2)
	b, _ := math.Lgamma(float64(df-1) / 2)
	return d * math.Exp(a-b) / math.Sqrt(float64(df)/2), nil
}

// RankBiserial is the matched-pairs rank-biserial correlation of differences
// (Kerby 2014): the share of the rank sum that is positive less that which is
// negative, zeros left out. -1 to 1.
func RankBiserial(x []float64) (float64, error) {
	r, err := Wilcoxon(x, Greater, Drop, false)
	if err != nil {
		return 0, err
	}
	return (r.Positive - r.Negative) / (r.Positive + r.Negative), nil
}
