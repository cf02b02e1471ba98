package matfile

import (
	"bytes"
	"encoding/binary"
)

// head4 is what every variable of version 4 begins with: no file header comes before.
type head4 struct {
	order     binary.ByteOrder
	number    int // P: how the numbers are stored
	kind      int // T: 0 numbers, 1 text, 2 sparse
	rows      uint32
	cols      uint32
	imaginary bool
	nameLen   uint32
}

const head4Size = 20

// numbers4 are the elements of version 5 by P.
var numbers4 = [...]int{miDouble, miSingle, miInt32, miInt16, miUint16, miUint8}

// parseHead4 reads MOPT (its decimal digits are machine, 0, P and T), rows, columns,
// whether there is an imaginary part, and the length of the name with its end.
func parseHead4(b []byte) (h head4, ok bool) {
	if len(b) < head4Size {
		return h, false
	}
	h.order = binary.LittleEndian
	mopt := h.order.Uint32(b)
	if mopt >= 5000 {
		h.order = binary.BigEndian
		mopt = h.order.Uint32(b)
	}
	machine := map[binary.ByteOrder]uint32{binary.LittleEndian: 0, binary.BigEndian: 1}[h.order]
	h.number, h.kind = int(mopt/10%10), int(mopt%10)
	if mopt >= 5000 || mopt/1000 != machine || mopt/100%10 != 0 || h.number >= len(numbers4) || h.kind > 2 {
		return h, false
	}
	h.rows, h.cols = h.order.Uint32(b[4:]), h.order.Uint32(b[8:])
	flag := h.order.Uint32(b[12:])
	h.nameLen = h.order.Uint32(b[16:])
	h.imaginary = flag == 1
	return h, flag <= 1 && h.nameLen >= 2 && h.nameLen <= 256 && h.rows < 1<<31 && h.cols < 1<<31
}

// is4 reports whether b begins as a variable of version 4 does: a header of small
// numbers and a name of letters, digits and underscores.
func is4(b []byte) bool {
	h, ok := parseHead4(b)
	if !ok || len(b) < head4Size+int(h.nameLen) {
		return false
	}
	name := b[head4Size : head4Size+h.nameLen]
	n := bytes.IndexByte(name, 0)
	if n < 1 {
		return false
	}
	for i, c := range name[:n] {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}

// parse4 lists the variables of a version 4 file.
func (f *File) parse4(b []byte) error {
	for len(b) > 0 {
		if !is4(b) {
			return formatErr("%d bytes at the end are no variable of version 4", len(b))
		}
		h, _ := parseHead4(b)
		name, _, _ := bytes.Cut(b[head4Size:head4Size+h.nameLen], []byte{0})
		b = b[head4Size+h.nameLen:]
		size := uint64(h.rows) * uint64(h.cols)
		width := uint64([...]int{8, 4, 4, 2, 2, 1}[h.number])
		parts := uint64(1)
		if h.imaginary {
			parts = 2
		}
		if size > uint64(len(b)) || parts*size*width > uint64(len(b)) {
			return formatErr("%s: %d x %d numbers in %d bytes", name, h.rows, h.cols, len(b))
		}
		body := b[:parts*size*width]
		b = b[len(body):]
		if err := f.add(string(name), func() (*Array, error) { return h.read(body) }); err != nil {
			return err
		}
	}
	return nil
}

func (h head4) read(body []byte) (*Array, error) {
	if h.kind == 2 {
		return nil, unsupported(sparse)
	}
	a := &Array{Class: "double", Shape: []int{int(h.rows), int(h.cols)}}
	half := len(body)
	if h.imaginary {
		half /= 2
	}
	var err error
	if a.Data, _, err = numbers(numbers4[h.number], body[:half], h.order); err != nil {
		return nil, err
	}
	if h.imaginary {
		a.Imag, _, err = numbers(numbers4[h.number], body[half:], h.order)
		return a, err
	}
	if h.kind == 1 { // characters by their codes
		v, err := a.Float64()
		if err != nil {
			return nil, err
		}
		codes := make([]uint16, len(v))
		for i, c := range v {
			if codes[i] = uint16(c); float64(codes[i]) != c {
				return nil, formatErr("character %v", c)
			}
		}
		a.Class, a.Data = "char", codes
	}
	return a, nil
}
