package hdf5

import (
	"errors"
	"fmt"
	"sync"
)

// Dataset is an array of elements of one type.
type Dataset struct {
	f       *File
	name    string
	h       *header
	shape   []uint64 // rank 0 is kept as one element, see scalar; the axes of an array type come last
	rank    int      // axes of the dataspace: all but those of an array type
	limit   []uint64 // the shape it may grow to; 0 is unlimited
	scalar  bool
	typ     *Type
	layout  *layout
	filters []filter
	fill    []byte // one element; nil is zeros
	defect  error  // why values cannot be read although the header can

	part   *field // of a compound, when only it is read
	sub    []int  // shape of that field, when it is an array of typ
	record *Type  // the compound that part belongs to

	index *lazyIndex // shared with the fields
}

// lazyIndex is read when values are asked for, once.
type lazyIndex struct {
	once sync.Once
	x    *chunkIndex
	err  error
}

func (f *File) newDataset(name string, h *header) (*Dataset, error) {
	d := &Dataset{f: f, name: name, h: h, index: &lazyIndex{}}
	m, ok := h.find(msgDataspace)
	if !ok {
		return nil, formatErr("dataset without dataspace")
	}
	raw, err := f.body(m)
	if err != nil {
		return nil, err
	}
	if d.shape, d.limit, err = f.parseDataspace(raw); err != nil {
		return nil, err
	}
	if len(d.shape) == 0 {
		d.scalar, d.shape, d.limit = true, []uint64{1}, []uint64{1}
	}
	if m, ok = h.find(msgDatatype); !ok {
		return nil, formatErr("dataset without datatype")
	}
	if raw, err = f.body(m); err != nil {
		return nil, err
	}
	if d.typ, err = f.parseType(raw); errors.Is(err, ErrUnsupported) {
		d.typ = &Type{Kind: Opaque, Size: 1}
		d.defect = err
		return d, nil
	} else if err != nil {
		return nil, err
	}
	element := d.typ.Size
	d.spread()
	d.defect = d.parseStorage(element)
	return d, nil
}

// spread makes the axes of an array type the last ones of the dataset, as h5py does in
// what it reads.
func (d *Dataset) spread() {
	d.rank = len(d.shape)
	if d.typ.Kind != Array {
		return
	}
	var inner []int
	d.typ, inner = d.typ.flat()
	if d.scalar {
		d.scalar, d.rank, d.shape, d.limit = false, 0, nil, nil
	}
	for _, n := range inner {
		d.shape, d.limit = append(d.shape, uint64(n)), append(d.limit, uint64(n))
	}
}

// parseStorage reads how the values are stored. Its error is kept until they are
// asked for, so that a file with one foreign dataset stays readable.
func (d *Dataset) parseStorage(element int) error {
	f, h := d.f, d.h
	m, ok := h.find(msgLayout)
	if !ok {
		return formatErr("dataset without data layout")
	}
	raw, err := f.body(m)
	if err != nil {
		return err
	}
	if d.layout, err = f.parseLayout(raw); err != nil {
		return err
	}
	if d.layout.class == chunked {
		if len(d.layout.chunk) != d.rank {
			return formatErr("chunks of rank %d in a dataset of rank %d", len(d.layout.chunk), d.rank)
		}
		d.layout.chunk = append(d.layout.chunk, d.shape[d.rank:]...)
	}
	if h.has(msgExternal) {
		return unsupported("values in external files")
	}
	if m, ok = h.find(msgFilters); ok {
		if raw, err = f.body(m); err != nil {
			return err
		}
		if d.filters, err = f.parseFilters(raw); err != nil {
			return err
		}
	}
	if m, ok = h.find(msgFill); !ok {
		m, ok = h.find(msgFillOld)
	}
	if ok && m.flags&flagShared == 0 {
		if d.fill, err = f.parseFill(m); err != nil {
			return err
		}
	} else if ok {
		return unsupported("shared fill value")
	}
	if d.fill != nil && len(d.fill) != element {
		return formatErr("fill value of %d bytes for elements of %d", len(d.fill), element)
	}
	return nil
}

