package images

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// pngChunk is a chunk with its length and checksum.
func pngChunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func encodePNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Pillow 9.4 opens 16-bit grey as mode I, and convert("RGB") cuts its values at 255, with
// a transparent colour as without.
func TestGrey16WithTransparency(t *testing.T) {
	img := image.NewGray16(image.Rect(0, 0, 600, 1))
	for x := range 600 {
		img.SetGray16(x, 0, color.Gray16{Y: uint16(x)})
	}
	plain := encodePNG(t, img)
	const header = 8 + 12 + 13
	clear := bytes.Join([][]byte{plain[:header], pngChunk("tRNS", []byte{0, 7}), plain[header:]}, nil)
	for name, data := range map[string][]byte{"plain": plain, "tRNS": clear} {
		m, err := Decode(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for x := range 600 {
			if want := byte(min(x, 255)); m.Pix[3*x] != want || m.Pix[3*x+1] != want || m.Pix[3*x+2] != want {
				t.Fatalf("%s: pixel %d is %v, want %d", name, x, m.Pix[3*x:3*x+3], want)
			}
		}
	}
}

// Pillow 9.4: indices beyond the palette are grey, of the level of the index.
func TestShortPalette(t *testing.T) {
	full := make(color.Palette, 256)
	for i := range full {
		full[i] = color.RGBA{byte(255 - i), 3, byte(i), 255}
	}
	img := image.NewPaletted(image.Rect(0, 0, 256, 1), full)
	for x := range 256 {
		img.Pix[x] = byte(x)
	}
	data := encodePNG(t, img)
	const header = 8 + 12 + 13
	short := bytes.Join([][]byte{data[:header], pngChunk("PLTE", []byte{9, 8, 7, 6, 5, 4}), data[header+12+768:]}, nil)
	m, err := Decode(short)
	if err != nil {
		t.Fatal(err)
	}
	want := []byte{9, 8, 7, 6, 5, 4, 2, 2, 2}
	if !bytes.Equal(m.Pix[:9], want) || m.Pix[3*255] != 255 {
		t.Errorf("pixels %v, want %v", m.Pix[:9], want)
	}
}

// What a file claims and its bytes cannot hold is refused before anything is allocated.
func TestClaimedSizes(t *testing.T) {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 13000), 13000)
	bomb := bytes.Join([][]byte{[]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(header, 16, 6, 0, 0, 0)), pngChunk("IDAT", make([]byte, 20000)), pngChunk("IEND", nil)}, nil)
	bitmap := []byte("BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x00\x04\x00\x00\x00\x04\x00\x00\x01\x00\x18\x00")
	bitmap = append(bitmap, make([]byte, 54-len(bitmap))...)
	if _, err := Decode(bomb); !errors.Is(err, ErrTooLarge) {
		t.Errorf("PNG of 13000 x 13000 in 20 kB: %v", err)
	}
	if _, err := Decode(bitmap); !errors.Is(err, ErrFormat) {
		t.Errorf("BMP of 1024 x 1024 without pixels: %v", err)
	}
}
