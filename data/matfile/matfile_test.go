package matfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"realnet/data/internal/damage"
	"realnet/data/realdata"
)

// reference is what scipy.io.loadmat read (ci/reference/matfile.py).
type reference struct {
	Shape    []int
	Rows     []string // numbers in row-major order
	Imag     []string
	Text     []string
	Cells    []reference
	Fields   []string
	Elements []reference // of a struct array, field by field
}

func read(t testing.TB, name string) *File {
	t.Helper()
	f, err := Read(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAgainstScipy(t *testing.T) {
	raw, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]reference
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for name, vars := range all {
		f := read(t, name+".mat")
		if len(f.Names()) != len(vars) {
			t.Errorf("%s: variables %q, scipy has %d", name, f.Names(), len(vars))
		}
		for key, want := range vars {
			a, err := f.Var(key)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			compare(t, name+" "+key, a, want)
		}
	}
}

// One field or cell that is not read leaves the others; scipy gives the same X and last.
func TestPartlyRead(t *testing.T) {
	for _, c := range []struct {
		file string
		bad  map[string]string // field: what the error names
		good []string
		cell int
	}{
		{"partial.mat", map[string]string{"W": "sparse", "s": "string"}, []string{"X", "last"}, 1},
		{"partial73.mat", map[string]string{"W": "sparse", "s": "string", "fun": "function_handle"}, []string{"X"}, 1},
	} {
		f := read(t, c.file)
		spm, err := f.Var("SPM")
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if len(spm.Fields()) != len(c.bad)+len(c.good) {
			t.Errorf("%s: fields %q", c.file, spm.Fields())
		}
		for field, says := range c.bad {
			if _, err := spm.Field(field, 0); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %s: %v, want one that names %s", c.file, field, err, says)
			}
		}
		for _, field := range c.good {
			if _, err := spm.Field(field, 0); err != nil {
				t.Errorf("%s: %v", c.file, err)
			}
		}
		x, err := spm.Field("X", 0)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := x.RowMajor(); err != nil || !reflect.DeepEqual(v, []float64{1, 0, 0, 1}) {
			t.Errorf("%s: X %v, %v", c.file, v, err)
		}
		mixed, err := f.Var("mixed")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mixed.Cell(c.cell); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: cell %d: %v", c.file, c.cell, err)
		}
		for _, i := range []int{0, 2} {
			if _, err := mixed.Cell(i); err != nil {
				t.Errorf("%s: cell %d: %v", c.file, i, err)
			}
		}
	}
}

// A damaged variable, compressed with a checksum, leaves the others.
func TestDamagedVariable(t *testing.T) {
	raw, err := os.ReadFile("testdata/compressed.mat")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{headerSize + 8, headerSize + 12, headerSize + 40} { // header, start and later
		bad := bytes.Clone(raw)
		bad[at] ^= 0xff
		f, err := Parse(bad)
		if err != nil {
			t.Errorf("byte %d: %v", at, err)
			continue
		}
		failed := 0
		for _, name := range f.Names() {
			if _, err := f.Var(name); err != nil {
				failed++
			}
		}
		if len(f.Names()) != len(whole.Names()) || failed != 1 {
			t.Errorf("byte %d: %d of %d variables are read, want all but one", at, len(f.Names())-failed, len(whole.Names()))
		}
	}
}

