package cifti

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/data/internal/reference"
	"realnet/data/nifti"
)

// fixtures unpacks testdata/surfaces.zip (ci/reference/surfaces.py).
func fixtures(t testing.TB) string {
	t.Helper()
	return reference.Unzip(t, "testdata/surfaces.zip")
}

// Values, rows and columns as nibabel 5.0 gives them; values exactly, in float32.
func TestEqualsNibabel(t *testing.T) {
	dir := fixtures(t)
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct {
		Shape      []int
		Values     []float64
		Structures []string
		Vertices   []int
		Voxels     [][3]int32
		Sizes      map[string]int
		Step       float64
		Maps       []string
		Labels     [][][2]any
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	for name, want := range expected {
		f, err := Open(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.Rows != want.Shape[0] || len(f.Brain) != want.Shape[1] || math.Abs(f.Step-want.Step) > 1e-12 || len(f.Maps) != len(want.Maps) {
			t.Errorf("%s: %d x %d, step %g, %d maps, want %v, %g, %v", name, f.Rows, len(f.Brain), f.Step, len(f.Maps), want.Shape, want.Step, want.Maps)
			continue
		}
		for c, g := range f.Brain {
			w := Grayordinate{want.Structures[c], want.Vertices[c], want.Voxels[c]}
			if g != w {
				t.Errorf("%s: column %d is %+v, nibabel has %+v", name, c, g, w)
			}
		}
		for structure, n := range want.Sizes {
			if f.Sizes[structure] != n {
				t.Errorf("%s: %s has %d vertices, want %d", name, structure, f.Sizes[structure], n)
			}
		}
		for i, m := range f.Maps {
			if m.Name != want.Maps[i] {
				t.Errorf("%s: map %q, want %q", name, m.Name, want.Maps[i])
			}
			if i < len(want.Labels) {
				for k, l := range want.Labels[i] {
					if float64(m.Labels[k].Key) != l[0] || m.Labels[k].Name != l[1] {
						t.Errorf("%s: label %+v, want %v", name, m.Labels[k], l)
					}
				}
			}
		}
		for _, columns := range [][]int{{0, 3, len(f.Brain) - 1}, {2}} {
			got, err := f.Columns(columns)
			if err != nil {
				t.Fatal(err)
			}
			var w []float32
			for row := range f.Rows {
				for _, c := range columns {
					w = append(w, float32(want.Values[row*len(f.Brain)+c]))
				}
			}
			if !slices.Equal(got, w) {
				t.Errorf("%s: columns %v are %v, nibabel has %v", name, columns, got, w)
			}
		}
	}
	if len(expected) != 5 {
		t.Errorf("%d files", len(expected))
	}
}

func TestRefused(t *testing.T) {
	im, err := nifti.Open(filepath.Join(fixtures(t), "bold.dtseries.nii"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parse(im); err != nil {
		t.Fatal(err)
	}
	xml := string(im.Extensions[0].Data)
	for name, c := range map[string]struct {
		change [2]string
		want   error
	}{
		"version 1":         {[2]string{`Version="2`, `Version="1`}, ErrKind},
		"no XML":            {[2]string{`<CIFTI`, `<<CIFTI`}, ErrFormat},
		"parcels":           {[2]string{"CIFTI_INDEX_TYPE_BRAIN_MODELS", "CIFTI_INDEX_TYPE_PARCELS"}, ErrKind},
		"a series in hertz": {[2]string{`"SECOND"`, `"HERTZ"`}, ErrKind},
		"other points":      {[2]string{`NumberOfSeriesPoints="6"`, `NumberOfSeriesPoints="7"`}, ErrFormat},
		"a step of nothing": {[2]string{`SeriesStep="0.72"`, `SeriesStep="0"`}, ErrFormat},
		"a gap":             {[2]string{`IndexOffset="6"`, `IndexOffset="7"`}, ErrFormat},
		"a count too large": {[2]string{`IndexCount="6"`, `IndexCount="600"`}, ErrFormat},
		"a vertex too far":  {[2]string{`SurfaceNumberOfVertices="8"`, `SurfaceNumberOfVertices="7"`}, ErrFormat},
		"an unknown model":  {[2]string{"CIFTI_MODEL_TYPE_VOXELS", "CIFTI_MODEL_TYPE_LINES"}, ErrKind},
	} {
		changed := strings.ReplaceAll(xml, c.change[0], c.change[1])
		if changed == xml {
			t.Fatalf("%s: the XML has no %s", name, c.change[0])
		}
		broken := *im
		broken.Extensions = []nifti.Extension{{Code: extensionCode, Data: []byte(changed)}}
		if _, err := parse(&broken); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	plain := *im
	plain.Extensions = nil
	if _, err := parse(&plain); !errors.Is(err, ErrFormat) {
		t.Errorf("a NIfTI image without XML: %v", err)
	}
}

func FuzzXML(f *testing.F) {
	im, err := nifti.Open(filepath.Join(fixtures(f), "bold.dtseries.nii"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(im.Extensions[0].Data)
	f.Fuzz(func(t *testing.T, text []byte) {
		changed := *im
		changed.Extensions = []nifti.Extension{{Code: extensionCode, Data: text}}
		if file, err := parse(&changed); err == nil && len(file.Brain) != im.Shape[5] {
			t.Fatalf("%d columns, the matrix has %d", len(file.Brain), im.Shape[5])
		}
	})
}
