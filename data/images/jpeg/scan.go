package jpeg

// natural maps zig-zag order to row-major order (T.81 figure A.6).
var natural = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// spectrum is the part of the coefficients that a progressive scan carries: from
// first to last in zig-zag order, bits above low, refining if high is not 0.
type spectrum struct {
	first, last int
	high, low   uint
}

// scan reads SOS and the entropy-coded data after it.
func (d *decoder) scan(seg []byte) error {
	if d.comps == nil {
		return bad("scan before the frame header")
	}
	if len(seg) < 1 || seg[0] < 1 || seg[0] > 4 || len(seg) != 4+2*int(seg[0]) {
		return bad("scan header of %d bytes", len(seg))
	}
	n := int(seg[0])
	var comps []*component
	for i := range n {
		id, tables := seg[1+2*i], seg[2+2*i]
		var c *component
		for j := range d.comps {
			if d.comps[j].id == id {
				c = &d.comps[j]
			}
		}
		for _, other := range comps {
			if other == c {
				return bad("scan has component %d twice", id)
			}
		}
		if c == nil || tables>>4 > 3 || tables&15 > 3 {
			return bad("scan of component %d with tables %#02x", id, tables)
		}
		c.dcTable, c.acTable = tables>>4, tables&15
		comps = append(comps, c)
	}
	tail := seg[1+2*n:]
	s := spectrum{int(tail[0]), int(tail[1]), uint(tail[2] >> 4), uint(tail[2] & 15)}
	if !d.progressive {
		s = spectrum{0, 63, 0, 0}
	}
	if err := d.checkScan(comps, s); err != nil {
		return err
	}
	d.bits = bits{data: d.data, pos: d.pos}
	var err error
	if len(comps) == 1 {
		err = d.single(comps[0], s)
	} else {
		err = d.interleaved(comps, s)
	}
	d.pos = d.bits.pos
	return err
}

// checkScan makes sure that all the tables are there, latches the quantisation
// tables, and keeps account of what is known of each coefficient.
func (d *decoder) checkScan(comps []*component, s spectrum) error {
	if s.first > s.last || s.last > 63 || s.low > 13 || s.high > 13 || s.first == 0 && s.last > 0 && d.progressive || s.first > 0 && len(comps) > 1 {
		return bad("scan of coefficients %d to %d, bits %d to %d", s.first, s.last, s.high, s.low)
	}
	for _, c := range comps {
		if c.quant == nil {
			if c.quant = d.quant[c.table]; c.quant == nil {
				return bad("component %d has no quantisation table", c.id)
			}
		}
		if s.first == 0 && s.high == 0 && d.huff[0][c.dcTable] == nil || s.last > 0 && d.huff[1][c.acTable] == nil {
			return bad("component %d has no Huffman table", c.id)
		}
		if !d.progressive {
			c.transmuted = true
			continue
		}
		for k := s.first; k <= s.last; k++ {
			if was := c.precision[k]; s.high == 0 && was >= 0 || s.high > 0 && (was != int8(s.high) || s.low != s.high-1) {
				return bad("scans of component %d do not follow each other at coefficient %d", c.id, k)
			}
			c.precision[k] = int8(s.low)
		}
	}
	return nil
}

// single reads a scan of one component: its own blocks, without padding to MCUs.
func (d *decoder) single(c *component, s spectrum) error {
	d.startInterval([]*component{c})
	units := 0
	for y := range c.rows {
		for x := range c.blocks {
			if err := d.boundary(units, []*component{c}); err != nil {
				return err
			}
			units++
			if err := d.block(c, x, y, s); err != nil {
				return err
			}
		}
		if d.bits.exhausted() {
			return bad("data ends in row %d of component %d: truncated", 8*y, c.id)
		}
	}
	return nil
}

// interleaved reads a scan of several components, MCU by MCU.
func (d *decoder) interleaved(comps []*component, s spectrum) error {
	d.startInterval(comps)
	units := 0
	for my := range d.mcusY {
		for mx := range d.mcusX {
			if err := d.boundary(units, comps); err != nil {
				return err
			}
			units++
			for _, c := range comps {
				for v := range c.v {
					for h := range c.h {
						if err := d.block(c, mx*c.h+h, my*c.v+v, s); err != nil {
							return err
						}
					}
				}
			}
		}
		if d.bits.exhausted() {
			return bad("data ends in row %d: truncated", 8*d.vMax*my)
		}
	}
	return nil
}

