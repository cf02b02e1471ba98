package file

import (
	"os"
	"path/filepath"
	"testing"

	"realnet/data/internal/damage"
)

// TestDamaged changes bytes of the fixtures of all formats: errors or other values, no
// panic, no hang and no memory for what a damaged length claims.
func TestDamaged(t *testing.T) {
	files := map[string][]byte{}
	for _, path := range fixtures(t) {
		info, err := os.Stat(path)
		if err != nil || info.IsDir() || info.Size() > 200_000 || filepath.Ext(path) == ".zip" {
			continue
		}
		if files[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	damage.Each(t, files, func(size int) int { return 1 + 20_000/(size+1000) }, func(name string, raw []byte) {
		path := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = ReadTable(path)
		f, err := Open(t.Context(), path)
		if err != nil {
			return
		}
		defer f.Close()
		for _, a := range f.Arrays {
			if a.Len() > 1<<24 {
				continue // 128 MB: where a file has so much, a reader asks for parts
			}
			_, _ = a.Strings()
			_, _ = a.Float64(t.Context())
			_, _ = a.Float32(t.Context())
		}
	})
}
