package rdm

import (
	"maps"
	"slices"
)

// Folds lists the conditions of each fold, by index, in ascending order of the folds.
func Folds(folds []int32) [][]int {
	members := map[int32][]int{}
	for i, f := range folds {
		members[f] = append(members[f], i)
	}
	out := make([][]int, 0, len(members))
	for _, f := range slices.Sorted(maps.Keys(members)) {
		out = append(out, members[f])
	}
	return out
}
