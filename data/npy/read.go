package npy

import (
	"errors"
	"fmt"
	"io"

	"realnet/data/array"
	"realnet/data/internal/openfile"
	"realnet/data/pickle"
)

// File is an open .npy file. Once closed its array can be read no more.
type File struct {
	*array.Array
	io.Closer
}

// Open opens a .npy file. The values are read when they are asked for.
func Open(path string) (*File, error) {
	a, f, err := openfile.Sized(path, Read)
	if err != nil {
		return nil, err
	}
	return &File{a, f}, nil
}

// Read returns the array of a .npy file of size bytes. ErrType and ErrFormat as
// described there; array.ErrShape if the shape does not account for every byte;
// the errors of package pickle for object arrays.
func Read(r io.ReaderAt, size int64) (*array.Array, error) {
	h, err := readHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if h.dtype.Kind == array.Object {
		return readObjects(r, h.size, size)
	}
	return newArray(h, array.Section(r, h.size, size-h.size))
}

func newArray(h header, src array.Source) (*array.Array, error) {
	a, err := array.New(h.dtype, h.shape, h.fortran, src)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return a, nil
}

// readObjects reads the pickle in [off, end) that an object array is stored as.
func readObjects(r io.ReaderAt, off, end int64) (*array.Array, error) {
	v, err := pickle.NewReader(r, off, end, Allow()).Load()
	if err != nil {
		return nil, err
	}
	p, ok := v.(*ndarray)
	if !ok {
		return nil, fmt.Errorf("%w: the pickle holds a %T, not an array", ErrFormat, v)
	}
	a, err := p.array()
	if err != nil {
		return nil, err
	}
	return a, unread(a)
}

// unread is the error of an array, or of a dict in one, of nothing but values that were
// not read.
func unread(a *array.Array) error {
	items := a.Objects
	if len(items) == 1 {
		if d, ok := items[0].(*pickle.Dict); ok {
			items = d.Values
		}
	}
	var first error
	for _, v := range items {
		err, ok := Value(v).(error)
		if !ok {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// ErrDict is returned by OpenDict for arrays that are no dict, and by the methods
// of Dict for keys that are not there or of another type.
var ErrDict = errors.New("npy: not the dict expected")

// Dict is a dict saved as a .npy file, whose arrays are read when asked for.
type Dict struct {
	io.Closer
	Keys   []string // in the order of the file
	values map[string]any
}

// OpenDict opens a .npy file made by numpy.save(path, {...}).
func OpenDict(path string) (*Dict, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	d, err := AsDict(f.Array)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d.Closer = f
	return d, nil
}

// AsDict returns the dict that a 0-d object array holds.
func AsDict(a *array.Array) (*Dict, error) {
	if len(a.Shape) != 0 || len(a.Objects) != 1 {
		return nil, fmt.Errorf("%w: %s of shape %v", ErrDict, a.DType, a.Shape)
	}
	p, ok := a.Objects[0].(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("%w: a pickled %T", ErrDict, a.Objects[0])
	}
	d := &Dict{Closer: io.NopCloser(nil), values: map[string]any{}}
	for i, k := range p.Keys {
		name, ok := k.(string)
		if !ok { // a number, a tuple, or what was not read
			name = pickle.KeyText(k)
		}
		if _, twice := d.values[name]; twice {
			return nil, fmt.Errorf("%w: two keys %q", ErrDict, name)
		}
		d.Keys = append(d.Keys, name)
		d.values[name] = Value(p.Values[i])
	}
	return d, nil
}

// Value returns what is stored under a key: *array.Array, string, int64, float64,
// bool, *pickle.List, ...; an error that says why it was not read; nil if there is no
// such key.
func (d *Dict) Value(key string) any { return d.values[key] }

// Array returns the array under a key.
func (d *Dict) Array(key string) (*array.Array, error) {
	switch v := d.values[key].(type) {
	case *array.Array:
		return v, nil
	case error:
		return nil, v
	case nil:
		return nil, fmt.Errorf("%w: no key %q among %q", ErrDict, key, d.Keys)
	default:
		return nil, fmt.Errorf("%w: %q is a %T, not an array", ErrDict, key, v)
	}
}

// Strings returns the list of str, or the array of strings, under a key.
func (d *Dict) Strings(key string) ([]string, error) {
	if s, ok := pickle.Strings(d.values[key]); ok {
		return s, nil
	}
	a, err := d.Array(key)
	if err != nil {
		return nil, err
	}
	if a.Objects != nil {
		if s, ok := pickle.Strings(pickle.Tuple(a.Objects)); ok {
			return s, nil
		}
	}
	return a.Strings()
}
