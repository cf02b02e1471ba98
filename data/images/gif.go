package images

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
)

// decodeGIF decodes the first frame. Go's library blackens the transparent colour
// and leaves what the frame does not cover empty; Pillow keeps the colour, and
// fills with it (or with the first of the palette). So transparency is taken out
// of a copy of the file, and filled in here.
func decodeGIF(data []byte) (RGB, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return RGB{}, fmt.Errorf("%w: gif: %w", ErrFormat, err)
	}
	if err := checkSize(c.Width, c.Height, len(data)); err != nil {
		return RGB{}, err
	}
	data, fill := opaqueGIF(data)
	img, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return RGB{}, fmt.Errorf("%w: gif: %w", ErrFormat, err)
	}
	frame := image.Rect(0, 0, c.Width, c.Height)
	part, ok := img.(*image.Paletted)
	if !ok || len(part.Palette) == 0 || !part.Rect.In(frame) {
		return RGB{}, fmt.Errorf("%w: gif: frame %v in %v", ErrFormat, img.Bounds(), frame)
	}
	if part.Rect == frame {
		return fromStandard(part)
	}
	if fill >= len(part.Palette) {
		return RGB{}, fmt.Errorf("%w: gif: colour %d of a palette of %d", ErrFormat, fill, len(part.Palette))
	}
	whole := image.NewPaletted(frame, part.Palette)
	for i := range whole.Pix {
		whole.Pix[i] = byte(fill)
	}
	for y := part.Rect.Min.Y; y < part.Rect.Max.Y; y++ {
		copy(whole.Pix[whole.PixOffset(part.Rect.Min.X, y):], part.Pix[part.PixOffset(part.Rect.Min.X, y):][:part.Rect.Dx()])
	}
	return fromStandard(whole)
}

// opaqueGIF returns a copy of the file whose first frame has no transparent colour,
// and the colour that it was (0 without).
func opaqueGIF(data []byte) ([]byte, int) {
	data = bytes.Clone(data)
	fill := 0
	if len(data) < 13 {
		return data, fill
	}
	pos := 13
	if flags := data[10]; flags&0x80 != 0 {
		pos += 3 << (1 + flags&7)
	}
	for pos+2 < len(data) && data[pos] == 0x21 { // extensions before the image
		if control := data[pos:]; control[1] == 0xf9 && len(control) >= 7 && control[2] == 4 && control[3]&1 != 0 {
			fill = int(control[6])
			control[3] &^= 1
		}
		for pos += 2; pos < len(data) && data[pos] != 0; {
			pos += 1 + int(data[pos])
		}
		pos++
	}
	return data, fill
}
