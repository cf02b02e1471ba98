package matfile

import (
	"fmt"
	"math/bits"

	"realnet/data/array"
)

// Array is a MATLAB array. Its elements are in MATLAB's order: the first axis
// varies fastest.
type Array struct {
	Class string // "double", "uint8", "char", "logical", "cell", "struct", ...
	Shape []int  // at least two axes

	// Data holds numbers and logicals as they are stored, often in a smaller type
	// than the class: []float64, []float32, or []int8 to []uint64. Chars are
	// []uint16 code units.
	Data any
	// Imag is the imaginary part of complex numbers, nil otherwise.
	Imag any

	fields []string
	cells  []*Array // of a cell array, or of a struct array: element by element, all fields of each
	err    error    // why it is not read, of a cell or field
}

// unread stands for a cell or field that is not read; the others are.
func unread(err error) *Array { return &Array{Class: "unread", err: err} }

// Len is the number of elements.
func (a *Array) Len() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Fields are the names of a struct array's fields, in the order of the file.
func (a *Array) Fields() []string { return a.fields }

// Cell returns element i of a cell array, counted in MATLAB's order from 0, or why that
// one is not read.
func (a *Array) Cell(i int) (*Array, error) {
	if a.Class != "cell" {
		return nil, fmt.Errorf("%w: %s, not a cell array", ErrType, a.Class)
	}
	if i < 0 || i >= len(a.cells) {
		return nil, fmt.Errorf("%w: cell %d of %d", ErrNotFound, i, len(a.cells))
	}
	return a.cells[i], a.cells[i].err
}

// Field returns a field of element i of a struct array, counted in MATLAB's order
// from 0, or why that one is not read.
func (a *Array) Field(name string, i int) (*Array, error) {
	if a.Class != "struct" {
		return nil, fmt.Errorf("%w: %s, not a struct array", ErrType, a.Class)
	}
	if i < 0 || i >= a.Len() {
		return nil, fmt.Errorf("%w: element %d of %d structs", ErrNotFound, i, a.Len())
	}
	for j, f := range a.fields {
		if f == name {
			v := a.cells[i*len(a.fields)+j]
			if v.err != nil {
				return nil, fmt.Errorf("field %s: %w", name, v.err)
			}
			return v, nil
		}
	}
	return nil, fmt.Errorf("%w: field %q (there are %q)", ErrNotFound, name, a.fields)
}

// Float64 returns real numbers, logicals or char codes in MATLAB's order. An
// integer that float64 cannot hold exactly, and complex numbers, fail with
// ErrType.
func (a *Array) Float64() ([]float64, error) {
	if a.Imag != nil {
		return nil, fmt.Errorf("%w: complex numbers as real ones", ErrType)
	}
	switch d := a.Data.(type) {
	case []float64:
		return d, nil
	case []float32:
		return widen(d), nil
	case []int8:
		return widen(d), nil
	case []uint8:
		return widen(d), nil
	case []int16:
		return widen(d), nil
	case []uint16:
		return widen(d), nil
	case []int32:
		return widen(d), nil
	case []uint32:
		return widen(d), nil
	case []int64:
		return exact(d)
	case []uint64:
		return exact(d)
	}
	return nil, fmt.Errorf("%w: %s as numbers", ErrType, a.Class)
}

func widen[T int8 | uint8 | int16 | uint16 | int32 | uint32 | float32](d []T) []float64 {
	out := make([]float64, len(d))
	for i, v := range d {
		out[i] = float64(v)
	}
	return out
}

func exact[T int64 | uint64](d []T) ([]float64, error) {
	out := make([]float64, len(d))
	for i, v := range d {
		size := uint64(v)
		if v < 0 {
			size = -size
		}
		if bits.Len64(size)-bits.TrailingZeros64(size) > 53 {
			return nil, fmt.Errorf("%w: %d does not fit float64", ErrType, v)
		}
		out[i] = float64(v)
	}
	return out, nil
}

// RowMajor returns real numbers with the last axis varying fastest, the order of
// Go and numpy, for the same shape.
func (a *Array) RowMajor() ([]float64, error) {
	v, err := a.Float64()
	if err != nil || len(v) == 0 {
		return v, err
	}
	return array.RowMajor(v, a.Shape), nil
}

// Image returns a height x width x 3 array of uint8 as Go and numpy order it: row
// by row, the three colours of a pixel beside each other.
func (a *Array) Image() (pixels []uint8, height, width int, err error) {
	d, ok := a.Data.([]uint8)
	if !ok || len(a.Shape) != 3 || a.Shape[2] != 3 {
		return nil, 0, 0, fmt.Errorf("%w: %s of shape %v as an image", ErrType, a.Class, a.Shape)
	}
	return array.RowMajor(d, a.Shape), a.Shape[0], a.Shape[1], nil
}
