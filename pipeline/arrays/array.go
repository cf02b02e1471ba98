package arrays

import (
	"errors"
	"fmt"

	"realnet/stages/analysis/naming"
	"realnet/stages/rdmfile"
)

// Errors of the package.
var (
	// ErrShape is returned when an array does not have the axes that it needs.
	ErrShape = rdmfile.ErrShape
	// ErrFormat is returned when a file is of no kind that the package reads.
	ErrFormat = errors.New("unknown kind of file")
	// ErrLabels is returned when labels do not fit what they label.
	ErrLabels = errors.New("labels do not fit")
)

// Array is an array in memory, in C order (last axis fastest). Values are in
// Single when their source has no more than single precision, else in Double, or still
// in their file: see [Options] and [Open].
type Array struct {
	Shape   []int
	Single  []float32
	Double  []float64
	Section *Section // with [Options.InPlace] alone

	Names []string  // of the first axis; nil where the source has none
	Folds []string  // session and run of each row, of patterns
	Times []float64 // s, of the last axis, of epochs

	Reversed bool // of MATLAB 7.3, whose axes HDF5 has the other way round

	source source // of Open alone
}

// Section is a part of a file that holds the values as they are in memory: little-endian
// float32 (Single) or float64, in C order.
type Section struct {
	Path   string
	Offset int64
	Single bool
}

// Len is the number of values.
func (a *Array) Len() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Float64 gives the values in float64, without a copy when they are.
func (a *Array) Float64() []float64 {
	if a.Double != nil || a.Single == nil {
		return a.Double
	}
	out := make([]float64, len(a.Single))
	for i, v := range a.Single {
		out[i] = float64(v)
	}
	return out
}

// Float32 gives the values in float32, without a copy when they are.
func (a *Array) Float32() []float32 {
	if a.Single != nil || a.Double == nil {
		return a.Single
	}
	out := make([]float32, len(a.Double))
	for i, v := range a.Double {
		out[i] = float32(v)
	}
	return out
}

// Append gives the rows of both, which have the same other axes.
func (a *Array) Append(b *Array) *Array {
	out := &Array{Shape: append([]int{a.Shape[0] + b.Shape[0]}, a.Shape[1:]...)}
	if a.Single != nil && b.Single != nil {
		out.Single = append(append(make([]float32, 0, out.Len()), a.Single...), b.Single...)
		return out
	}
	out.Double = append(append(make([]float64, 0, out.Len()), a.Float64()...), b.Float64()...)
	return out
}

// Axes returns ErrShape unless the array has that many axes; want says what
// they are.
func (a *Array) Axes(n int, want string) error {
	if len(a.Shape) != n {
		return fmt.Errorf("%w: %v, want %s", ErrShape, a.Shape, want)
	}
	return nil
}

// Named are the names of the first axis where a user gives some too (naming.Choose); nil for
// none at all.
func (a *Array) Named(given []string) ([]string, error) {
	if given != nil {
		if err := Check(given, a.Shape[0], "names"); err != nil {
			return nil, err
		}
	}
	return naming.Choose(a.Names, given)
}

// Check returns ErrLabels unless there are n labels.
func Check(labels []string, n int, what string) error {
	if len(labels) != n {
		return fmt.Errorf("%w: %d %s for %d rows", ErrLabels, len(labels), what, n)
	}
	return nil
}
