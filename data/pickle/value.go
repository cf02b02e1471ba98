package pickle

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// Errors of the package.
var (
	// ErrForbidden is returned when a pickle names something that the allow-list
	// does not have.
	ErrForbidden = errors.New("pickle: name not allowed")
	// ErrCorrupt is returned when the bytes are no well-formed pickle.
	ErrCorrupt = errors.New("pickle: damaged")
	// ErrUnsupported is returned for constructs that the package knows and refuses.
	ErrUnsupported = errors.New("pickle: not supported")
	// ErrTooLarge is returned when a pickle would unfold into far more memory than
	// its own size.
	ErrTooLarge = errors.New("pickle: unfolds beyond bound")
)

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list, set or frozenset.
type List struct{ Items []any }

// Dict is a Python dict or OrderedDict. Attributes that Python code hung on the
// object (torch puts _metadata there) are in Attrs.
type Dict struct {
	Keys, Values []any
	Attrs        any
	index        map[any]int
}

// Get returns the value of a string key.
func (d *Dict) Get(key string) (any, bool) {
	i, ok := d.index[key]
	if !ok {
		return nil, false
	}
	return d.Values[i], true
}

// Set adds or replaces the value of a key. ErrUnsupported unless the key is nil, a
// bool, a number or a string.
func (d *Dict) Set(key, value any) error {
	switch key.(type) {
	case nil, bool, int64, float64, string:
	default:
		return fmt.Errorf("%w: dict key of type %T", ErrUnsupported, key)
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	if i, ok := d.index[key]; ok {
		d.Values[i] = value
		return nil
	}
	d.index[key] = len(d.Keys)
	d.Keys = append(d.Keys, key)
	d.Values = append(d.Values, value)
	return nil
}

// Build keeps the attributes that a pickle sets on the dict.
func (d *Dict) Build(state any) error {
	d.Attrs = state
	return nil
}

// Bytes is a Python bytes object, left where it is until it is read.
type Bytes struct {
	R      io.ReaderAt
	Off, N int64
}

// All reads the bytes.
func (b Bytes) All() ([]byte, error) {
	p := make([]byte, b.N)
	if b.N == 0 {
		return p, nil
	}
	if n, err := b.R.ReadAt(p, b.Off); n < len(p) {
		return nil, fmt.Errorf("pickle: %d of %d bytes: %w", n, b.N, err)
	}
	return p, nil
}

// Func is what an allowed name does when the pickle calls it. It must spend what
// it allocates on r.
type Func func(r *Reader, args Tuple) (any, error)

// Builder is a value to which a pickle may give state after it was made.
type Builder interface{ Build(state any) error }

// Allow gives a meaning to "module.name". A Func may be called; any other value
// can only be passed around.
type Allow map[string]any

// Int returns v as an int if it is a Python int that fits.
func Int(v any) (int, bool) {
	i, ok := v.(int64)
	return int(i), ok && int64(int(i)) == i
}

// Ints returns a tuple or list of Python ints.
func Ints(v any) ([]int, bool) {
	var items []any
	switch v := v.(type) {
	case Tuple:
		items = v
	case *List:
		items = v.Items
	default:
		return nil, false
	}
	out := make([]int, len(items))
	for i, x := range items {
		n, ok := Int(x)
		if !ok {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// Strings returns a list or tuple of str; no other element is taken.
func Strings(v any) ([]string, bool) {
	var items []any
	switch v := v.(type) {
	case Tuple:
		items = v
	case *List:
		items = v.Items
	default:
		return nil, false
	}
	out := make([]string, len(items))
	for i, x := range items {
		s, ok := x.(string)
		if !ok {
			return nil, false
		}
		out[i] = s
	}
	return out, true
}

// integer returns i as int64, or itself where it does not fit.
func integer(i *big.Int) any {
	if i.IsInt64() {
		return i.Int64()
	}
	return i
}
