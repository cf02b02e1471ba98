package inference

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// Nadeau and Bengio's variance with scipy's t (scipy.stats.t.sf and ppf of the formula).
func TestCorrectedFolds(t *testing.T) {
	e, err := CorrectedFolds([]float64{0.1, 0.2, 0.3, 0.25, 0.05}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for what, v := range map[string][2]float64{
		"mean": {e.Value, 0.18}, "se": {e.SE, 0.06955213871621778}, "p": {e.P, 0.06081285615452247}, "low": {e.Interval.Low, -0.013107695094681154}, "high": {e.Interval.High, 0.3731076950946812},
	} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s is %v, want %v", what, v[0], v[1])
		}
	}
	if e, err = CorrectedFolds([]float64{0.5, 0.5}, 0.95); err != nil || e.P != 0 || e.Interval.Low != 0.5 {
		t.Errorf("equal values: %+v, %v", e, err)
	}
	if e, err = CorrectedFolds([]float64{0, 0, 0}, 0.95); err != nil || e.P != 1 {
		t.Errorf("zeros: %+v, %v", e, err)
	}
	for want, x := range map[error][]float64{ErrTooFew: {1}, ErrNotFinite: {1, math.NaN()}} {
		if _, err := CorrectedFolds(x, 0.95); !errors.Is(err, want) {
			t.Errorf("%v: %v", x, err)
		}
	}
	// Independent values have a smaller variance than it assumes: it must be conservative.
	r := rand.New(rand.NewPCG(1, 2))
	false05 := 0
	for range 2000 {
		x := make([]float64, 5)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		if e, err := CorrectedFolds(x, 0.95); err != nil {
			t.Fatal(err)
		} else if e.P < 0.05 {
			false05++
		}
	}
	if false05 > 40 {
		t.Errorf("%d of 2000 independent nulls below .05: 28 are expected", false05)
	}
}
