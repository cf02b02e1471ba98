package inflate

import (
	"encoding/binary"
	"errors"
	"io"
)

const (
	window  = 32 << 10 // how far back a copy may reach
	ahead   = 64 << 10 // what is decompressed at a time
	slack   = 320      // what one step may write beyond: three literals and a copy, eight bytes at a time
	inBytes = 64 << 10
	pad     = 32 // zero bytes behind the end of the input, so that eight can always be taken
)

// decoder decompresses a DEFLATE stream.
type decoder struct {
	src io.Reader
	eof bool

	in       []byte // what was read, pad included
	pos, end int    // next byte, end of what was read
	bits     uint64 // the next n bits, and perhaps more
	n        uint64

	out      []byte // the last window bytes and those not yet taken
	from, to int

	next   func(*decoder) error // decompresses some bytes; nil at the end of the stream
	final  bool
	stored int // bytes left of a stored block
	lit    [2400]entry
	dist   [512]entry
}

// reset starts on another source.
func (d *decoder) reset(src io.Reader) {
	if d.in == nil {
		d.in = make([]byte, inBytes+pad)
		d.out = make([]byte, window+ahead+slack)
	}
	d.src, d.eof, d.pos, d.end, d.bits, d.n = src, false, 0, 0, 0, 0
	clear(d.in[:pad])
	d.begin()
}

// begin starts a stream where the source stands.
func (d *decoder) begin() { d.from, d.to, d.final, d.next = 0, 0, false, (*decoder).header }

// fill reads more: at least pad bytes unless the input ends, and the padding behind them.
func (d *decoder) fill() error {
	d.pos -= int(d.n >> 3) // whole bytes are taken again
	d.n &= 7
	d.bits &= 1<<d.n - 1
	if d.pos > d.end {
		return io.ErrUnexpectedEOF
	}
	d.end = copy(d.in, d.in[d.pos:d.end])
	d.pos = 0
	for !d.eof && d.end < pad {
		n, err := d.src.Read(d.in[d.end : len(d.in)-pad])
		d.end += n
		if errors.Is(err, io.EOF) {
			d.eof = true
		} else if err != nil {
			return err
		}
	}
	clear(d.in[d.end : d.end+pad])
	return nil
}

// need makes at least 48 bits of the input available.
func (d *decoder) need() error {
	if d.pos+8 > d.end {
		if err := d.fill(); err != nil {
			return err
		}
	}
	d.bits |= binary.LittleEndian.Uint64(d.in[d.pos:]) << (d.n & 63)
	d.pos += int((63 - d.n) >> 3)
	d.n |= 56
	return nil
}

// take removes up to 32 of the bits that need made available.
func (d *decoder) take(n uint64) int {
	v := d.bits & (1<<n - 1)
	d.bits >>= n
	d.n -= n
	return int(v)
}

// overrun says that bits were taken that the input does not have.
func (d *decoder) overrun() bool { return d.pos > d.end && d.pos*8-int(d.n) > d.end*8 }

// align goes back to the first whole byte that was not used.
func (d *decoder) align() error {
	d.pos -= int(d.n >> 3)
	d.bits, d.n = 0, 0
	if d.pos > d.end {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// bytes fills p with the bytes that follow an align.
func (d *decoder) bytes(p []byte) error {
	for len(p) > 0 {
		if d.pos == d.end {
			if err := d.fill(); err != nil {
				return err
			}
			if d.end == 0 {
				return io.ErrUnexpectedEOF
			}
		}
		n := copy(p, d.in[d.pos:d.end])
		d.pos += n
		p = p[n:]
	}
	return nil
}

// read decompresses into p.
func (d *decoder) read(p []byte) (int, error) {
	for d.from == d.to {
		if d.next == nil {
			return 0, io.EOF
		}
		if d.to >= window+ahead {
			copy(d.out, d.out[d.to-window:d.to])
			d.from, d.to = window, window
		}
		if err := d.next(d); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.out[d.from:d.to])
	d.from += n
	return n, nil
}

// header reads the header of a block.
func (d *decoder) header() error {
	if d.final {
		d.next = nil
		return d.align()
	}
	if err := d.need(); err != nil {
		return err
	}
	d.final = d.take(1) == 1
	kind := d.take(2)
	switch kind {
	case 0:
		if err := d.align(); err != nil {
			return err
		}
		var size [4]byte
		if err := d.bytes(size[:]); err != nil {
			return err
		}
		n := binary.LittleEndian.Uint16(size[:])
		if n != ^binary.LittleEndian.Uint16(size[2:]) {
			return corrupt("the size of a stored block")
		}
		d.stored, d.next = int(n), (*decoder).copyStored
	case 1:
		var lengths [288 + 32]byte
		for i := range lengths {
			switch {
			case i < 144, 256+24 <= i && i < 288:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			case i < 256+24:
				lengths[i] = 7
			default:
				lengths[i] = 5
			}
		}
		build(d.lit[:], litBits, lengths[:288], litSymbols)
		build(d.dist[:], distBits, lengths[288:], distSymbols)
		d.next = (*decoder).block
	case 2:
		d.next = (*decoder).block
		return d.codes()
	default:
		return corrupt("a block of a kind that does not exist")
	}
	if d.overrun() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (d *decoder) copyStored() error {
	n := min(d.stored, window+ahead-d.to)
	if err := d.bytes(d.out[d.to : d.to+n]); err != nil {
		return err
	}
	d.to += n
	if d.stored -= n; d.stored == 0 {
		d.next = (*decoder).header
	}
	return nil
}

// codeOrder is the order in which the lengths of the codes of lengths are stored.
var codeOrder = [19]byte{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codes reads the codes of a block.
func (d *decoder) codes() error {
	numLit, numDist, numCode := d.take(5)+257, d.take(5)+1, d.take(4)+4
	if numLit > 286 || numDist > 30 {
		return corrupt("more codes than there can be")
	}
	var lengths [288 + 32]byte
	for i := range numCode {
		if err := d.need(); err != nil {
			return err
		}
		lengths[codeOrder[i]] = byte(d.take(3))
	}
	var table [1 << 7]entry
	if !build(table[:], 7, lengths[:19], codeSymbols) {
		return corrupt("the code of code lengths")
	}
	clear(lengths[:19])
	for i := 0; i < numLit+numDist; {
		if err := d.need(); err != nil {
			return err
		}
		e := table[d.bits&(1<<7-1)]
		if e == 0 {
			return corrupt("the length of a code")
		}
		d.take(uint64(e) & 0xff)
		s := e.value()
		if s < 16 {
			lengths[i] = byte(s)
			i++
			continue
		}
		value, repeat := byte(0), 0
		switch s {
		case 16:
			if i == 0 {
				return corrupt("a code's length repeats nothing")
			}
			value, repeat = lengths[i-1], 3+d.take(2)
		case 17:
			repeat = 3 + d.take(3)
		case 18:
			repeat = 11 + d.take(7)
		}
		if i+repeat > numLit+numDist {
			return corrupt("more code lengths than codes")
		}
		for range repeat {
			lengths[i] = value
			i++
		}
	}
	if d.overrun() {
		return io.ErrUnexpectedEOF
	}
	if lengths[256] == 0 || !build(d.lit[:], litBits, lengths[:numLit], litSymbols) ||
		!build(d.dist[:], distBits, lengths[numLit:numLit+numDist], distSymbols) {
		return corrupt("the codes of a block")
	}
	return nil
}
