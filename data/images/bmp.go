package images

import (
	"encoding/binary"
	"fmt"
)

// bitmap is what the headers of a BMP say.
type bitmap struct {
	width, height int
	topDown       bool
	bits          int       // a pixel: 1, 4, 8 with a palette, 16, 24, 32
	compression   int       // below
	masks         [3]uint32 // of red, green and blue in 16 and 32 bits
	palette       [256][3]byte
	pixels        []byte
}

// Compressions of a BMP.
const (
	bmpRaw    = 0
	bmpRLE8   = 1
	bmpRLE4   = 2
	bmpFields = 3
)

// Layouts of 16 and 32 bits that Pillow reads, and what a file without masks has.
var bmpMasks = map[int][][3]uint32{
	16: {{0x7c00, 0x3e0, 0x1f}, {0xf800, 0x7e0, 0x1f}},
	32: {{0xff0000, 0xff00, 0xff}, {0xff000000, 0xff0000, 0xff00}, {0xff, 0xff00, 0xff0000}},
}

// decodeBMP decodes Windows and OS/2 bitmaps of every depth, as Pillow does: alpha is
// ignored, and channels of 5 and 6 bits are stretched to 255.
func decodeBMP(data []byte) (RGB, error) {
	b, err := parseBMP(data)
	if err != nil {
		return RGB{}, fmt.Errorf("bmp: %w", err)
	}
	if err := checkSize(b.width, b.height, len(data)); err != nil {
		return RGB{}, err
	}
	m := New(b.width, b.height)
	if b.compression == bmpRLE8 || b.compression == bmpRLE4 {
		err = b.runLengths(m)
	} else {
		err = b.rows(m)
	}
	if err != nil {
		return RGB{}, fmt.Errorf("bmp: %w", err)
	}
	return m, nil
}

func parseBMP(data []byte) (*bitmap, error) {
	const fileHeader = 14
	if len(data) < fileHeader+12 {
		return nil, fmt.Errorf("%w: %d bytes are too few for its headers", ErrFormat, len(data))
	}
	le := binary.LittleEndian
	offset, size := int64(le.Uint32(data[10:])), int64(le.Uint32(data[fileHeader:]))
	head := data[fileHeader:]
	b := &bitmap{}
	colours, entry := 0, 4
	switch size {
	case 12: // OS/2, version 1
		b.width, b.height, b.bits = int(le.Uint16(head[4:])), int(le.Uint16(head[6:])), int(le.Uint16(head[10:]))
		entry = 3
	case 40, 52, 56, 64, 108, 124:
		if int64(len(head)) < size {
			return nil, fmt.Errorf("%w: ends in its header", ErrFormat)
		}
		height := int64(int32(le.Uint32(head[8:])))
		b.width, b.height, b.topDown = int(int32(le.Uint32(head[4:]))), int(max(height, -height)), height < 0
		b.bits, b.compression = int(le.Uint16(head[14:])), int(le.Uint32(head[16:]))
		colours = int(min(le.Uint32(head[32:]), 1<<16))
	default:
		return nil, fmt.Errorf("%w: header of %d bytes", ErrUnsupported, size)
	}
	after := fileHeader + size
	if err := b.setMasks(head, size, &after); err != nil {
		return nil, err
	}
	if b.bits <= 8 {
		if colours == 0 {
			colours = 1 << b.bits
		}
		for i := range b.palette { // Pillow's palette is a grey ramp where the file's ends
			b.palette[i] = [3]byte{byte(i), byte(i), byte(i)}
		}
		for i := range min(colours, 256) {
			at := after + int64(i*entry)
			if at+3 > int64(len(data)) {
				return nil, fmt.Errorf("%w: ends in its palette", ErrFormat)
			}
			b.palette[i] = [3]byte{data[at+2], data[at+1], data[at]}
		}
		if offset == after { // some programs write where the palette begins
			offset += int64(colours * entry)
		}
	}
	if offset < fileHeader || offset > int64(len(data)) {
		return nil, fmt.Errorf("%w: pixels begin at %d of %d bytes", ErrFormat, offset, len(data))
	}
	b.pixels = data[offset:]
	return b, nil
}

