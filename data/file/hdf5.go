package file

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"realnet/data/hdf5"
)

// openHDF5 gives every dataset by its path.
func (f *File) openHDF5() error {
	h, err := hdf5.Open(f.Path)
	if err != nil {
		return err
	}
	f.closes(h)
	return h.Walk(func(o hdf5.Object) error {
		if u, ok := o.(*hdf5.Unreadable); ok {
			f.failed(strings.TrimPrefix(u.Name(), "/"), nil, "object", u.Err)
		}
		d, ok := o.(*hdf5.Dataset)
		if !ok {
			return nil
		}
		f.add(strings.TrimPrefix(d.Name(), "/"), d.Shape(), hdf5Type(d.Type()), dataset{d})
		return nil
	})
}

// hdf5Type is numpy's name of a type.
func hdf5Type(t *hdf5.Type) string {
	switch {
	case t.Kind == hdf5.String:
		return "string"
	case t.IsBool():
		return "bool"
	case t.Kind == hdf5.Enum: // its numbers, as h5py has it
		return strings.TrimSuffix(t.Base.String(), " big-endian")
	case t.Kind > hdf5.Float:
		return "object"
	}
	return strings.TrimSuffix(t.String(), " big-endian")
}

// dataset reads an HDF5 dataset, a band of rows at a time.
type dataset struct{ d *hdf5.Dataset }

func (s dataset) scan(ctx context.Context, at []int, fn func([]float64, int) error) ([]float64, error) {
	shape := s.d.Shape()
	parts, missing, whole, err := s.d.Written()
	switch {
	case err != nil:
		return nil, s.wrap(err)
	case product(shape) == 0:
		return nil, nil
	case whole:
		return s.scanBands(ctx, at, fn)
	}
	rest := product(shape)
	for _, p := range parts {
		v, err := s.part64(ctx, p.Start, p.Count)
		if err != nil {
			return nil, err
		}
		rest -= len(v)
		if err := fn(v, 1); err != nil {
			return nil, err
		}
	}
	one := ones(len(shape))
	fill, err := s.part64(ctx, missing, one)
	if err != nil {
		return nil, err
	}
	if err := fn(fill, rest); err != nil {
		return nil, err
	}
	out := make([]float64, len(at))
	start := make([]int, len(shape))
	for k, i := range at {
		for axis := len(shape) - 1; axis >= 0; axis-- {
			start[axis] = i % shape[axis]
			i /= shape[axis]
		}
		v, err := s.part64(ctx, start, one)
		if err != nil {
			return nil, err
		}
		out[k] = v[0]
	}
	return out, nil
}

func (s dataset) scanBands(ctx context.Context, at []int, fn func([]float64, int) error) ([]float64, error) {
	out := make([]float64, len(at))
	shape := s.d.Shape()
	done := 0
	err := bands(ctx, s.d, make([]int, len(shape)), shape, func(slab *hdf5.Selection) error {
		v, err := float64s(slab)
		if err != nil {
			return err
		}
		for k, i := range at {
			if i -= done; i >= 0 && i < len(v) {
				out[k] = v[i]
			}
		}
		done += len(v)
		return fn(v, 1)
	})
	return out, s.wrap(err)
}

func (s dataset) part64(ctx context.Context, start, count []int) ([]float64, error) {
	return gather(ctx, s, start, count, float64s)
}

func (s dataset) part32(ctx context.Context, start, count []int) ([]float32, error) {
	return gather(ctx, s, start, count, float32s)
}

func gather[T any](ctx context.Context, s dataset, start, count []int, read func(*hdf5.Selection) ([]T, error)) ([]T, error) {
	if err := s.holds(product(count)); err != nil {
		return nil, s.wrap(err)
	}
	var out []T
	err := bands(ctx, s.d, start, count, func(slab *hdf5.Selection) error {
		v, err := read(slab)
		if out == nil && len(v) == product(count) {
			out = v
			return err
		}
		if out == nil {
			out = make([]T, 0, product(count))
		}
		out = append(out, v...)
		return err
	})
	if out == nil {
		out = []T{}
	}
	return out, s.wrap(err)
}

// maxFill bounds the values of a part that no stored chunk vouches for.
const maxFill = 1 << 23

// holds refuses a part of far more values than the file stores, before memory is taken
// for it.
func (s dataset) holds(n int) error {
	if n <= maxFill {
		return nil
	}
	parts, _, whole, err := s.d.Written()
	if err != nil || whole {
		return err
	}
	stored := 0
	for _, p := range parts {
		stored += product(p.Count)
	}
	if n-stored > maxFill {
		return fmt.Errorf("%w: %d values claimed, %d stored: read a smaller part", hdf5.ErrUnsupported, n, stored)
	}
	return nil
}

// bands cuts a part into bands along its first axis, whole rows of chunks each.
func bands(ctx context.Context, d *hdf5.Dataset, start, count []int, fn func(*hdf5.Selection) error) error {
	if len(count) == 0 {
		return fn(d.All())
	}
	n := product(count)
	if n == 0 {
		return nil
	}
	rows := max(1, block/max(1, product(count[1:])))
	if c := d.Chunks(); c != nil {
		rows = (rows + c[0] - 1) / c[0] * c[0]
	}
	at, some := slices.Clone(start), slices.Clone(count)
	for end := start[0] + count[0]; at[0] < end; at[0] += some[0] {
		if err := ctx.Err(); err != nil {
			return err
		}
		some[0] = min(rows-at[0]%rows, end-at[0])
		slab, err := d.Slab(at, some)
		if err != nil {
			return err
		}
		if err := fn(slab); err != nil {
			return err
		}
	}
	return nil
}

func (s dataset) wrap(err error) error {
	if err != nil {
		err = fmt.Errorf("dataset %q: %w", s.d.Name(), err)
	}
	return err
}

// float64s reads numbers; integers beyond 2^53 are rounded, as numpy's astype does.
func float64s(s *hdf5.Selection) ([]float64, error) {
	v, err := s.ReadFloat64()
	if !errors.Is(err, hdf5.ErrRange) {
		return v, err
	}
	exact, err := s.ReadInt64()
	if err != nil {
		return nil, err
	}
	v = make([]float64, len(exact))
	for i, x := range exact {
		v[i] = float64(x)
	}
	return v, nil
}

// float32s reads numbers, rounded to the nearest.
func float32s(s *hdf5.Selection) ([]float32, error) {
	v, err := s.ReadFloat32()
	if !errors.Is(err, hdf5.ErrRange) {
		return v, err
	}
	wide, err := float64s(s)
	if err != nil {
		return nil, err
	}
	v = make([]float32, len(wide))
	for i, x := range wide {
		v[i] = float32(x)
	}
	return v, nil
}

func (s dataset) texts() ([]string, error) { return s.d.ReadStrings() }

func (s dataset) section() (int64, bool) { return 0, false }

func (s dataset) chunk() []int { return s.d.Chunks() }
