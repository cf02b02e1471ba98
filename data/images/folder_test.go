package images

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// archive writes a .zip, after change changed its bytes.
func archive(t *testing.T, names []string, content func(name string) []byte, change func([]byte)) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	if change != nil {
		change(data)
	}
	path := filepath.Join(t.TempDir(), "images.ZIP")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A folder and an archive of the same files give the same images.
func TestFolderAndArchive(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	dir, err := OpenFolder("testdata")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	names, err := dir.Names()
	if err != nil || len(names) < 5 || !slices.IsSorted(names) {
		t.Fatalf("names %q, %v", names, err)
	}
	packed, err := OpenFolder(archive(t, append([]string{"notes.txt", "__MACOSX/._" + names[0], "deep/er/" + names[0]}, names[1:]...), func(name string) []byte {
		if filepath.Ext(name) == ".txt" || strings.HasPrefix(name, "__") {
			return []byte("no image")
		}
		return read(name)
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	inside, err := packed.Names()
	want := append([]string{"deep/er/" + names[0]}, names[1:]...)
	if slices.Sort(want); err != nil || !slices.Equal(inside, want) {
		t.Fatalf("names %q, %v", inside, err)
	}
	for _, name := range inside {
		a, errA := packed.Decode(name)
		b, errB := dir.Decode(filepath.Base(name))
		if (errA == nil) != (errB == nil) || !slices.Equal(a.Pix, b.Pix) {
			t.Errorf("%s: %v and %v, or other pixels", name, errA, errB)
		}
	}
}

// Archives that are damaged, lie about sizes or need a password: an error each, and no
// memory by what they claim.
func TestArchiveRefuses(t *testing.T) {
	m := New(3, 2)
	var png bytes.Buffer
	if err := m.EncodePNG(&png); err != nil {
		t.Fatal(err)
	}
	content := func(string) []byte { return png.Bytes() }
	directory := func(data []byte) []byte { return data[bytes.Index(data, []byte("PK\x01\x02")):] }
	for _, tt := range []struct {
		name   string
		files  []string
		change func([]byte)
		want   string
	}{
		{"encrypted", []string{"a.png"}, func(b []byte) { b[6] |= 1; directory(b)[8] |= 1; b[50] ^= 7 }, "encrypted"},
		{"claims 4 GB", []string{"a.png"}, func(b []byte) { binary.LittleEndian.PutUint32(directory(b)[24:], 0xfffffffe) }, "a.png"},
		{"damaged pixels", []string{"a.png"}, func(b []byte) { b[60] ^= 7 }, "a.png"},
		{"no archive", []string{"a.png"}, func(b []byte) { clear(b) }, "not a valid zip"},
		{"name twice", []string{"a.png", "a.png"}, nil, "a.png twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := OpenFolder(archive(t, tt.files, content, tt.change))
			if err == nil {
				defer f.Close()
				if _, err = f.Names(); err == nil {
					_, err = f.Decode("a.png")
				}
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// Whatever the archive's bytes, it opens or says why not, and its images decode or not.
func FuzzFolder(f *testing.F) {
	m := New(2, 2)
	var png, b bytes.Buffer
	if err := m.EncodePNG(&png); err != nil {
		f.Fatal(err)
	}
	z := zip.NewWriter(&b)
	for i, name := range []string{"a.png", "b/c.jpg", "._d.gif"} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: []uint16{zip.Store, zip.Deflate, zip.Store}[i]})
		if err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write(png.Bytes()); err != nil {
			f.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:len(b.Bytes())-5])
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "a.zip")
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		folder, err := OpenFolder(path)
		if err != nil {
			return
		}
		defer folder.Close()
		names, err := folder.Names()
		if err != nil {
			return
		}
		for _, name := range names {
			if m, err := folder.Decode(name); err == nil && len(m.Pix) != m.Width*m.Height*3 {
				t.Errorf("%s: %d bytes for %d x %d", name, len(m.Pix), m.Width, m.Height)
			}
		}
	})
}
