package matfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"

	"realnet/data/internal/inflate"
)

const headerSize = 128

// Types of data elements of version 5.
const (
	miInt8       = 1
	miUint8      = 2
	miInt16      = 3
	miUint16     = 4
	miInt32      = 5
	miUint32     = 6
	miSingle     = 7
	miDouble     = 9
	miInt64      = 12
	miUint64     = 13
	miMatrix     = 14
	miCompressed = 15
	miUTF8       = 16
	miUTF16      = 17
	miUTF32      = 18
)

// elements walks over the data elements of a block.
type elements struct {
	b     []byte
	order binary.ByteOrder
}

// next returns the type and the bytes of the next element.
func (e *elements) next() (kind int, data []byte, err error) {
	if len(e.b) < 8 {
		return 0, nil, formatErr("%d bytes where an element should be", len(e.b))
	}
	word := e.order.Uint32(e.b)
	if n := word >> 16; n != 0 { // up to four bytes within the tag
		if n > 4 {
			return 0, nil, formatErr("small element of %d bytes", n)
		}
		data = e.b[4 : 4+n]
		e.b = e.b[8:]
		return int(word & 0xffff), data, nil
	}
	n := uint64(e.order.Uint32(e.b[4:]))
	if n > uint64(len(e.b)-8) {
		return 0, nil, formatErr("element of %d bytes, %d left", n, len(e.b)-8)
	}
	data = e.b[8 : 8+n]
	end := 8 + n
	if word != miCompressed {
		end = min((end+7)&^7, uint64(len(e.b)))
	}
	e.b = e.b[end:]
	return int(word), data, nil
}

// expect returns the bytes of the next element, which must be of a type.
func (e *elements) expect(kind int, what string) ([]byte, error) {
	got, data, err := e.next()
	if err == nil && got != kind {
		err = formatErr("%s: element of type %d instead of %d", what, got, kind)
	}
	return data, err
}

// inflated returns the element inside a compressed one, tag included. Limit 0 is
// the whole of it, others are bytes that are enough.
func inflated(packed []byte, order binary.ByteOrder, limit int) ([]byte, error) {
	z, err := inflate.NewZlib(bytes.NewReader(packed))
	if err != nil {
		return nil, formatErr("compressed element: %v", err)
	}
	var tag [8]byte
	if _, err := io.ReadFull(z, tag[:]); err != nil {
		return nil, formatErr("compressed element: %v", err)
	}
	size := uint64(order.Uint32(tag[4:]))
	const maxDeflate = 1032
	if order.Uint32(tag[:]) != miMatrix || size > maxDeflate*uint64(len(packed)) {
		return nil, formatErr("compressed element of type %d and %d bytes in %d", order.Uint32(tag[:]), size, len(packed))
	}
	whole := limit == 0 || uint64(limit) >= size
	if !whole {
		size = uint64(limit)
	}
	out := make([]byte, 8+size)
	copy(out, tag[:])
	if _, err := io.ReadFull(z, out[8:]); err != nil {
		return nil, formatErr("compressed element: %v", err)
	}
	if whole { // the checksum is verified at the end
		if n, err := io.Copy(io.Discard, io.LimitReader(z, 1)); n > 0 || err != nil {
			return nil, formatErr("compressed element: %d bytes more, %v", n, err)
		}
	}
	return out, nil
}

// numbers decodes the bytes of a numeric element into a slice of its type.
func numbers(kind int, b []byte, order binary.ByteOrder) (any, int, error) {
	switch kind {
	case miInt8:
		return each(b, 1, func(b []byte) int8 { return int8(b[0]) })
	case miUint8, miUTF8:
		return each(b, 1, func(b []byte) uint8 { return b[0] })
	case miInt16:
		return each(b, 2, func(b []byte) int16 { return int16(order.Uint16(b)) })
	case miUint16, miUTF16:
		return each(b, 2, order.Uint16)
	case miInt32:
		return each(b, 4, func(b []byte) int32 { return int32(order.Uint32(b)) })
	case miUint32, miUTF32:
		return each(b, 4, order.Uint32)
	case miSingle:
		return each(b, 4, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) })
	case miDouble:
		return each(b, 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) })
	case miInt64:
		return each(b, 8, func(b []byte) int64 { return int64(order.Uint64(b)) })
	case miUint64:
		return each(b, 8, order.Uint64)
	}
	return nil, 0, formatErr("numbers of type %d", kind)
}

func each[T any](b []byte, size int, read func([]byte) T) (any, int, error) {
	if len(b)%size != 0 {
		return nil, 0, formatErr("%d bytes of numbers of %d", len(b), size)
	}
	out := make([]T, len(b)/size)
	for i := range out {
		out[i] = read(b[i*size:])
	}
	return out, len(out), nil
}
