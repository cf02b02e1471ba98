package rdm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// scales are factors whose squares leave the range of float64, and ordinary ones.
var scales = []float64{1e-160, 1e-90, 1e-30, 1, 1e30, 1e80, 1e150, math.Ldexp(1, 500), math.Ldexp(1, -600)}

type observations struct {
	*Matrix[float64]
	names, folds []string
}

// observed are patterns of five conditions in three folds; uneven leaves one out.
func observed(seed uint64, features int, uneven bool) observations {
	r := rand.New(rand.NewPCG(seed, 1))
	o := observations{Matrix: &Matrix[float64]{Features: features}}
	for fold := range 3 {
		for c := range 5 {
			if uneven && fold == 1 && c == 2 {
				continue
			}
			for range features {
				o.Data = append(o.Data, math.Round(1024*r.NormFloat64())/1024)
			}
			o.names, o.folds = append(o.names, fmt.Sprint(c)), append(o.folds, fmt.Sprint(fold))
			o.Conditions++
		}
	}
	return o
}

func (o observations) changed(factor, shift float64) *Matrix[float64] {
	m := &Matrix[float64]{Conditions: o.Conditions, Features: o.Features}
	for _, v := range o.Data {
		m.Data = append(m.Data, v*factor+shift)
	}
	return m
}

