package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"realnet/data/array"
)

// pickler writes the few codes that a dict of arrays and string lists needs. The
// letters are those of Python's pickletools.
type pickler struct {
	w   io.Writer
	err error
}

func (p *pickler) raw(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

func (p *pickler) uint32(code byte, n int) {
	p.raw(string(binary.LittleEndian.AppendUint32([]byte{code}, uint32(n))))
}

func (p *pickler) str(s string) {
	p.uint32('X', len(s))
	p.raw(s)
}

func (p *pickler) int(n int) {
	if n >= 0 && n <= math.MaxInt32 {
		p.uint32('J', n)
		return
	}
	p.raw(string(binary.LittleEndian.AppendUint64([]byte{0x8a, 8}, uint64(n)))) // LONG1
}

func pickleDict(w io.Writer, entries []Entry) error {
	p := &pickler{w: w}
	proto := "\x80\x03"
	for _, e := range entries {
		if e.Array != nil && byteLen(e.Array) > math.MaxUint32 {
			proto = "\x80\x04"
		}
	}
	p.raw(proto)
	p.emptyArray()
	p.raw("(K\x01)") // state: (1, (), dtype('O'), False, [dict])
	p.dtype("O8", "|")
	p.raw("\x89]}(")
	for _, e := range entries {
		p.str(e.Key)
		if e.Array != nil {
			if err := p.array(e.Array); err != nil {
				return fmt.Errorf("key %q: %w", e.Key, err)
			}
			continue
		}
		p.raw("](")
		for _, s := range e.Strings {
			p.str(s)
		}
		p.raw("e")
	}
	p.raw("uatb.") // dict into list, state tuple, build, end
	return p.err
}

// emptyArray is _reconstruct(ndarray, (0,), b'b').
func (p *pickler) emptyArray() {
	p.raw("cnumpy.core.multiarray\n_reconstruct\n" + "cnumpy\nndarray\n" + "K\x00\x85" + "C\x01b" + "\x87R")
}

// dtype is dtype(name, False, True) with the state (3, order, None, None, None, -1, -1, flags).
func (p *pickler) dtype(name, order string) {
	flags := "K\x00"
	if name == "O8" {
		flags = "K\x3f"
	}
	p.raw("cnumpy\ndtype\n")
	p.str(name)
	p.raw("\x89\x88\x87R(K\x03")
	p.str(order)
	p.raw("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff" + flags + "tb")
}

func (p *pickler) array(a *array.Array) error {
	d, err := descr(a.DType)
	if err != nil {
		return err
	}
	p.emptyArray()
	p.raw("(K\x01(")
	for _, n := range a.Shape {
		p.int(n)
	}
	p.raw("t")
	p.dtype(d[1:], d[:1])
	p.raw("\x89")
	if n := byteLen(a); n <= math.MaxUint32 {
		p.uint32('B', int(n))
	} else {
		p.raw(string(binary.LittleEndian.AppendUint64([]byte{0x8e}, uint64(n)))) // BINBYTES8
	}
	if p.err == nil {
		p.err = a.Encode(p.w)
	}
	p.raw("tb")
	return p.err
}

func byteLen(a *array.Array) int64 { return int64(a.Len()) * int64(a.DType.Size) }
