package inflate

import (
	"encoding/binary"
	"io"
)

// block decompresses as much of a block as there is input and room for.
func (d *decoder) block() error {
	if d.pos > d.end-pad && !d.eof {
		if err := d.fill(); err != nil {
			return err
		}
	}
	last := d.end - pad/2 // where eight bytes can be taken twice
	if d.eof {
		last = d.end + pad/2 // of the padding too; the end is looked at afterwards
	}
	err := d.symbols(last)
	if d.overrun() {
		return io.ErrUnexpectedEOF
	}
	return err
}

// symbols decompresses until the input is used up to last, the window is full, or the
// block ends.
func (d *decoder) symbols(last int) error {
	const full = window + ahead
	in, out := d.in[:d.end+pad], d.out
	pos, bits, n, to := d.pos, d.bits, d.n, d.to
	lit, dist := &d.lit, &d.dist
	var err error
	for pos <= last && to < full {
		bits |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e := lit[bits&(1<<litBits-1)]
		if e&literal != 0 {
			bits >>= e & 63
			n -= uint64(e & 0xff)
			out[to] = byte(e >> 16)
			to++
			if e = lit[bits&(1<<litBits-1)]; e&literal != 0 {
				bits >>= e & 63
				n -= uint64(e & 0xff)
				out[to] = byte(e >> 16)
				to++
				if e = lit[bits&(1<<litBits-1)]; e&literal != 0 {
					bits >>= e & 63
					n -= uint64(e & 0xff)
					out[to] = byte(e >> 16)
					to++
					continue
				}
			}
			bits |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		if e&second != 0 {
			e = lit[e.value()+int(bits>>litBits&(1<<e.extra()-1))]
		}
		bits >>= e & 63
		n -= uint64(e & 0xff)
		if e&literal != 0 {
			out[to] = byte(e >> 16)
			to++
			continue
		}
		if e&special != 0 {
			d.next = (*decoder).header
			break
		}
		if e == 0 {
			err = corrupt("a code that does not exist")
			break
		}
		length := e.value() + int(bits&(1<<e.extra()-1))
		bits >>= e.extra()
		n -= e.extra()

		e = dist[bits&(1<<distBits-1)]
		if e&second != 0 {
			e = dist[e.value()+int(bits>>distBits&(1<<e.extra()-1))]
		}
		if e == 0 {
			err = corrupt("a distance that does not exist")
			break
		}
		bits >>= e & 63
		n -= uint64(e & 0xff)
		back := e.value() + int(bits&(1<<e.extra()-1))
		bits >>= e.extra()
		n -= e.extra()
		if back > to {
			err = corrupt("a copy from before the beginning")
			break
		}
		from := to - back
		if back >= 8 {
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(out[to+i:], binary.LittleEndian.Uint64(out[from+i:]))
			}
		} else {
			for i := range length {
				out[to+i] = out[from+i]
			}
		}
		to += length
	}
	d.pos, d.bits, d.n, d.to = pos, bits, n, to
	return err
}
