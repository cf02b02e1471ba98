package rdm

import (
	"fmt"
	"math"
)

// Average gives the mean pattern of each name, in the order of first
// appearance, in float64.
func Average(src Source, names []string) (*Matrix[float64], []string, error) {
	n, features := src.Dims()
	if len(names) != n {
		return nil, nil, fmt.Errorf("rdm: %d names for %d observations: %w", len(names), n, ErrNames)
	}
	unique, of := group(names)
	out := &Matrix[float64]{Data: make([]float64, len(unique)*features), Conditions: len(unique), Features: features}
	counts := make([]float64, len(unique))
	row := make([]float64, features)
	for i := range n {
		if err := src.Block(row, features, i, i+1, 0, features); err != nil {
			return nil, nil, err
		}
		counts[of[i]]++
		for c, v := range row {
			out.Data[of[i]*features+c] += v
		}
	}
	for k, count := range counts {
		for c := range features {
			out.Data[k*features+c] /= count
		}
	}
	return out, unique, nil
}

// Residuals gives the observations less the mean pattern of their name, and
// the degrees of freedom that are left: observations - names.
func Residuals(src Source, names []string) (residuals *Matrix[float64], dof int, err error) {
	mean, unique, err := Average(src, names)
	if err != nil {
		return nil, 0, err
	}
	n, features := src.Dims()
	_, of := group(names)
	out := &Matrix[float64]{Data: make([]float64, n*features), Conditions: n, Features: features}
	if err := src.Block(out.Data, features, 0, n, 0, features); err != nil {
		return nil, 0, err
	}
	size, left := make([]float64, features), make([]float64, features)
	for i := range n {
		for c := range features {
			v := &out.Data[i*features+c]
			size[c] = max(size[c], math.Abs(*v))
			*v -= mean.Data[of[i]*features+c]
			left[c] = max(left[c], math.Abs(*v))
		}
	}
	for c := range features {
		if left[c] <= constantSpread*size[c] { // what rounding leaves of a constant
			for i := range n {
				out.Data[i*features+c] = 0
			}
		}
	}
	return out, n - len(unique), nil
}

// group gives the unique names in order of appearance and of which each is.
func group(names []string) (unique []string, of []int) {
	at := map[string]int{}
	of = make([]int, len(names))
	for i, name := range names {
		k, ok := at[name]
		if !ok {
			k = len(unique)
			at[name] = k
			unique = append(unique, name)
		}
		of[i] = k
	}
	return unique, of
}
