package dimensions

import (
	"fmt"
	"math"

	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/rdm"
)

// RDM gives |x_i - x_j| for one number an object. names may be nil.
func RDM(x []float64, names []string) (*rdm.RDM, error) {
	values := make([]float64, 0, len(x)*(len(x)-1)/2)
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("dimensions: object %d has %v: %w", i, v, rdm.ErrNotFinite)
		}
		for _, u := range x[i+1:] {
			values = append(values, math.Abs(v-u))
		}
	}
	// Ratings are decimal numbers: .7 - .5 and .5 - .3 are a tie, and differ in the last bit.
	rdm.JoinTies(values, len(x), func(i, j int, _ float64) float64 {
		return magnitude.DifferenceRounding * max(math.Abs(x[i]), math.Abs(x[j]))
	})
	return rdm.New("absolute difference", values, names)
}

// RDMs gives the RDM of every column of an objects x dimensions embedding.
func RDMs(embedding []float64, dimensions int, names []string) ([]*rdm.RDM, error) {
	if dimensions < 1 || len(embedding)%dimensions != 0 {
		return nil, fmt.Errorf("dimensions: %d values in %d columns: %w", len(embedding), dimensions, rdm.ErrShape)
	}
	n := len(embedding) / dimensions
	out := make([]*rdm.RDM, dimensions)
	x := make([]float64, n)
	for d := range out {
		for i := range x {
			x[i] = embedding[i*dimensions+d]
		}
		var err error
		if out[d], err = RDM(x, names); err != nil {
			return nil, fmt.Errorf("dimension %d: %w", d, err)
		}
	}
	return out, nil
}

// Similarities correlates a layer's RDM with each dimension's, matched by
// name: plain, partial and semi-partial given all other dimensions (pearson or
// spearman). A dimension that is constant over the objects is an error that
// names it.
func Similarities(layer *rdm.RDM, dimensions []*rdm.RDM, m compare.Method) (*compare.Unique, error) {
	vectors, err := aligned(layer, dimensions)
	if err != nil {
		return nil, err
	}
	return compare.UniqueOf(layer.Values, vectors, m)
}

// aligned gives the dimensions' vectors in the order of the layer's objects.
func aligned(layer *rdm.RDM, dimensions []*rdm.RDM) ([][]float64, error) {
	if len(dimensions) == 0 {
		return nil, fmt.Errorf("dimensions: none: %w", rdm.ErrShape)
	}
	out := make([][]float64, len(dimensions))
	for d, r := range dimensions {
		a, err := rdm.Align(layer, r)
		if err != nil {
			return nil, fmt.Errorf("dimension %d: %w", d, err)
		}
		constant := true
		for _, v := range a.Values {
			constant = constant && v == a.Values[0]
		}
		if constant {
			return nil, fmt.Errorf("dimension %d: all objects are equally far apart: %w", d, compare.ErrConstant)
		}
		out[d] = a.Values
	}
	return out, nil
}
