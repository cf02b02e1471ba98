package artifacts

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var memorySchema = Schema{Name: "memory-test", Version: 1, Files: []FileSpec{
	{Name: "t.arrow", Kind: KindTensor, DType: Float32, Rank: 2},
	{Name: "more.arrow", Kind: KindTensor, DType: Uint8, Rank: 2, Optional: true},
	TableOf[memoryRow]("r.parquet"),
	{Name: "note.txt", Kind: KindRaw, Optional: true},
	{Name: "w.arrow", Kind: KindWeights, Optional: true},
}}

type memoryRow struct {
	Name string `col:"name"`
}

// What is written to memory reads back by the functions that read from disk, and doubles
// stay doubles.
func TestInMemory(t *testing.T) {
	w, err := InMemory("patterns.npy", memorySchema)
	if err != nil {
		t.Fatal(err)
	}
	third := 1.0 / 3
	more, err := NewTensorWriter[uint8](w, "more.arrow", []int{2})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.File("note.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(raw, "hello")
	if err := errors.Join(err, raw.Close(),
		WriteFloats(w, "t.arrow", []int{1, 2}, []float64{third, 2}), more.Append([]uint8{1, 2}), more.Append([]uint8{3, 4}), more.Close(),
		WriteTable(w, "r.parquet", []memoryRow{{"a"}, {"b"}}), WriteWeights(w, "w.arrow", []Param{{Name: "p", Shape: []int{1}, Values: []float32{7}}})); err != nil {
		t.Fatal(err)
	}
	a, err := w.Commit(Provenance{Stage: "test"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := OpenFloats(a, "t.arrow")
	if err != nil || f.Double == nil || f.Double.Data[0] != third || !slices.Equal(f.Shape, []int{1, 2}) {
		t.Fatalf("%+v %v", f, err)
	}
	if dtype, shape, err := TensorInfo(a, "more.arrow"); err != nil || dtype != Uint8 || !slices.Equal(shape, []int{2, 2}) {
		t.Errorf("%s %v %v", dtype, shape, err)
	}
	if _, data, err := ReadTensor[uint8](a, "more.arrow"); err != nil || !slices.Equal(data, []uint8{1, 2, 3, 4}) {
		t.Errorf("%v %v", data, err)
	}
	if rows, err := ReadTable[memoryRow](a, "r.parquet"); err != nil || len(rows) != 2 || rows[1].Name != "b" {
		t.Errorf("%v %v", rows, err)
	}
	if text, err := ReadFile(a, "note.txt"); err != nil || string(text) != "hello" {
		t.Errorf("%q %v", text, err)
	}
	if p, err := ReadWeights(a, "w.arrow"); err != nil || p[0].Values[0] != 7 {
		t.Errorf("%v %v", p, err)
	}
	if _, err := OpenTensor[float32](a, "t.arrow"); !errors.Is(err, ErrSchema) {
		t.Errorf("doubles as float32: %v", err)
	}
	if _, err := a.Path("note.txt"); err == nil {
		t.Error("a file in memory has a path")
	}
	if !a.Has("t.arrow") || a.Has("x") || a.Dir() != "patterns.npy" || a.Digest() == "" || a.Verify() != nil {
		t.Errorf("%+v", a.Manifest())
	}
}

func TestInMemoryRefuses(t *testing.T) {
	w, err := InMemory("x", memorySchema)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteTensor(w, "t.arrow", []int{2}, []float32{1, 2}); !errors.Is(err, ErrSchema) {
		t.Errorf("rank: %v", err)
	}
	if err := WriteTensor(w, "other.arrow", []int{1, 1}, []float32{1}); !errors.Is(err, ErrSchema) {
		t.Errorf("name: %v", err)
	}
	if _, err := w.Commit(Provenance{}); err == nil {
		t.Error("an artifact without its files was committed")
	}
}

// A linked tensor is read where it is, and its section is what the file holds.
func TestLinkTensor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.bin")
	bytes := make([]byte, 16)
	for _, v := range []float32{1, 2, 3, 4} {
		bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(v))
	}
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := InMemory("x", memorySchema)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(LinkTensor[float32](w, "t.arrow", []int{2, 2}, path, 16), WriteTable(w, "r.parquet", []memoryRow{})); err != nil {
		t.Fatal(err)
	}
	a, err := w.Commit(Provenance{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := OpenTensor[float32](a, "t.arrow")
	if err != nil || !slices.Equal(x.Row(1), []float32{3, 4}) {
		t.Fatalf("%v %v", x, err)
	}
	r, offset, ok := x.Section()
	got := make([]byte, 4)
	if _, err := r.ReadAt(got, offset); !ok || err != nil || math.Float32frombits(binary.LittleEndian.Uint32(got)) != 1 {
		t.Errorf("section %d %v: %v %v", offset, ok, got, err)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	if err := os.Truncate(path, 20); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTensor[float32](a, "t.arrow"); err == nil {
		t.Error("a file that was cut off is mapped")
	}
}

// The section of a tensor on disk holds its elements.
func TestSection(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "a"), memorySchema)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := errors.Join(WriteTensor(w, "t.arrow", []int{2, 2}, []float32{5, 6, 7, 8}), WriteTable(w, "r.parquet", []memoryRow{{"a"}})); err != nil {
		t.Fatal(err)
	}
	a, err := w.Commit(Provenance{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := OpenTensor[float32](a, "t.arrow")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	r, offset, ok := x.Section()
	got := make([]byte, 16)
	if _, err := r.ReadAt(got, offset); !ok || err != nil || !slices.Equal(elementsOf[float32](got), []float32{5, 6, 7, 8}) {
		t.Errorf("section %d %v: %v %v", offset, ok, got, err)
	}
}
