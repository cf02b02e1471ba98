package compare

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// It gives what UniqueOf gives of the vectors, whose values are pingouin's formula and
// tested against it.
func TestConditionerIsUniqueOf(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	vectors := make([][]float64, 5)
	for k := range vectors {
		for i := range 60 {
			v := r.NormFloat64()
			if k > 0 {
				v += 0.5 * vectors[k-1][i]
			}
			vectors[k] = append(vectors[k], v)
		}
	}
	y, predictors := vectors[4], vectors[:4]
	for _, m := range []Method{Spearman, Pearson} {
		want, err := UniqueOf(y, predictors, m)
		if err != nil {
			t.Fatal(err)
		}
		between := make([][]float64, 4)
		for i := range between {
			for j := range between {
				v, err := Vectors(predictors[i], predictors[j], Options{Method: m})
				if err != nil {
					t.Fatal(err)
				}
				between[i] = append(between[i], v)
			}
		}
		c, err := NewConditioner(between)
		if err != nil {
			t.Fatal(err)
		}
		partial, semi := c.Unique(want.Plain)
		for d := range partial {
			within(t, "partial", partial[d], want.Partial[d], 1e-12)
			within(t, "semi-partial", semi[d], want.SemiPartial[d], 1e-12)
		}
	}
	if _, err := NewConditioner([][]float64{{1, 1}, {1, 1}}); !errors.Is(err, ErrCollinear) {
		t.Errorf("the same predictor twice: %v", err)
	}
	if _, err := NewConditioner([][]float64{{1, 0}, {1}}); !errors.Is(err, ErrShape) {
		t.Errorf("a row too short: %v", err)
	}
}