// Name is the path by which the dataset was reached.
func (d *Dataset) Name() string { return d.name }

// Shape is the length of each axis, slowest first; a scalar has none, h5py's
// Empty is [0]. The axes of an array type are the last ones.
func (d *Dataset) Shape() []int {
	if d.scalar {
		return append([]int{}, d.sub...)
	}
	return append(toInts(d.shape), d.sub...)
}

// per is the number of values of an element: more than one when it is a field that is
// an array.
func (d *Dataset) per() int {
	n := 1
	for _, k := range d.sub {
		n *= k
	}
	return n
}

// Type describes one element.
func (d *Dataset) Type() *Type { return d.typ }

// Chunks is the shape of a chunk, nil when the values are not chunked.
func (d *Dataset) Chunks() []int {
	if d.layout == nil || d.layout.class != chunked {
		return nil
	}
	return toInts(d.layout.chunk)
}

// Attrs returns the dataset's attributes in the order of their names.
func (d *Dataset) Attrs() ([]*Attribute, error) { return d.f.attributes(d.name, d.h) }

// Attr returns one attribute, or ErrNotFound.
func (d *Dataset) Attr(name string) (*Attribute, error) { return d.f.attribute(d.name, d.h, name) }

// Field returns the dataset that holds one field of every compound.
func (d *Dataset) Field(name string) (*Dataset, error) {
	if d.typ.Kind != Compound {
		return nil, fmt.Errorf("%s: %w: %s has no fields", d.name, ErrType, d.typ)
	}
	if len(d.sub) > 0 {
		return nil, unsupported("%s: a field within an array of compounds", d.name)
	}
	for i, n := range d.typ.Names {
		if n != name {
			continue
		}
		sub := *d
		sub.name += "." + name
		sub.record, sub.part = d.typ, &field{offset: d.typ.fields[i].offset}
		sub.typ, sub.sub = d.typ.fields[i].typ.flat()
		if d.part != nil { // a compound within a compound
			sub.record = d.record
			sub.part.offset += d.part.offset
		}
		return &sub, nil
	}
	return nil, fmt.Errorf("%w: %s has no field %q (it has %q)", ErrNotFound, d.name, name, d.typ.Names)
}

// stride is the size of a stored element, of which a field is a part.
func (d *Dataset) stride() int {
	if d.record != nil {
		return d.record.Size
	}
	return d.typ.Size
}

func (d *Dataset) chunkBytes() uint64 {
	n := uint64(d.stride())
	for _, c := range d.layout.chunk {
		n *= c
	}
	return n
}

func (d *Dataset) chunks() (*chunkIndex, error) {
	d.index.once.Do(func() { d.index.x, d.index.err = d.readChunkIndex() })
	return d.index.x, d.index.err
}

// ReadFloat32 returns all values in row-major order; see Selection.ReadFloat32.
func (d *Dataset) ReadFloat32() ([]float32, error) { return d.All().ReadFloat32() }

// ReadFloat64 returns all values in row-major order; see Selection.ReadFloat64.
func (d *Dataset) ReadFloat64() ([]float64, error) { return d.All().ReadFloat64() }

// ReadInt64 returns all values in row-major order; see Selection.ReadInt64.
func (d *Dataset) ReadInt64() ([]int64, error) { return d.All().ReadInt64() }

// ReadStrings returns all values in row-major order; see Selection.ReadStrings.
func (d *Dataset) ReadStrings() ([]string, error) { return d.All().ReadStrings() }

// ReadReferences returns all object references in row-major order.
func (d *Dataset) ReadReferences() ([]ObjectRef, error) { return d.All().ReadReferences() }

// ReadSequences returns all variable-length sequences in row-major order.
func (d *Dataset) ReadSequences() ([][]float64, error) { return d.All().ReadSequences() }

func toInts(u []uint64) []int {
	out := make([]int, len(u))
	for i, v := range u {
		out[i] = int(v)
	}
	return out
}
