package npy

import (
	"bytes"
	"errors"
	"fmt"

	"realnet/data/array"
	"realnet/data/pickle"
)

// Allow is the list of names that pickled numpy arrays and scalars need: numpy's
// array, type and scalar constructors under their old and new module names, over
// pickle.Builtin.
func Allow() pickle.Allow {
	a := pickle.Builtin()
	class := classNdarray{}
	a["numpy.ndarray"] = class
	a["numpy.dtype"] = pickle.Func(newDType)
	for _, core := range []string{"numpy.core", "numpy._core"} {
		a[core+".multiarray._reconstruct"] = pickle.Func(reconstruct)
		a[core+".multiarray.scalar"] = pickle.Func(scalar)
		a[core+".numeric._frombuffer"] = pickle.Func(fromBuffer)
	}
	return a
}

// Value turns what the unpickler made of a numpy array into *array.Array, and what it
// or an array could not be read of into the error that says why. Every other value it
// returns as it is.
func Value(v any) any {
	switch v := v.(type) {
	case *pickle.Unread:
		return v.Err
	case *ndarray:
		a, err := v.array()
		if err != nil {
			return err
		}
		return a
	}
	return v
}

type classNdarray struct{}

// ndarray is an array as it is pickled: made empty, then given its state.
type ndarray struct {
	shape   []int
	dtype   array.DType
	fortran bool
	data    any // pickle.Bytes, string (Python 2) or *pickle.List
	err     error
}

// reconstruct is numpy's _reconstruct(ndarray, (0,), b'b').
func reconstruct(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) == 3 {
		if _, ok := args[0].(classNdarray); ok {
			return &ndarray{shape: []int{0}, dtype: array.Uint8, data: ""}, nil
		}
	}
	return nil, fmt.Errorf("%w: arguments of numpy's _reconstruct", ErrFormat)
}

// Build takes the state (version, shape, dtype, is_fortran, data).
func (p *ndarray) Build(state any) error {
	t, _ := state.(pickle.Tuple)
	if len(t) == 4 { // before the version was added
		t = append(pickle.Tuple{int64(0)}, t...)
	}
	if len(t) != 5 {
		return fmt.Errorf("%w: state of a pickled array", ErrFormat)
	}
	if u, ok := t[2].(*pickle.Unread); ok {
		p.err = u.Err
		return nil
	}
	shape, ok1 := pickle.Ints(t[1])
	dt, ok2 := t[2].(*dtype)
	fortran, ok3 := truth(t[3])
	if !ok1 || !ok2 || !ok3 || len(shape) > 64 {
		return fmt.Errorf("%w: state of a pickled array", ErrFormat)
	}
	p.err = dt.err
	p.shape, p.dtype, p.fortran, p.data = shape, dt.DType, fortran, t[4]
	return nil
}

func truth(v any) (bool, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int64:
		return v != 0, true
	}
	return false, false
}

// array checks the state and returns it as an array.
func (p *ndarray) array() (*array.Array, error) {
	if p.err != nil {
		return nil, p.err
	}
	h := header{dtype: p.dtype, fortran: p.fortran, shape: p.shape}
	switch d := p.data.(type) {
	case pickle.Bytes:
		return newArray(h, array.Section(d.R, d.Off, d.N))
	case string:
		return newArray(h, array.Memory([]byte(d)))
	case *pickle.List:
		if p.dtype.Kind != array.Object || p.fortran && len(p.shape) > 1 {
			return nil, fmt.Errorf("%w: a list for an array of %s", ErrFormat, p.dtype)
		}
		items := make([]any, len(d.Items))
		for i, v := range d.Items {
			items[i] = v
			if inner, ok := v.(*ndarray); !ok || inner != p {
				items[i] = Value(v)
			}
		}
		a, err := array.NewObjects(p.shape, items)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return a, nil
	}
	return nil, fmt.Errorf("%w: a pickled array without data", ErrFormat)
}

// fromBuffer is numpy's _frombuffer(buffer, dtype, shape, order) of protocol 5.
func fromBuffer(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) == 4 {
		dt, ok1 := args[1].(*dtype)
		shape, ok2 := pickle.Ints(args[2])
		order, ok3 := args[3].(string)
		if ok1 && ok2 && ok3 && len(shape) <= 64 {
			return &ndarray{shape: shape, dtype: dt.DType, fortran: order == "F", data: args[0], err: dt.err}, nil
		}
	}
	return nil, fmt.Errorf("%w: arguments of numpy's _frombuffer", ErrFormat)
}

// dtype is a numpy type as it is pickled: dtype('f8', False, True), then a state
// that carries the byte order.
type dtype struct {
	array.DType
	err error
}

func newDType(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("%w: dtype without a name", ErrFormat)
	}
	name, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("%w: dtype named by a %T", ErrFormat, args[0])
	}
	dt, err := parseDType(name)
	return &dtype{dt, err}, nil
}

// Build takes the state (version, byte order, subtype, names, fields, size, ...).
func (d *dtype) Build(state any) error {
	t, _ := state.(pickle.Tuple)
	if len(t) < 6 {
		return fmt.Errorf("%w: state of a pickled dtype", ErrFormat)
	}
	if d.err != nil { // dates, structured types: they have more state, which is not looked at
		return nil
	}
	switch order, _ := t[1].(string); order {
	case ">":
		d.Big = true
	case "<", "|", "=":
		d.Big = false
	default:
		return fmt.Errorf("%w: byte order of a pickled dtype", ErrFormat)
	}
	if t[2] != nil || t[3] != nil || t[4] != nil {
		d.err = fmt.Errorf("%w: structured type", ErrType)
	}
	if size, ok := pickle.Int(t[5]); ok && size > 0 && (d.Kind == array.Unicode || d.Kind == array.Bytes) {
		d.Size = size
		if err := d.Valid(); err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	return nil
}

// scalar is numpy's scalar(dtype, bytes); it becomes the Go value.
func scalar(_ *pickle.Reader, args pickle.Tuple) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("%w: arguments of a numpy scalar", ErrFormat)
	}
	dt, ok := args[0].(*dtype)
	if !ok {
		return nil, fmt.Errorf("%w: arguments of a numpy scalar", ErrFormat)
	}
	if dt.err != nil {
		return &pickle.Unread{Err: dt.err}, nil
	}
	raw := []byte{}
	switch b := args[1].(type) {
	case string:
		raw = []byte(b)
	case pickle.Bytes:
		if b.N != int64(dt.Size) {
			return nil, fmt.Errorf("%w: %d bytes for a numpy %s", ErrFormat, b.N, dt.DType)
		}
		var err error
		if raw, err = b.All(); err != nil {
			return nil, err
		}
	}
	a, err := newArray(header{dtype: dt.DType}, array.Section(bytes.NewReader(raw), 0, int64(len(raw))))
	if err != nil {
		return nil, err
	}
	switch dt.Kind {
	case array.Bool:
		return raw[0] != 0, nil
	case array.Int, array.Uint:
		v, err := a.Int64()
		if errors.Is(err, array.ErrType) {
			return &pickle.Unread{Err: err}, nil
		}
		if err != nil {
			return nil, err
		}
		return v[0], nil
	case array.Float:
		v, err := a.Float64()
		if err != nil {
			return nil, err
		}
		return v[0], nil
	case array.Bytes, array.Unicode:
		v, err := a.Strings()
		if err != nil {
			return nil, err
		}
		return v[0], nil
	}
	return &pickle.Unread{Err: fmt.Errorf("%w: numpy scalar of %s", ErrType, dt.DType)}, nil
}
