package arrays

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"realnet/artifacts"
	"realnet/data/array"
	"realnet/data/npy"
	"realnet/data/safetensors"
	"realnet/stages/analysis/rdm"
)

// Fortran order, big-endian and integers come out in C order; single precision
// stays single.
func TestReadNPY(t *testing.T) {
	dir := t.TempDir()
	head := func(descr, order string) string {
		text := "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': (2, 3), }"
		for (10+len(text)+1)%64 != 0 {
			text += " "
		}
		text += "\n"
		return "\x93NUMPY\x01\x00" + string([]byte{byte(len(text)), 0}) + text
	}
	for _, c := range []struct {
		name, text string
		single     bool
	}{
		{"big-endian float32, Fortran order", head(">f4", "True") + "\x3f\x80\x00\x00\x40\x80\x00\x00\x40\x00\x00\x00\x40\xa0\x00\x00\x40\x40\x00\x00\x40\xc0\x00\x00", true},
		{"bytes", head("|u1", "False") + "\x01\x02\x03\x04\x05\x06", true},
		{"int32", head("<i4", "False") + "\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00\x06\x00\x00\x00", false},
	} {
		path := filepath.Join(dir, "x.npy")
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		a, err := Read(t.Context(), path, Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !slices.Equal(a.Float64(), []float64{1, 2, 3, 4, 5, 6}) || (a.Single != nil) != c.single || !slices.Equal(a.Shape, []int{2, 3}) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

func TestReadText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txt")
	for _, c := range []struct {
		text  string
		shape []int
		want  []float64
	}{
		{"1,2\n3,4\n", []int{2, 2}, []float64{1, 2, 3, 4}},
		{"# numbers\n1 2.5e3\n\n3\t 4", []int{2, 2}, nil}, // a tab separates on its own
		{"1  2\n3 4\n", []int{2, 2}, []float64{1, 2, 3, 4}},
		{"1\n-2\n", []int{2}, []float64{1, -2}},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		a, err := Read(t.Context(), path, Options{})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if !slices.Equal(a.Shape, c.shape) || c.want != nil && !slices.Equal(a.Double, c.want) {
			t.Errorf("%q: %v %v", c.text, a.Shape, a.Double)
		}
	}
	for _, text := range []string{"", "1,2\n3\n", "1,x\n", "1,,2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if a, err := Read(t.Context(), path, Options{}); err == nil {
			t.Errorf("%q is read as %v", text, a)
		}
	}
}

// Each number that is written reads back as itself.
func TestWriteReads(t *testing.T) {
	dir := t.TempDir()
	want := []float64{1.0 / 3, -math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), 0, 1e21}
	if err := WriteCSV(filepath.Join(dir, "x.csv"), []int{2, 3}, want); err != nil {
		t.Fatal(err)
	}
	if err := WriteNPY(filepath.Join(dir, "new", "x.npy"), []int{2, 3}, want); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"x.csv", "new/x.npy"} {
		if a, err := Read(t.Context(), filepath.Join(dir, f), Options{}); err != nil || !slices.Equal(a.Double, want) || !slices.Equal(a.Shape, []int{2, 3}) {
			t.Errorf("%s: %v %+v", f, err, a)
		}
	}
	type row struct {
		Name  string  `col:"name"`
		Count int32   `col:"count"`
		Yes   bool    `col:"yes"`
		Value float64 `col:"value"`
	}
	rows := []row{{`a "b", c`, -3, true, 0.1}, {"", 7, false, math.Inf(-1)}}
	path := filepath.Join(dir, "t.csv")
	if err := WriteTable(path, rows); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadTable(path, func(int) row { return row{} }); err != nil || !slices.Equal(got, rows) {
		t.Errorf("%v %v", err, got)
	}
	type other struct {
		Name string `col:"name"`
	}
	if _, err := ReadTable(path, func(int) other { return other{} }); !errors.Is(err, ErrColumn) {
		t.Errorf("an unknown column gives %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("temporary files are left: %v %v", entries, err)
	}
}

