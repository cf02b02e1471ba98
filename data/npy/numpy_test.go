package npy

import (
	"os/exec"
	"path/filepath"
	"testing"

	"realnet/data/array"
)

// python runs a script with the reference tools, or skips the test without them.
func python(t *testing.T, script string, args ...string) {
	t.Helper()
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import numpy").Run() != nil {
		t.Skip("numpy is not installed: python3-numpy")
	}
	out, err := exec.Command(interpreter, append([]string{"-c", script}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestNumpyReadsDict(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eeg.npy")
	if err := WriteDictFile(path, eegEntries()); err != nil {
		t.Fatal(err)
	}
	python(t, `
import sys, numpy as np
d = np.load(sys.argv[1], allow_pickle=True).item()
assert list(d) == ["preprocessed_eeg_data", "ch_names", "times"], list(d)
x = d["preprocessed_eeg_data"]
assert x.dtype == np.float64 and x.shape == (2, 1, 3) and (x.ravel() == [1, 2, 3, 4, 5, 6]).all(), x
x += 1
assert d["ch_names"] == ["O1", "Öz"]
assert d["times"].dtype == np.float32 and np.allclose(d["times"], [-.1, 0, .1])
`, path)
}

func TestNumpyReadsArray(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, a *array.Array) {
		if err := WriteFile(filepath.Join(dir, name+".npy"), a); err != nil {
			t.Fatal(err)
		}
	}
	write("f4", array.Of([]int{2, 2}, []float32{1, 2, 3, 4.5}))
	write("f8", array.Of(nil, []float64{1e-300}))
	write("i8", array.Of([]int{3}, []int64{-1, 2, 1 << 40}))
	write("i4", array.Of([]int{2}, []int32{-1, 2}))
	write("u1", array.Of([]int{0, 3}, []uint8{}))
	python(t, `
import sys, numpy as np
l = lambda n: np.load(sys.argv[1] + "/" + n + ".npy")
for n in "f4", "f8", "i8", "i4", "u1":
    assert l(n).dtype == np.dtype(n)
assert (l("f4") == [[1, 2], [3, 4.5]]).all()
assert l("f8").shape == () and l("f8") == 1e-300
assert (l("i8") == [-1, 2, 1 << 40]).all() and (l("i4") == [-1, 2]).all() and l("u1").shape == (0, 3)
`, dir)
}
