package rdm

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
)

// ofFolds makes one RDM per layer of features that come in folds of the images, each from
// another network. Pairs of two folds are NaN: the dissimilarity of features of two
// networks means nothing.
func (r *maker) ofFolds(ctx context.Context, list []*artifacts.Artifact) error {
	sets := make([]rdms.Set, len(list))
	var out rdms.Set
	fold := map[string]int{}
	for k, a := range list {
		one := maker{Params: r.Params, env: r.env, precision: r.precision}
		if err := one.ofFeatures(ctx, a); err != nil {
			return fmt.Errorf("fold %d: %w", k+1, err)
		}
		sets[k] = one.set
		for _, c := range one.set.Conditions {
			if other, twice := fold[c]; twice {
				return fmt.Errorf("image %s is in folds %d and %d: folds share no image", c, other, k+1)
			}
			fold[c] = k + 1
			out.Conditions, out.Folds = append(out.Conditions, c), append(out.Folds, int32(k+1))
		}
	}
	n := len(out.Conditions)
	out.Rows = sets[0].Rows
	out.Values = make([]float64, len(out.Rows)*rdms.Pairs(n))
	for i := range out.Values {
		out.Values[i] = math.NaN()
	}
	first := 0 // condition of the fold
	for k, set := range sets {
		if !slices.EqualFunc(set.Rows, out.Rows, func(a, b rdms.Row) bool { return a.Layer == b.Layer }) {
			return fmt.Errorf("fold %d has other layers than fold 1", k+1)
		}
		m := len(set.Conditions)
		for row := range set.Rows {
			values, at := set.RDM(row), 0
			all := out.RDM(row)
			for i := range m {
				from := rdms.Pairs(n) - rdms.Pairs(n-first-i) // pair of this condition with the next
				at += copy(all[from:], values[at:at+m-1-i])
			}
		}
		first += m
	}
	r.set = out
	return nil
}
