package decoding

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Accuracies of equal counts are equal to the bit: with right test patterns counted in
// whole numbers, each is a count over the number of decisions, in its lowest terms.
func TestEqualAccuraciesAreTied(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, c := range []struct{ repetitions, folds, repeats, smooth int }{{12, 4, 5, 5}, {13, 3, 5, 5}, {11, 4, 3, 3}, {10, 5, 7, 1}} {
		e := Epochs{Conditions: 12, Repetitions: c.repetitions, Channels: 3, Times: 7}
		e.Data = make([]float64, e.Conditions*e.Repetitions*e.Channels*e.Times)
		for i := range e.Data {
			e.Data[i] = r.NormFloat64()
		}
		recipe := Lu()
		recipe.Average, recipe.Folds, recipe.Repeats, recipe.Smooth, recipe.Classifier, recipe.Shrinkage = 1, c.folds, c.repeats, c.smooth, LinearLDA, 0.5
		got, times, err := Pairwise(t.Context(), e, recipe)
		if err != nil {
			t.Fatal(err)
		}
		square, _, err := Generalise(t.Context(), e, recipe)
		if err != nil {
			t.Fatal(err)
		}
		// Fold sizes differ by one, of at most nine test patterns.
		const common = 2 * 2 * 2 * 3 * 3 * 5 * 7
		all := float64(common * c.folds * c.repeats)
		check := func(what string, at int, v, parts float64) {
			t.Helper()
			count := math.Round(v * parts)
			if count/parts != v {
				t.Errorf("%+v: %s %d is %v, %v of %v decisions", c, what, at, v, v*parts, parts)
			}
		}
		for k, v := range got {
			from, to := around(times, k/e.Pairs(), c.smooth)
			check("accuracy", k, v, all*float64(to-from))
		}
		for k, v := range square {
			from, to := around(times, k/e.Pairs()/times, c.smooth)
			first, last := around(times, k/e.Pairs()%times, c.smooth)
			check("generalised accuracy", k, v, all*float64((to-from)*(last-first)))
		}
	}
}
