package gifti

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"realnet/data/internal/reference"
)

// fixtures unpacks testdata/surfaces.zip (ci/reference/surfaces.py).
func fixtures(t testing.TB) string {
	t.Helper()
	return reference.Unzip(t, "testdata/surfaces.zip")
}

// The values, shapes, labels and structures that nibabel 5.0 reads, exactly.
func TestEqualsNibabel(t *testing.T) {
	dir := fixtures(t)
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct {
		Shapes    [][]int
		Values    [][]float64
		Structure string
		Labels    [][2]any
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	for name, want := range expected {
		f, err := Read(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(f.Arrays) != len(want.Shapes) || f.Structure() != want.Structure || len(f.Labels) != len(want.Labels) {
			t.Errorf("%s: %d arrays of %q with %d labels, want %+v", name, len(f.Arrays), f.Structure(), len(f.Labels), want)
			continue
		}
		for i, a := range f.Arrays {
			if !slices.Equal(a.Shape, want.Shapes[i]) || !slices.Equal(a.Values, want.Values[i]) {
				t.Errorf("%s: %v %v, nibabel has %v %v", name, a.Shape, a.Values, want.Shapes[i], want.Values[i])
			}
		}
		for i, l := range f.Labels {
			if float64(l.Key) != want.Labels[i][0] || l.Name != want.Labels[i][1] {
				t.Errorf("%s: label %+v, want %v", name, l, want.Labels[i])
			}
		}
	}
	if len(expected) < 60 {
		t.Errorf("only %d files", len(expected))
	}
}

func document(attributes, data string) string {
	return `<GIFTI Version="1.0"><DataArray Intent="NIFTI_INTENT_NONE" ` + attributes + `><Data>` + data + `</Data></DataArray></GIFTI>`
}

func TestRefused(t *testing.T) {
	const good = `DataType="NIFTI_TYPE_UINT8" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="3" Encoding="ASCII" Endian="LittleEndian"`
	if f, err := Parse(strings.NewReader(document(good, "1 2 3")), ""); err != nil || !slices.Equal(f.Arrays[0].Values, []float64{1, 2, 3}) {
		t.Fatalf("%+v, %v", f, err)
	}
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(good) }
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":              {"", ErrFormat},
		"no XML":             {"GIFTI", ErrFormat},
		"another element":    {"<a/>", ErrFormat},
		"cut":                {document(good, "1 2 3")[:150], ErrFormat},
		"too few values":     {document(good, "1 2"), ErrFormat},
		"no number":          {document(good, "1 2 x"), ErrFormat},
		"unknown type":       {document(change("UINT8", "COMPLEX64"), "1 2 3"), ErrType},
		"unknown encoding":   {document(change("ASCII", "Base85"), "1"), ErrFormat},
		"unknown order":      {document(change("RowMajorOrder", "Both"), "1 2 3"), ErrFormat},
		"unknown endian":     {document(change("LittleEndian", "Middle"), "1 2 3"), ErrFormat},
		"no dimension":       {document(change(`Dim0="3"`, ""), "1 2 3"), ErrFormat},
		"negative dimension": {document(change(`Dim0="3"`, `Dim0="-3"`), "1 2 3"), ErrFormat},
		"too many axes":      {document(change(`Dimensionality="1"`, `Dimensionality="9"`), "1 2 3"), ErrFormat},
		"huge dimensions":    {document(change(`Dimensionality="1" Dim0="3"`, `Dimensionality="2" Dim0="9000000000" Dim1="9000000000"`), "1"), ErrFormat},
		"no base64":          {document(change("ASCII", "Base64Binary"), "!!"), ErrFormat},
		"short base64":       {document(change("ASCII", "Base64Binary"), "AQI="), ErrFormat},
		"long base64":        {document(change("ASCII", "Base64Binary"), "AQIDBA=="), ErrFormat},
		"not compressed":     {document(change("ASCII", "GZipBase64Binary"), "AQIDBA=="), ErrFormat},
		"external, nowhere":  {document(change("ASCII", "ExternalFileBinary"), ""), ErrFormat},
		"bad label":          {`<GIFTI><LabelTable><Label Key="x">a</Label></LabelTable></GIFTI>`, ErrFormat},
	} {
		if _, err := Parse(strings.NewReader(c.text), ""); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	external := document(change("ASCII", "ExternalFileBinary")+` ExternalFileName="../../none.dat" ExternalFileOffset="0"`, "")
	if _, err := Parse(strings.NewReader(external), t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an external file that is not there: %v", err)
	}
}

// What dimensions claim is not allocated.
func TestClaims(t *testing.T) {
	text := document(`DataType="NIFTI_TYPE_FLOAT64" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="100000000000" Encoding="Base64Binary" Endian="LittleEndian"`, "AQIDBA==")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Parse(strings.NewReader(text), "")
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrFormat) || used > 1<<20 {
		t.Errorf("%d bytes allocated, %v", used, err)
	}
}

func FuzzParse(f *testing.F) {
	dir := fixtures(f)
	for _, name := range []string{"series.func.gii", "regions.label.gii", "INT16_ASCII_RowMajorOrder.gii", "UINT32_GZipBase64Binary_ColumnMajorOrder.gii"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse(strings.NewReader(text), "")
		if err != nil {
			return
		}
		for i, a := range file.Arrays {
			n := 1
			for _, d := range a.Shape {
				n *= d
			}
			if n != len(a.Values) {
				t.Fatal(fmt.Sprint("array ", i, ": ", len(a.Values), " values of shape ", a.Shape))
			}
		}
	})
}