func TestReadLabels(t *testing.T) {
	dir := t.TempDir()
	text, numbers := filepath.Join(dir, "l.txt"), filepath.Join(dir, "l.npy")
	if err := os.WriteFile(text, []byte("a b\r\nc\r\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteFile(numbers, array.Of([]int{2}, []int64{3, -1})); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{text: {"a b", "c"}, numbers: {"3", "-1"}} {
		if got, err := ReadLabels(t.Context(), path); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v %q", err, got)
		}
	}
	if err := os.WriteFile(text, []byte("a\n\nc\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadLabels(t.Context(), text); !errors.Is(err, ErrLabels) {
		t.Errorf("an empty label gives %v", err)
	}
}

// A matrix is one square RDM when it can be, else one RDM per row.
func TestReadRDMs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.npy")
	for _, c := range []struct {
		shape  []int
		values []float64
		rdms   int
		n      int
		err    error
	}{
		{[]int{3}, []float64{1, 2, 3}, 1, 3, nil},
		{[]int{3, 3}, []float64{0, 1, 2, 1, 0, 3, 2, 3, 0}, 1, 3, nil},
		{[]int{3, 3}, []float64{0, 1, 2, 1, 1, 3, 2, 3, 0}, 3, 3, nil},
		{[]int{3, 3}, []float64{1e-7, 2e-7, 3e-7, 2e-7, 1e-7, 3e-7, 1e-7, 3e-7, 2e-7}, 3, 3, nil}, // three of EEG in volts
		{[]int{3, 3}, []float64{0, 1e-7, 2e-7, 1e-7, 0, 3e-7, 2e-7, 3e-7, 0}, 1, 3, nil},
		{[]int{3, 3}, []float64{0, 1e170, 2e170, 1e170, 0, 3e170, 2e170, 3e170 + 1e160, 0}, 1, 3, nil},
		{[]int{2, 2, 2}, []float64{0, 1, 1, 0, 0, 2, 2, 0}, 2, 2, nil},
		{[]int{2, 2}, []float64{0, 1, 2, 0}, 0, 0, rdm.ErrShape},
		{[]int{1, 2, 2}, []float64{0, 1, 2, 0}, 0, 0, rdm.ErrShape},
		{[]int{2, 2, 1}, []float64{0, 1, 2, 0}, 0, 0, rdm.ErrShape},
		{[]int{2, 3, 2}, make([]float64, 12), 0, 0, ErrShape},
		{[]int{2, 2, 3}, []float64{0, 0, 0, 1, 5, 3, 1, 5, 3, 0, 0, 0}, 3, 2, nil},                // MATLAB's order
		{[]int{2, 2, 2}, []float64{0, 0, 1, 2, 1, 2, 0, 0}, 2, 2, nil},                            // only the last axis gives RDMs
		{[]int{3, 3}, []float64{math.NaN(), 1, 2, 1, math.NaN(), 3, 2, 3, math.NaN()}, 1, 3, nil}, // no diagonal
		{[]int{3, 3}, []float64{0, 1, 2, 1.5, 0, 3, 2, 3, 0}, 0, 0, rdm.ErrShape},                 // asymmetric, not three of 3 conditions
		{[]int{3, 3}, []float64{0, 1, 2, 0, 0, 3, 0, 0, 0}, 0, 0, rdm.ErrShape},                   // half of it
		{[]int{3, 3}, []float64{math.NaN(), 1, 2, 1.5, math.NaN(), 3, 2, 3, math.NaN()}, 0, 0, rdm.ErrShape},
	} {
		if err := npy.WriteFile(path, array.Of(c.shape, c.values)); err != nil {
			t.Fatal(err)
		}
		list, err := ReadRDMs(t.Context(), path, "", nil)
		if !errors.Is(err, c.err) || len(list) != c.rdms || c.rdms > 0 && list[0].N != c.n {
			t.Errorf("%v: %v %v", c.shape, list, err)
		}
		if len(c.shape) == 3 && c.shape[2] == 3 && err == nil && (list[0].Values[0] != 1 || list[1].Values[0] != 5 || list[2].Values[0] != 3) {
			t.Errorf("%v: %v %v %v", c.shape, list[0].Values, list[1].Values, list[2].Values)
		}
	}
}

