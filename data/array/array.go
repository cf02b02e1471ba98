package array

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrShape is returned when a shape, its strides and the stored bytes contradict
// each other.
var ErrShape = errors.New("array: shape does not fit the stored bytes")

// Array is an n-dimensional array in a file. A shape of length 0 is one value.
type Array struct {
	DType   DType
	Shape   []int
	Objects []any // the elements in C order when DType.Kind is Object, else nil

	source  Source
	strides []int // in elements, one an axis
	offset  int   // of the first value, in elements
}

// Named is an array and the name that its file gives it.
type Named struct {
	Name string
	*Array
}

// Skipped is a part of a file that was not read, and why. The rest of the file
// stands without it.
type Skipped struct {
	Name string
	Err  error
}

// New returns the array of the given shape over the bytes of src, in C order, or
// in Fortran order (first axis fastest). ErrShape if src does not hold exactly
// that many bytes.
func New(dt DType, shape []int, fortran bool, src Source) (*Array, error) {
	strides := cStrides(shape)
	if fortran {
		strides = fStrides(shape)
	}
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	a, err := NewView(dt, shape, strides, 0, src)
	if err != nil {
		return nil, err
	}
	if dt.Size > 0 && int64(n) != src.Size()/int64(dt.Size) || src.Size()%max(1, int64(dt.Size)) != 0 {
		return nil, fmt.Errorf("%w: shape %v of %s (%d bytes a value) over %d bytes", ErrShape, shape, dt, dt.Size, src.Size())
	}
	return a, nil
}

// maxRepeat bounds how many values a view may show of each stored one (a torch
// tensor that was expanded has stride 0), above the first million.
const maxRepeat = 64

// NewView returns the array whose value at index i is stored at element
// offset + sum(i[k]*strides[k]) of src. ErrShape if any index falls outside src.
func NewView(dt DType, shape, strides []int, offset int, src Source) (*Array, error) {
	if err := dt.Valid(); err != nil {
		return nil, err
	}
	if dt.Kind == Object {
		return nil, fmt.Errorf("%w: objects are not stored as bytes", ErrShape)
	}
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	if len(strides) != len(shape) {
		return nil, fmt.Errorf("%w: %d strides for %d axes", ErrShape, len(strides), len(shape))
	}
	a := &Array{DType: dt, Shape: slices.Clone(shape), source: src, strides: slices.Clone(strides), offset: offset}
	if dt.Size == 0 && n > 1<<20 {
		return nil, fmt.Errorf("%w: %d empty strings", ErrShape, n)
	}
	if n == 0 || dt.Size == 0 {
		return a, nil
	}
	stored := src.Size() / int64(dt.Size)
	last := int64(offset)
	for k, s := range strides {
		if s < 0 || offset < 0 {
			return nil, fmt.Errorf("%w: negative stride %d or offset %d", ErrShape, s, offset)
		}
		if steps := int64(shape[k] - 1); s > 0 && steps > (stored-last)/int64(s) {
			return nil, fmt.Errorf("%w: shape %v with strides %v at %d reaches past the %d values stored", ErrShape, shape, strides, offset, stored)
		}
		last += int64(shape[k]-1) * int64(s)
	}
	if offset < 0 || last >= stored {
		return nil, fmt.Errorf("%w: shape %v with strides %v at %d reaches past the %d values stored", ErrShape, shape, strides, offset, stored)
	}
	if int64(n)/maxRepeat > stored+1<<14 {
		return nil, fmt.Errorf("%w: %d values repeated from %d stored", ErrShape, n, stored)
	}
	return a, nil
}

// NewObjects returns an array of Python objects in C order.
func NewObjects(shape []int, objects []any) (*Array, error) {
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	if n != len(objects) {
		return nil, fmt.Errorf("%w: shape %v for %d objects", ErrShape, shape, len(objects))
	}
	return &Array{DType: DType{Kind: Object}, Shape: slices.Clone(shape), Objects: objects, source: Memory(nil), strides: cStrides(shape)}, nil
}

