package torch

import (
	"fmt"
	"io"
	"os"
	"strings"

	"realnet/data/array"
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
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	c, err := Read(f, info.Size())
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.Closer = f
	return c, nil
}

// Read reads the structure of the checkpoint of size bytes in r; the tensors stay
// there until they are asked for.
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
	return &File{Closer: io.NopCloser(nil), root: root}, nil
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

// StateDict returns the tensors of the checkpoint's "state_dict", or of the
// checkpoint itself if that is one, in the order of the file. ErrFormat if there
// is neither.
func (c *File) StateDict() ([]array.Named, error) {
	root := c.root
	if d, ok := root.(*pickle.Dict); ok {
		for _, key := range []string{"state_dict", "model_state_dict", "model"} {
			if v, ok := d.Get(key); ok {
				if inner, ok := v.(*pickle.Dict); ok {
					root = inner
					break
				}
			}
		}
	}
	d, ok := root.(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("%w: no state_dict in a %T", ErrFormat, c.root)
	}
	var out []array.Named
	for i, k := range d.Keys {
		name, ok := k.(string)
		if !ok {
			continue
		}
		a, err := toArray(d.Values[i])
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		if a != nil {
			out = append(out, array.Named{Name: name, Array: a})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no tensor in the state_dict", ErrFormat)
	}
	return out, nil
}

// Arrays returns every tensor and numpy array, named by the keys and indices that
// lead to it, joined by dots ("state_dict.module.V1.conv1.weight").
func (c *File) Arrays() ([]array.Named, error) {
	w := walker{left: 1 << 20}
	err := w.walk("", c.root, 0)
	return w.out, err
}

// walker bounds the walk, for a pickle may share and contain itself.
type walker struct {
	out  []array.Named
	left int
}

func (w *walker) walk(path string, v any, depth int) error {
	if w.left--; w.left < 0 || depth > 32 {
		return fmt.Errorf("%w: nested or shared beyond bound at %q", ErrUnsupported, path)
	}
	a, err := toArray(v)
	if err != nil {
		return fmt.Errorf("tensor %q: %w", path, err)
	}
	if a != nil {
		w.out = append(w.out, array.Named{Name: path, Array: a})
		return nil
	}
	switch v := v.(type) {
	case *pickle.Dict:
		for i, k := range v.Keys {
			if err := w.walk(join(path, fmt.Sprint(k)), v.Values[i], depth+1); err != nil {
				return err
			}
		}
	case *pickle.List:
		return w.items(path, v.Items, depth)
	case pickle.Tuple:
		return w.items(path, v, depth)
	}
	return nil
}

func (w *walker) items(path string, items []any, depth int) error {
	for i, v := range items {
		if err := w.walk(join(path, fmt.Sprint(i)), v, depth+1); err != nil {
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

// Prefixes are what wrappers put before the names of CORnet-S: DataParallel's
// "module.", and ReAlnet's encoder that holds the network as "realnet".
var Prefixes = []string{"realnet.module.", "realnet.", "module."}

// Normalize returns the tensors under the bare names of CORnet-S ("V1.conv1.weight",
// "decoder.linear.bias"): the first of Prefixes that a name has is cut off. Names
// without one (fc_v1.weight of ReAlnet's encoder) stay. ErrFormat if two become one.
func Normalize(tensors []array.Named) ([]array.Named, error) {
	out := make([]array.Named, len(tensors))
	from := map[string]string{}
	for i, t := range tensors {
		name := t.Name
		for _, p := range Prefixes {
			if cut, ok := strings.CutPrefix(name, p); ok {
				name = cut
				break
			}
		}
		if other, twice := from[name]; twice {
			return nil, fmt.Errorf("%w: %q and %q are both %q without prefix", ErrFormat, other, t.Name, name)
		}
		from[name] = t.Name
		out[i] = array.Named{Name: name, Array: t.Array}
	}
	return out, nil
}
