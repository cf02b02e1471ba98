package pickle

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// Builtin allows what plain containers need: OrderedDict, Counter, defaultdict and
// deque of collections, set, frozenset, bytearray, and _codecs.encode for the bytes
// of protocol 2. It returns a new list that the caller may extend.
func Builtin() Allow {
	a := Allow{
		"collections.OrderedDict": Func(newDict),
		"collections.Counter":     Func(newDict),
		"collections.defaultdict": Func(newDefaultDict),
		"collections.deque":       Func(newDeque),
		"_codecs.encode":          Func(encode),
	}
	for _, module := range []string{"builtins", "__builtin__"} {
		a[module+".set"] = Func(newSet)
		a[module+".frozenset"] = Func(newSet)
		a[module+".bytearray"] = Func(newBytes)
		a[module+".bytes"] = Func(newBytes)
		a[module+".dict"] = Func(newDict)
	}
	return a
}

// With returns a copy of the list with more entries.
func (a Allow) With(more Allow) Allow {
	out := maps.Clone(a)
	maps.Copy(out, more)
	return out
}

func newDict(r *Reader, args Tuple) (any, error) {
	d := &Dict{}
	if len(args) == 0 {
		return d, nil
	}
	if given, ok := args[0].(*Dict); ok && len(args) == 1 { // Counter({...})
		if err := r.Spend(64 * int64(len(given.Keys))); err != nil {
			return nil, err
		}
		for i, k := range given.Keys {
			if err := d.Set(k, given.Values[i]); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	pairs, ok := args[0].(*List) // OrderedDict([[key, value], ...]), Python 2
	if !ok || len(args) > 1 {
		return nil, fmt.Errorf("%w: arguments of OrderedDict", ErrUnsupported)
	}
	if err := r.Spend(64 * int64(len(pairs.Items))); err != nil {
		return nil, err
	}
	for _, p := range pairs.Items {
		var kv []any
		switch p := p.(type) {
		case *List:
			kv = p.Items
		case Tuple:
			kv = p
		}
		if len(kv) != 2 {
			return nil, fmt.Errorf("%w: arguments of OrderedDict", ErrUnsupported)
		}
		if err := d.Set(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// newDefaultDict is defaultdict(factory): what it makes of missing keys does not
// matter, so the factory is not looked at.
func newDefaultDict(r *Reader, args Tuple) (any, error) {
	return newDict(r, args[min(1, len(args)):])
}

// newDeque is deque([...], maxlen), often filled afterwards.
func newDeque(r *Reader, args Tuple) (any, error) { return newSet(r, args[:min(1, len(args))]) }

func newSet(r *Reader, args Tuple) (any, error) {
	if len(args) == 0 {
		return &List{}, nil
	}
	if t, ok := args[0].(Tuple); ok && len(args) == 1 {
		return &List{Items: slices.Clone(t)}, r.Spend(16 * int64(len(t)))
	}
	if l, ok := args[0].(*List); ok && len(args) == 1 {
		if err := r.Spend(16 * int64(len(l.Items))); err != nil {
			return nil, err
		}
		return &List{Items: slices.Clone(l.Items)}, nil
	}
	return nil, fmt.Errorf("%w: arguments of set", ErrUnsupported)
}

func newBytes(r *Reader, args Tuple) (any, error) {
	if len(args) == 0 {
		return Bytes{}, nil
	}
	if b, ok := args[0].(Bytes); ok && len(args) == 1 {
		return b, nil
	}
	return encode(r, args)
}

// encode is str.encode('latin1'), the form that bytes take in protocol 2.
func encode(r *Reader, args Tuple) (any, error) {
	if len(args) == 2 {
		s, ok := args[0].(string)
		name, _ := args[1].(string)
		if ok && (name == "latin1" || name == "latin-1" || name == "iso-8859-1") {
			if err := r.Spend(int64(len(s))); err != nil {
				return nil, err
			}
			out := make([]byte, 0, len(s))
			for _, c := range s {
				if c > 255 {
					return nil, fmt.Errorf("%w: character %U in latin-1 text", ErrCorrupt, c)
				}
				out = append(out, byte(c))
			}
			return Bytes{R: bytes.NewReader(out), N: int64(len(out))}, nil
		}
	}
	return nil, fmt.Errorf("%w: _codecs.encode other than to latin-1", ErrUnsupported)
}
