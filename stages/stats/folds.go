package stats

import (
	"fmt"
	"slices"

	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/rdm"
)

// rename gives the conditions of the models the names that the brains have for them, by
// the rule of package naming.
func rename(models []rdms.Set, conditions []string) error {
	for i := range models {
		joined, err := naming.Join(models[i].Conditions, conditions, false)
		if err != nil {
			return fmt.Errorf("models: %w", err)
		}
		names := slices.Clone(models[i].Conditions)
		for k, at := range joined.A {
			names[at] = conditions[k]
		}
		models[i].Conditions = names
	}
	return nil
}

// foldPairs lists the pairs of each fold, as indices of a condensed RDM of the conditions;
// nil where the networks are of one piece. All have the same folds.
func foldPairs(models []rdms.Set, conditions []string) ([][]int, error) {
	folds := func(set rdms.Set) []int32 {
		if set.Folds == nil {
			return nil
		}
		at := map[string]int32{}
		for i, c := range set.Conditions {
			at[c] = set.Folds[i]
		}
		out := make([]int32, len(conditions))
		for i, c := range conditions {
			out[i] = at[c]
		}
		return out
	}
	first := folds(models[0])
	for _, set := range models {
		if !slices.Equal(folds(set), first) {
			return nil, fmt.Errorf("models: the networks of %s have other folds of images than those of %s: their similarities cannot be compared", set.Rows[0].Model, models[0].Rows[0].Model)
		}
	}
	if first == nil {
		return nil, nil
	}
	var out [][]int
	for k, part := range rdm.Folds(first) {
		if len(part) < 4 {
			return nil, fmt.Errorf("fold %d has %d images, 4 or more are compared", k+1, len(part))
		}
		out = append(out, inference.DistinctPairs(part, len(conditions)))
	}
	return out, nil
}