// Of returns the array of the given shape over values in memory, C order. It does
// not copy. It panics if the number of values is not that of the shape.
func Of[T float32 | float64 | int64 | int32 | uint8](shape []int, values []T) *Array {
	var dt DType
	switch any(values).(type) {
	case []float32:
		dt = Float32
	case []float64:
		dt = Float64
	case []int64:
		dt = Int64
	case []int32:
		dt = Int32
	case []uint8:
		dt = Uint8
	}
	a, err := New(dt, shape, false, Memory(littleBytes(values)))
	if err != nil {
		panic(err)
	}
	return a
}

// Len returns the number of values.
func (a *Array) Len() int {
	n, _ := count(a.Shape)
	return n
}

// Rows returns the array of a's values whose first index is in [lo, hi). Nothing
// is read.
func (a *Array) Rows(lo, hi int) (*Array, error) {
	if len(a.Shape) == 0 || lo < 0 || hi < lo || hi > a.Shape[0] {
		return nil, fmt.Errorf("array: rows %d to %d of an array of shape %v", lo, hi, a.Shape)
	}
	start, count := make([]int, len(a.Shape)), slices.Clone(a.Shape)
	start[0], count[0] = lo, hi-lo
	v, err := a.Slab(start, count)
	if err == nil && a.Objects != nil {
		width := a.Len() / max(1, a.Shape[0])
		v.offset, v.Objects = 0, a.Objects[lo*width:hi*width]
	}
	return v, err
}

// Slab returns the hyperslab of count[k] indices from start[k] along each axis k.
// Nothing is read. Objects are cut by Rows alone.
func (a *Array) Slab(start, count []int) (*Array, error) {
	if len(start) != len(a.Shape) || len(count) != len(a.Shape) {
		return nil, fmt.Errorf("array: slab of %d axes of an array of shape %v", len(count), a.Shape)
	}
	v := *a
	v.Shape = slices.Clone(count)
	for k, d := range a.Shape {
		if start[k] < 0 || count[k] < 0 || start[k] > d-count[k] {
			return nil, fmt.Errorf("array: slab %v from %v of an array of shape %v", count, start, a.Shape)
		}
		v.offset += start[k] * a.strides[k]
	}
	return &v, nil
}

// Section returns where the values are in the reader that the array was made over,
// when they are there little end first, in C order and without a gap.
func (a *Array) Section() (offset int64, ok bool) {
	s, ok := a.source.(section)
	order, dense := a.storageOrder()
	if _, memory := s.r.(*bytes.Reader); !ok || memory || !dense || !slices.IsSorted(order) || a.DType.Big || !a.DType.Numeric() {
		return 0, false
	}
	return s.off + int64(a.offset)*int64(a.DType.Size), true
}

// Sequential says that the values are stored in C order without a gap, so that
// reading them a few rows at a time costs no more than reading all.
func (a *Array) Sequential() bool {
	order, dense := a.storageOrder()
	_, random := a.source.(section)
	return random && dense && slices.IsSorted(order)
}

// count returns the number of values of a shape; ErrShape if it is negative
// somewhere or overflows.
func count(shape []int) (int, error) {
	n := 1
	zero := false
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("%w: negative length in %v", ErrShape, shape)
		}
		if d == 0 {
			zero = true
			continue
		}
		if n > math.MaxInt/16/d {
			return 0, fmt.Errorf("%w: %v overflows", ErrShape, shape)
		}
		n *= d
	}
	if zero {
		return 0, nil
	}
	return n, nil
}

func cStrides(shape []int) []int {
	s := make([]int, len(shape))
	step := 1
	for k := len(shape) - 1; k >= 0; k-- {
		s[k] = step
		step *= max(1, shape[k])
	}
	return s
}

func fStrides(shape []int) []int {
	s := make([]int, len(shape))
	step := 1
	for k := range shape {
		s[k] = step
		step *= max(1, shape[k])
	}
	return s
}

// RowMajor reorders values of a shape whose first axis varies fastest, as in Fortran and
// MATLAB, so that the last one does.
func RowMajor[T any](values []T, shape []int) []T {
	out := make([]T, len(values))
	index := make([]int, len(shape))
	for i := range out {
		at, step := 0, 1
		for axis, n := range shape {
			at += index[axis] * step
			step *= n
		}
		out[i] = values[at]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return out
}
