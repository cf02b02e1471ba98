package hdf5

import (
	"fmt"
	"strings"
)

// ObjectRef is a reference to a group or dataset; the zero value refers to
// nothing.
type ObjectRef uint64

// Dereference returns the object that a reference leads to. Its name is the
// address, since a reference does not know any.
func (f *File) Dereference(r ObjectRef) (Object, error) {
	if r == 0 || uint64(r) == noAddr {
		return nil, fmt.Errorf("%w: null reference", ErrNotFound)
	}
	o, err := f.object(fmt.Sprintf("object at %d", uint64(r)), uint64(r))
	if err == nil && o == nil {
		return nil, fmt.Errorf("%w: reference to a named type", ErrNotFound)
	}
	return o, err
}

// ReadStrings returns strings, of fixed or variable length, in row-major order.
// Padding is cut: everything from the first zero byte, or spaces at the end,
// according to the type. Bytes are passed on as they are (UTF-8 in files of
// today). Other types fail with ErrType.
func (s *Selection) ReadStrings() ([]string, error) {
	return readOpaque(s, s.d.f.decodeStrings)
}

// ReadReferences returns object references in row-major order.
func (s *Selection) ReadReferences() ([]ObjectRef, error) {
	return readOpaque(s, s.d.f.decodeReferences)
}

// ReadSequences returns variable-length sequences of numbers in row-major order.
func (s *Selection) ReadSequences() ([][]float64, error) {
	return readOpaque(s, s.d.f.decodeSequences)
}

// readOpaque gathers the elements' bytes and decodes them together.
func readOpaque[T any](s *Selection, decode func(raw []byte, t *Type) ([]T, error)) ([]T, error) {
	d := s.d
	wrap := func(err error) error { return fmt.Errorf("%s: %w", d.name, err) }
	if _, err := decode(nil, d.typ); err != nil {
		return nil, wrap(err)
	}
	p, err := s.plan()
	if err != nil {
		return nil, wrap(err)
	}
	size := uint64(d.typ.Size * d.per())
	raw := make([]byte, p.total*size)
	err = p.scan(func(dst uint64, part []byte) error {
		copy(raw[dst*size:], d.fieldOf(part))
		return nil
	})
	if err != nil {
		return nil, wrap(err)
	}
	out, err := decode(raw, d.typ)
	if err != nil {
		return nil, wrap(err)
	}
	return out, nil
}

func trimNul(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return s
}

func (f *File) decodeStrings(raw []byte, t *Type) ([]string, error) {
	if t.Kind != String {
		return nil, fmt.Errorf("%w: %s as strings", ErrType, t)
	}
	n := len(raw) / t.Size
	out := make([]string, n)
	if t.Variable {
		err := f.eachHeapValue(raw, t, func(i int, _ uint64, v string) error {
			out[i] = trimNul(v)
			return nil
		})
		return out, err
	}
	all := string(raw)
	for i := range out {
		s := all[i*t.Size : (i+1)*t.Size]
		if t.pad == 2 {
			s = strings.TrimRight(s, " ")
		} else {
			s = trimPadding(s, t.pad)
		}
		out[i] = s
	}
	return out, nil
}

// trimPadding cuts a string at its end mark (pad 0), or zeros at its end alone
// (pad 1): such a string may hold zeros.
func trimPadding(s string, pad int) string {
	if pad == 0 {
		return trimNul(s)
	}
	return strings.TrimRight(s, "\x00")
}

// eachHeapValue resolves variable-length elements: a count, the address of a
// heap collection and an index in it. Count 0 has no value.
func (f *File) eachHeapValue(raw []byte, t *Type, visit func(i int, count uint64, v string) error) error {
	size := 4 + f.offSize + 4
	if t.Size != size {
		return formatErr("variable-length element of %d bytes", t.Size)
	}
	for i := range len(raw) / size {
		c := f.cursor(raw[i*size:(i+1)*size], "variable-length element")
		count, addr, index := c.u32(), c.addr(), int(c.u32())
		if count == 0 {
			continue
		}
		v, err := f.heapValue(addr, index)
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
		width := uint64(t.Base.Size)
		if count > uint64(len(v))/width {
			return formatErr("element %d: %d values of %d bytes in %d", i, count, width, len(v))
		}
		if err := visit(i, count, v[:count*width]); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) decodeReferences(raw []byte, t *Type) ([]ObjectRef, error) {
	if t.Kind != Reference {
		return nil, fmt.Errorf("%w: %s as references", ErrType, t)
	}
	if t.region || t.Size != f.offSize {
		return nil, unsupported("region reference or one of a later library")
	}
	c := f.cursor(raw, "references")
	out := make([]ObjectRef, len(raw)/t.Size)
	for i := range out {
		out[i] = ObjectRef(c.uint(t.Size))
	}
	return out, c.err
}

func (f *File) decodeSequences(raw []byte, t *Type) ([][]float64, error) {
	if t.Kind != Sequence {
		return nil, fmt.Errorf("%w: %s as sequences", ErrType, t)
	}
	if err := convert([]float64{}, nil, t.Base); err != nil {
		return nil, err
	}
	out := make([][]float64, len(raw)/t.Size)
	var total uint64
	err := f.eachHeapValue(raw, t, func(i int, count uint64, v string) error {
		// Elements do not share values, so all are no longer than the file.
		if total += uint64(len(v)); total > uint64(f.size) {
			return formatErr("sequences are longer than the file")
		}
		out[i] = make([]float64, count)
		return convert(out[i], []byte(v), t.Base)
	})
	return out, err
}
