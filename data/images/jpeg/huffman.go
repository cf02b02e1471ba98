package jpeg

import "encoding/binary"

// lookBits is the number of bits that one look-up decodes.
const lookBits = 9

// huffman is a decoding table.
type huffman struct {
	look   [1 << lookBits]uint16 // length<<8 | symbol for codes of up to lookBits, else 0
	last   [17]int32             // largest code of each length, -1 without
	offset [17]int32             // index of a symbol less its code
	values [256]byte
}

// huffmanTables reads DHT.
func (d *decoder) huffmanTables(seg []byte) error {
	for len(seg) > 0 {
		if len(seg) < 17 {
			return bad("Huffman table")
		}
		class, id := seg[0]>>4, seg[0]&15
		n := 0
		for _, c := range seg[1:17] {
			n += int(c)
		}
		if class > 1 || id > 3 || n > 256 || len(seg) < 17+n {
			return bad("Huffman table")
		}
		t, ok := newHuffman(seg[1:17], seg[17:17+n])
		if !ok {
			return bad("Huffman table has too many codes of a length")
		}
		d.huff[class][id] = t
		seg = seg[17+n:]
	}
	return nil
}

// newHuffman builds the canonical code with counts[l-1] codes of length l.
func newHuffman(counts, values []byte) (*huffman, bool) {
	t := &huffman{}
	copy(t.values[:], values)
	code, k := int32(0), int32(0)
	for l := 1; l <= 16; l++ {
		t.offset[l] = k - code
		for range counts[l-1] {
			if l <= lookBits {
				first := code << (lookBits - l)
				for i := range int32(1) << (lookBits - l) {
					if int(first+i) >= len(t.look) {
						return nil, false
					}
					t.look[first+i] = uint16(l)<<8 | uint16(values[k])
				}
			}
			code++
			k++
		}
		if code > 1<<l {
			return nil, false
		}
		t.last[l] = -1
		if counts[l-1] > 0 {
			t.last[l] = code - 1
		}
		code <<= 1
	}
	return t, true
}

// bits reads the entropy-coded bytes of a scan up to the next marker.
type bits struct {
	data []byte
	pos  int
	acc  uint64 // next bits, from the top
	n    int    // valid bits of acc
	over int    // of these, bits made up after the end
}

// fill tops acc up to at least 56 bits. Past the end it makes up zeros, and counts
// them: see exhausted.
func (b *bits) fill() {
	if len(b.data)-b.pos >= 8 {
		v := binary.BigEndian.Uint64(b.data[b.pos:])
		w := ^v
		if (w-0x0101010101010101)&^w&0x8080808080808080 == 0 { // no byte is 0xff
			b.acc |= v >> uint(b.n)
			k := (63 - b.n) >> 3
			b.pos += k
			b.n += 8 * k
			return
		}
	}
	for b.n <= 56 {
		c := byte(0)
		switch {
		case b.pos >= len(b.data):
			b.over += 8
		case b.data[b.pos] != 0xff:
			c = b.data[b.pos]
			b.pos++
		case b.pos+1 < len(b.data) && b.data[b.pos+1] == 0:
			c = 0xff
			b.pos += 2
		default: // a marker
			b.over += 8
		}
		b.acc |= uint64(c) << uint(56-b.n)
		b.n += 8
	}
}

// exhausted reports whether made-up bits were used.
func (b *bits) exhausted() bool { return b.n < b.over }

// symbol decodes one code; false if no code begins so. It wants 16 bits in acc.
func (b *bits) symbol(t *huffman) (byte, bool) {
	if e := t.look[b.acc>>(64-lookBits)]; e != 0 {
		l := uint(e >> 8)
		b.acc <<= l
		b.n -= int(l)
		return byte(e), true
	}
	for l := lookBits + 1; l <= 16; l++ {
		if code := int32(b.acc >> uint(64-l)); code <= t.last[l] {
			b.acc <<= uint(l)
			b.n -= l
			return t.values[code+t.offset[l]], true
		}
	}
	return 0, false
}

// value reads an s-bit number in the sign form of T.81 F.1.2.1; s <= 16.
func (b *bits) value(s uint) int32 {
	v := signed(b.acc, s)
	b.acc <<= s & 63
	b.n -= int(s)
	return v
}

// signed is the number in the first s bits of acc. A first bit of 0 means negative:
// without a branch, for that one could not be predicted.
func signed(acc uint64, s uint) int32 {
	negative := int32(int64(^acc) >> 63)
	return int32(acc>>1>>((63-s)&63)) + negative&(1-1<<(s&31))
}

// raw reads s bits as they are.
func (b *bits) raw(s uint) int32 {
	if b.n < 16 {
		b.fill()
	}
	v := int32(b.acc >> 1 >> (63 - s))
	b.acc <<= s
	b.n -= int(s)
	return v
}
