package npy

import (
	"path/filepath"
	"runtime"
	"testing"

	"realnet/data/array"
)

// TestMemory reads a dict of float64 as float32: all that is ever allocated must be
// within 1.2 times what is kept, though the file holds twice that.
func TestMemory(t *testing.T) {
	const n = 1 << 21
	path := filepath.Join(t.TempDir(), "eeg.npy")
	data := make([]float64, n)
	for i := range data {
		data[i] = float64(i)
	}
	if err := WriteDictFile(path, []Entry{{Key: "x", Array: array.Of([]int{n / 4, 4}, data)}, {Key: "ch_names", Strings: []string{"O1"}}}); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d, err := OpenDict(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	a, err := d.Array("x")
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Float32()
	if err != nil || v[n-1] != n-1 {
		t.Fatal(v[n-1], err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4*n*12/10 {
		t.Errorf("%d bytes allocated to keep %d", got, 4*n)
	}
	rows, err := a.Rows(10, 20)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := rows.Float64(); err != nil || len(v) != 40 || v[0] != 40 {
		t.Errorf("rows: %v %v", v, err)
	}
}

func BenchmarkDict(b *testing.B) {
	const n = 1 << 22
	path := filepath.Join(b.TempDir(), "eeg.npy")
	if err := WriteDictFile(path, []Entry{{Key: "x", Array: array.Of([]int{n}, make([]float64, n))}}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(8 * n)
	for b.Loop() {
		d, err := OpenDict(path)
		if err != nil {
			b.Fatal(err)
		}
		a, err := d.Array("x")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.Float32(); err != nil {
			b.Fatal(err)
		}
		_ = d.Close()
	}
}
