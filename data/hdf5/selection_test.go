package hdf5

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestSelections compares slabs and index lists with the same elements of the
// whole array, on every layout and index.
func TestSelections(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, name := range []string{"chunks_earliest.h5", "chunks_latest.h5", "indices_latest.h5", "numbers_latest.h5", "groups_earliest.h5"} {
		f := mustOpen(t, name)
		err := f.Walk(func(o Object) error {
			d, ok := o.(*Dataset)
			if !ok || len(d.Shape()) == 0 {
				return nil
			}
			whole, err := d.ReadFloat64()
			if errors.Is(err, ErrRange) || errors.Is(err, ErrType) {
				return nil
			}
			if err != nil {
				return err
			}
			for range 12 {
				checkSelection(t, rng, d, whole)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkSelection(t *testing.T, rng *rand.Rand, d *Dataset, whole []float64) {
	t.Helper()
	shape := d.Shape()
	start, count := make([]int, len(shape)), make([]int, len(shape))
	indices := make([][]int, len(shape))
	for i, n := range shape {
		start[i] = rng.IntN(n + 1)
		count[i] = rng.IntN(n - start[i] + 1)
		for j := range count[i] {
			indices[i] = append(indices[i], start[i]+j)
		}
	}
	s, err := d.Slab(start, count)
	if err != nil {
		t.Fatal(err)
	}
	if axis := rng.IntN(len(shape)); shape[axis] > 0 && rng.IntN(2) == 0 {
		indices[axis] = nil // in any order, some twice
		for range rng.IntN(2 * shape[axis]) {
			indices[axis] = append(indices[axis], rng.IntN(shape[axis]))
		}
		if s, err = s.Take(axis, indices[axis]); err != nil {
			t.Fatal(err)
		}
	}
	var want []float64
	var pick func(axis, at int)
	pick = func(axis, at int) {
		if axis == len(shape) {
			want = append(want, whole[at])
			return
		}
		for _, i := range indices[axis] {
			pick(axis+1, at*shape[axis]+i)
		}
	}
	pick(0, 0)
	got, err := s.ReadFloat64()
	if err != nil || !slices.EqualFunc(got, want, same) {
		t.Fatalf("%s: slab %v + %v, %v: got %v, want %v", d.Name(), start, count, err, got, want)
	}
}

func TestSlabOutside(t *testing.T) {
	d, err := mustOpen(t, "chunks_latest.h5").Dataset("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range [][2][]int{{{0, 0}, {38, 1}}, {{-1, 0}, {1, 1}}, {{0}, {1}}, {{0, 23}, {1, 1}}} {
		if _, err := d.Slab(s[0], s[1]); !errors.Is(err, ErrRange) {
			t.Errorf("slab %v: %v", s, err)
		}
	}
	if _, err := d.All().Take(1, []int{23}); !errors.Is(err, ErrRange) {
		t.Errorf("index 23 of 23: %v", err)
	}
}

// TestWorkers: the same bits and the same error whatever the number of workers.
func TestWorkers(t *testing.T) {
	f := mustOpen(t, "chunks_latest.h5")
	bad, err := open(lies(t)["fletcher32"])
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	var wantErr string
	for _, workers := range []int{1, 2, 3, 8} {
		f.Workers, bad.Workers = workers, workers
		d, err := f.Dataset("all_f8")
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.ReadFloat64()
		if err != nil {
			t.Fatal(err)
		}
		broken, err := bad.Dataset("chunks")
		if err != nil {
			t.Fatal(err)
		}
		_, err = broken.ReadFloat64()
		if !errors.Is(err, ErrChecksum) {
			t.Fatal(err)
		}
		if want == nil {
			want, wantErr = got, err.Error()
		}
		if !reflect.DeepEqual(got, want) || err.Error() != wantErr {
			t.Errorf("%d workers differ", workers)
		}
	}
}

// TestForeign: what is not supported says so by name, and the rest is read.
func TestForeign(t *testing.T) {
	f := mustOpen(t, "foreign.h5")
	for name, says := range map[string]string{
		"scaleoffset": "scale-offset", "opaque": "opaque",
		"longdouble": "float", "external": "external", "region": "region", "virtual": "virtual",
	} {
		d, err := f.Dataset(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = d.ReadFloat64()
		if name == "region" {
			_, err = d.ReadReferences()
		}
		if !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrType) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not name %q", name, err, says)
		}
	}
	d, err := f.Dataset("good")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := d.ReadInt64(); err != nil || v[0] != 42 {
		t.Errorf("good: %v, %v", v, err)
	}
}

func TestLinks(t *testing.T) {
	for _, name := range []string{"groups_earliest.h5", "groups_latest.h5"} {
		f := mustOpen(t, name)
		for _, path := range []string{"/few/deeper/x", "hard", "soft", "few/deeper/up/deeper/x", "./few/deeper/x"} {
			d, err := f.Dataset(path)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if v, err := d.ReadFloat64(); err != nil || !slices.Equal(v, []float64{1.5, 2.5}) {
				t.Errorf("%s: %v, %v", path, v, err)
			}
		}
		for path, want := range map[string]error{
			"dangling": ErrNotFound, "nothing": ErrNotFound, "few/deeper/x/y": ErrNotFound, "many": ErrNotFound,
			"named": ErrNotFound, "loop": ErrFormat, "external": ErrUnsupported,
		} {
			if _, err := f.Dataset(path); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", path, err, want)
			}
		}
		d, err := f.Dataset("typed")
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Type().String(); got != "float32" {
			t.Errorf("named type is %s", got)
		}
	}
}

// TestCells follows the references of a cell array, as MATLAB 7.3 stores one.
func TestCells(t *testing.T) {
	f := mustOpen(t, "matlab.h5")
	d, err := f.Dataset("labels")
	if err != nil {
		t.Fatal(err)
	}
	refs, err := d.ReadReferences()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, r := range refs {
		o, err := f.Dereference(r)
		if err != nil {
			t.Fatal(err)
		}
		codes, err := o.(*Dataset).ReadInt64()
		if err != nil {
			t.Fatal(err)
		}
		word := ""
		for _, c := range codes {
			word += string(rune(c))
		}
		words = append(words, word)
	}
	if want := []string{"animate", "human", "face"}; !slices.Equal(words, want) {
		t.Errorf("%q, want %q", words, want)
	}
}

// TestConversions: a value that the asked type cannot hold never leaves.
func TestConversions(t *testing.T) {
	f := mustOpen(t, "numbers_earliest.h5")
	for name, want := range map[string]error{"le_i4": ErrRange, "be_u4": ErrRange, "le_i8": ErrRange, "le_f8": nil, "le_i2": nil, "be_f2": nil} {
		d, err := f.Dataset(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.ReadFloat32(); !errors.Is(err, want) {
			t.Errorf("%s as float32: %v, want %v", name, err, want)
		}
	}
	d, err := f.Dataset("le_f4")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadInt64(); !errors.Is(err, ErrType) {
		t.Errorf("float as int64: %v", err)
	}
	if _, err := d.ReadStrings(); !errors.Is(err, ErrType) {
		t.Errorf("float as string: %v", err)
	}
	big := &Type{Kind: Float, Size: 8}
	if err := convert(make([]float32, 1), []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x7e}, big); !errors.Is(err, ErrRange) {
		t.Errorf("2^1000 as float32: %v", err)
	}
	d, err = f.Dataset("enum")
	if err != nil {
		t.Fatal(err)
	}
	typ := d.Type()
	if !slices.Equal(typ.Names, []string{"BLUE", "GREEN", "RED"}) || !slices.Equal(typ.Values, []int64{300, -2, 1}) || typ.IsBool() {
		t.Errorf("enum %v %v %v", typ, typ.Names, typ.Values)
	}
	if d, err = f.Dataset("bool"); err != nil || !d.Type().IsBool() {
		t.Errorf("bool: %v %v", d.Type(), err)
	}
}
