package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers (T.81 table B.1).
const (
	markerSOF0 = 0xc0
	markerSOF1 = 0xc1
	markerSOF2 = 0xc2
	markerDHT  = 0xc4
	markerDAC  = 0xcc
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerDQT  = 0xdb
	markerDNL  = 0xdc
	markerDRI  = 0xdd
	markerAPP0 = 0xe0
	markerAPPE = 0xee
	markerTEM  = 0x01
)

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// segments reads the file from marker to marker until EOI.
func (d *decoder) segments() error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != markerSOI {
		return bad("does not begin with SOI")
	}
	d.pos = 2
	for {
		m, err := d.marker()
		if err != nil {
			return err
		}
		switch {
		case m == markerEOI:
			return nil
		case m >= markerRST0 && m <= markerRST7, m == markerTEM:
			continue // no segment follows
		case m == markerSOI:
			return bad("second SOI at byte %d", d.pos)
		}
		seg, err := d.segment()
		if err != nil {
			return err
		}
		if err := d.read(m, seg); err != nil {
			return err
		}
	}
}

// marker returns the next marker, past any bytes that belong to nothing.
func (d *decoder) marker() (byte, error) {
	for {
		i := bytes.IndexByte(d.data[d.pos:], 0xff)
		if i < 0 {
			return 0, bad("ends without EOI: truncated")
		}
		d.pos += i
		for d.pos < len(d.data) && d.data[d.pos] == 0xff {
			d.pos++
		}
		if d.pos == len(d.data) {
			return 0, bad("ends without EOI: truncated")
		}
		m := d.data[d.pos]
		d.pos++
		if m != 0 {
			return m, nil
		}
	}
}

// segment returns the content of the segment at pos.
func (d *decoder) segment() ([]byte, error) {
	if len(d.data)-d.pos < 2 {
		return nil, bad("ends in a segment: truncated")
	}
	n := int(d.data[d.pos])<<8 | int(d.data[d.pos+1])
	if n < 2 || n > len(d.data)-d.pos {
		return nil, bad("segment of %d bytes at %d, %d left", n, d.pos, len(d.data)-d.pos)
	}
	seg := d.data[d.pos+2 : d.pos+n]
	d.pos += n
	return seg, nil
}

func (d *decoder) read(m byte, seg []byte) error {
	switch m {
	case markerSOF0, markerSOF1, markerSOF2:
		return d.frame(seg, m == markerSOF2)
	case markerDHT:
		return d.huffmanTables(seg)
	case markerDQT:
		return d.quantTables(seg)
	case markerDRI:
		if len(seg) != 2 {
			return bad("DRI of %d bytes", len(seg))
		}
		d.restart = int(seg[0])<<8 | int(seg[1])
	case markerSOS:
		return d.scan(seg)
	case markerAPP0:
		d.jfif = d.jfif || bytes.HasPrefix(seg, []byte("JFIF\x00"))
	case markerAPPE:
		if len(seg) >= 12 && bytes.HasPrefix(seg, []byte("Adobe")) {
			d.adobe, d.transform = true, seg[11]
		}
	case markerDNL:
		return fmt.Errorf("%w: height given after the scan (DNL)", ErrUnsupported)
	case markerDAC, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf:
		return fmt.Errorf("%w: arithmetic coding; convert it with jpegtran", ErrUnsupported)
	case 0xc3, 0xc5, 0xc6, 0xc7:
		return fmt.Errorf("%w: lossless or hierarchical", ErrUnsupported)
	}
	return nil
}

// quantTables reads DQT.
func (d *decoder) quantTables(seg []byte) error {
	for len(seg) > 0 {
		wide, id := int(seg[0]>>4), seg[0]&15
		if wide > 1 || id > 3 || len(seg) < 65+64*wide {
			return bad("quantisation table")
		}
		t := new([64]int16)
		for i, at := range natural {
			if wide == 1 {
				t[at] = int16(binary.BigEndian.Uint16(seg[1+2*i:]))
			} else {
				t[at] = int16(seg[1+i])
			}
		}
		d.quant[id] = t
		seg = seg[65+64*wide:]
	}
	return nil
}

// maxPixels is where Pillow, too, refuses an image as a decompression bomb.
const maxPixels = 178956970

// frame reads SOF: the size and the components.
func (d *decoder) frame(seg []byte, progressive bool) error {
	if d.comps != nil {
		return bad("second frame header")
	}
	if len(seg) < 6 {
		return bad("frame header of %d bytes", len(seg))
	}
	if seg[0] != 8 {
		return fmt.Errorf("%w: %d bits a sample", ErrUnsupported, seg[0])
	}
	d.progressive = progressive
	d.height = int(seg[1])<<8 | int(seg[2])
	d.width = int(seg[3])<<8 | int(seg[4])
	n := int(seg[5])
	if d.height == 0 {
		return fmt.Errorf("%w: height given after the scan (DNL)", ErrUnsupported)
	}
	if d.width == 0 || d.width*d.height > maxPixels {
		return bad("size %d x %d", d.width, d.height)
	}
	if n != 1 && n != 3 && n != 4 {
		return fmt.Errorf("%w: %d components", ErrUnsupported, n)
	}
	if len(seg) != 6+3*n {
		return bad("frame header of %d bytes for %d components", len(seg), n)
	}
	d.comps = make([]component, n)
	for i := range d.comps {
		c, s := &d.comps[i], seg[6+3*i:]
		c.id, c.h, c.v, c.table = s[0], int(s[1]>>4), int(s[1]&15), s[2]
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return bad("component %d: sampling %dx%d, table %d", c.id, c.h, c.v, c.table)
		}
		for _, other := range d.comps[:i] {
			if other.id == c.id {
				return bad("two components %d", c.id)
			}
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
	}
	return d.layout()
}

// layout sizes the planes, once the file is known to be long enough for them: every
// block takes at least one bit.
func (d *decoder) layout() error {
	d.mcusX = ceilDiv(d.width, 8*d.hMax)
	d.mcusY = ceilDiv(d.height, 8*d.vMax)
	blocks := 0
	for i := range d.comps {
		c := &d.comps[i]
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return fmt.Errorf("%w: fractional sampling %dx%d of %dx%d", ErrUnsupported, c.h, c.v, d.hMax, d.vMax)
		}
		c.width = ceilDiv(d.width*c.h, d.hMax)
		c.height = ceilDiv(d.height*c.v, d.vMax)
		c.blocks, c.rows = ceilDiv(c.width, 8), ceilDiv(c.height, 8)
		c.stride = 8 * d.mcusX * c.h
		blocks += c.blocks * c.rows
		for k := range c.precision {
			c.precision[k] = -1
		}
	}
	if blocks > 8*len(d.data) {
		return bad("size %d x %d (%d blocks) from %d bytes", d.width, d.height, blocks, len(d.data))
	}
	for i := range d.comps {
		c := &d.comps[i]
		c.plane = make([]byte, c.stride*8*d.mcusY*c.v)
		if d.progressive {
			c.coefs = make([]int16, len(c.plane))
		}
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
