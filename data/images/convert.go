package images

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"

	"realnet/data/images/jpeg"
)

// fromJPEG converts the modes L, RGB and CMYK as Pillow does.
func fromJPEG(img *jpeg.Image) RGB {
	m := RGB{img.Width, img.Height, img.Pix}
	switch img.Channels {
	case 1:
		m = New(img.Width, img.Height)
		for i, v := range img.Pix {
			m.Pix[3*i], m.Pix[3*i+1], m.Pix[3*i+2] = v, v, v
		}
	case 4: // stored inverted, so each ink is what is left of the light
		m = New(img.Width, img.Height)
		for i := range img.Width * img.Height {
			p := img.Pix[4*i : 4*i+4]
			k := uint32(p[3])
			for c := range 3 {
				t := (255-uint32(p[c]))*k + 128
				m.Pix[3*i+c] = byte(k - ((t>>8)+t)>>8)
			}
		}
	}
	return m
}

// fromStandard converts an image of Go's libraries.
func fromStandard(img image.Image) (RGB, error) {
	b := img.Bounds()
	m := New(b.Dx(), b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		out := m.Pix[3*(y-b.Min.Y)*m.Width:][:3*m.Width]
		switch src := img.(type) {
		case *image.Gray:
			spread(out, src.Pix[src.PixOffset(b.Min.X, y):], 1, 0, 0, 0)
		case *image.Gray16: // Pillow's mode I, cut at 255
			line := src.Pix[src.PixOffset(b.Min.X, y):]
			for x := range b.Dx() {
				v := byte(min(255, binary.BigEndian.Uint16(line[2*x:])))
				out[3*x], out[3*x+1], out[3*x+2] = v, v, v
			}
		case *image.RGBA: // opaque, for PNG
			spread(out, src.Pix[src.PixOffset(b.Min.X, y):], 4, 0, 1, 2)
		case *image.NRGBA:
			spread(out, src.Pix[src.PixOffset(b.Min.X, y):], 4, 0, 1, 2)
		case *image.RGBA64:
			spread(out, src.Pix[src.PixOffset(b.Min.X, y):], 8, 0, 2, 4)
		case *image.NRGBA64:
			spread(out, src.Pix[src.PixOffset(b.Min.X, y):], 8, 0, 2, 4)
		case *image.Paletted:
			if err := lookUp(out, src.Pix[src.PixOffset(b.Min.X, y):], src.Palette); err != nil {
				return RGB{}, err
			}
		default:
			return RGB{}, fmt.Errorf("%w: %T", ErrUnsupported, img)
		}
	}
	return m, nil
}

// spread copies bytes r, g and b of each pixel of step bytes.
func spread(out, src []byte, step, r, g, b int) {
	for x := range len(out) / 3 {
		p := src[x*step:]
		out[3*x], out[3*x+1], out[3*x+2] = p[r], p[g], p[b]
	}
}

func lookUp(out, src []byte, palette color.Palette) error {
	for x := range len(out) / 3 {
		i := int(src[x])
		if i >= len(palette) {
			return fmt.Errorf("%w: colour %d of a palette of %d", ErrFormat, i, len(palette))
		}
		switch c := palette[i].(type) {
		case color.RGBA:
			out[3*x], out[3*x+1], out[3*x+2] = c.R, c.G, c.B
		case color.NRGBA:
			out[3*x], out[3*x+1], out[3*x+2] = c.R, c.G, c.B
		default:
			return fmt.Errorf("%w: palette of %T", ErrUnsupported, c)
		}
	}
	return nil
}

// std returns the image as one of Go's, opaque.
func (m RGB) std() image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, m.Width, m.Height))
	for i := range m.Width * m.Height {
		copy(out.Pix[4*i:], m.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}
