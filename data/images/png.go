package images

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// decodePNG decodes by Go's library. Transparency is taken out first: Pillow's
// convert("RGB") ignores it, while the library makes other types of it, of which some
// lose bits.
func decodePNG(data []byte) (RGB, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return RGB{}, fmt.Errorf("%w: png: %w", ErrFormat, err)
	}
	if err := checkSize(c.Width, c.Height, len(data)); err != nil {
		return RGB{}, err
	}
	if need := pngBytes(data, c); need > 1032*int64(len(data)) { // the most that deflate gains
		return RGB{}, fmt.Errorf("%w: %d x %d need %d bytes of samples, which %d bytes cannot hold", ErrTooLarge, c.Width, c.Height, need, len(data))
	}
	opaque, err := opaquePNG(data)
	if err != nil {
		return RGB{}, err
	}
	img, err := png.Decode(bytes.NewReader(opaque))
	if err != nil {
		return RGB{}, fmt.Errorf("%w: png: %w", ErrFormat, err)
	}
	if p, ok := img.(*image.Paletted); ok {
		// Pillow's palette is a grey ramp where the file's ends.
		for i := pngColours(data); i < 256; i++ {
			p.Palette = append(p.Palette[:min(i, len(p.Palette))], color.RGBA{byte(i), byte(i), byte(i), 255})
		}
	}
	return fromStandard(img)
}

// pngBytes is how many bytes the lines of an image take, at least.
func pngBytes(data []byte, c image.Config) int64 {
	const header = 8 + 8 // signature, length and type of IHDR
	depth, kind := int64(data[header+8]), data[header+9]
	channels := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
	return int64(c.Height) * ((int64(c.Width)*depth*channels + 7) / 8)
}

// pngColours is the number of colours of the file's palette.
func pngColours(data []byte) int {
	n := 0
	_ = eachChunk(data, func(kind string, chunk []byte) {
		if kind == "PLTE" {
			n = (len(chunk) - 12) / 3
		}
	})
	return n
}

// opaquePNG returns the file without its tRNS chunk.
func opaquePNG(data []byte) ([]byte, error) {
	out := make([]byte, 0, len(data))
	out = append(out, data[:8]...)
	err := eachChunk(data, func(kind string, chunk []byte) {
		if kind != "tRNS" {
			out = append(out, chunk...)
		}
	})
	return out, err
}

// eachChunk hands over the chunks, with length and checksum, up to the end of the image.
func eachChunk(data []byte, use func(kind string, chunk []byte)) error {
	for at := 8; ; {
		if len(data)-at < 12 {
			return fmt.Errorf("%w: png: ends before its IEND chunk", ErrFormat)
		}
		n := int64(binary.BigEndian.Uint32(data[at:])) + 12
		if n > int64(len(data)-at) {
			return fmt.Errorf("%w: png: a chunk of %d bytes with %d left", ErrFormat, n, len(data)-at)
		}
		kind := string(data[at+4 : at+8])
		use(kind, data[at:at+int(n)])
		if kind == "IEND" {
			return nil
		}
		at += int(n)
	}
}
