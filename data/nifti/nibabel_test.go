package nifti

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRandomHeadersAgainstNibabel demands nibabel's shape, affine and values for random
// headers: codes and signs of every kind, scalings that are none, FreeSurfer's shapes.
// Affines are compared to 1e-6 of their size: nibabel takes the square root of the
// quaternion in 80 bits.
func TestRandomHeadersAgainstNibabel(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	out, err := exec.Command(interpreter, "-c", "import nibabel, numpy; print(nibabel.__version__)").Output()
	if err != nil || !strings.HasPrefix(string(out), "5.") {
		t.Skip("nibabel 5 is not installed: python3-nibabel of Debian 12")
	}
	dir := t.TempDir()
	const count = 300
	if out, err := exec.Command(interpreter, "../../ci/reference/nifti_random.py", dir, fmt.Sprint(count), "1").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	type image struct {
		Shape   []int
		Affine  [4][4]string
		Values  []string
		Surface bool
	}
	expected := map[string]*image{}
	loadJSON(t, filepath.Join(dir, "list.json"), &expected)
	compared := 0
	for name, want := range expected {
		if want == nil {
			continue // what nibabel refuses may be read here, as the package says
		}
		compared++
		im, err := Open(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v; nibabel reads %v", name, err, want.Shape)
			continue
		}
		if !slices.Equal(im.Shape, want.Shape) {
			t.Errorf("%s: shape %v, nibabel says %v", name, im.Shape, want.Shape)
			continue
		}
		affine := im.Affine()
		located := im.SFormCode > 0 || im.QFormCode > 0 || !want.Surface // else nibabel centres the stored axes
		for i := range 4 {
			for j := range 4 {
				w := parse(t, want.Affine[i][j])
				if located && !same(affine[i][j], w, 1e-6*(1+math.Abs(w))) {
					t.Errorf("%s: affine %v, nibabel says %v", name, affine, want.Affine)
				}
			}
		}
		all, err := Read[float64](im)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		ends := slices.Concat(all[:min(50, len(all))], all[max(0, len(all)-50):])
		for i, w := range want.Values {
			if w := parse(t, w); !same(ends[i], w, 0) {
				t.Errorf("%s: value %d is %g, nibabel says %g (%v)", name, i, ends[i], w, im.Header)
				break
			}
		}
	}
	if compared < count/3 {
		t.Errorf("nibabel reads only %d of %d files", compared, count)
	}
	t.Logf("%d of %d files compared", compared, count)
}

func parse(t *testing.T, text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func same(a, b, tolerance float64) bool {
	return a == b || math.Abs(a-b) <= tolerance || math.IsNaN(a) && math.IsNaN(b)
}
