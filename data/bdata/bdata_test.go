package bdata

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"realnet/data/realdata"
)

// reference is what bdpy reads and selects (ci/reference/bdata.py).
type reference struct {
	Shape   []int
	Keys    []string
	Columns map[string][]int
	Values  []string
	Labels  []string
}

func loadReference(t testing.TB) (reference, []float64) {
	t.Helper()
	raw, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	values := make([]float64, len(r.Values))
	for i, s := range r.Values {
		if values[i], err = strconv.ParseFloat(s, 64); err != nil {
			t.Fatal(err)
		}
	}
	return r, values
}

func open(t testing.TB, name string) *File {
	t.Helper()
	f, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// TestSelect: the columns and values that bdpy selects, from all three forms.
func TestSelect(t *testing.T) {
	want, values := loadReference(t)
	for _, name := range []string{"new.h5", "old.h5", "matlab.mat", "matlab73.mat"} {
		f := open(t, filepath.Join("testdata", name))
		samples, columns := f.Shape()
		if samples != want.Shape[0] || columns != want.Shape[1] {
			t.Fatalf("%s: %d x %d, bdpy has %v", name, samples, columns, want.Shape)
		}
		var keys []string
		for _, k := range f.Keys() {
			keys = append(keys, k.Name)
		}
		if !slices.Equal(keys, want.Keys) {
			t.Errorf("%s: keys %q, bdpy has %q", name, keys, want.Keys)
		}
		for expression, list := range want.Columns {
			m, err := f.Select(expression)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if !slices.Equal(m.Columns, list) || m.Rows != samples || m.Cols != len(list) {
				t.Errorf("%s: %s selects %v, bdpy %v", name, expression, m.Columns, list)
				continue
			}
			for i, v := range m.Data {
				w := values[i/m.Cols*columns+list[i%m.Cols]]
				if !same(v, w) {
					t.Fatalf("%s: %s[%d] = %v, bdpy has %v", name, expression, i, v, w)
				}
			}
		}
	}
}

func TestLabels(t *testing.T) {
	want, _ := loadReference(t)
	f := open(t, "testdata/new.h5")
	got, err := f.Labels("stimulus_name")
	if err != nil || !slices.Equal(got, want.Labels) {
		t.Errorf("%q, %v; bdpy has %q", got, err, want.Labels)
	}
	if _, err := f.Labels("Label"); !errors.Is(err, ErrKey) {
		t.Errorf("labels without a value map: %v", err)
	}
	h := f.Header()
	if !slices.Equal(h["callstack"], []string{"a.py:1", "b.py:2"}) || !slices.Equal(h["ctime_epoch"], []string{"946684800.5"}) {
		t.Errorf("header %q", h)
	}
	delete(f.maps["stimulus_name"], 2)
	if _, err := f.Labels("stimulus_name"); !errors.Is(err, ErrKey) {
		t.Errorf("value without a label: %v", err)
	}
}

// table has one key X of values 5 NaN 3 5 1 2, and A on the even columns, B = 2
// on the last two.
func table() *File {
	nan := math.NaN()
	f := &File{columns: 6}
	_ = f.setMetadata([]string{"X", "A", "B", "A2"}, make([]string, 4), []float64{
		5, nan, 3, 5, 1, 2,
		1, 0, 1, 0, 1, nan,
		nan, nan, nan, nan, 2, 2,
		0, 1, 0, 0, 0, 0,
	})
	return f
}

// TestLanguage: what bdpy documents but no longer runs (top, @), values other than
// 0 and 1, and nested parentheses. Expected columns are computed manually.
func TestLanguage(t *testing.T) {
	for expression, want := range map[string][]int{
		"X top 2":                        {0, 3},
		"X top 1":                        {0},
		"X top 4":                        {0, 2, 3, 5},
		"X top 99":                       {0, 1, 2, 3, 4, 5},
		"X top 0":                        {},
		"X top 2 @ A":                    {0, 2},
		"X top 2 @ A - X = 5":            {2, 4},
		"X top 1 @ B = 2":                {5},
		"(X top 2 @ A) | B = 2":          {0, 2, 4, 5},
		"X top 3 & A":                    {0, 2},
		"B = 2":                          {4, 5},
		"B = -2":                         {},
		"A = 0":                          {1, 3, 5},
		"A*":                             {0, 1, 2, 4},
		"*2":                             {1},
		"A - (A & (X = 5 | X = 3)) | A2": {1, 4},
		"A2 | A & B = 2":                 {4},
		"A2 | (A & B = 2)":               {1, 4},
	} {
		got, err := table().Columns(expression)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", expression, got, err, want)
		}
	}
}

