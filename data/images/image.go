package images

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"

	"realnet/data/images/jpeg"
)

// Decoder names this package's decoding and resizing for manifests. It changes when
// any pixel may.
const Decoder = "realnet-images/2 (Pillow 9.4, libjpeg-turbo 2.1 islow fancy)"

// Errors of the package.
var (
	// ErrFormat is returned when the bytes are no whole image of a known format.
	ErrFormat = errors.New("images: damaged or unknown format")
	// ErrUnsupported is returned for known formats of a kind that is not decoded.
	ErrUnsupported = errors.New("images: kind not supported")
	// ErrTooLarge is returned when an image has more pixels than maxPixels, or than
	// a file of its size can hold.
	ErrTooLarge = errors.New("images: too many pixels")
)

// RGB is an image of Height x Width x 3 samples, row by row.
type RGB struct {
	Width, Height int
	Pix           []byte
}

// New returns a black image.
func New(width, height int) RGB {
	return RGB{width, height, make([]byte, 3*width*height)}
}

// Format returns "jpeg", "png", "gif", "bmp" or "webp", or "" for anything else, by
// the first bytes of a file.
func Format(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return "gif"
	case bytes.HasPrefix(head, []byte("BM")):
		return "bmp"
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "webp"
	}
	return ""
}

// Decode decodes an image file. ErrFormat, ErrUnsupported and ErrTooLarge as
// described there; for JPEG also the errors of package jpeg.
func Decode(data []byte) (RGB, error) {
	switch Format(data) {
	case "jpeg":
		img, err := jpeg.Decode(data)
		if err != nil {
			return RGB{}, err
		}
		return fromJPEG(img), nil
	case "png":
		return decodePNG(data)
	case "bmp":
		return decodeBMP(data)
	case "gif":
		return decodeGIF(data)
	case "webp":
		return decodeWebP(data)
	}
	return RGB{}, fmt.Errorf("%w: not a JPEG, PNG, GIF, BMP or WebP", ErrFormat)
}

// DecodeFile decodes the image at path.
func DecodeFile(path string) (RGB, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return RGB{}, err
	}
	img, err := Decode(data)
	if err != nil {
		return RGB{}, fmt.Errorf("%s: %w", path, err)
	}
	return img, nil
}

// EncodePNG writes the image as a PNG.
func (m RGB) EncodePNG(w io.Writer) error {
	return png.Encode(w, m.std())
}

// maxPixels is where Pillow refuses an image as a decompression bomb.
const maxPixels = 178956970

// checkSize bounds what a file may make the decoder allocate: a million pixels, and
// 10,000 more for each byte (deflate and LZW gain less).
func checkSize(width, height, size int) error {
	if width <= 0 || height <= 0 {
		return fmt.Errorf("%w: size %d x %d", ErrFormat, width, height)
	}
	if limit := min(maxPixels, 1<<20+10000*size); width > limit/height {
		return fmt.Errorf("%w: %d x %d from %d bytes", ErrTooLarge, width, height, size)
	}
	return nil
}
