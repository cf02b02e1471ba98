package file

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"realnet/data/array"
	"realnet/data/npy"
	"realnet/data/torch"
)

// fixtures are the files of the other packages' tests, made by the reference tools;
// their values are tested against those tools in package inspect.
func fixtures(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"../*/testdata/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return paths
}

// What can be listed can be read: every part of every numeric array of every fixture is
// the part of the whole, in both precisions, and a scan sees the same values.
func TestParts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for _, path := range fixtures(t) {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		f, err := Open(t.Context(), path)
		if err != nil {
			continue // no data file, or one that its own package's test refuses
		}
		for _, a := range f.Arrays {
			if !a.Numeric() || a.Len() > 1<<20 {
				continue
			}
			all, err := a.Float64(t.Context())
			if err != nil {
				if _, err2 := a.Float32(t.Context()); err2 == nil {
					t.Errorf("%s %s: as float32 but not float64: %v", path, a.Name, err)
				}
				continue // an array that its own package refuses
			}
			seen[f.Format]++
			parts(t, r, path, a, all)
			inRows(t, path, a, all)
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, format := range []string{NPY, NPZ, Torch, NIfTI, HDF5, MATLAB, "png", "jpeg"} {
		if seen[format] == 0 {
			t.Errorf("no fixture of format %s was read: %v", format, seen)
		}
	}
}

// inRows tests that rows, whole and in order, are the values, however many are read at once.
func inRows(t *testing.T, path string, a *Array, all []float64) {
	t.Helper()
	for lead := 1; lead <= min(2, len(a.Shape)); lead++ {
		for _, block := range []int{1, 7, 64, 1 << 20} {
			var got []float64
			err := rows(t.Context(), a, lead, block, a.Part, func(from int, values []float64) error {
				if row := product(a.Shape[lead:]); from*row != len(got) || len(all) > 0 && (len(values) == 0 || len(values)%row != 0) {
					t.Errorf("%s %s %v: %d values from row %d after %d values", path, a.Name, a.Shape, len(values), from, len(got))
				}
				got = append(got, values...)
				return nil
			})
			if err != nil || !slices.EqualFunc(got, all, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }) {
				t.Errorf("%s %s %v: rows by %d axes, %d at once, are other values: %v", path, a.Name, a.Shape, lead, block, err)
			}
		}
	}
}

