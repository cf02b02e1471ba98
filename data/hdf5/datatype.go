package hdf5

import (
	"fmt"
	"strings"
)

// Kind says what an element is.
type Kind int

// The kinds of elements, by HDF5's classes.
const (
	Int Kind = iota
	Uint
	Float
	String    // fixed length, or variable when Type.Variable
	Enum      // named integers; h5py stores bool so
	Reference // address of another object
	Compound
	Sequence // variable length
	Array
	Opaque
	Bitfield
	Time
)

var kindNames = [...]string{
	"int", "uint", "float", "string", "enum", "reference", "compound", "sequence", "array", "opaque", "bitfield", "time",
}

func (k Kind) String() string { return kindNames[k] }

// Type describes one element as it is stored.
type Type struct {
	Kind      Kind
	Size      int  // bytes of one element in the file
	BigEndian bool // numbers and enumerations
	Variable  bool // strings of any length
	Base      *Type
	Names     []string // of an enumeration's members, or of a compound's fields
	Values    []int64  // of an enumeration's members
	Shape     []int    // of an Array: each element is one of Base of this shape

	pad    int // of a fixed string: 0 ends at zero, 1 zero-filled, 2 space-filled
	region bool
	fields []field
	odd    string // why numbers of this type cannot be read, if they cannot
}

type field struct {
	offset int
	typ    *Type
}

// String names the type as numpy would (float32, int16, >u4 is "uint32
// big-endian").
func (t *Type) String() string {
	var s string
	switch t.Kind {
	case Int, Uint, Float:
		s = fmt.Sprintf("%s%d", t.Kind, 8*t.Size)
	case String:
		s = "string"
	case Array:
		s = fmt.Sprintf("array %v of %s", t.Shape, t.Base)
	case Enum, Sequence:
		s = fmt.Sprintf("%s of %s", t.Kind, t.Base)
	case Compound:
		s = "compound {" + strings.Join(t.Names, ", ") + "}"
	default:
		s = t.Kind.String()
	}
	if t.BigEndian && t.Size > 1 && t.Kind != Enum {
		s += " big-endian"
	}
	return s
}

// IsBool reports whether the type is h5py's bool: an enumeration FALSE, TRUE.
func (t *Type) IsBool() bool {
	return t.Kind == Enum && len(t.Names) == 2 && t.Names[0] == "FALSE" && t.Names[1] == "TRUE"
}

// maxTypeDepth bounds types within types.
const maxTypeDepth = 16

func (f *File) parseType(b []byte) (*Type, error) {
	c := f.cursor(b, "datatype message")
	t := f.typeAt(c, 0)
	return t, c.err
}

// typeAt reads a type at the cursor; on error the cursor keeps it.
func (f *File) typeAt(c *cursor, depth int) *Type {
	t := &Type{}
	if depth > maxTypeDepth {
		c.fail("types nested more than %d deep", maxTypeDepth)
		return t
	}
	head := c.u8()
	version, class := head>>4, head&15
	flags := int(c.uint(3))
	size := c.u32()
	if c.err == nil && (version < 1 || version > 3) {
		c.err = unsupported("datatype message version %d", version)
	}
	if c.err == nil && size == 0 {
		c.fail("element of 0 bytes")
	}
	if c.err != nil {
		return t
	}
	t.Size = int(size)
	switch class {
	case 0:
		t.integer(c, flags)
	case 1:
		t.float(c, flags)
	case 2:
		t.Kind = Time
		c.skip(2)
	case 3:
		t.Kind = String
		t.pad = flags & 15
	case 4:
		t.Kind = Bitfield
		c.skip(4)
	case 5:
		t.Kind = Opaque
		c.skip(flags & 0xff)
	case 6:
		f.compound(t, c, version, flags&0xffff, depth)
	case 7:
		t.Kind = Reference
		t.region = flags&15 != 0
	case 8:
		f.enum(t, c, version, flags&0xffff, depth)
	case 9:
		t.Kind = Sequence
		t.Base = f.typeAt(c, depth+1)
		if flags&15 == 1 {
			t.Kind, t.Variable = String, true
		}
	case 10:
		t.Kind = Array
		rank := c.u8()
		if version < 3 {
			c.skip(3)
		}
		for range rank {
			t.Shape = append(t.Shape, int(c.u32()))
		}
		if version < 3 {
			c.skip(4 * rank) // permutation, never used
		}
		t.Base = f.typeAt(c, depth+1)
		t.checkArray(c)
	default:
		c.err = unsupported("datatype class %d", class)
	}
	return t
}

