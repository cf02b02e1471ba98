package pickle

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// Errors of the package.
var (
	// ErrForbidden is returned for what a pickle makes of a name that the allow-list
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

// Unread stands where a value would be that was not read, and says why. Whatever the
// pickle does with such a value (call it, give it state, fill it) has no effect.
type Unread struct{ Err error }

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

// tupleKey is the text of a tuple, which is another key than a string of that text.
type tupleKey string

// Get returns the value of a string key.
func (d *Dict) Get(key string) (any, bool) {
	i, ok := d.index[key]
	if !ok {
		return nil, false
	}
	return d.Values[i], true
}

// Set adds or replaces the value of a key: nil, a bool, a number, a string, or a
// tuple, which is kept under its text as Python writes it. What was not read may be a
// key of its own. ErrUnsupported for others.
func (d *Dict) Set(key, value any) error {
	at := key
	switch k := key.(type) {
	case nil, bool, int64, float64, string, *Unread:
	case Tuple:
		text, ok := repr(k, 0)
		if !ok {
			return fmt.Errorf("%w: dict key of type %T", ErrUnsupported, key)
		}
		at = tupleKey(text)
	default:
		return fmt.Errorf("%w: dict key of type %T", ErrUnsupported, key)
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	if i, ok := d.index[at]; ok {
		d.Values[i] = value
		return nil
	}
	d.index[at] = len(d.Keys)
	d.Keys = append(d.Keys, key)
	d.Values = append(d.Values, value)
	return nil
}

// KeyText is a key of a dict as Python writes it, without the quotes of a string.
func KeyText(key any) string {
	if s, ok := key.(string); ok {
		return s
	}
	if s, ok := repr(key, 0); ok {
		return s
	}
	return fmt.Sprintf("(%T)", key)
}

// maxRepr bounds the text of a key.
const maxRepr = 4096

// repr is the text of a key as Python writes it; false for what cannot be one, and
// for what is too long or nested too deep to be meant.
func repr(v any, depth int) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "None", true
	case bool:
		return map[bool]string{true: "True", false: "False"}[v], true
	case string:
		return "'" + v + "'", len(v) < maxRepr
	case int64, float64:
		return fmt.Sprint(v), true
	case Tuple:
		var b strings.Builder
		b.WriteByte('(')
		for i, x := range v {
			text, ok := repr(x, depth+1)
			if !ok || depth > 4 || b.Len()+len(text) > maxRepr {
				return "", false
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(text)
		}
		if len(v) == 1 {
			b.WriteByte(',')
		}
		return b.String() + ")", true
	}
	return "", false
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
func Ints(v any) ([]int, bool) { return elements(v, Int) }

// Strings returns a list or tuple of str; no other element is taken.
func Strings(v any) ([]string, bool) {
	return elements(v, func(x any) (string, bool) { s, ok := x.(string); return s, ok })
}

// elements converts the elements of a tuple or list, which must all convert.
func elements[T any](v any, convert func(any) (T, bool)) ([]T, bool) {
	var items []any
	switch v := v.(type) {
	case Tuple:
		items = v
	case *List:
		items = v.Items
	default:
		return nil, false
	}
	out := make([]T, len(items))
	for i, x := range items {
		var ok bool
		if out[i], ok = convert(x); !ok {
			return nil, false
		}
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