// What is copied a few rows at a time is what is read at once, in any of the forms that
// arrays come in, and no number is rounded to one that it is not.
func TestCopy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npy")
	schema := artifacts.Schema{Name: "x", Version: 1, Files: []artifacts.FileSpec{{Name: "x.arrow", Kind: artifacts.KindTensor}}}
	n := 0
	copied := func(path string, dtype artifacts.DType) (*artifacts.Artifact, error) {
		a, err := Open(t.Context(), path, Options{})
		if err != nil {
			return nil, err
		}
		n++
		w, err := artifacts.Create(filepath.Join(dir, strconv.Itoa(n)), schema)
		if err != nil {
			return nil, err
		}
		defer w.Abort()
		if err := errors.Join(a.Copy(t.Context(), w, "x.arrow", dtype), a.Close()); err != nil {
			return nil, err
		}
		return w.Commit(artifacts.Provenance{Stage: "x", Params: json.RawMessage("{}")})
	}
	for name, c := range map[string]struct {
		values []float64
		dtype  artifacts.DType
		err    error
	}{
		"float64":                {[]float64{1.0 / 3, -2, math.MaxFloat64, math.NaN()}, artifacts.Float64, nil},
		"float64 as float32":     {[]float64{1.0 / 3, -2, math.Inf(1), math.NaN()}, artifacts.Float32, nil},
		"beyond float32":         {[]float64{1, -2, 1e300, 4}, artifacts.Float32, ErrShape},
		"pixels":                 {[]float64{0, 1, 254, 255}, artifacts.Uint8, nil},
		"no pixels: too large":   {[]float64{0, 1, 254, 256}, artifacts.Uint8, ErrShape},
		"no pixels: negative":    {[]float64{0, 1, 254, -1}, artifacts.Uint8, ErrShape},
		"no pixels: a fraction":  {[]float64{0, 1, 254, 0.5}, artifacts.Uint8, ErrShape},
		"no pixels: not a value": {[]float64{0, 1, 254, math.NaN()}, artifacts.Uint8, ErrShape},
	} {
		if err := npy.WriteFile(path, array.Of([]int{4, 1}, c.values)); err != nil {
			t.Fatal(err)
		}
		art, err := copied(path, c.dtype)
		if !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%s: error %v, want %v", name, err, c.err)
		}
		if err != nil {
			continue
		}
		var got []float64
		switch c.dtype {
		case artifacts.Float32:
			_, v, err := artifacts.ReadTensor[float32](art, "x.arrow")
			got = (&Array{Single: v}).Float64()
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.values {
				c.values[i] = float64(float32(c.values[i]))
			}
		case artifacts.Float64:
			_, got, err = artifacts.ReadTensor[float64](art, "x.arrow")
		case artifacts.Uint8:
			_, v, err := artifacts.ReadTensor[uint8](art, "x.arrow")
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range v {
				got = append(got, float64(x))
			}
		}
		if err != nil || !slices.EqualFunc(got, c.values, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }) {
			t.Errorf("%s: %v, error %v, want %v", name, got, err, c.values)
		}
	}
}

// Rows along another axis, and the times of a file that has both.
func TestRowsAndTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := safetensors.WriteFile(path, []array.Named{{Name: "data", Array: array.Of([]int{2, 3}, []float64{1, 2, 3, 4, 5, 6})}, {Name: "times", Array: array.Of([]int{2}, []float64{0.1, 0.2})}}, nil); err != nil {
		t.Fatal(err)
	}
	a, err := Read(t.Context(), path, Options{Select: "data", Rows: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Double, []float64{1, 4, 2, 5, 3, 6}) || !slices.Equal(a.Times, []float64{0.1, 0.2}) {
		t.Errorf("%+v", a)
	}
}
