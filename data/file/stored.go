package file

import (
	"context"
	"errors"
	"io"

	"realnet/data/array"
	"realnet/data/npy"
	"realnet/data/pickle"
	"realnet/data/safetensors"
	"realnet/data/torch"
)

// stored is an array of package array: numpy, PyTorch and safetensors.
type stored struct{ *array.Array }

// block is about how many values are converted between two looks at the context.
const block = 1 << 21

func (s stored) scan(_ context.Context, at []int, fn func([]float64, int) error) ([]float64, error) {
	if err := s.Chunks(func(v []float64) error { return fn(v, 1) }); err != nil {
		return nil, err
	}
	out := make([]float64, len(at))
	for k, i := range at {
		var err error
		if out[k], err = s.At(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s stored) part64(ctx context.Context, start, count []int) ([]float64, error) {
	return partOf(ctx, s.Array, start, count, (*array.Array).Float64)
}

func (s stored) part32(ctx context.Context, start, count []int) ([]float32, error) {
	return partOf(ctx, s.Array, start, count, (*array.Array).Float32)
}

// partOf reads rows a block at a time.
func partOf[T any](ctx context.Context, a *array.Array, start, count []int, read func(*array.Array) ([]T, error)) ([]T, error) {
	slab, err := a.Slab(start, count)
	if err != nil {
		return nil, err
	}
	n := product(count)
	if len(count) == 0 || n <= block || !slab.Sequential() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return read(slab)
	}
	out := make([]T, 0, n)
	rows := max(1, block/(n/count[0]))
	for lo := 0; lo < count[0]; lo += rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		some, err := slab.Rows(lo, min(lo+rows, count[0]))
		if err != nil {
			return nil, err
		}
		v, err := read(some)
		if err != nil {
			return nil, err
		}
		out = append(out, v...)
	}
	return out, nil
}

func (s stored) texts() ([]string, error) { return s.Array.Strings() }

func (s stored) section() (int64, bool) { return s.Array.Section() }

// memory is an array in memory.
func memory[T float32 | float64 | int64 | int32 | uint8](name string, shape []int, values []T) *Array {
	a := array.Of(shape, values)
	return &Array{Name: name, Shape: append([]int{}, shape...), DType: a.DType.String(), body: stored{a}}
}

// words are texts in memory.
type words struct {
	stored
	list []string
}

func (w words) texts() ([]string, error) { return w.list, nil }

func (f *File) stored(name string, a *array.Array) {
	if a.DType.Kind == array.Object {
		f.add(name, a.Shape, a.DType.String(), nil)
		return
	}
	f.add(name, a.Shape, a.DType.String(), stored{a})
}

func (f *File) closes(c io.Closer) { f.closers = append(f.closers, c.Close) }

// openNPY gives one array named "data", or the entries of a pickled dict.
func (f *File) openNPY() error {
	n, err := npy.Open(f.Path)
	if err != nil {
		return err
	}
	f.closes(n)
	d, err := npy.AsDict(n.Array)
	if err != nil { // not a dict
		f.stored("data", n.Array)
		return nil
	}
	for _, key := range d.Keys {
		f.entry(key, d.Value(key))
	}
	return nil
}

// entry is a value of a dict: arrays and numbers have values, lists of str are
// strings, all else has its type alone.
func (f *File) entry(key string, v any) {
	switch v := v.(type) {
	case *array.Array:
		f.stored(key, v)
	case error:
		f.failed(key, nil, "object", v)
	case string:
		f.add(key, nil, "string", words{list: []string{v}})
	case bool:
		f.stored(key, array.Of(nil, []uint8{map[bool]uint8{true: 1}[v]}))
		f.Arrays[len(f.Arrays)-1].DType = array.Bool8.String()
	case int64:
		f.stored(key, array.Of(nil, []int64{v}))
	case float64:
		f.stored(key, array.Of(nil, []float64{v}))
	case *pickle.List:
		if s, ok := pickle.Strings(v); ok {
			f.add(key, []int{len(s)}, "string", words{list: s})
			return
		}
		f.add(key, []int{len(v.Items)}, "object", nil)
	default:
		f.add(key, nil, "object", nil)
	}
}

func (f *File) openNPZ() error {
	z, err := npy.OpenArchive(f.Path)
	if err != nil {
		return err
	}
	f.closes(z)
	for _, name := range z.Names {
		a, err := z.Array(name)
		if err != nil {
			if damaged(err) {
				return err
			}
			f.failed(name, nil, "object", err)
			continue
		}
		f.stored(name, a)
	}
	return nil
}

// damaged says that an error is about the file and not about one array's type.
func damaged(err error) bool {
	return errors.Is(err, npy.ErrFormat) || errors.Is(err, pickle.ErrCorrupt) || errors.Is(err, pickle.ErrTooLarge)
}

func (f *File) openTorch() error {
	t, err := torch.Open(f.Path)
	if err != nil {
		return err
	}
	f.closes(t)
	list, skipped, err := t.Arrays()
	if err != nil {
		return err
	}
	for _, a := range list {
		f.stored(a.Name, a.Array)
	}
	texts, err := t.Texts()
	if err != nil {
		return err
	}
	for _, l := range texts {
		f.add(l.Name, []int{len(l.List)}, "string", words{list: l.List})
	}
	for _, s := range skipped {
		f.failed(s.Name, nil, "object", s.Err)
	}
	return nil
}

func (f *File) openSafetensors() error {
	s, err := safetensors.Open(f.Path)
	if err != nil {
		return err
	}
	f.closes(s)
	for _, a := range s.Tensors {
		f.stored(a.Name, a.Array)
	}
	for _, u := range s.Unsupported {
		f.failed(u.Name, u.Shape, u.DType, u.Err())
	}
	return nil
}
