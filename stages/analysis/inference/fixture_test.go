package inference

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// readJSON reads a fixture of ci/reference/analysis_stats.py.
func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// same is equality to 1e-6 relative; near 0 to 1e-14 absolute, so that tails of
// 1e-13 and beyond are compared with same(t, what, got/want, 1).
func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= math.Max(1e-14, 1e-6*math.Abs(want))) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

func side(t *testing.T, name string) Alternative {
	t.Helper()
	a, err := ParseAlternative(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
