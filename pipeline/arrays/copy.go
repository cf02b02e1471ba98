package arrays

import (
	"context"
	"fmt"
	"math"

	"realnet/artifacts"
)

// Copy writes the values as a tensor of their shape and of that type, a few rows at a time.
// Values that the type does not hold, as 1e300 in float32, are refused.
func (a *Array) Copy(ctx context.Context, w *artifacts.Writer, name string, t artifacts.DType) error {
	if len(a.Shape) == 0 {
		return fmt.Errorf("%w: a single value, want an array", ErrShape)
	}
	switch t {
	case artifacts.Float32:
		if a.Single != nil || a.source != nil && a.source.single() {
			return copyTo(w, name, a.Shape, func(put func([]float32) error) error {
				return a.Rows32(ctx, func(_ int, values []float32) error { return put(values) })
			})
		}
		return convert(ctx, a, w, name, "numbers that float32 holds, to 3.4e38", func(v float64) (float32, bool) {
			s := float32(v)
			return s, math.IsInf(v, 0) || !math.IsInf(float64(s), 0)
		})
	case artifacts.Float64:
		return copyTo(w, name, a.Shape, func(put func([]float64) error) error {
			return a.Rows(ctx, func(_ int, values []float64) error { return put(values) })
		})
	case artifacts.Uint8:
		return convert(ctx, a, w, name, "whole numbers from 0 to 255", func(v float64) (uint8, bool) {
			return uint8(v), v >= 0 && v <= 255 && v == math.Trunc(v)
		})
	}
	return fmt.Errorf("%w: tensors of type %s are not written from arrays", ErrShape, t)
}

// convert writes values of another type; want says which it holds.
func convert[E artifacts.Element](ctx context.Context, a *Array, w *artifacts.Writer, name, want string, to func(float64) (E, bool)) error {
	return copyTo(w, name, a.Shape, func(put func([]E) error) error {
		var block []E
		done := 0
		return a.Rows(ctx, func(_ int, values []float64) error {
			block = block[:0]
			for i, v := range values {
				e, ok := to(v)
				if !ok {
					return fmt.Errorf("%w: value %d is %v: want %s", ErrShape, done+i, v, want)
				}
				block = append(block, e)
			}
			done += len(values)
			return put(block)
		})
	})
}

func copyTo[E artifacts.Element](w *artifacts.Writer, name string, shape []int, rows func(put func([]E) error) error) error {
	t, err := artifacts.NewTensorWriter[E](w, name, shape[1:])
	if err != nil {
		return err
	}
	err = rows(t.Append)
	if closed := t.Close(); err == nil {
		err = closed
	}
	return err
}
