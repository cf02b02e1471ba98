package matfile

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

var classes = map[int]string{
	1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single",
	8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64",
	16: "function_handle", 17: "opaque",
}

const (
	flagComplex = 0x0800
	flagLogical = 0x0200
	// maxDepth bounds cells within cells.
	maxDepth = 64
	// nameBytes is enough of a compressed variable to know its name.
	nameBytes = 4096
)

// parse5 lists the variables of a version 5 file. They are decoded when asked for.
func (f *File) parse5(b []byte, order binary.ByteOrder) error {
	top := &elements{b, order}
	for unnamed := 1; len(top.b) > 0; {
		kind, data, err := top.next()
		if err != nil {
			return err
		}
		body, head := data, data
		switch kind {
		case miMatrix:
		case miCompressed:
			packed, err := inflated(data, order, nameBytes)
			if err != nil {
				if e := f.add(fmt.Sprintf("unnamed%d", unnamed), func() (*Array, error) { return nil, err }); e != nil {
					return e
				}
				unnamed++
				continue
			}
			head = packed[8:]
		default:
			return formatErr("element of type %d where a variable should be", kind)
		}
		h, err := readHead(&elements{head, order})
		if err != nil {
			return err
		}
		if h.name == "" { // the data of objects, which MATLAB writes without a name
			h.name = fmt.Sprintf("unnamed%d", unnamed)
			unnamed++
		}
		err = f.add(h.name, func() (*Array, error) {
			if kind == miCompressed {
				packed, err := inflated(data, order, 0)
				if err != nil {
					return nil, err
				}
				body = packed[8:]
			}
			return readMatrix(body, order, 0)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// head is what every matrix element begins with.
type head struct {
	class int
	flags uint32
	shape []int
	count int
	name  string
	what  string // class of an object
}

func readHead(e *elements) (head, error) {
	var h head
	flags, err := e.expect(miUint32, "array flags")
	if err == nil && len(flags) != 8 {
		err = formatErr("array flags of %d bytes", len(flags))
	}
	if err != nil {
		return h, err
	}
	h.flags = e.order.Uint32(flags)
	h.class = int(h.flags & 0xff)
	if h.class == 17 { // opaque: the name, the type system ("MCOS"), the class, then other parts
		for _, part := range []*string{&h.name, new(string), &h.what} {
			_, text, err := e.next()
			if err != nil {
				return h, err
			}
			*part = strings.TrimRight(string(text), "\x00")
		}
		return h, nil
	}
	dims, err := e.expect(miInt32, "dimensions")
	if err == nil && (len(dims)%4 != 0 || len(dims) < 8) {
		err = formatErr("dimensions of %d bytes", len(dims))
	}
	if err != nil {
		return h, err
	}
	h.count = 1
	for ; len(dims) > 0; dims = dims[4:] {
		n := int(int32(e.order.Uint32(dims)))
		if n < 0 || n > 0 && h.count > 1<<40/n {
			return h, formatErr("shape %v and %d", h.shape, n)
		}
		h.shape = append(h.shape, n)
		h.count *= n
	}
	_, name, err := e.next()
	h.name = strings.TrimRight(string(name), "\x00")
	return h, err
}

// readMatrix decodes the body of a matrix element.
func readMatrix(b []byte, order binary.ByteOrder, depth int) (*Array, error) {
	if depth > maxDepth {
		return nil, formatErr("cells nested more than %d deep", maxDepth)
	}
	if len(b) == 0 { // how an empty cell or field is stored
		return &Array{Class: "double", Shape: []int{0, 0}, Data: []float64{}}, nil
	}
	e := &elements{b, order}
	h, err := readHead(e)
	if err != nil {
		return nil, err
	}
	a := &Array{Class: classes[h.class], Shape: h.shape}
	if h.flags&flagLogical != 0 {
		a.Class = "logical"
	}
	switch h.class {
	case 1:
		return a, a.readCells(e, h.count, depth)
	case 2:
		return a, a.readStruct(e, h.count, depth)
	case 4:
		return a, a.readChars(e, h.count)
	case 6, 7, 8, 9, 10, 11, 12, 13, 14, 15:
		if a.Data, err = readNumbers(e, h.count); err != nil {
			return nil, err
		}
		if h.flags&flagComplex != 0 {
			a.Imag, err = readNumbers(e, h.count)
		}
		return a, err
	case 17:
		return nil, unsupported("object of class %s", h.what)
	case 3, 5, 16:
		if classes[h.class] == "sparse" {
			return nil, unsupported(sparse)
		}
		return nil, unsupported("array of class %s", classes[h.class])
	}
	return nil, formatErr("array of class %d", h.class)
}

func readNumbers(e *elements, count int) (any, error) {
	kind, data, err := e.next()
	if err != nil {
		return nil, err
	}
	d, n, err := numbers(kind, data, e.order)
	if err == nil && n != count {
		err = formatErr("%d numbers for %d elements", n, count)
	}
	return d, err
}

func (a *Array) readChars(e *elements, count int) error {
	if count == 0 {
		a.Data = []uint16{}
		return nil
	}
	kind, data, err := e.next()
	if err != nil {
		return err
	}
	d, _, err := numbers(kind, data, e.order)
	if err != nil {
		return err
	}
	var codes []uint16
	switch d := d.(type) {
	case []uint16:
		codes = d
	case []uint8:
		if kind == miUTF8 {
			codes = utf16.Encode([]rune(string(d)))
			break
		}
		for _, c := range d {
			codes = append(codes, uint16(c))
		}
	case []int8:
		for _, c := range d {
			codes = append(codes, uint16(uint8(c)))
		}
	case []uint32:
		for _, c := range d {
			codes = utf16.AppendRune(codes, rune(c))
		}
	default:
		return formatErr("characters of type %d", kind)
	}
	if len(codes) != count {
		return formatErr("%d characters for %d elements", len(codes), count)
	}
	a.Data = codes
	return nil
}

func (a *Array) readCells(e *elements, count, depth int) error {
	if count > len(e.b)/8 {
		return formatErr("%d cells in %d bytes", count, len(e.b))
	}
	a.cells = make([]*Array, count)
	for i := range a.cells {
		body, err := e.expect(miMatrix, "cell")
		if err != nil {
			return fmt.Errorf("cell %d: %w", i, err)
		}
		if a.cells[i], err = readMatrix(body, e.order, depth+1); err != nil {
			a.cells[i] = unread(err)
		}
	}
	return nil
}

func (a *Array) readStruct(e *elements, count, depth int) error {
	width, err := e.expect(miInt32, "length of field names")
	if err != nil {
		return err
	}
	if len(width) != 4 {
		return formatErr("length of field names in %d bytes", len(width))
	}
	names, err := e.expect(miInt8, "field names")
	if err != nil {
		return err
	}
	n := int(int32(e.order.Uint32(width)))
	if n <= 0 && len(names) > 0 || n > 0 && len(names)%n != 0 {
		return formatErr("field names of length %d in %d bytes", n, len(names))
	}
	for ; len(names) > 0; names = names[n:] {
		name, _, _ := strings.Cut(string(names[:n]), "\x00")
		a.fields = append(a.fields, name)
	}
	if nf := len(a.fields); nf > 0 && count > len(e.b)/8/nf {
		return formatErr("%d structs of %d fields in %d bytes", count, nf, len(e.b))
	}
	a.cells = make([]*Array, count*len(a.fields))
	for i := range a.cells {
		body, err := e.expect(miMatrix, "field")
		if err != nil {
			return fmt.Errorf("element %d, field %s: %w", i/len(a.fields), a.fields[i%len(a.fields)], err)
		}
		if a.cells[i], err = readMatrix(body, e.order, depth+1); err != nil {
			a.cells[i] = unread(err)
		}
	}
	return nil
}