// setMasks checks depth and compression and finds the layout of 16 and 32 bits. Masks
// that follow a header of 40 bytes move after behind them.
func (b *bitmap) setMasks(head []byte, size int64, after *int64) error {
	switch {
	case b.bits == 8 && b.compression == bmpRLE8, b.bits == 4 && b.compression == bmpRLE4:
		if b.topDown {
			return fmt.Errorf("%w: run lengths from the top down", ErrUnsupported)
		}
	case b.bits == 1 || b.bits == 4 || b.bits == 8 || b.bits == 24:
		if b.compression != bmpRaw {
			return fmt.Errorf("%w: compression %d of %d bits", ErrUnsupported, b.compression, b.bits)
		}
	case b.bits == 16 || b.bits == 32:
		known := bmpMasks[b.bits]
		b.masks = known[0]
		if b.compression == bmpRaw {
			return nil
		}
		if b.compression != bmpFields {
			return fmt.Errorf("%w: compression %d of %d bits", ErrUnsupported, b.compression, b.bits)
		}
		if len(head) < 52 {
			return fmt.Errorf("%w: ends in its masks", ErrFormat)
		}
		if size == 40 {
			*after += 12
		}
		var masks [3]uint32
		for i := range masks {
			masks[i] = binary.LittleEndian.Uint32(head[40+4*i:])
		}
		if masks == ([3]uint32{}) && b.bits == 32 {
			return nil
		}
		for _, m := range known {
			if masks == m {
				b.masks = m
				return nil
			}
		}
		return fmt.Errorf("%w: masks %#x of %d bits", ErrUnsupported, masks, b.bits)
	default:
		return fmt.Errorf("%w: %d bits a pixel", ErrUnsupported, b.bits)
	}
	return nil
}

// row is where line number i of the file goes.
func (b *bitmap) row(m RGB, i int) []byte {
	if !b.topDown {
		i = b.height - 1 - i
	}
	return m.Pix[3*i*b.width:][:3*b.width]
}

// rows decodes pixels that are not compressed. Lines are padded to four bytes.
func (b *bitmap) rows(m RGB) error {
	stride := (b.width*b.bits + 31) / 32 * 4
	if need := int64(stride)*int64(b.height-1) + int64((b.width*b.bits+7)/8); need > int64(len(b.pixels)) {
		return fmt.Errorf("%w: %d bytes of pixels, %d x %d of %d bits need %d", ErrFormat, len(b.pixels), b.width, b.height, b.bits, need)
	}
	le := binary.LittleEndian
	for y := range b.height {
		line, out := b.pixels[y*stride:], b.row(m, y)
		for x := range b.width {
			p := out[3*x : 3*x+3]
			switch b.bits {
			case 24:
				p[0], p[1], p[2] = line[3*x+2], line[3*x+1], line[3*x]
			case 16:
				b.split(p, uint32(le.Uint16(line[2*x:])))
			case 32:
				b.split(p, le.Uint32(line[4*x:]))
			default:
				at := x * b.bits
				index := line[at/8] >> (8 - b.bits - at%8) & byte(1<<b.bits-1)
				copy(p, b.palette[index][:])
			}
		}
	}
	return nil
}

// split takes the channels out of a pixel.
func (b *bitmap) split(p []byte, v uint32) {
	for c, mask := range b.masks {
		low := mask & -mask
		p[c] = byte((v & mask) / low * 255 / (mask / low))
	}
}

// runLengths decodes compressed pixels. What is not coded has colour 0.
func (b *bitmap) runLengths(m RGB) error {
	for i := range b.width * b.height {
		copy(m.Pix[3*i:], b.palette[0][:])
	}
	x, y := 0, 0
	put := func(index byte) {
		if x < b.width && y < b.height {
			copy(b.row(m, y)[3*x:], b.palette[index][:])
		}
		x++
	}
	four := b.compression == bmpRLE4
	pick := func(v byte, i int) byte { // pixel i of those that share a byte
		switch {
		case !four:
			return v
		case i%2 == 0:
			return v >> 4
		}
		return v & 15
	}
	for data := b.pixels; ; {
		if len(data) < 2 {
			return fmt.Errorf("%w: ends before the end of its runs", ErrFormat)
		}
		n, v := int(data[0]), data[1]
		data = data[2:]
		switch {
		case n > 0:
			for i := range n {
				put(pick(v, i))
			}
		case v == 0:
			x, y = 0, y+1
		case v == 1:
			return nil
		case v == 2:
			if len(data) < 2 {
				return fmt.Errorf("%w: ends in a move", ErrFormat)
			}
			x, y = x+int(data[0]), y+int(data[1])
			data = data[2:]
		default: // v pixels as they are, padded to two bytes
			size := int(v)
			if four {
				size = (size + 1) / 2
			}
			if len(data) < size {
				return fmt.Errorf("%w: ends in a line", ErrFormat)
			}
			for i := range int(v) {
				if four {
					put(pick(data[i/2], i))
				} else {
					put(data[i])
				}
			}
			data = data[min(size+size%2, len(data)):]
		}
	}
}
