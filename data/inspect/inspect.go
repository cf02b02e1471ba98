package inspect

import (
	"context"
	"errors"
	"fmt"

	"realnet/data/file"
	"realnet/data/hdf5"
)

// File reports on the file at path. file.ErrUnknown if the format is not known; else the
// errors of the package that reads the format.
func File(ctx context.Context, path string) (Report, error) {
	f, err := file.Open(ctx, path)
	if err != nil {
		return Report{}, err
	}
	defer f.Close()
	return Open(ctx, f)
}

// Open reports on a file that is open.
func Open(ctx context.Context, f *file.File) (Report, error) {
	r := Report{f.Path, f.Format, []Array{}}
	for _, a := range f.Arrays {
		described, err := describe(ctx, a)
		if err != nil {
			return Report{}, fmt.Errorf("%s: %w", f.Path, err)
		}
		r.Arrays = append(r.Arrays, described)
	}
	return r, nil
}

// describe reads the figures of an array. One whose type or values are not read is
// listed with the error; damage ends the report.
func describe(ctx context.Context, a *file.Array) (Array, error) {
	out := blank(a.Name, a.Shape, a.DType)
	if a.Err != nil {
		out.Error = a.Err.Error()
	}
	if !a.Numeric() {
		return out, nil
	}
	var t tally
	first, last := endIndices(a.Len())
	values, err := a.Scan(ctx, append(first, last...), func(v []float64, times int) error {
		t.add(v, times)
		return nil
	})
	if errors.Is(err, hdf5.ErrUnsupported) || errors.Is(err, hdf5.ErrRange) || errors.Is(err, hdf5.ErrType) {
		out.Error = err.Error()
		return out, nil
	}
	if err != nil {
		return out, err
	}
	t.put(&out)
	if len(values) > 0 {
		out.First, out.Last = floats(values[:len(first)]), floats(values[len(first):])
	}
	return out, nil
}
