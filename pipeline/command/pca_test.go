package command

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/targets"
	"realnet/pipeline/arrays"
)

func TestPCA(t *testing.T) {
	dir := t.TempDir()
	x, held := filepath.Join(dir, "x.npy"), filepath.Join(dir, "held.npy")
	if err := arrays.WriteNPY(x, []int{3, 2}, []float64{0, 0, 3, 4, 6, 8}); err != nil {
		t.Fatal(err)
	}
	if err := arrays.WriteNPY(held, []int{1, 2}, []float32{9, 12}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if code, _, errs := execute(t, "pca", "--in", x, "--held", held, "--components", "1", "--format", "npy", "--out", out); code != 0 {
		t.Fatalf("code %d: %s", code, errs)
	}
	// All points lie on (0.6, 0.8), 5 apart: variance 25, all of it.
	for name, want := range map[string][]float64{
		"scores": {-5, 0, 5, 10}, "components": {0.6, 0.8}, "mean": {3, 4}, "explained": {25}, "ratio": {1},
	} {
		got, err := arrays.Read(t.Context(), filepath.Join(out, name+".npy"), arrays.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.Float64() {
			if math.Abs(v-want[i]) > 1e-6 {
				t.Errorf("%s: %v, want %v", name, got.Float64(), want)
				break
			}
		}
	}
	dest := filepath.Join(dir, "artifact")
	if code, stdout, errs := execute(t, "pca", "--in", x, "--components", "1", "--json", "--out", dest); code != 0 || !strings.Contains(stdout, `"components": 1`) {
		t.Fatalf("code %d: %s %s", code, stdout, errs)
	}
	a, err := artifacts.Open(dest)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Conforms(targets.Schema); err != nil {
		t.Error(err)
	}
	if code, _, errs := execute(t, "pca", "--in", x, "--components", "3", "--out", filepath.Join(dir, "no")); code != ExitUsage || !strings.Contains(errs, "at most 2") {
		t.Errorf("code %d: %s", code, errs)
	}
}
