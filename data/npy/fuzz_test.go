package npy

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"realnet/data/array"
)

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.np[yz]")
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := Read(bytes.NewReader(b), int64(len(b))); err == nil {
			use(t, a, len(b))
			if d, err := AsDict(a); err == nil {
				for _, k := range d.Keys {
					if a, err := d.Array(k); err == nil {
						use(t, a, len(b))
					}
					_, _ = d.Strings(k)
				}
			}
		}
		if z, err := ReadArchive(bytes.NewReader(b), int64(len(b))); err == nil {
			for _, name := range z.Names {
				if a, err := z.Array(name); err == nil {
					use(t, a, maxDeflate*(len(b)+1))
				}
			}
		}
	})
}

// use reads an array every way; its values must be bounded by the file.
func use(t *testing.T, a *array.Array, size int) {
	if a.DType.Size > 0 && a.Len() > size {
		t.Fatalf("%d values from %d bytes", a.Len(), size)
	}
	_, _ = a.Float64()
	_, _ = a.Strings()
	_ = a.Chunks(func([]float64) error { return nil })
}