func values(t *testing.T, src Source, names []string, cfg Config) []float64 {
	t.Helper()
	r, err := Compute(t.Context(), src, names, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r.Values
}

func within(t *testing.T, what string, got, want []float64, factor, tolerance float64) {
	t.Helper()
	for i, w := range want {
		if w *= factor; !(math.Abs(got[i]-w) <= tolerance*math.Abs(w)) {
			t.Fatalf("%s: pair %d is %.17g, want %.17g", what, i, got[i], w)
		}
	}
}

// Distances that have no unit stay what they are, others take on that of the patterns.
func TestDistancesDoNotDependOnTheScale(t *testing.T) {
	o := observed(1, 40, false)
	flat := make([]string, o.Conditions)
	for i := range flat {
		flat[i] = fmt.Sprint(i)
	}
	residuals := observed(2, 40, false)
	residuals.Data = append(residuals.Data, observed(3, 40, false).Data...)
	residuals.Data = append(residuals.Data, observed(4, 40, false).Data...)
	residuals.Data = append(residuals.Data, observed(5, 40, false).Data...)
	residuals.Conditions = len(residuals.Data) / 40
	for _, f := range scales {
		what := fmt.Sprintf("times %g", f)
		x := o.changed(f, 0)
		for _, c := range []struct {
			metric     Metric
			perFeature bool
			factor     float64
		}{
			{Correlation, false, 1}, {Cosine, false, 1}, {Euclidean, false, f}, {SqEuclidean, false, f * f}, {Euclidean, true, f * f},
		} {
			if c.factor == 0 || math.IsInf(c.factor, 0) || c.factor < 1e-290 {
				continue // not a float64
			}
			cfg := Config{Metric: c.metric, PerFeature: c.perFeature}
			within(t, what+" "+string(c.metric), values(t, x, flat, cfg), values(t, o.Matrix, flat, cfg), c.factor, 1e-11)
		}
		// Patterns of very different size each.
		mixed := o.changed(1, 0)
		for c := range mixed.Features {
			mixed.Data[3*mixed.Features+c] *= f
		}
		for _, m := range []Metric{Correlation, Cosine} {
			within(t, what+", one pattern", values(t, mixed, flat, Config{Metric: m}), values(t, o.Matrix, flat, Config{Metric: m}), 1, 1e-11)
		}
		if f*f > 1e-290 && f*f < math.Inf(1) {
			within(t, what+" crossnobis", values(t, x, o.names, Config{Metric: Crossnobis, Folds: o.folds}),
				values(t, o.Matrix, o.names, Config{Metric: Crossnobis, Folds: o.folds}), f*f, 1e-9)
		}
		// The noise has the unit of the patterns: no distance left that has one.
		for _, how := range []Shrinkage{ShrinkageDiag, ShrinkageEye, Diagonal, Full} {
			p, err := EstimatePrecision(t.Context(), residuals.Matrix, 0, how, 2)
			if err != nil {
				t.Fatal(err)
			}
			q, err := EstimatePrecision(t.Context(), residuals.changed(f, 0), 0, how, 2)
			if err != nil {
				t.Fatalf("%s: %s: %v", what, how, err)
			}
			within(t, what+" mahalanobis "+string(how), values(t, x, flat, Config{Metric: Mahalanobis, Precision: q}),
				values(t, o.Matrix, flat, Config{Metric: Mahalanobis, Precision: p}), 1, 1e-9)
			within(t, what+" crossnobis "+string(how), values(t, x, o.names, Config{Metric: Crossnobis, Folds: o.folds, Precision: q}),
				values(t, o.Matrix, o.names, Config{Metric: Crossnobis, Folds: o.folds, Precision: p}), 1, 1e-6)
		}
		// Poisson rates.
		rates := o.changed(1, 6)
		scaled := &Matrix[float64]{Conditions: o.Conditions, Features: o.Features}
		for _, v := range rates.Data {
			scaled.Data = append(scaled.Data, v*f)
		}
		cfg := Config{Metric: Poisson}
		within(t, what+" poisson", values(t, scaled, flat, cfg), values(t, rates, flat, cfg), f, 1e-11)
	}
}

// What all patterns share changes no distance but the angles; added exactly, it leaves
// the values. With folds that differ in their conditions crossnobis is rsatoolbox's,
// which shifts.
func TestDistancesOfShiftedPatterns(t *testing.T) {
	o := observed(1, 40, false)
	flat := make([]string, o.Conditions)
	for i := range flat {
		flat[i] = fmt.Sprint(i)
	}
	p, err := EstimatePrecision(t.Context(), observed(7, 40, false).Matrix, 0, ShrinkageDiag, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, shift := range []float64{1, 1 << 10, 1 << 14, 1 << 17, 1 << 20, 1 << 27} {
		x := o.changed(1, shift)
		what := fmt.Sprintf("shift %g", shift)
		for _, c := range []struct {
			cfg   Config
			names []string
		}{
			{Config{Metric: Correlation}, flat},
			{Config{Metric: Euclidean}, flat},
			{Config{Metric: SqEuclidean}, flat},
			{Config{Metric: Mahalanobis, Precision: p}, flat},
			{Config{Metric: Crossnobis, Folds: o.folds}, o.names},
			{Config{Metric: Crossnobis, Folds: o.folds, Precision: p}, o.names},
		} {
			within(t, fmt.Sprintf("%s, %s", what, c.cfg.Metric), values(t, x, c.names, c.cfg), values(t, o.Matrix, c.names, c.cfg), 1, 1e-9)
		}
		q, err := EstimatePrecision(t.Context(), observed(7, 40, false).changed(1, shift), 0, ShrinkageDiag, 2)
		if err != nil {
			t.Fatal(err)
		}
		within(t, what+" precision", q.Values, p.Values, 1, 1e-5) // of values next to 0, too
	}
}

// Large rates that differ by little: the definition, difference by difference.
func TestPoissonOfLargeRates(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, rate := range []float64{1, 1e3, 1e6, 1e9, 1e12} {
		x := &Matrix[float64]{Conditions: 6, Features: 50}
		for range 300 {
			x.Data = append(x.Data, rate+math.Sqrt(rate)*r.Float64())
		}
		got := values(t, x, nil, Config{Metric: Poisson})
		k := 0
		for i := range 6 {
			for j := i + 1; j < 6; j++ {
				want := 0.0
				for c := range 50 {
					a, b := x.Data[i*50+c], x.Data[j*50+c]
					want += (a - b) * math.Log1p((a-b)/b) / 50
				}
				if math.Abs(got[k]-want) > 1e-9*want {
					t.Errorf("rates %g, pair %d: %.12g, want %.12g", rate, k, got[k], want)
				}
				k++
			}
		}
	}
}

// A feature that is constant but for rounding has no noise to divide by.
func TestPrecisionOfAConstantFeature(t *testing.T) {
	o := observed(1, 5, false)
	names := make([]string, o.Conditions)
	for i := range names {
		names[i] = fmt.Sprint(i % 3)
		o.Data[i*5+2] = 3.3
	}
	residuals, dof, err := Residuals(o.Matrix, names)
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []Shrinkage{ShrinkageDiag, Diagonal, Full} {
		if _, err := EstimatePrecision(t.Context(), residuals, dof, how, 1); err == nil {
			t.Errorf("%s: a precision of a constant feature", how)
		}
		if _, err := EstimatePrecision(t.Context(), o.Matrix, 0, how, 1); err == nil {
			t.Errorf("%s: a precision of a constant feature without residuals", how)
		}
	}
	if _, err := EstimatePrecision(t.Context(), observed(1, 40, false).Matrix, 0, Full, 1); err == nil {
		t.Error("a full covariance of 40 features from 15 residuals")
	}
}
