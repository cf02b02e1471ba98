package hdf5

import (
	"errors"
	"fmt"
	"sort"
)

// Attribute is a named value that describes a group or a dataset.
type Attribute struct {
	f     *File
	name  string
	shape []uint64
	typ   *Type
	data  []byte
	err   error // why the value is not read
}

// Name is the attribute's name.
func (a *Attribute) Name() string { return a.name }

// Shape is the attribute's shape; a scalar has none.
func (a *Attribute) Shape() []int { return toInts(a.shape) }

// Type describes one element.
func (a *Attribute) Type() *Type { return a.typ }

// ReadFloat64 returns the values in row-major order; see Selection.ReadFloat64.
func (a *Attribute) ReadFloat64() ([]float64, error) { return readAttr[float64](a) }

// ReadInt64 returns the values in row-major order; see Selection.ReadInt64.
func (a *Attribute) ReadInt64() ([]int64, error) { return readAttr[int64](a) }

// ReadStrings returns the values in row-major order.
func (a *Attribute) ReadStrings() ([]string, error) {
	if a.err != nil {
		return nil, a.wrap(a.err)
	}
	s, err := a.f.decodeStrings(a.data, a.typ)
	return s, a.wrap(err)
}

// ReadReferences returns object references in row-major order.
func (a *Attribute) ReadReferences() ([]ObjectRef, error) {
	if a.err != nil {
		return nil, a.wrap(a.err)
	}
	r, err := a.f.decodeReferences(a.data, a.typ)
	return r, a.wrap(err)
}

func (a *Attribute) wrap(err error) error {
	if err != nil {
		return fmt.Errorf("attribute %s: %w", a.name, err)
	}
	return nil
}

func readAttr[T number](a *Attribute) ([]T, error) {
	if a.err != nil {
		return nil, a.wrap(a.err)
	}
	out := make([]T, len(a.data)/a.typ.Size)
	if err := convert(out, a.data, a.typ); err != nil {
		return nil, a.wrap(err)
	}
	return out, nil
}

func (f *File) attribute(owner string, h *header, name string) (*Attribute, error) {
	all, err := f.attributes(owner, h)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.name == name {
			return a, nil
		}
	}
	return nil, fmt.Errorf("%w: %s has no attribute %q", ErrNotFound, owner, name)
}

func (f *File) attributes(owner string, h *header) ([]*Attribute, error) {
	var all []*Attribute
	for _, m := range h.messages {
		var err error
		switch m.kind {
		case msgAttribute:
			var body []byte
			var a *Attribute
			if body, err = f.body(m); err == nil {
				a, err = f.parseAttribute(body)
				all = append(all, a)
			}
		case msgAttrInfo:
			var dense []*Attribute
			dense, err = f.denseAttributes(m)
			all = append(all, dense...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", owner, err)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all, nil
}

func (f *File) parseAttribute(b []byte) (*Attribute, error) {
	c := f.cursor(b, "attribute message")
	version, flags := c.u8(), c.u8()
	nameLen, typeLen, spaceLen := c.u16(), c.u16(), c.u16()
	if version == 3 {
		c.skip(1) // character set of the name
	}
	if c.err == nil && (version < 1 || version > 3) {
		return nil, unsupported("attribute message version %d", version)
	}
	part := func(n int) []byte {
		p := c.bytes(n)
		if version == 1 {
			c.skip((8 - n%8) % 8)
		}
		return p
	}
	name, typeRaw, spaceRaw := part(nameLen), part(typeLen), part(spaceLen)
	if c.err != nil {
		return nil, c.err
	}
	a := &Attribute{f: f, name: trimNul(string(name))}
	var err error
	if flags&1 != 0 && version > 1 {
		if typeRaw, err = f.shared(typeRaw, msgDatatype); err != nil {
			return nil, a.wrap(err)
		}
	}
	if flags&2 != 0 && version > 1 {
		a.typ, a.err = &Type{Kind: Opaque, Size: 1}, unsupported("shared dataspace")
		return a, nil
	}
	if a.typ, err = f.parseType(typeRaw); errors.Is(err, ErrUnsupported) {
		a.typ, a.err = &Type{Kind: Opaque, Size: 1}, err
		return a, nil
	} else if err != nil {
		return nil, a.wrap(err)
	}
	if a.shape, _, err = f.parseDataspace(spaceRaw); err != nil {
		return nil, a.wrap(err)
	}
	if a.typ.Kind == Array {
		var inner []int
		a.typ, inner = a.typ.flat()
		for _, k := range inner {
			a.shape = append(a.shape, uint64(k))
		}
	}
	n, err := product(a.shape)
	if err != nil {
		return nil, a.wrap(err)
	}
	if n > uint64(c.left())/uint64(a.typ.Size) {
		return nil, a.wrap(formatErr("%d elements of %d bytes in %d bytes", n, a.typ.Size, c.left()))
	}
	a.data = c.bytes(int(n) * a.typ.Size)
	return a, nil
}

func (f *File) denseAttributes(m message) ([]*Attribute, error) {
	c := f.cursor(m.data, "attribute info message")
	version, flags := c.u8(), c.u8()
	if c.err == nil && version != 0 {
		return nil, unsupported("attribute info version %d", version)
	}
	if flags&1 != 0 {
		c.skip(2)
	}
	heapAddr, tree := c.addr(), c.addr()
	if c.err != nil || heapAddr == noAddr {
		return nil, c.err
	}
	heap, err := f.fractalHeap(heapAddr)
	if err != nil {
		return nil, fmt.Errorf("dense attributes: %w", err)
	}
	var all []*Attribute
	var total uint64
	err = f.walkBtree2(tree, 8, func(rec []byte) error {
		if len(rec) > heap.idSize && rec[heap.idSize]&flagShared != 0 {
			return unsupported("attribute in the file's shared-message heap")
		}
		obj, err := heap.object(rec)
		if err != nil {
			return err
		}
		if total += uint64(len(obj)); total > uint64(f.size) {
			return formatErr("dense attributes are longer than the file")
		}
		a, err := f.parseAttribute(obj)
		all = append(all, a)
		return err
	})
	return all, err
}
