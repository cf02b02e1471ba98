package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestRandomFiles opens what numpy, torch and scipy wrote with random structure
// (ci/reference/file_random.py): every array that can be read, by name, with their
// values, whatever is beside it.
func TestRandomFiles(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import torch, scipy, pandas").Run() != nil {
		t.Skip("python3-torch, python3-scipy and python3-pandas are not all installed; .github/workflows/check.yml installs them")
	}
	dir := t.TempDir()
	list, err := exec.Command(interpreter, "../../ci/reference/file_random.py", dir, "12", "3").Output()
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]*File{}
	in := json.NewDecoder(bytes.NewReader(list))
	compared := 0
	for {
		var want struct {
			File, Name string
			Shape      []int
			Values     []float64
		}
		if err := in.Decode(&want); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		f := open[want.File]
		if f == nil {
			if f, err = Open(t.Context(), filepath.Join(dir, want.File)); err != nil {
				t.Errorf("%v", err)
				continue
			}
			defer f.Close()
			open[want.File] = f
		}
		a, err := f.Array(want.Name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		got, err := a.Float64(t.Context())
		if err != nil || !slices.Equal(got, want.Values) || !slices.Equal(a.Shape, want.Shape) {
			t.Errorf("%s %s: %v %v, want %v %v; %v", want.File, want.Name, a.Shape, got, want.Shape, want.Values, err)
		}
		compared++
	}
	if compared < 300 {
		t.Errorf("%d arrays", compared)
	}
}
