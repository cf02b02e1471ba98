package file

import (
	"context"
	"errors"

	"realnet/data/nifti"
)

var niftiAxes = []string{"x", "y", "z", "time"}

// openNIfTI gives one array named "data".
func (f *File) openNIfTI() error {
	im, err := nifti.Open(f.Path)
	if err != nil {
		return err
	}
	a := f.add("data", im.Shape, im.Type.String(), volumes{im})
	if n := len(im.Shape); n <= len(niftiAxes) {
		a.Axes = niftiAxes[:n]
	}
	_, _, a.wide = im.Scaling()
	return nil
}

// volumes reads volume by volume, scaled.
type volumes struct{ im *nifti.Image }

func (v volumes) scan(_ context.Context, at []int, fn func([]float64, int) error) ([]float64, error) {
	out := make([]float64, len(at))
	size, volume := v.im.VolumeSize(), 0
	for values, err := range nifti.Volumes[float64](v.im) {
		if err != nil {
			return nil, err
		}
		if err := fn(values, 1); err != nil {
			return nil, err
		}
		for k, i := range at {
			if p := fortranIndex(i, v.im.Shape); p/size == volume {
				out[k] = values[p%size]
			}
		}
		volume++
	}
	return out, nil
}

// fortranIndex turns a position in C order into the one in Fortran order.
func fortranIndex(i int, shape []int) int {
	step, at := 1, 0
	for _, d := range shape {
		step *= d
	}
	for k := len(shape) - 1; k >= 0; k-- {
		step /= shape[k]
		at += i % shape[k] * step
		i /= shape[k]
	}
	return at
}

func (v volumes) part64(ctx context.Context, start, count []int) ([]float64, error) {
	return partOfVolumes[float64](ctx, v.im, start, count)
}

func (v volumes) part32(ctx context.Context, start, count []int) ([]float32, error) {
	return partOfVolumes[float32](ctx, v.im, start, count)
}

// partOfVolumes puts the voxels of each volume that a part touches in their places.
func partOfVolumes[T nifti.Float](ctx context.Context, im *nifti.Image, start, count []int) ([]T, error) {
	n := product(count)
	out := make([]T, n)
	if n == 0 {
		return out, nil
	}
	type place struct{ from, to, n, step int } // along the last axis
	byVolume := map[int][]place{}
	size, to := im.VolumeSize(), 0
	last := len(im.Shape) - 1
	step := 1 // in Fortran order, of the last axis
	for _, d := range im.Shape[:max(last, 0)] {
		step *= d
	}
	offsets(im.Shape, start, count, func(at, k int) {
		p := fortranIndex(at, im.Shape)
		if step < size { // the last axis is within a volume
			byVolume[p/size] = append(byVolume[p/size], place{p % size, to, k, step})
		} else {
			for i := range k {
				q := p + i*step
				byVolume[q/size] = append(byVolume[q/size], place{q % size, to + i, 1, step})
			}
		}
		to += k
	})
	volume := 0
	for values, err := range nifti.Volumes[T](im) {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		for _, p := range byVolume[volume] {
			for i := range p.n {
				out[p.to+i] = values[p.from+i*p.step]
			}
		}
		delete(byVolume, volume)
		if len(byVolume) == 0 {
			break
		}
		volume++
	}
	return out, nil
}

func (v volumes) texts() ([]string, error) { return nil, errors.New("no texts") }

func (v volumes) section() (int64, bool) { return 0, false }
