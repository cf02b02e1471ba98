package inspect

import (
	"errors"
	"fmt"
	"strings"

	"realnet/data/hdf5"
	"realnet/data/nifti"
)

// niftiFile reports one array named "data", volume by volume, scaled.
func niftiFile(path string) ([]Array, error) {
	im, err := nifti.Open(path)
	if err != nil {
		return nil, err
	}
	out := blank("data", im.Shape, im.Type.String())
	n := 1
	for _, d := range im.Shape {
		n *= d
	}
	first, last := endIndices(n)
	wanted := append(first, last...)
	values := make([]float64, len(wanted))
	var t tally
	size, volume := im.VolumeSize(), 0
	for v, err := range nifti.Volumes[float64](im) {
		if err != nil {
			return nil, err
		}
		t.add(v)
		for k, i := range wanted {
			if at := fortranIndex(i, im.Shape); at/size == volume {
				values[k] = v[at%size]
			}
		}
		volume++
	}
	t.put(&out)
	out.First, out.Last = floats(values[:len(first)]), floats(values[len(first):])
	return []Array{out}, nil
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

// hdf5File reports every dataset by its path. One whose type or values are not read
// (unsigned integers of 2^63 and more) is listed with the error.
func hdf5File(path string) ([]Array, error) {
	f, err := hdf5.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	var out []Array
	err = f.Walk(func(o hdf5.Object) error {
		d, ok := o.(*hdf5.Dataset)
		if !ok {
			return nil
		}
		a, err := describeDataset(d)
		if errors.Is(err, hdf5.ErrUnsupported) || errors.Is(err, hdf5.ErrRange) {
			a = blank(a.Name, a.Shape, a.DType)
			a.Error, err = err.Error(), nil
		}
		out = append(out, a)
		return err
	})
	return out, err
}

// band is about how many values of a dataset are read at once.
const band = 1 << 21

func describeDataset(d *hdf5.Dataset) (Array, error) {
	shape := d.Shape()
	out := blank(strings.TrimPrefix(d.Name(), "/"), shape, strings.TrimSuffix(d.Type().String(), " big-endian"))
	switch kind := d.Type().Kind; {
	case kind == hdf5.String:
		out.DType = "string"
		return out, nil
	case d.Type().IsBool():
		out.DType = "bool"
	case kind == hdf5.Enum: // its numbers, as h5py has it
		out.DType = strings.TrimSuffix(d.Type().Base.String(), " big-endian")
	case kind > hdf5.Float && kind != hdf5.Enum:
		out.DType = "object"
		return out, nil
	}
	n := 1
	for _, s := range shape {
		n *= s
	}
	var t tally
	if n > 0 {
		first, last := endIndices(n)
		out.First, out.Last = make([]Float, len(first)), make([]Float, len(last))
		done := 0
		err := bands(d, func(v []float64) {
			t.add(v)
			for k := range first {
				if i := first[k] - done; i >= 0 && i < len(v) {
					out.First[k] = Float(v[i])
				}
				if i := last[k] - done; i >= 0 && i < len(v) {
					out.Last[k] = Float(v[i])
				}
			}
			done += len(v)
		})
		if err != nil {
			return out, fmt.Errorf("dataset %q: %w", d.Name(), err)
		}
	}
	t.put(&out)
	return out, nil
}

// bands reads a dataset in C order, whole rows of chunks at a time.
func bands(d *hdf5.Dataset, fn func([]float64)) error {
	shape := d.Shape()
	if len(shape) == 0 {
		v, err := float64s(d.All())
		if err == nil {
			fn(v)
		}
		return err
	}
	width := 1
	for _, s := range shape[1:] {
		width *= s
	}
	rows := max(1, band/width)
	if c := d.Chunks(); c != nil {
		rows = (rows + c[0] - 1) / c[0] * c[0]
	}
	start, count := make([]int, len(shape)), append([]int{}, shape...)
	for start[0] < shape[0] {
		count[0] = min(rows, shape[0]-start[0])
		slab, err := d.Slab(start, count)
		if err != nil {
			return err
		}
		v, err := float64s(slab)
		if err != nil {
			return err
		}
		fn(v)
		start[0] += count[0]
	}
	return nil
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
