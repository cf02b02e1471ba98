package rdmfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/stages/rdmfile"
)

// A table says by name which condition a column is of, wherever the column stands.
func TestColumnsByName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []float64 // a-b, a-c, a-d, b-c, b-d, c-d; nil: refused
	}{
		"in order":              {"x,a,b,c,d\na,0,1,2,3\nb,1,0,4,5\nc,2,4,0,6\nd,3,5,6,0\n", []float64{1, 2, 3, 4, 5, 6}},
		"in another order":      {"x,d,a,c,b\na,3,0,2,1\nb,5,1,4,0\nc,6,2,0,4\nd,0,3,6,5\n", []float64{1, 2, 3, 4, 5, 6}},
		"of names like R's":     {"x,V1,V2,V3,V4\na,0,1,2,3\nb,1,0,4,5\nc,2,4,0,6\nd,3,5,6,0\n", []float64{1, 2, 3, 4, 5, 6}},
		"three, no triangles":   {"x,c,a,b\na,2,0,1\nb,3,1,0\nc,0,2,3\n", []float64{1, 2, 3}},
		"of another condition":  {"x,a,b,c,e\na,0,1,2,3\nb,1,0,4,5\nc,2,4,0,6\nd,3,5,6,0\n", nil},
		"twice the same name":   {"x,b,a,a,d\na,0,1,2,3\na,1,0,4,5\nb,2,4,0,6\nd,3,5,6,0\n", nil},
		"numbers for names":     {",3,1,2\n1,2,0,1\n2,3,1,0\n3,0,2,3\n", []float64{1, 2, 3}},
		"numbers, from nothing": {",2,0,1\n0,2,0,1\n1,3,1,0\n2,0,2,3\n", []float64{1, 2, 3}},
	} {
		path := filepath.Join(t.TempDir(), "rdm.csv")
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		list, err := rdmfile.Read(t.Context(), path, "")
		switch {
		case c.want == nil:
			if !errors.Is(err, rdmfile.ErrShape) {
				t.Errorf("%s: error %v, want one of the shape", name, err)
			}
		case err != nil || len(list) != 1 || !slices.Equal(list[0].Values, c.want):
			t.Errorf("%s: %v, error %v, want %v", name, list, err, c.want)
		}
	}
}
