package file

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestNamesOf reads the names that people save beside features, as numpy, torch, h5py and scipy
// write them.
func TestNamesOf(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import torch, scipy, h5py").Run() != nil {
		t.Skip("python3-torch, python3-scipy and python3-h5py are not all installed; .github/workflows/check.yml installs them")
	}
	dir := t.TempDir()
	out, err := exec.Command(interpreter, "-c", `
import sys, os, h5py, numpy as np, scipy.io, torch
os.chdir(sys.argv[1])
x, names, twice, = np.arange(12.).reshape(3, 4), ["c.jpg", "a.jpg", "b.jpg"], ["c", "a", "c"]
np.savez("a.npz", features=x, names=np.array(names))
np.savez("objects.npz", features=x, image_names=np.array(names, dtype=object))
np.save("dict.npy", {"features": x, "filenames": names})
torch.save({"features": torch.tensor(x), "stimuli": names, "classes": ["u", "v"]}, "a.pt")
with h5py.File("a.h5", "w") as f:
    f["layer/features"], f["layer/image_ids"] = x, names
scipy.io.savemat("cell.mat", {"features": x, "names": np.array(names, dtype=object)})
scipy.io.savemat("char.mat", {"features": x, "conditions": np.array(["c", "abc", "b"])})
np.savez("trials.npz", features=x, conditions=np.array(twice))
np.savez("agree.npz", features=x, names=np.array(["c", "a", "b"]), filenames=np.array(names))
# no names of rows
np.savez("labels.npz", features=x, labels=np.array(twice))
np.savez("differ.npz", features=x, names=np.array(names), filenames=np.array(names[::-1]))
np.savez("channels.npz", features=x, ch_names=np.array(["O1", "O2", "Oz"]))
np.savez("columns.npz", features=x, names=np.array(["p", "q", "r", "s"]))
`, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range map[string][]string{
		"a.npz": {"c.jpg", "a.jpg", "b.jpg"}, "dict.npy": {"c.jpg", "a.jpg", "b.jpg"}, "a.pt": {"c.jpg", "a.jpg", "b.jpg"},
		"a.h5": {"c.jpg", "a.jpg", "b.jpg"}, "cell.mat": {"c.jpg", "a.jpg", "b.jpg"}, "char.mat": {"c", "abc", "b"},
		"trials.npz": {"c", "a", "c"}, "agree.npz": {"c.jpg", "a.jpg", "b.jpg"},
		"labels.npz": nil, "differ.npz": nil, "channels.npz": nil, "columns.npz": nil,
	} {
		f := opened(t, filepath.Join(dir, name))
		a, err := f.Array("")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := f.RowNames(a); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := opened(t, filepath.Join(dir, "columns.npz")).NamesOf(4); !slices.Equal(got, []string{"p", "q", "r", "s"}) {
		t.Errorf("names of the other axis: %q", got)
	}
}

// Columns that tell where rows are from are no features: the table must be chosen.
func TestColumnsAside(t *testing.T) {
	for text, want := range map[string]struct {
		arrays []string
		data   []float64
	}{
		"condition,run,v1,v2\na,1,5,6\nb,2,7,8\n": {[]string{"data", "run", "rows", "columns"}, []float64{5, 6, 7, 8}},
		"v1,session,v2,run\n5,1,6,1\n7,2,8,2\n":   {[]string{"data", "session", "run", "columns"}, []float64{5, 6, 7, 8}},
		"condition,run,v1\na,1.5,5\nb,2,7\n":      {[]string{"data", "rows", "columns"}, []float64{1.5, 5, 2, 7}},
		"run\n1\n2\n":                             {[]string{"data", "columns"}, []float64{1, 2}},
		",run,jump\nrun,0,3\njump,3,0\n":          {[]string{"data", "rows", "columns"}, []float64{0, 3, 3, 0}},
		"condition,runtime,v1\na,1,5\nb,2,7\n":    {[]string{"data", "rows", "columns"}, []float64{1, 5, 2, 7}},
	} {
		path := filepath.Join(t.TempDir(), "table.csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		f := opened(t, path)
		a, err := f.Array("data")
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.Float64(t.Context())
		if err != nil || !slices.Equal(got, want.data) || !slices.Equal(f.Names(), want.arrays) {
			t.Errorf("%q: %q, %v, %v", text, f.Names(), got, err)
		}
		if _, err := f.Array(""); (err != nil) != (slices.Contains(want.arrays, "run") || slices.Contains(want.arrays, "session")) {
			t.Errorf("%q: any array: %v", text, err)
		}
	}
}

func opened(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
