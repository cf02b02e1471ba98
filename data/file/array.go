package file

import (
	"context"
	"fmt"
)

// Array is one array of a file.
type Array struct {
	Name  string   // as in the file: a key, a path, "data" where there is none
	Shape []int    // [] for a single value
	DType string   // as numpy names it: "float32", "int16", "bool", "string", "object"
	Axes  []string // what the axes are, where the format says so; else nil
	Err   error    // why its values cannot be read

	// Names of the first axis, where the file gives them; else nil.
	Names []string

	wide bool // values are not of the stored type: scaled
	body body
}

// body reads the values of an array. Shapes and positions are those of the Array, in
// C order.
type body interface {
	// scan hands every value to fn, in the order that costs least, and returns the
	// values at the positions of at. times says how often the values are there.
	scan(ctx context.Context, at []int, fn func(values []float64, times int) error) ([]float64, error)
	part64(ctx context.Context, start, count []int) ([]float64, error)
	part32(ctx context.Context, start, count []int) ([]float32, error)
	texts() ([]string, error)
	// section is where the values are in the file, when they are there as little-endian
	// numbers in C order.
	section() (offset int64, ok bool)
}

// Numeric says that the array holds numbers that can be read.
func (a *Array) Numeric() bool {
	return a.Err == nil && a.body != nil && a.DType != "string" && a.DType != "object"
}

// Len is the number of values; the largest int when the shape claims more.
func (a *Array) Len() int { return product(a.Shape) }

func product(shape []int) int {
	const most = int(^uint(0) >> 1)
	n := 1
	for _, d := range shape {
		if d == 0 {
			return 0
		}
		if n > most/d {
			n = most
			continue
		}
		n *= d
	}
	return n
}

// Single says that float32 holds every value exactly.
func (a *Array) Single() bool {
	if a.wide {
		return false
	}
	switch a.DType {
	case "float32", "float16", "bfloat16", "int8", "uint8", "int16", "uint16", "bool":
		return true
	}
	return false
}

func (a *Array) usable() error {
	if a.Err != nil {
		return fmt.Errorf("array %q: %w", a.Name, a.Err)
	}
	if !a.Numeric() {
		return fmt.Errorf("array %q: no numbers: it is of type %s", a.Name, a.DType)
	}
	return nil
}

// Scan hands every value to fn, in the order that costs least, and returns those at
// the positions of at, counted in C order. times says how often the values are there:
// what a file claims and does not store has one value, many times. fn must not keep
// the slice.
func (a *Array) Scan(ctx context.Context, at []int, fn func(values []float64, times int) error) ([]float64, error) {
	if err := a.usable(); err != nil {
		return nil, err
	}
	out, err := a.body.scan(ctx, at, func(v []float64, times int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return fn(v, times)
	})
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", a.Name, err)
	}
	return out, nil
}

// Part returns a hyperslab in C order: count[i] indices from start[i] along axis i.
func (a *Array) Part(ctx context.Context, start, count []int) ([]float64, error) {
	if err := a.inside(start, count); err != nil {
		return nil, err
	}
	return named(a, func() ([]float64, error) { return a.body.part64(ctx, start, count) })
}

// Part32 is Part in float32: wider values are rounded to the nearest.
func (a *Array) Part32(ctx context.Context, start, count []int) ([]float32, error) {
	if err := a.inside(start, count); err != nil {
		return nil, err
	}
	return named(a, func() ([]float32, error) { return a.body.part32(ctx, start, count) })
}

// Float64 returns all values in C order.
func (a *Array) Float64(ctx context.Context) ([]float64, error) {
	return a.Part(ctx, make([]int, len(a.Shape)), a.Shape)
}

// Float32 returns all values in C order, rounded to the nearest.
func (a *Array) Float32(ctx context.Context) ([]float32, error) {
	return a.Part32(ctx, make([]int, len(a.Shape)), a.Shape)
}

// Strings returns the texts of an array of type "string", in C order.
func (a *Array) Strings() ([]string, error) {
	if a.Err != nil {
		return nil, fmt.Errorf("array %q: %w", a.Name, a.Err)
	}
	if a.DType != "string" || a.body == nil {
		return nil, fmt.Errorf("array %q: no texts: it is of type %s", a.Name, a.DType)
	}
	return named(a, a.body.texts)
}

// Section is where in the file the values are, when they are there as they are in
// memory: little-endian, in C order, without a gap, of type DType.
func (a *Array) Section() (offset int64, ok bool) {
	if !a.Numeric() {
		return 0, false
	}
	return a.body.section()
}

// Chunk is the shape in which the file stores values together, so that a part of it
// costs the whole; nil where single values can be read.
func (a *Array) Chunk() []int {
	if c, ok := a.body.(interface{ chunk() []int }); ok {
		return c.chunk()
	}
	return nil
}

func named[T any](a *Array, read func() (T, error)) (T, error) {
	v, err := read()
	if err != nil {
		err = fmt.Errorf("array %q: %w", a.Name, err)
	}
	return v, err
}

func (a *Array) inside(start, count []int) error {
	if err := a.usable(); err != nil {
		return err
	}
	if len(start) != len(a.Shape) || len(count) != len(a.Shape) {
		return fmt.Errorf("array %q: a part of %d axes of shape %v", a.Name, len(count), a.Shape)
	}
	for i, d := range a.Shape {
		if start[i] < 0 || count[i] < 0 || start[i] > d-count[i] {
			return fmt.Errorf("array %q: part %v from %v is outside the shape %v", a.Name, count, start, a.Shape)
		}
	}
	return nil
}

// offsets calls fn with the C-order position and length of every run of a part along
// the last axis.
func offsets(shape, start, count []int, fn func(at, n int)) {
	if product(count) == 0 {
		return
	}
	if len(shape) == 0 {
		fn(0, 1)
		return
	}
	index := make([]int, len(shape))
	last := len(shape) - 1
	for {
		at := 0
		for i, d := range shape {
			at = at*d + start[i] + index[i]
		}
		fn(at, count[last])
		k := last - 1
		for ; k >= 0; k-- {
			if index[k]++; index[k] < count[k] {
				break
			}
			index[k] = 0
		}
		if k < 0 {
			return
		}
	}
}
