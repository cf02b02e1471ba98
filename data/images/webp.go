package images

import (
	"bytes"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

// decodeWebP decodes lossy and lossless WebP. For lossy images Go's library gives
// the planes; they are upsampled and converted as libwebp does by default.
func decodeWebP(data []byte) (RGB, error) {
	c, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return RGB{}, fmt.Errorf("%w: webp: %w", ErrFormat, err)
	}
	if err := checkSize(c.Width, c.Height, len(data)); err != nil {
		return RGB{}, err
	}
	img, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return RGB{}, fmt.Errorf("%w: webp: %w", ErrFormat, err)
	}
	switch img := img.(type) {
	case *image.YCbCr:
		return fromWebP(img), nil
	case *image.NYCbCrA:
		return fromWebP(&img.YCbCr), nil
	}
	return fromStandard(img)
}

// fromWebP interpolates the 4:2:0 chroma with weights 9, 3, 3, 1 (in two steps, as
// libwebp rounds them) and converts video-range BT.601 with 14-bit constants.
func fromWebP(src *image.YCbCr) RGB {
	width, height := src.Rect.Dx(), src.Rect.Dy()
	m := New(width, height)
	half, last := (width+1)/2, (height+1)/2-1
	chroma := func(plane []byte, y int) []byte { return plane[y*src.CStride:][:half] }
	u, v := make([]byte, 2*half), make([]byte, 2*half)
	for y := range height {
		near, far := y/2, y/2-1
		if y%2 == 1 {
			far = y/2 + 1
		}
		far = min(max(far, 0), last)
		webpChroma(u, chroma(src.Cb, near), chroma(src.Cb, far))
		webpChroma(v, chroma(src.Cr, near), chroma(src.Cr, far))
		luma := src.Y[y*src.YStride:][:width]
		out := m.Pix[3*y*width:]
		for x, l := range luma {
			y1, cb, cr := int32(l)*19077>>8, int32(u[x]), int32(v[x])
			out[3*x] = clip14(y1 + cr*26149>>8 - 14234)
			out[3*x+1] = clip14(y1 - cb*6419>>8 - cr*13320>>8 + 8708)
			out[3*x+2] = clip14(y1 + cb*33050>>8 - 17685)
		}
	}
	return m
}

// webpChroma doubles a row, given the nearer and the further row of samples.
func webpChroma(out, near, far []byte) {
	n := len(near)
	out[0] = byte((3*int(near[0]) + int(far[0]) + 2) >> 2)
	out[2*n-1] = byte((3*int(near[n-1]) + int(far[n-1]) + 2) >> 2)
	for x := 1; x < n; x++ {
		a, b := int(near[x-1]), int(near[x])
		c, d := int(far[x-1]), int(far[x])
		sum := a + b + c + d + 8
		out[2*x-1] = byte(((sum+2*(b+c))>>3 + a) >> 1)
		out[2*x] = byte(((sum+2*(a+d))>>3 + b) >> 1)
	}
}

func clip14(v int32) byte {
	if v < 0 {
		return 0
	}
	return byte(min(v>>6, 255))
}
