package npy

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"realnet/data/array"
	"realnet/data/pickle"
)

// expected holds what numpy 1.24 says of each fixture (ci/reference/npy.py).
type expected struct {
	Shape  []int
	DType  string
	Values []string
}

func loadExpected(t testing.TB) map[string]expected {
	t.Helper()
	b, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]expected{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func check(t *testing.T, name string, a *array.Array, want expected) {
	t.Helper()
	if !slices.Equal(a.Shape, want.Shape) && len(a.Shape)+len(want.Shape) > 0 {
		t.Fatalf("%s: shape %v, want %v", name, a.Shape, want.Shape)
	}
	if a.DType.String() != want.DType {
		t.Errorf("%s: dtype %s, want %s", name, a.DType, want.DType)
	}
	if want.DType == "string" {
		got, err := a.Strings()
		if err != nil || !slices.Equal(got, want.Values) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want.Values)
		}
		return
	}
	got, err := a.Float64()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	single, err := a.Float32()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var chunked []float64
	if err := a.Chunks(func(v []float64) error { chunked = append(chunked, v...); return nil }); err != nil || len(chunked) != len(got) {
		t.Fatalf("%s: chunks: %d, %v", name, len(chunked), err)
	}
	for i, s := range want.Values {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		if !same(got[i], v) || !same(float64(single[i]), float64(float32(v))) {
			t.Errorf("%s[%d]: %v (%v), want %v", name, i, got[i], single[i], v)
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// TestAgainstNumpy compares every value of every fixture, exactly.
func TestAgainstNumpy(t *testing.T) {
	for key, want := range loadExpected(t) {
		name, inner, nested := strings.Cut(key, "/")
		path := filepath.Join("testdata", name)
		switch {
		case strings.HasSuffix(name, ".npz"):
			z, err := OpenArchive(path)
			if err != nil {
				t.Fatal(err)
			}
			a, err := z.Array(inner)
			if err != nil {
				t.Fatal(err)
			}
			check(t, key, a, want)
			z.Close()
		case nested:
			d, err := OpenDict(path)
			if err != nil {
				t.Errorf("%s: %v", key, err)
				continue
			}
			a, err := d.Array(inner)
			if err != nil {
				t.Errorf("%s: %v", key, err)
				continue
			}
			check(t, key, a, want)
			d.Close()
		default:
			f, err := Open(path)
			if err != nil {
				t.Errorf("%s: %v", key, err)
				continue
			}
			check(t, key, f.Array, want)
			f.Close()
		}
	}
}

func TestDict(t *testing.T) {
	d, err := OpenDict("testdata/eeg2.npy")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if !slices.Equal(d.Keys, []string{"preprocessed_eeg_data", "ch_names", "times"}) {
		t.Errorf("keys %q", d.Keys)
	}
	if names, err := d.Strings("ch_names"); err != nil || !slices.Equal(names, []string{"O1", "Oz"}) {
		t.Errorf("ch_names %q, %v", names, err)
	}
	if _, err := d.Array("nothing"); !errors.Is(err, ErrDict) {
		t.Errorf("missing key: %v", err)
	}
	m, err := OpenDict("testdata/metadata.npy")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if s, err := m.Strings("concepts"); err != nil || !slices.Equal(s, []string{"00001_x", "00002_y"}) {
		t.Errorf("concepts %q, %v", s, err)
	}
	for key, want := range map[string]any{"n": int64(7), "f": 1.5, "ok": true} {
		if got := m.Value(key); got != want {
			t.Errorf("%s: %v (%T), want %v", key, got, got, want)
		}
	}
	if l, ok := m.Value("mixed").(*pickle.List); !ok || !slices.Equal(l.Items, []any{int64(1), 2.5, nil, "é"}) {
		t.Errorf("mixed: %v", m.Value("mixed"))
	}
}

func TestRows(t *testing.T) {
	for _, name := range []string{"c_f4", "f_f4", "big_f4"} {
		f, err := Open("testdata/" + name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		all, _ := f.Float64()
		rows, err := f.Rows(1, 3)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rows.Float64()
		if err != nil || !slices.EqualFunc(got, all[8:24], same) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if _, err := f.Rows(2, 4); err == nil {
			t.Error("rows beyond the end were given")
		}
		f.Close()
	}
}

func TestRefused(t *testing.T) {
	for name, want := range map[string]error{
		"complex.npy":        ErrType,
		"structured.npy":     ErrType,
		"dates.npy":          ErrType,
		"hostile_system.npy": pickle.ErrForbidden,
		"hostile_eval.npy":   pickle.ErrForbidden,
		"plain.npz":          ErrFormat,
	} {
		if _, err := Open("testdata/" + name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// Beside entries that are not read the others are (issue: "a" was lost over a masked array).
func TestPartlyRead(t *testing.T) {
	for _, name := range []string{"mixed_p2.npy", "mixed_p4.npy", "mixed_p5.npy"} {
		d, err := OpenDict("testdata/" + name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		defer d.Close()
		if !slices.Equal(d.Keys, []string{"a", "masked", "frame", "path", "complex", "record", "dates", "('t', 1)", "7", "last"}) {
			t.Errorf("%s: keys %q", name, d.Keys)
		}
		for _, key := range []string{"a", "7", "last"} {
			a, err := d.Array(key)
			if err != nil {
				t.Errorf("%s: %s: %v", name, key, err)
				continue
			}
			if v, err := a.Float64(); err != nil || !slices.Equal(v, []float64{0, 1, 2}) {
				t.Errorf("%s: %s: %v, %v", name, key, v, err)
			}
		}
		for key, want := range map[string]error{"masked": pickle.ErrForbidden, "frame": pickle.ErrForbidden, "path": pickle.ErrForbidden, "complex": ErrType, "record": ErrType, "dates": ErrType} {
			if _, err := d.Array(key); !errors.Is(err, want) {
				t.Errorf("%s: %s: %v, want %v", name, key, err, want)
			}
		}
		if d.Value("('t', 1)") != int64(5) {
			t.Errorf("%s: %v", name, d.Value("('t', 1)"))
		}
	}
}

// TestChecksum changes each byte of archives, deflated and not, and reads all values or
// the last row: numpy raises BadZipFile or zlib.error. Never another value.
func TestChecksum(t *testing.T) {
	for _, name := range []string{"plain.npz", "deflated.npz"} {
		whole, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		read := func(raw []byte, part bool) (out []float64, err error) {
			z, err := ReadArchive(bytes.NewReader(raw), int64(len(raw)))
			if err != nil {
				return nil, err
			}
			for _, n := range []string{"a", "b"} {
				a, err := z.Array(n)
				if err != nil {
					return nil, err
				}
				if part {
					if a, err = a.Rows(a.Shape[0]-1, a.Shape[0]); err != nil {
						return nil, err
					}
				}
				v, err := a.Float64()
				if err != nil {
					return nil, err
				}
				out = append(out, v...)
			}
			return out, nil
		}
		for _, part := range []bool{false, true} {
			want, err := read(whole, part)
			if err != nil {
				t.Fatal(err)
			}
			for i := range whole {
				changed := bytes.Clone(whole)
				changed[i] ^= 0x10
				if got, err := read(changed, part); err == nil && !slices.EqualFunc(got, want, same) {
					t.Errorf("%s, part %v: byte %d changed: %v", name, part, i, got)
				}
			}
		}
	}
}

// TestTruncated cuts fixtures at every byte: an error each time, never fewer values.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"c_f8.npy", "eeg2.npy", "dict_p2.npy", "dict_p5.npy", "objects.npy"} {
		whole, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			if _, err := Read(bytes.NewReader(whole[:n]), int64(n)); err == nil {
				t.Errorf("%s cut to %d bytes was read", name, n)
			}
		}
	}
}

func TestHostileHeaders(t *testing.T) {
	for _, text := range []string{
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 1000000000000), }",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}",
		"{'descr': '<f8', 'fortran_order': False}",
		"{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
		"{'descr': '<S0', 'fortran_order': False, 'shape': (9999999999,)}",
		"{'descr': '<S268435455', 'fortran_order': False, 'shape': (576460752303423487,)}",
		"{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}",
		"{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}",
	} {
		b := append([]byte(magic), 1, 0, byte(len(text)), 0)
		b = append(b, text...)
		b = append(b, make([]byte, 16)...)
		if _, err := Read(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("accepted %s", text)
		}
	}
}

func TestWriteRoundTrip(t *testing.T) {
	dir := t.TempDir()
	for key, want := range loadExpected(t) {
		if strings.ContainsAny(key, "/") || want.DType == "string" {
			continue
		}
		f, err := Open("testdata/" + key)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, key)
		if err := WriteFile(path, f.Array); err != nil {
			t.Fatal(err)
		}
		again, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		check(t, key, again.Array, want)
		f.Close()
		again.Close()
	}
}

// TestWriteDict writes a dict and compares with the bytes that numpy.load was seen
// to read (TestNumpyReadsDict does so where numpy is installed).
func TestWriteDict(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteDict(&buf, eegEntries()); err != nil {
		t.Fatal(err)
	}
	a, err := Read(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	d, err := AsDict(a)
	if err != nil {
		t.Fatal(err)
	}
	x, err := d.Array("preprocessed_eeg_data")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := x.Float64(); err != nil || !slices.Equal(x.Shape, []int{2, 1, 3}) || !slices.Equal(v, []float64{1, 2, 3, 4, 5, 6}) {
		t.Errorf("%v %v %v", x.Shape, v, err)
	}
	if s, err := d.Strings("ch_names"); err != nil || !slices.Equal(s, []string{"O1", "Öz"}) {
		t.Errorf("%q %v", s, err)
	}
}

func eegEntries() []Entry {
	return []Entry{
		{Key: "preprocessed_eeg_data", Array: array.Of([]int{2, 1, 3}, []float64{1, 2, 3, 4, 5, 6})},
		{Key: "ch_names", Strings: []string{"O1", "Öz"}},
		{Key: "times", Array: array.Of([]int{3}, []float32{-0.1, 0, 0.1})},
	}
}