func parts(t *testing.T, r *rand.Rand, path string, a *Array, all []float64) {
	t.Helper()
	same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
	if len(all) != a.Len() {
		t.Fatalf("%s %s: %d values of shape %v", path, a.Name, len(all), a.Shape)
	}
	for range 4 {
		start, count := make([]int, len(a.Shape)), make([]int, len(a.Shape))
		for i, d := range a.Shape {
			start[i] = r.IntN(d + 1)
			count[i] = r.IntN(d - start[i] + 1)
		}
		var want []float64
		offsets(a.Shape, start, count, func(at, n int) { want = append(want, all[at:at+n]...) })
		got, err := a.Part(t.Context(), start, count)
		if err != nil || !slices.EqualFunc(got, want, same) {
			t.Fatalf("%s %s: part %v from %v: %v, %d values, want %d", path, a.Name, count, start, err, len(got), len(want))
		}
		narrow, err := a.Part32(t.Context(), start, count)
		if err != nil || !slices.EqualFunc(narrow, want, func(x float32, y float64) bool { return same(float64(x), float64(float32(y))) }) {
			t.Fatalf("%s %s: part %v from %v in float32: %v", path, a.Name, count, start, err)
		}
	}
	at := []int{}
	for range min(len(all), 3) {
		at = append(at, r.IntN(len(all)))
	}
	scanned := []float64{}
	got, err := a.Scan(t.Context(), at, func(v []float64, times int) error {
		for range times {
			scanned = append(scanned, v...)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s %s: %v", path, a.Name, err)
	}
	for k, i := range at {
		if !same(got[k], all[i]) {
			t.Errorf("%s %s: value %d is %v in a scan, %v in the whole", path, a.Name, i, got[k], all[i])
		}
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	slices.Sort(scanned)
	if !slices.EqualFunc(scanned, sorted, same) {
		t.Errorf("%s %s: a scan sees other values", path, a.Name)
	}
}

// TestClaims reads a file of 1,400 bytes that claims 2^40 elements (h5py:
// create_dataset('x', shape=(2**40,), chunks=(2**20,), dtype='f4')): as much time as it
// stores.
func TestClaims(t *testing.T) {
	for name, want := range map[string]float64{"claims.h5": 0, "claims_some.h5": 3 * 1 << 10} {
		begun := time.Now()
		f, err := Open(t.Context(), filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		a, err := f.Array("")
		if err != nil {
			t.Fatal(err)
		}
		n, sum := 0, 0.0
		ends, err := a.Scan(t.Context(), []int{0, a.Len() - 1}, func(v []float64, times int) error {
			n += len(v) * times
			for _, x := range v {
				sum += x * float64(times)
			}
			return nil
		})
		if err != nil || n != 1<<40 || sum != want || ends[0] != 0 || ends[1] != 0 {
			t.Errorf("%s: %v: %d values, sum %v, want %v; ends %v", name, err, n, sum, want, ends)
		}
		if _, err := a.Float32(t.Context()); err == nil {
			t.Errorf("%s: four terabytes were read", name)
		}
		if d := time.Since(begun); d > 5*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

// Reading ends with its context.
func TestCancel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := npy.WriteFile(path, array.Of([]int{1 << 12, 1 << 10}, make([]float32, 1<<22))); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, stop := context.WithCancel(t.Context())
	calls := 0
	_, err = f.Arrays[0].Scan(ctx, nil, func([]float64, int) error {
		calls++
		stop()
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if _, err := f.Arrays[0].Float64(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
}

// A name chooses an array; without one the only array of numbers is meant.
func TestArray(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.pt")
	one := array.Of([]int{2}, []float32{1, 2})
	if err := torch.WriteFile(path, []array.Named{{Name: "a", Array: one}, {Name: "b", Array: one}}); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if a, err := f.Array("b"); err != nil || a.Name != "b" {
		t.Errorf("b: %v", err)
	}
	for _, name := range []string{"", "c"} {
		if _, err := f.Array(name); !errors.Is(err, ErrName) || !strings.Contains(err.Error(), "a [2] and b [2]") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A section is where the values are, as they are in memory.
func TestSection(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npy")
	if err := npy.WriteFile(path, array.Of([]int{2, 2}, []float32{1, 2, 3, 4})); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := f.Arrays[0].Section(); !ok || at != int64(len(text)-16) {
		t.Errorf("section at %d, %v, of %d bytes", at, ok, len(text))
	}
	for _, other := range []string{"../npy/testdata", "../hdf5/testdata"} {
		found, err := filepath.Glob(filepath.Join(other, "*ortran*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if f, err := Open(t.Context(), path); err == nil {
				if _, ok := f.Arrays[0].Section(); ok {
					t.Errorf("%s: Fortran order has a section", path)
				}
				f.Close()
			}
		}
	}
}

// The index of pandas is the names of the rows, unless it only counts; numbers are those
// that pandas.read_csv(index_col=0) gives.
// A first column of numbers that identify the rows is no data, in Parquet as in text
// (written by ci/interop/parquet).
func TestTableOfNumberedImages(t *testing.T) {
	f, err := Open(t.Context(), "../parquet/testdata/ids.parquet")
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.Array("")
	if err != nil || !slices.Equal(a.Shape, []int{6, 2}) || !slices.Equal(a.Names, []string{"100", "107", "114", "121", "128", "135"}) {
		t.Fatalf("%+v %v", a, err)
	}
	v, err := a.Float64(t.Context())
	if err != nil || v[0] != 0 || v[1] != 1 || v[2] != float64(float32(math.Sin(1))) {
		t.Errorf("%v %v", v, err)
	}
}

func TestTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	for text, names := range map[string][]string{
		",a,b\nface,1.5,NA\nhouse,2,3\n": {"face", "house"},
		",a,b\n0,1.5,\n1,2,3\n":          nil,
		"\ufeffa;b\n1,5;n/a\n2;3\n":      nil,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		a, err := f.Array("")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		v, err := a.Float64(t.Context())
		if err != nil || !slices.Equal(a.Shape, []int{2, 2}) || v[0] != 1.5 || v[1] == v[1] || v[3] != 3 || !slices.Equal(a.Names, names) {
			t.Errorf("%q: %v %v %q, %v", text, a.Shape, v, a.Names, err)
		}
		if columns, err := f.Array("columns"); err != nil || columns.DType != "string" {
			t.Errorf("%q: columns: %v", text, err)
		}
	}
}

func TestText(t *testing.T) {
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
		{"\ufeff1;2\r\n3;4\r\n", []int{2, 2}, []float64{1, 2, 3, 4}},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		got, err := f.Arrays[0].Float64(t.Context())
		if err != nil || !slices.Equal(f.Arrays[0].Shape, c.shape) || c.want != nil && !slices.Equal(got, c.want) {
			t.Errorf("%q: %v %v %v", c.text, f.Arrays[0].Shape, got, err)
		}
	}
	for _, text := range []string{"", "1,2\n3\n", "1,x\n", "1,,2\n", "words alone\n"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if f, err := Open(t.Context(), path); err == nil {
			t.Errorf("%q is read as %v", text, f.Arrays)
		}
	}
}