// checkArray fails unless the elements fill the array.
func (t *Type) checkArray(c *cursor) {
	n := t.Base.Size
	for _, d := range t.Shape {
		if d <= 0 || n <= 0 || d > t.Size/n {
			c.fail("array of shape %v of %d bytes in %d", t.Shape, t.Base.Size, t.Size)
			return
		}
		n *= d
	}
	if c.err == nil && n != t.Size {
		c.fail("array of shape %v of %d bytes in %d", t.Shape, t.Base.Size, t.Size)
	}
}

// flat is the type within arrays (of arrays), and the shape of all of them.
func (t *Type) flat() (*Type, []int) {
	var shape []int
	for t.Kind == Array && t.odd == "" {
		shape = append(shape, t.Shape...)
		t = t.Base
	}
	return t, shape
}

func (t *Type) integer(c *cursor, flags int) {
	t.Kind = Uint
	if flags&8 != 0 {
		t.Kind = Int
	}
	t.BigEndian = flags&1 != 0
	offset, precision := c.u16(), c.u16()
	if offset != 0 || precision != 8*t.Size || (t.Size != 1 && t.Size != 2 && t.Size != 4 && t.Size != 8) {
		t.odd = fmt.Sprintf("integer of %d bits at bit %d of %d bytes", precision, offset, t.Size)
	}
}

// layouts of IEEE 754 by size: sign bit, exponent at and bits, mantissa bits, bias.
var ieee = map[int][5]int{2: {15, 10, 5, 10, 15}, 4: {31, 23, 8, 23, 127}, 8: {63, 52, 11, 52, 1023}}

func (t *Type) float(c *cursor, flags int) {
	t.Kind = Float
	t.BigEndian = flags&1 != 0
	offset, precision := c.u16(), c.u16()
	expAt, expBits, manAt, manBits, bias := c.u8(), c.u8(), c.u8(), c.u8(), int(c.u32())
	got := [5]int{flags >> 8 & 0xff, expAt, expBits, manBits, bias}
	if want, ok := ieee[t.Size]; !ok || got != want || offset != 0 || manAt != 0 || precision != 8*t.Size || flags&0x40 != 0 {
		t.odd = fmt.Sprintf("float of %d bits, not IEEE 754", precision)
	}
}

func (f *File) compound(t *Type, c *cursor, version, count, depth int) {
	t.Kind = Compound
	for range count {
		if c.err != nil {
			return
		}
		start := c.pos
		name := c.cstring()
		if version < 3 {
			c.skip((8 - (c.pos-start)%8) % 8)
		}
		var offset uint64
		if version < 3 {
			offset = c.u32()
		} else {
			offset = c.uint(encodedSize(uint64(t.Size)))
		}
		var shape []int
		if version == 1 {
			rank := c.u8()
			c.skip(3 + 4 + 4)
			if rank > 4 {
				c.fail("field of %d axes", rank)
			}
			for i := range 4 {
				if n := int(c.u32()); i < rank {
					shape = append(shape, n)
				}
			}
		}
		m := field{offset: int(offset), typ: f.typeAt(c, depth+1)}
		if len(shape) > 0 {
			m.typ = &Type{Kind: Array, Base: m.typ, Shape: shape, Size: m.typ.Size}
			for _, n := range shape {
				m.typ.Size *= n
			}
			m.typ.checkArray(c)
		}
		if c.err == nil && (offset > uint64(t.Size) || m.typ.Size > t.Size-int(offset)) {
			c.fail("field %q is outside the compound", name)
		}
		t.Names = append(t.Names, name)
		t.fields = append(t.fields, m)
	}
}

func (f *File) enum(t *Type, c *cursor, version, count, depth int) {
	t.Kind = Enum
	t.Base = f.typeAt(c, depth+1)
	for range count {
		if c.err != nil {
			return
		}
		start := c.pos
		t.Names = append(t.Names, c.cstring())
		if version < 3 {
			c.skip((8 - (c.pos-start)%8) % 8)
		}
	}
	if c.err != nil {
		return
	}
	if t.odd = t.Base.odd; t.Base.Kind != Int && t.Base.Kind != Uint || t.Base.Size != t.Size {
		c.fail("enumeration of %s", t.Base)
		return
	}
	t.BigEndian = t.Base.BigEndian
	raw := c.bytes(count * t.Size)
	if c.err == nil && t.odd == "" {
		t.Values = make([]int64, count)
		c.err = convert(t.Values, raw, t)
	}
}
