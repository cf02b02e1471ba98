package arrays

import (
	"context"

	"realnet/data/file"
	"realnet/data/nifti"
)

// source is where the values of an array are that are not in memory yet.
type source interface {
	// single says that the values have no more than single precision.
	single() bool
	rows64(ctx context.Context, fn func(from int, values []float64) error) error
	rows32(ctx context.Context, fn func(from int, values []float32) error) error
	all64(ctx context.Context) ([]float64, error)
	all32(ctx context.Context) ([]float32, error)
	close() error
}

// Rows hands the rows to fn in order, some at a time; from is the number of the first.
// fn must not keep the slice.
func (a *Array) Rows(ctx context.Context, fn func(from int, values []float64) error) error {
	if a.source != nil && len(a.Shape) > 0 {
		return a.source.rows64(ctx, fn)
	}
	if err := a.load(ctx); err != nil {
		return err
	}
	return fn(0, a.Float64())
}

// Rows32 is Rows in float32: wider values are rounded to the nearest.
func (a *Array) Rows32(ctx context.Context, fn func(from int, values []float32) error) error {
	if a.source != nil && len(a.Shape) > 0 {
		return a.source.rows32(ctx, fn)
	}
	if err := a.load(ctx); err != nil {
		return err
	}
	return fn(0, a.Float32())
}

// Values reads the values in float64, without a copy in single precision.
func (a *Array) Values(ctx context.Context) ([]float64, error) {
	if a.source == nil {
		return a.Float64(), nil
	}
	return a.source.all64(ctx)
}

// load reads values that are still in their file, in the precision that they have there. The
// file stays open.
func (a *Array) load(ctx context.Context) (err error) {
	if a.source == nil {
		return nil
	}
	if a.source.single() {
		a.Single, err = a.source.all32(ctx)
	} else {
		a.Double, err = a.source.all64(ctx)
	}
	return err
}

// Close closes the file of an array of Open. Values that were not read are gone.
func (a *Array) Close() error {
	if a.source == nil {
		return nil
	}
	s := a.source
	a.source = nil
	return s.close()
}

// fileRows are the rows of an array of a file.
type fileRows struct {
	f *file.File
	a *file.Array
}

func (r fileRows) single() bool { return r.a.Single() }

func (r fileRows) rows64(ctx context.Context, fn func(int, []float64) error) error {
	return r.a.Rows(ctx, 1, fn)
}

func (r fileRows) rows32(ctx context.Context, fn func(int, []float32) error) error {
	return r.a.Rows32(ctx, 1, fn)
}

func (r fileRows) all64(ctx context.Context) ([]float64, error) { return r.a.Float64(ctx) }

func (r fileRows) all32(ctx context.Context) ([]float32, error) { return r.a.Float32(ctx) }

func (r fileRows) close() error { return r.f.Close() }

// volumes are the voxels of a mask in each volume of an image.
type volumes struct {
	im   *nifti.Image
	mask *nifti.Mask
}

func (v volumes) single() bool { return true }

func (v volumes) rows64(ctx context.Context, fn func(int, []float64) error) error {
	row := make([]float64, len(v.mask.Voxels))
	return v.rows32(ctx, func(from int, values []float32) error {
		for i, x := range values {
			row[i] = float64(x)
		}
		return fn(from, row)
	})
}

func (v volumes) rows32(ctx context.Context, fn func(int, []float32) error) error {
	row := make([]float32, len(v.mask.Voxels))
	n := 0
	for volume, err := range nifti.Volumes[float32](v.im) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for i, at := range v.mask.Voxels {
			row[i] = volume[at]
		}
		if err := fn(n, row); err != nil {
			return err
		}
		n++
	}
	return nil
}

func (v volumes) all64(ctx context.Context) ([]float64, error) {
	values, err := v.all32(ctx)
	return (&Array{Single: values}).Float64(), err
}

func (v volumes) all32(context.Context) ([]float32, error) {
	return nifti.ReadVoxels[float32](v.im, v.mask.Voxels)
}

func (v volumes) close() error { return nil }
