package rdm

import (
	"context"
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/internal/parallel"
)

// errRange is returned inside the package when squares of patterns leave the range in
// which float64 keeps its precision: they are computed again in other units.
var errRange = errors.New("squares are out of range")

// A squared norm between these comes from values whose squares neither overflow nor
// lose digits.
const (
	smallSquare = 1e-70
	largeSquare = 1e70
)

// checkSquares returns errRange when squared norms of s are out of range: any of those of
// patterns that have a unit of their own, the largest of those that share one (common
// means are taken off them). ErrNotFinite names the value that is to blame for NaN and
// infinite norms. Patterns that are 0 are fine.
func checkSquares(s shifted, sq []float64, names []string) error {
	shared := s.columns != nil
	largest := 0
	for i, v := range sq {
		if v-v != 0 {
			if err := notFinite(s.src, names, i); err != nil {
				return err
			}
			return errRange
		}
		if v > sq[largest] {
			largest = i
		}
	}
	_, features := s.Dims()
	var row []float64
	for i, v := range sq {
		if v > smallSquare && v < largeSquare || shared && sq[largest] > smallSquare && sq[largest] < largeSquare {
			continue
		}
		if row == nil {
			row = make([]float64, features)
		}
		if err := s.Block(row, features, i, i+1, 0, features); err != nil {
			return err
		}
		if magnitude.Exponent(row...) != 0 {
			return errRange
		}
	}
	return nil
}

// notFinite finds the value that is to blame for condition i, or any other, if there is one.
func notFinite(src Source, names []string, i int) error {
	n, features := src.Dims()
	buf := make([]float64, features)
	for k := range n + 1 {
		row := k - 1 // the suspect first: with common means it may be innocent
		if k == 0 {
			row = i
		}
		if err := src.Block(buf, features, row, row+1, 0, features); err != nil {
			return err
		}
		for c, v := range buf {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("rdm: %s has %v at feature %d: %w", label(names, row), v, c, ErrNotFinite)
			}
		}
	}
	return nil
}

// scaled gives the patterns of src in units of powers of two: times 2^-exponent, one a
// condition.
type scaled struct {
	src       Source
	exponents []int
}

// Dims implements Source.
func (s scaled) Dims() (conditions, features int) { return s.src.Dims() }

// Block implements Source.
func (s scaled) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	if err := s.src.Block(dst, stride, r0, r1, c0, c1); err != nil {
		return err
	}
	for r := r0; r < r1; r++ {
		magnitude.Scale(dst[(r-r0)*stride:][:c1-c0], -s.exponents[r])
	}
	return nil
}

// inUnits gives src in units of the largest value of each pattern, or of all of them
// together (then exponent is that of all).
func inUnits(ctx context.Context, src Source, each bool, workers int) (out scaled, exponent int, err error) {
	n, features := src.Dims()
	out = scaled{src, make([]int, n)}
	largest := make([]float64, n)
	err = parallel.Run(ctx, workers, n, func(_, i int) error {
		row := make([]float64, features)
		err := src.Block(row, features, i, i+1, 0, features)
		largest[i] = magnitude.Largest(row)
		return err
	})
	if err != nil {
		return out, 0, err
	}
	if each {
		for i, v := range largest {
			out.exponents[i] = magnitude.ExponentOf(v)
		}
		return out, 0, nil
	}
	exponent = magnitude.Exponent(largest...)
	for i := range out.exponents {
		out.exponents[i] = exponent
	}
	return out, exponent, nil
}

// restore multiplies values, which are in units of 2^exponent, by it.
func restore(values []float64, exponent int) error {
	magnitude.Scale(values, exponent)
	for _, v := range values {
		if math.IsInf(v, 0) {
			return fmt.Errorf("rdm: dissimilarities overflow: scale the patterns down: %w", ErrNotFinite)
		}
	}
	return nil
}