func TestSyntax(t *testing.T) {
	for expression, want := range map[string]error{
		"": ErrSyntax, "  ": ErrSyntax, "A +": ErrSyntax, "+ A": ErrSyntax, "(A": ErrSyntax, "A)": ErrSyntax, "A A2": ErrSyntax,
		"A =": ErrSyntax, "A = B": ErrSyntax, "X top": ErrSyntax, "X top 1.5": ErrSyntax, "X top -1": ErrSyntax, "A @ B": ErrSyntax,
		"'A": ErrSyntax, "C": ErrKey, "C*": ErrKey, "A + C": ErrKey, "C top 3": ErrKey, "a": ErrKey,
		strings.Repeat("(", 5000) + "A": ErrSyntax,
	} {
		if got, err := table().Columns(expression); !errors.Is(err, want) {
			t.Errorf("%.20s: %v, %v; want %v", expression, got, err, want)
		}
	}
}

// TestSample reads a file that bdpy wrote; values from h5py 3.7.0.
func TestSample(t *testing.T) {
	f := open(t, realdata.Path(t, "bdata", "sample_vmap.h5"))
	samples, columns := f.Shape()
	if samples != 8 || columns != 11 || len(f.Keys()) != 2 {
		t.Fatalf("%d x %d, keys %v", samples, columns, f.Keys())
	}
	labels, err := f.Labels("Label")
	if err != nil || len(labels) != 8 {
		t.Fatalf("%q, %v", labels, err)
	}
	m, err := f.Get("Label")
	if err != nil {
		t.Fatal(err)
	}
	vmap, err := f.ValueMap("Label")
	if err != nil || len(vmap) != 4 {
		t.Fatalf("%v, %v", vmap, err)
	}
	for i, v := range m.Data {
		if labels[i] != vmap[v] || labels[i] == "" {
			t.Errorf("sample %d: value %v, label %q", i, v, labels[i])
		}
	}
	if want := []float64{1, 3, 4, 2, 3, 1, 2, 4}; !slices.Equal(m.Data, want) || labels[1] != "label-03" {
		t.Errorf("values %v, want %v; labels %q", m.Data, want, labels)
	}
}

func TestNotBData(t *testing.T) {
	for _, name := range []string{"../hdf5/testdata/base.h5", "../matfile/testdata/plain.mat"} {
		if _, err := Open(name); !errors.Is(err, ErrNotBData) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open("testdata/expected.json"); err == nil {
		t.Error("a text file was opened")
	}
}

func FuzzColumns(f *testing.F) {
	want, _ := loadReference(f)
	for expression := range want.Columns {
		f.Add(expression)
	}
	f.Add("X top 2 @ (A - B = 2)")
	file := table()
	f.Fuzz(func(t *testing.T, expression string) {
		columns, err := file.Columns(expression)
		if err == nil && !slices.IsSorted(columns) {
			t.Errorf("%q: %v", expression, columns)
		}
	})
}

// FuzzOpen reads files of any bytes: an error, or as many values as it says.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"new.h5", "old.h5", "matlab.mat", "matlab73.mat"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := Open(name)
		if err != nil {
			return
		}
		defer func() { _ = file.Close() }()
		file.Header()
		for _, k := range file.Keys() {
			m, err := file.Get(k.Name)
			if err == nil && len(m.Data) != m.Rows*m.Cols {
				t.Errorf("%s: %d values for %d x %d", k.Name, len(m.Data), m.Rows, m.Cols)
			}
			if err == nil && len(m.Data) > 2000*(len(b)+1<<10) {
				t.Errorf("%s: %d values from %d bytes", k.Name, len(m.Data), len(b))
			}
			_, _ = file.Labels(k.Name)
			_, _ = file.ValueMap(k.Name)
		}
	})
}
