package images

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/images/jpeg"
	"realnet/data/npy"
)

// expected holds what Pillow 9.4 gives (ci/reference/images.py).
type expected struct {
	Width, Height int
	SHA256        string
	Edge, Crop    int
}

func loadExpected(t testing.TB) (files map[string]expected, resize, transforms []expected) {
	t.Helper()
	b, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	files = map[string]expected{}
	for name, r := range raw {
		switch name {
		case "resize":
			err = json.Unmarshal(r, &resize)
		case "transforms":
			err = json.Unmarshal(r, &transforms)
		default:
			var e expected
			err = json.Unmarshal(r, &e)
			files[name] = e
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return files, resize, transforms
}

func digest(m RGB) string {
	h := sha256.Sum256(m.Pix)
	return hex.EncodeToString(h[:])
}

func read(t testing.TB, name string) RGB {
	t.Helper()
	m, err := DecodeFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAgainstPillow demands the very bytes of Pillow from every fixture.
func TestAgainstPillow(t *testing.T) {
	files, _, _ := loadExpected(t)
	for name, want := range files {
		t.Run(name, func(t *testing.T) {
			m := read(t, name)
			if m.Width != want.Width || m.Height != want.Height {
				t.Fatalf("%d x %d, want %d x %d", m.Width, m.Height, want.Width, want.Height)
			}
			if digest(m) != want.SHA256 {
				t.Errorf("pixels differ from Pillow's%s", difference(t, name, m))
			}
		})
	}
}

// difference says by how much, where the fixture's pixels are stored.
func difference(t *testing.T, name string, m RGB) string {
	z, err := npy.OpenArchive("testdata/pixels.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	a, err := z.Array(name)
	if err != nil {
		return ""
	}
	want, err := a.Int64()
	if err != nil {
		t.Fatal(err)
	}
	worst, differing := 0, 0
	for i, w := range want {
		d := int(m.Pix[i]) - int(w)
		worst = max(worst, d, -d)
		if d != 0 {
			differing++
		}
	}
	return fmt.Sprintf(": %d of %d samples, by up to %d levels", differing, len(want), worst)
}

// TestStoredPixels compares sample by sample, so that a wrong hash cannot pass.
func TestStoredPixels(t *testing.T) {
	z, err := npy.OpenArchive("testdata/pixels.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, name := range z.Names {
		if d := difference(t, name, read(t, name)); !strings.HasPrefix(d, ": 0 of ") {
			t.Errorf("%s%s", name, d)
		}
	}
}

func TestResize(t *testing.T) {
	_, resize, _ := loadExpected(t)
	m := read(t, "scene.png")
	for _, want := range resize {
		if got := m.Resize(want.Width, want.Height); digest(got) != want.SHA256 {
			t.Errorf("%d x %d: pixels differ from Pillow's", want.Width, want.Height)
		}
	}
	if len(resize) < 20 {
		t.Errorf("only %d sizes", len(resize))
	}
}

func TestTransforms(t *testing.T) {
	_, _, transforms := loadExpected(t)
	source := read(t, "scene.png")
	for _, want := range transforms {
		m := source
		if want.Width <= m.Width && want.Height <= m.Height {
			m = m.crop(0, 0, want.Width, want.Height)
		} else {
			m = m.Resize(want.Width, want.Height)
		}
		if got := ResizeCenterCrop(m, want.Edge, want.Crop); digest(got) != want.SHA256 {
			t.Errorf("%d x %d to %d and %d: pixels differ from Pillow's", want.Width, want.Height, want.Edge, want.Crop)
		}
	}
	if s := Squash(source, 32); s.Width != 32 || s.Height != 32 || !bytes.Equal(s.Pix, source.Resize(32, 32).Pix) {
		t.Error("Squash is not Resize")
	}
}

func TestEncodePNG(t *testing.T) {
	m := read(t, "scene.png")
	var b bytes.Buffer
	if err := m.EncodePNG(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Decode(b.Bytes())
	if err != nil || !bytes.Equal(again.Pix, m.Pix) {
		t.Errorf("a PNG does not come back: %v", err)
	}
}

// TestTruncated cuts fixtures short by steps: an error each time, never a guess.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"jpeg_420_baseline_45x37.jpg", "jpeg_420_progressive_45x37.jpg", "jpeg_restart_3.jpg", "png_RGB.png", "bmp_RGB.bmp", "webp_lossless.webp", "gif.gif"} {
		whole, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		end := len(whole)
		switch { // what follows the pixels may be missing
		case strings.HasPrefix(name, "gif"):
			end -= 2
		case strings.HasPrefix(name, "webp"):
			end -= 8
		case strings.HasPrefix(name, "bmp"):
			end -= 3
		}
		for n := 0; n < end; n += 1 + n/50 {
			if _, err := Decode(whole[:n]); err == nil {
				t.Errorf("%s cut to %d of %d bytes was decoded", name, n, len(whole))
			}
		}
	}
}

func TestRefused(t *testing.T) {
	base, err := os.ReadFile("testdata/jpeg_444_baseline_45x37.jpg")
	if err != nil {
		t.Fatal(err)
	}
	sof := bytes.Index(base, []byte{0xff, 0xc0})
	changed := func(at int, to ...byte) []byte {
		b := bytes.Clone(base)
		copy(b[at:], to)
		return b
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":                  {nil, ErrFormat},
		"text":                   {[]byte("hello, world"), ErrFormat},
		"arithmetic":             {changed(sof+1, 0xc9), jpeg.ErrUnsupported},
		"lossless":               {changed(sof+1, 0xc3), jpeg.ErrUnsupported},
		"12 bits":                {changed(sof+4, 12), jpeg.ErrUnsupported},
		"no height":              {changed(sof+5, 0, 0), jpeg.ErrUnsupported},
		"two components":         {changed(sof+9, 2), jpeg.ErrUnsupported},
		"fractional":             {changed(sof+11, 0x31, 0, 2, 0x21), jpeg.ErrUnsupported},
		"65535 x 2000":           {changed(sof+5, 0x07, 0xd0, 0xff, 0xff), jpeg.ErrFormat},
		"65535 x 65535":          {changed(sof+5, 0xff, 0xff, 0xff, 0xff), jpeg.ErrFormat},
		"taller than its data":   {changed(sof+5, 0, 77), jpeg.ErrFormat},
		"sampling 0":             {changed(sof+11, 0), jpeg.ErrFormat},
		"missing quantisation":   {changed(sof+12, 3), jpeg.ErrFormat},
		"header of a giant PNG":  {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00\xe3\x7b\x2e\xb1"), ErrFormat},
		"header of a giant GIF":  {[]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), ErrTooLarge},
		"header of a giant WebP": {[]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00\x00\x00\x00"), ErrTooLarge},
	} {
		if _, err := Decode(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if Format(b) != "" && len(b) < 3000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err == nil && (len(m.Pix) != 3*m.Width*m.Height || m.Width*m.Height > 1<<20+10000*len(b)) {
			t.Fatalf("%d x %d, %d bytes of pixels from %d", m.Width, m.Height, len(m.Pix), len(b))
		}
	})
}
