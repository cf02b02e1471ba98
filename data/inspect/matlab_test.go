package inspect

import (
	"slices"
	"testing"

	"realnet/data/realdata"
)

// TestRealMatlab compares 92_brainRDMs.mat with scipy 1.10's loadmat (sums by math.fsum).
func TestRealMatlab(t *testing.T) {
	r, err := File(t.Context(), realdata.Path(t, "kriegeskorte2008", "92_brainRDMs.mat"))
	if err != nil || r.Format != "matlab" {
		t.Fatal(r.Format, err)
	}
	sums := map[string]float64{
		"RDMs(1).RDM": 7390.263201236725, "RDMs(2).RDM": 7101.22572517395, "RDMs(3).RDM": 6924.0553641319275,
		"RDMs(4).RDM": 6654.420201659203, "RDMs(5).RDM": 7528.765076756477, "RDMs(6).RDM": 7302.238057971001,
		"RDMs(7).RDM": 7282.601507306099, "RDMs(8).RDM": 6607.864090919495,
	}
	seen := 0
	for _, a := range r.Arrays {
		if a.Error != "" {
			t.Errorf("%s: %s", a.Name, a.Error)
		}
		want, ok := sums[a.Name]
		if !ok {
			continue
		}
		seen++
		if !near(float64(*a.Sum), want) || !slices.Equal(a.Shape, []int{92, 92}) || a.DType != "float32" || *a.Min != 0 {
			t.Errorf("%s: %s %v, sum %v, want %v", a.Name, a.DType, a.Shape, *a.Sum, want)
		}
	}
	if seen != len(sums) {
		t.Errorf("%d of %d RDMs", seen, len(sums))
	}
}