func (d *decoder) startInterval(comps []*component) {
	for _, c := range comps {
		c.dc = 0
	}
	d.eobRun = 0
}

// boundary reads the restart marker that is due before the given MCU.
func (d *decoder) boundary(unit int, comps []*component) error {
	if d.restart == 0 || unit == 0 || unit%d.restart != 0 {
		return nil
	}
	want := byte(markerRST0 + (unit/d.restart-1)%8)
	b := &d.bits
	if b.exhausted() {
		return bad("data ends before restart marker %#x", want)
	}
	for b.pos+1 < len(b.data) && b.data[b.pos] == 0xff && b.data[b.pos+1] == 0xff {
		b.pos++
	}
	if b.n-b.over >= 8 || b.pos+1 >= len(b.data) || b.data[b.pos] != 0xff || b.data[b.pos+1] != want {
		return bad("restart marker %#x is missing at byte %d", want, b.pos)
	}
	*b = bits{data: b.data, pos: b.pos + 2}
	d.startInterval(comps)
	return nil
}

// block reads what the scan has of one block.
func (d *decoder) block(c *component, x, y int, s spectrum) error {
	if !d.progressive {
		return d.sequential(c, x, y)
	}
	at := 64 * (y*(c.stride/8) + x)
	coefs := (*[64]int16)(c.coefs[at:])
	switch {
	case s.first == 0 && s.high == 0:
		return d.dcFirst(c, coefs, s.low)
	case s.first == 0:
		coefs[0] |= int16(d.bits.raw(1) << s.low)
		return nil
	case s.high == 0:
		return d.acFirst(c, coefs, s)
	}
	return d.acRefine(c, coefs, s)
}

// sequential reads a whole block and puts its samples into the plane.
func (d *decoder) sequential(c *component, x, y int) error {
	b := &d.bits
	if err := d.dcDifference(c); err != nil {
		return err
	}
	var block [64]int16
	block[0] = int16(c.dc)
	t := d.huff[1][c.acTable]
	last := 0
	acc, n := b.acc, b.n // kept in registers
	for k := 1; k < 64; k++ {
		if n < 32 {
			b.acc, b.n = acc, n
			b.fill()
			acc, n = b.acc, b.n
		}
		var rs byte
		if e := t.look[acc>>(64-lookBits)]; e != 0 {
			rs = byte(e)
			acc <<= (e >> 8) & 63
			n -= int(e >> 8)
		} else {
			ok := false
			b.acc, b.n = acc, n
			if rs, ok = b.symbol(t); !ok {
				return bad("no such Huffman code near byte %d", b.pos)
			}
			acc, n = b.acc, b.n
		}
		size := uint(rs & 15)
		if size == 0 {
			if rs != 0xf0 {
				break
			}
			k += 15
			continue
		}
		if k += int(rs >> 4); k > 63 {
			return bad("run past the end of a block near byte %d", b.pos)
		}
		block[natural[k&63]&63] = int16(signed(acc, size)) // the masks spare bounds checks
		acc <<= size & 63
		n -= int(size)
		last = k
	}
	b.acc, b.n = acc, n
	dst := c.plane[8*(y*c.stride+x):]
	if last == 0 {
		flat(dst, c.stride, block[0]*c.quant[0])
	} else {
		inverse(dst, c.stride, &block, c.quant)
	}
	return nil
}

// dcDifference advances the DC predictor of c.
func (d *decoder) dcDifference(c *component) error {
	b := &d.bits
	if b.n < 32 {
		b.fill()
	}
	size, ok := b.symbol(d.huff[0][c.dcTable])
	if !ok || size > 15 {
		return bad("no such Huffman code near byte %d", b.pos)
	}
	c.dc = int32(int16(c.dc + b.value(uint(size))))
	return nil
}
