package torch

import (
	"fmt"
	"io"
	"strconv"

	"realnet/data/array"
	"realnet/data/internal/openfile"
	"realnet/data/npy"
	"realnet/data/pickle"
)

// File is an open checkpoint.
type File struct {
	io.Closer
	root any
}

// Open opens a checkpoint of either form.
func Open(path string) (*File, error) {
	c, f, err := openfile.Sized(path, Read)
	if err != nil {
		return nil, err
	}
	c.Closer = f
	return c, nil
}

// Read reads the structure of the checkpoint of size bytes in r; the tensors stay
// there until they are asked for. A checkpoint of nothing but parts that are not read
// is the error of the first.
func Read(r io.ReaderAt, size int64) (*File, error) {
	var start [4]byte
	if n, err := r.ReadAt(start[:], 0); n < len(start) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var root any
	var err error
	if string(start[:]) == "PK\x03\x04" {
		root, err = readZip(r, size)
	} else {
		root, err = readLegacy(r, size)
	}
	if err != nil {
		return nil, err
	}
	c := &File{Closer: io.NopCloser(nil), root: root}
	if found, skipped, err := c.Arrays(); err == nil && len(found) == 0 && len(skipped) > 0 {
		return nil, fmt.Errorf("%s: %w", skipped[0].Name, skipped[0].Err)
	}
	return c, nil
}

// Value returns what is saved under a top-level key that is no tensor (epoch,
// flags), in the types of package pickle; nil if there is none.
func (c *File) Value(key string) any {
	if d, ok := c.root.(*pickle.Dict); ok {
		v, _ := d.Get(key)
		return v
	}
	return nil
}

// Arrays returns every tensor and numpy array, named by the keys and indices that
// lead to it, joined by dots ("state_dict.module.V1.conv1.weight"), in the order of
// the file, and beside them the parts that were not read: Python objects of which
// nothing is run, complex or sparse tensors.
func (c *File) Arrays() ([]array.Named, []array.Skipped, error) {
	w := walker{left: maxValues}
	err := w.walk("", c.root, 0)
	return w.out, w.skipped, err
}

// maxValues bounds the walk, for a pickle may share and contain itself.
const maxValues = 1 << 24

type walker struct {
	out     []array.Named
	skipped []array.Skipped
	texts   []Texts
	left    int
}

// Texts is a list of texts, such as the names of images.
type Texts struct {
	Name string
	List []string
}

// Texts returns the lists of texts beside the tensors, named as Arrays names those.
func (c *File) Texts() ([]Texts, error) {
	w := walker{left: maxValues}
	err := w.walk("", c.root, 0)
	return w.texts, err
}

func (w *walker) walk(path string, v any, depth int) error {
	if w.left--; w.left < 0 || depth > 64 {
		return fmt.Errorf("%w: nested or shared beyond bound at %q", ErrUnsupported, path)
	}
	a, err := toArray(v)
	if err != nil {
		w.skipped = append(w.skipped, array.Skipped{Name: path, Err: err})
		return nil
	}
	if a != nil {
		if path == "" { // the checkpoint is one tensor
			path = "data"
		}
		w.out = append(w.out, array.Named{Name: path, Array: a})
		return nil
	}
	switch v := v.(type) {
	case *pickle.Dict:
		for i, k := range v.Keys {
			if err := w.walk(join(path, pickle.KeyText(k)), v.Values[i], depth+1); err != nil {
				return err
			}
		}
	case *pickle.List:
		if list, ok := pickle.Strings(v); ok && len(list) > 0 {
			w.texts = append(w.texts, Texts{path, list})
			return nil
		}
		return w.items(path, v.Items, depth)
	case pickle.Tuple:
		return w.items(path, v, depth)
	}
	return nil
}

func (w *walker) items(path string, items []any, depth int) error {
	for i, v := range items {
		switch v.(type) {
		case nil, bool, int64, float64, string:
			continue
		}
		if err := w.walk(join(path, strconv.Itoa(i)), v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// toArray returns tensors and numpy arrays as arrays, and nil for all else.
func toArray(v any) (*array.Array, error) {
	if t, ok := v.(*tensor); ok {
		return t.array()
	}
	switch v := npy.Value(v).(type) {
	case error:
		return nil, v
	case *array.Array:
		return v, nil
	}
	return nil, nil
}