func TestDetect(t *testing.T) {
	for name, want := range map[string]bool{"plain.mat": true, "big_endian.mat": true, "v4_little.mat": true, "v4_big.mat": true, "v73.mat": false, "expected.json": false} {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got := Detect(raw[:min(len(raw), 256)]); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, head := range []string{"", "\x00\x00\x00\x00", strings.Repeat("\x00", 300), "GIF89a\x01\x00\x01\x00\x00\x00\x00", "\x5c\x01\x00\x00" + strings.Repeat("\x00", 344)} {
		if Detect([]byte(head)) {
			t.Errorf("%q is taken for a .mat file", head[:min(len(head), 20)])
		}
	}
}

func compare(t *testing.T, what string, a *Array, want reference) {
	t.Helper()
	switch {
	case want.Text != nil:
		rows, err := a.Rows()
		for i := range rows { // numpy cuts spaces at the end of a text
			rows[i] = strings.TrimRight(rows[i], " ")
		}
		for i := range want.Text {
			want.Text[i] = strings.TrimRight(want.Text[i], " ")
		}
		if err != nil || strings.Join(rows, "|") != strings.Join(want.Text, "|") {
			t.Errorf("%s: %q, %v; scipy has %q", what, rows, err, want.Text)
		}
	case !reflect.DeepEqual(a.Shape, want.Shape):
		t.Errorf("%s: shape %v, scipy has %v", what, a.Shape, want.Shape)
	case want.Fields != nil:
		if !reflect.DeepEqual(a.Fields(), want.Fields) {
			t.Errorf("%s: fields %q, scipy has %q", what, a.Fields(), want.Fields)
		}
		for i, w := range want.Elements {
			v, err := a.Field(want.Fields[i%len(want.Fields)], i/len(want.Fields))
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			compare(t, what+"."+want.Fields[i%len(want.Fields)], v, w)
		}
	case want.Cells != nil:
		for i, w := range want.Cells {
			v, err := a.Cell(i)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			compare(t, what+"{}", v, w)
		}
	default:
		parts := *a
		parts.Imag = nil
		checkRows(t, what, &parts, want.Rows)
		if want.Imag != nil {
			parts.Data = a.Imag
			checkRows(t, what+" imaginary", &parts, want.Imag)
			if _, err := a.Float64(); !errors.Is(err, ErrType) {
				t.Errorf("%s: complex as real: %v", what, err)
			}
		}
	}
}

func checkRows(t *testing.T, what string, a *Array, want []string) {
	t.Helper()
	got, err := a.RowMajor()
	if err != nil || len(got) != len(want) {
		t.Errorf("%s: %d values, %v; scipy has %d", what, len(got), err, len(want))
		return
	}
	for i, s := range want {
		w, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got[i] != w && !(math.IsNaN(w) && math.IsNaN(got[i])) {
			t.Errorf("%s[%d] = %v, scipy has %v", what, i, got[i], w)
		}
	}
}

// TestVersion73 reads an imitation of a MATLAB 7.3 file, made with h5py in
// MATLAB's way (ci/reference/matfile.py).
func TestVersion73(t *testing.T) {
	f := read(t, "v73.mat")
	get := func(name string) *Array {
		a, err := f.Var(name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	noise, err := get("noise").RowMajor()
	want := []float64{0, 2. / 7, 4. / 7, 1. / 7, 3. / 7, 5. / 7}
	if err != nil || !reflect.DeepEqual(noise, want) || !reflect.DeepEqual(get("noise").Shape, []int{2, 3}) {
		t.Errorf("noise %v, %v", noise, err)
	}
	if a := get("image"); a.Class != "uint8" || !reflect.DeepEqual(a.Shape, []int{2, 4, 3}) {
		t.Errorf("image %v %v", a.Class, a.Shape)
	}
	if s, err := get("text").Text(); s != "Kéy" || err != nil {
		t.Errorf("text %q, %v", s, err)
	}
	if s, err := get("labels").Strings(); strings.Join(s, " ") != "animate face" || err != nil {
		t.Errorf("labels %q, %v", s, err)
	}
	if a := get("empty"); !reflect.DeepEqual(a.Shape, []int{0, 3}) {
		t.Errorf("empty %v", a.Shape)
	}
	if a := get("z"); !reflect.DeepEqual(a.Data, []float64{1, 3}) || !reflect.DeepEqual(a.Imag, []float64{2, -4}) {
		t.Errorf("z %v %v", a.Data, a.Imag)
	}
	name, err := get("one").Field("name", 0)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := name.Text(); s != "hIT" || err != nil {
		t.Errorf("one.name %q, %v", s, err)
	}
	many := get("many")
	second, err := many.Field("name", 1)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := second.Text(); s != "face" || err != nil || many.Len() != 2 {
		t.Errorf("many(2).name %q, %v", s, err)
	}
	if _, err := f.Var("sparse"); !errors.Is(err, ErrUnsupported) {
		t.Errorf("sparse: %v", err)
	}
}

func TestForeign(t *testing.T) {
	f := read(t, "foreign.mat")
	if _, err := f.Var("sparse"); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "sparse") {
		t.Errorf("sparse: %v", err)
	}
	a, err := f.Var("good")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := a.Float64(); err != nil || v[0] != 42 {
		t.Errorf("good: %v, %v", v, err)
	}
	if _, err := f.Var("absent"); !errors.Is(err, ErrNotFound) {
		t.Errorf("absent: %v", err)
	}
}

// TestKriegeskorte reads the two real files of Kriegeskorte et al. 2008 whole.
// Sums, sizes and texts are those of scipy.io.loadmat 1.10.1.
func TestKriegeskorte(t *testing.T) {
	f, err := Read(realdata.Path(t, "kriegeskorte2008", "Kriegeskorte_Neuron2008_supplementalData.mat"))
	if err != nil {
		t.Fatal(err)
	}
	get := func(f *File, name string) *Array {
		t.Helper()
		a, err := f.Var(name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	field := func(a *Array, name string, i int) *Array {
		t.Helper()
		v, err := a.Field(name, i)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	total := func(a *Array) float64 {
		t.Helper()
		v, err := a.Float64()
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum
	}
	stimuli := get(f, "stimuli_92objs")
	pixels := 0.0
	for i := range stimuli.Len() {
		image := field(stimuli, "image", i)
		if _, h, w, err := image.Image(); h != 175 || w != 175 || err != nil {
			t.Fatalf("image %d: %d x %d, %v", i, h, w, err)
		}
		pixels += total(image)
	}
	if stimuli.Len() != 92 || pixels != 1062191855 || total(field(stimuli, "image", 91)) != 17296379 {
		t.Errorf("%d stimuli with a sum of %v", stimuli.Len(), pixels)
	}
	if s, err := field(stimuli, "category", 91).Text(); s != "artificial inanimate" || err != nil {
		t.Errorf("category %q, %v", s, err)
	}
	labels, err := get(f, "categoryLabels").Strings()
	if want := "animate inanim human nonhumani body face natObj artiObj rand24 rand48 other48 monkeyape"; err != nil || strings.Join(labels, " ") != want {
		t.Errorf("labels %q, %v", labels, err)
	}
	if v := get(f, "categoryVectors"); total(v) != 353 || !reflect.DeepEqual(v.Shape, []int{92, 12}) {
		t.Errorf("category vectors %v, sum %v", v.Shape, total(v))
	}
	for i, want := range []float64{4167.792212231709, 3549.46457657218} {
		rdm := field(get(f, "RDMs_mIT_hIT_fig1"), "RDM", i)
		if got := total(rdm); math.Abs(got-want) > 1e-9 || rdm.Len() != 4186 {
			t.Errorf("RDM %d: %d values, sum %v, want %v", i, rdm.Len(), got, want)
		}
	}
	f, err = Read(realdata.Path(t, "kriegeskorte2008", "92_brainRDMs.mat"))
	if err != nil {
		t.Fatal(err)
	}
	rdms := get(f, "RDMs")
	if !reflect.DeepEqual(rdms.Shape, []int{1, 4, 2}) {
		t.Fatalf("RDMs %v", rdms.Shape)
	}
	// Subjects BE, KO, SN, TI; all first sessions, then all second ones.
	for i, want := range []float64{
		7390.263201236725, 7101.22572517395, 6924.0553641319275, 6654.420201659203,
		7528.765076756477, 7302.238057971001, 7282.601507306099, 6607.864090919495,
	} {
		rdm := field(rdms, "RDM", i)
		if _, single := rdm.Data.([]float32); !single || rdm.Len() != 92*92 || math.Abs(total(rdm)-want) > 1e-8 {
			t.Errorf("RDM %d: %s of %v, sum %v, want %v", i, rdm.Class, rdm.Shape, total(rdm), want)
		}
	}
}

// readAll decodes every variable.
func readAll(raw []byte) error {
	f, err := Parse(raw)
	if err != nil {
		return err
	}
	for _, name := range f.Names() {
		if _, e := f.Var(name); e != nil {
			err = e
		}
	}
	return err
}

func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range []string{"plain", "compressed", "big_endian", "foreign", "v73"} {
		raw, err := os.ReadFile("testdata/" + name + ".mat")
		if err != nil {
			t.Fatal(err)
		}
		all[name] = raw
	}
	return all
}

// TestTruncated cuts fixtures at every eighth byte: an error, but where the cut
// falls between two variables.
func TestTruncated(t *testing.T) {
	for name, raw := range fixtures(t) {
		whole := 0
		for n := 0; n < len(raw); n += 8 {
			if readAll(raw[:n]) == nil {
				whole++
			}
		}
		if whole > 30 {
			t.Errorf("%s: %d of %d cuts are read without an error", name, whole, len(raw)/8)
		}
	}
}

// TestHostile changes one element at a time to a lie.
func TestHostile(t *testing.T) {
	plain := fixtures(t)["plain"]
	patch := func(off int, b ...byte) []byte {
		raw := bytes.Clone(plain)
		copy(raw[off:], b)
		return raw
	}
	for name, raw := range map[string][]byte{
		"nothing":          {},
		"text":             bytes.Repeat([]byte("text "), 60),
		"version 4":        make([]byte, 200),
		"other version":    patch(124, 0, 2),
		"long element":     patch(headerSize+4, 255, 255, 255, 127),
		"unknown element":  patch(headerSize, 99),
		"class 99":         patch(headerSize+16, 99),
		"negative axis":    patch(headerSize+32, 255, 255, 255, 255),
		"huge axis":        patch(headerSize+32, 255, 255, 255, 127),
		"7.3 without HDF5": append([]byte("MATLAB 7.3 MAT-file"), make([]byte, 600)...),
	} {
		if err := readAll(raw); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrNotMAT) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDamaged(t *testing.T) {
	damage.Each(t, fixtures(t), func(int) int { return 300 }, func(_ string, raw []byte) { _ = readAll(raw) })
}

func FuzzParse(f *testing.F) {
	for _, raw := range fixtures(f) {
		f.Add(raw)
	}
	f.Fuzz(func(_ *testing.T, raw []byte) { _ = readAll(raw) })
}
