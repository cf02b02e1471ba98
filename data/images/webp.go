package images

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

// decodeWebP decodes lossy and lossless WebP. For lossy images Go's library gives
// the planes; they are upsampled and converted as libwebp does by default.
func decodeWebP(data []byte) (RGB, error) {
	if m, animated, err := firstFrame(data); animated || err != nil {
		return m, err
	}
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

// firstFrame decodes the first frame of an animation, on black where it does not cover
// the canvas. animated is false for a still image.
func firstFrame(data []byte) (m RGB, animated bool, err error) {
	const flag = 2 // of VP8X: it is an animation
	const file = 12
	if len(data) < file+18 || string(data[file:file+4]) != "VP8X" || data[file+8]&flag == 0 {
		return m, false, nil
	}
	uint24 := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	width, height := uint24(data[file+12:])+1, uint24(data[file+15:])+1
	if err := checkSize(width, height, len(data)); err != nil {
		return m, true, err
	}
	for rest := data[file:]; len(rest) >= 8; {
		n := int64(binary.LittleEndian.Uint32(rest[4:]))
		if n > int64(len(rest)-8) {
			break
		}
		body := rest[8 : 8+n]
		if string(rest[:4]) == "ANMF" && n >= 16 {
			x, y := 2*uint24(body), 2*uint24(body[3:])
			if k := string(body[16:min(20, n)]); k != "VP8 " && k != "VP8L" && k != "ALPH" {
				return m, true, fmt.Errorf("%w: webp: a frame of chunk %q", ErrFormat, k)
			}
			frame, err := decodeWebP(still(body[16:], uint24(body[6:])+1, uint24(body[9:])+1))
			if err != nil {
				return m, true, err
			}
			if x+frame.Width > width || y+frame.Height > height {
				return m, true, fmt.Errorf("%w: webp: a frame of %d x %d at %d, %d of %d x %d", ErrFormat, frame.Width, frame.Height, x, y, width, height)
			}
			m = New(width, height)
			for row := range frame.Height {
				copy(m.Pix[3*((y+row)*width+x):], frame.Pix[3*row*frame.Width:][:3*frame.Width])
			}
			return m, true, nil
		}
		rest = rest[min(8+n+n&1, int64(len(rest))):]
	}
	return m, true, fmt.Errorf("%w: webp: an animation without a whole frame", ErrFormat)
}

// still makes a file of the chunks of one frame.
func still(chunks []byte, width, height int) []byte {
	body := []byte("WEBP")
	if bytes.HasPrefix(chunks, []byte("ALPH")) {
		const alpha = 16
		w, h := width-1, height-1
		body = append(body, "VP8X\x0a\x00\x00\x00"...)
		body = append(body, alpha, 0, 0, 0, byte(w), byte(w>>8), byte(w>>16), byte(h), byte(h>>8), byte(h>>16))
	}
	body = append(body, chunks...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
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
