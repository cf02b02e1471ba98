package hdf5

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// reference is what h5py read from one object (ci/reference/hdf5.py).
type reference struct {
	Attrs  map[string]values
	Data   *values
	Fields map[string]*values
	Keys   *int
}

type values struct {
	Shape     []int
	Dtype     string
	Values    []string
	Sum       string
	Min, Max  string
	First     []string
	Last      []string
	Strings   []string
	Sequences [][]float64
}

func loadReference(t testing.TB) map[string]map[string]reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]reference
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func mustOpen(t testing.TB, name string) *File {
	t.Helper()
	f, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func parse(t testing.TB, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func checkFloats(t *testing.T, what string, got []float64, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, h5py has %d", what, len(got), len(want))
		return
	}
	for i, s := range want {
		if w := parse(t, s); !same(got[i], w) {
			t.Errorf("%s[%d] = %v, h5py has %v", what, i, got[i], w)
		}
	}
}

// check compares numbers with h5py's: equal, and a sum within the rounding of its
// order.
func check(t *testing.T, what string, got []float64, want values) {
	t.Helper()
	if want.Sum == "" {
		checkFloats(t, what, got, want.Values)
		return
	}
	sum, lo, hi := 0.0, math.Inf(1), math.Inf(-1)
	for _, v := range got {
		sum, lo, hi = sum+v, math.Min(lo, v), math.Max(hi, v)
	}
	if w := parse(t, want.Sum); math.Abs(sum-w) > 1e-12*float64(len(got))*math.Max(math.Abs(hi), math.Abs(lo)) {
		t.Errorf("%s: sum %v, h5py has %v", what, sum, w)
	}
	checkFloats(t, what+" min, max", []float64{lo, hi}, []string{want.Min, want.Max})
	checkFloats(t, what+" first", got[:len(want.First)], want.First)
	checkFloats(t, what+" last", got[len(got)-len(want.Last):], want.Last)
}

// TestAgainstH5py reads every object of every fixture: the same objects, shapes,
// values and attributes as h5py.
func TestAgainstH5py(t *testing.T) {
	for name, objects := range loadReference(t) {
		t.Run(name, func(t *testing.T) {
			f := mustOpen(t, name)
			seen := map[string]bool{}
			err := f.Walk(func(o Object) error {
				path := strings.TrimPrefix(o.Name(), "/")
				seen[path] = true
				want, ok := objects[path]
				if !ok {
					t.Errorf("%s: not in h5py's list", path)
					return nil
				}
				compare(t, path, o, want)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for path := range objects {
				if !seen[path] {
					t.Errorf("%s was not found", path)
				}
			}
		})
	}
}

func compare(t *testing.T, path string, o Object, want reference) {
	t.Helper()
	attrs, err := o.Attrs()
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	if len(attrs) != len(want.Attrs) {
		t.Errorf("%s: %d attributes, h5py has %d", path, len(attrs), len(want.Attrs))
	}
	for _, a := range attrs {
		compareValues(t, path+"@"+a.Name(), a, want.Attrs[a.Name()])
	}
	switch o := o.(type) {
	case *Group:
		if keys, err := o.Keys(); err != nil || want.Keys == nil || len(keys) != *want.Keys {
			t.Errorf("%s: %d keys, %v", path, len(keys), err)
		}
	case *Dataset:
		if want.Data != nil {
			compareValues(t, path, o, *want.Data)
		}
		for name, w := range want.Fields {
			field, err := o.Field(name)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			} else {
				compareValues(t, path+"."+name, field, *w)
			}
		}
	}
}

type readable interface {
	Shape() []int
	Type() *Type
	ReadFloat64() ([]float64, error)
	ReadInt64() ([]int64, error)
	ReadStrings() ([]string, error)
}

func compareValues(t *testing.T, what string, got readable, want values) {
	t.Helper()
	if !reflect.DeepEqual(got.Shape(), want.Shape) && len(got.Shape())+len(want.Shape) > 0 {
		t.Errorf("%s: shape %v, h5py has %v", what, got.Shape(), want.Shape)
	}
	switch {
	case want.Strings != nil:
		s, err := got.ReadStrings()
		if err != nil || !reflect.DeepEqual(s, want.Strings) {
			t.Errorf("%s: %q, %v; h5py has %q", what, s, err, want.Strings)
		}
	case want.Sequences != nil:
		s, err := got.(*Dataset).ReadSequences()
		if err != nil || len(s) != len(want.Sequences) {
			t.Errorf("%s: %v, %v; h5py has %v", what, s, err, want.Sequences)
		}
		for i, w := range want.Sequences {
			if len(s) > i && len(s[i])+len(w) > 0 && !reflect.DeepEqual(s[i], w) {
				t.Errorf("%s[%d]: %v; h5py has %v", what, i, s[i], w)
			}
		}
	default:
		v, err := got.ReadFloat64()
		if errors.Is(err, ErrRange) { // int64 limits are no float64
			var ints []int64
			ints, err = got.ReadInt64()
			if err == nil || errors.Is(err, ErrRange) && strings.Contains(want.Dtype, "u8") {
				for _, i := range ints {
					v = append(v, float64(i))
				}
				if err != nil {
					return // 2^64-1 is neither: refused, as documented
				}
			}
		}
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		check(t, what, v, want)
	}
}
