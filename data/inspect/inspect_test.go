package inspect

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"realnet/data/file"
	"realnet/data/realdata"
)

// expected is what numpy, torch, nibabel, h5py and Pillow say of an array
// (ci/reference/inspect_files.py); its sum is exactly rounded (math.fsum).
type expected struct {
	Shape         []int
	DType         string
	Sum, Min, Max *string
	NaN           int
	First, Last   []string
}

// TestAgainstReferenceTools inspects the fixtures of the other packages: every value
// exactly, the sum within 1e-15 of the sum of magnitudes' scale.
func TestAgainstReferenceTools(t *testing.T) {
	b, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]map[string]expected
	if err := json.Unmarshal(b, &files); err != nil {
		t.Fatal(err)
	}
	for path, arrays := range files {
		r, err := File(t.Context(), filepath.Join("..", path))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		seen := 0
		for _, a := range r.Arrays {
			want, ok := arrays[a.Name]
			if !ok {
				if a.DType != "object" && a.Error == "" {
					t.Errorf("%s: unexpected %q (%s)", path, a.Name, a.DType)
				}
				continue
			}
			seen++
			if a.Error != "" { // numpy has uint64, the reader stops at 2^63
				if want.DType != "uint64" {
					t.Errorf("%s %s: %s", path, a.Name, a.Error)
				}
				continue
			}
			compare(t, path+" "+a.Name, a, want)
		}
		if seen != len(arrays) {
			t.Errorf("%s: %d arrays, want %d", path, seen, len(arrays))
		}
	}
}

func compare(t *testing.T, name string, a Array, want expected) {
	t.Helper()
	if !slices.Equal(a.Shape, want.Shape) || a.DType != want.DType {
		t.Errorf("%s: %s %v, want %s %v", name, a.DType, a.Shape, want.DType, want.Shape)
	}
	if want.Sum == nil {
		return
	}
	if a.Sum == nil || !near(float64(*a.Sum), parse(t, *want.Sum)) {
		t.Errorf("%s: sum %v, want %s", name, a.Sum, *want.Sum)
	}
	for what, p := range map[string]struct {
		got  *Float
		want *string
	}{"min": {a.Min, want.Min}, "max": {a.Max, want.Max}} {
		if (p.got == nil) != (p.want == nil) || p.got != nil && float64(*p.got) != parse(t, *p.want) {
			t.Errorf("%s: %s %v, want %v", name, what, p.got, p.want)
		}
	}
	if a.NaN != want.NaN {
		t.Errorf("%s: %d NaN, want %d", name, a.NaN, want.NaN)
	}
	values(t, name+" first", a.First, want.First)
	values(t, name+" last", a.Last, want.Last)
}

func values(t *testing.T, name string, got []Float, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", name, got, want)
		return
	}
	for i, w := range want {
		v := parse(t, w)
		if g := float64(got[i]); g != v && !(math.IsNaN(g) && math.IsNaN(v)) {
			t.Errorf("%s: %v, want %v", name, got, want)
			return
		}
	}
}

func parse(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func near(a, b float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-13*max(1, math.Abs(b))
}

func TestCompensation(t *testing.T) {
	var s tally
	s.add([]float64{1, 1e100, 1, math.NaN(), -1e100}, 1)
	var a Array
	s.put(&a)
	if *a.Sum != 2 || a.NaN != 1 || *a.Max != 1e100 || *a.Min != -1e100 {
		t.Errorf("%v %v", *a.Sum, a.NaN)
	}
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{1, math.Inf(1), 2}, `"Infinity"`},
		{[]float64{math.Inf(-1), 1}, `"-Infinity"`},
		{[]float64{math.Inf(-1), math.Inf(1)}, `"NaN"`},
		{nil, "0"},
		{[]float64{0.1}, "0.1"},
	} {
		var s tally
		s.add(c.values, 1)
		var a Array
		s.put(&a)
		if b, err := json.Marshal(a.Sum); err != nil || string(b) != c.want {
			t.Errorf("sum of %v: %s, %v", c.values, b, err)
		}
	}
}

func TestUnknown(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "text.npy": "hello", "zip": "PK\x05\x06" + string(make([]byte, 18)), "half": "PK\x03\x04"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := File(t.Context(), path)
		if err == nil && name != "zip" || err != nil && name == "text.npy" && !errors.Is(err, file.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := File(t.Context(), dir); !errors.Is(err, file.ErrUnknown) {
		t.Errorf("folder: %v", err)
	}
	if _, err := File(t.Context(), filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func TestRealBData(t *testing.T) {
	r, err := File(t.Context(), realdata.Path(t, "bdata", "sample_vmap.h5"))
	if err != nil || r.Format != "hdf5" || len(r.Arrays) == 0 {
		t.Errorf("%+v %v", r, err)
	}
}
