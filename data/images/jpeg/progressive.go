package jpeg

// dcFirst reads the first bits of a DC coefficient (T.81 G.1.2.1).
func (d *decoder) dcFirst(c *component, coefs *[64]int16, low uint) error {
	if err := d.dcDifference(c); err != nil {
		return err
	}
	coefs[0] = int16(c.dc << low)
	return nil
}

// acFirst reads the first bits of a band of AC coefficients (G.1.2.2).
func (d *decoder) acFirst(c *component, coefs *[64]int16, s spectrum) error {
	if d.eobRun > 0 {
		d.eobRun--
		return nil
	}
	b := &d.bits
	t := d.huff[1][c.acTable]
	for k := s.first; k <= s.last; k++ {
		if b.n < 32 {
			b.fill()
		}
		rs, ok := b.symbol(t)
		if !ok {
			return bad("no such Huffman code near byte %d", b.pos)
		}
		run, size := int(rs>>4), uint(rs&15)
		if size == 0 {
			if run < 15 {
				d.eobRun = 1<<run - 1 + int(b.raw(uint(run)))
				return nil
			}
			k += 15
			continue
		}
		if k += run; k > s.last {
			return bad("run past the end of a block near byte %d", b.pos)
		}
		coefs[natural[k]] = int16(b.value(size) << s.low)
	}
	return nil
}

// acRefine reads one more bit of a band of AC coefficients (G.1.2.3).
func (d *decoder) acRefine(c *component, coefs *[64]int16, s spectrum) error {
	b := &d.bits
	t := d.huff[1][c.acTable]
	one := int16(1) << s.low
	k := s.first
	for d.eobRun == 0 && k <= s.last {
		if b.n < 32 {
			b.fill()
		}
		rs, ok := b.symbol(t)
		if !ok {
			return bad("no such Huffman code near byte %d", b.pos)
		}
		run, fresh := int(rs>>4), int16(0)
		switch rs & 15 {
		case 0:
			if run < 15 {
				d.eobRun = 1<<run + int(b.raw(uint(run)))
			}
		case 1:
			if fresh = -one; b.raw(1) == 1 {
				fresh = one
			}
		default:
			return bad("new coefficient of more than one bit near byte %d", b.pos)
		}
		if d.eobRun > 0 {
			break
		}
		k = b.refine(coefs, k, s.last, run, one)
		if fresh != 0 {
			if k > s.last {
				return bad("run past the end of a block near byte %d", b.pos)
			}
			coefs[natural[k]] = fresh
		}
		k++
	}
	if d.eobRun > 0 {
		b.refine(coefs, k, s.last, 64, one)
		d.eobRun--
	}
	return nil
}

// refine passes over run zeros from k on, and reads a bit for each coefficient that
// is not zero. It returns where it stopped: at a zero, or past last.
func (b *bits) refine(coefs *[64]int16, k, last, run int, one int16) int {
	for ; k <= last; k++ {
		p := &coefs[natural[k]]
		switch {
		case *p == 0:
			if run == 0 {
				return k
			}
			run--
		case b.raw(1) == 1 && *p&one == 0:
			if *p > 0 {
				*p += one
			} else {
				*p -= one
			}
		}
	}
	return k
}

// smoothed is the number of leading AC coefficients that libjpeg makes up by
// smoothing when scans are missing.
const smoothed = 9

// complete makes sure that every component is there, and turns the coefficients of
// a progressive image into samples.
func (d *decoder) complete() error {
	if d.comps == nil {
		return bad("no image in it")
	}
	for i := range d.comps {
		c := &d.comps[i]
		if !d.progressive {
			if !c.transmuted {
				return bad("component %d has no data", c.id)
			}
			continue
		}
		for k := range smoothed + 1 {
			if c.precision[k] != 0 {
				return bad("scans of component %d are missing: truncated", c.id)
			}
		}
		c.samples()
	}
	return nil
}

// samples dequantises and transforms every block.
func (c *component) samples() {
	across := c.stride / 8
	for i := range len(c.coefs) / 64 {
		dst := c.plane[8*((i/across)*c.stride+i%across):]
		inverse(dst, c.stride, (*[64]int16)(c.coefs[64*i:]), c.quant)
	}
	c.coefs = nil
}
