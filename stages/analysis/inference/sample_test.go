package inference

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestBadSamples(t *testing.T) {
	tests := map[string]func(Sample) (Result, error){
		"ttest":    func(s Sample) (Result, error) { return OneSampleT(s, TwoSided) },
		"wilcoxon": func(s Sample) (Result, error) { return WilcoxonTest(s, TwoSided) },
		"signflip": func(s Sample) (Result, error) { return SignFlip(t.Context(), s, DefaultOptions()) },
		"cluster":  func(s Sample) (Result, error) { return ClusterTest(t.Context(), s, DefaultClusterOptions()) },
		"tfce":     func(s Sample) (Result, error) { return TFCE(t.Context(), s, DefaultTFCEOptions()) },
		"neurora":  func(s Sample) (Result, error) { return NeuroRA(t.Context(), s, s.Minus(1), DefaultNeuroRAOptions()) },
	}
	for name, test := range tests {
		for _, c := range []struct {
			s    Sample
			want error
			says string
		}{
			{Sample{Values: []float64{1, 2}, Subjects: 1, Points: 2}, ErrTooFew, "1 subject"},
			{Sample{Values: []float64{1, 2, 3}, Subjects: 2, Points: 2}, ErrShape, "3 values"},
			{Sample{Values: []float64{1, 2, math.NaN(), 4}, Subjects: 2, Points: 2}, ErrNotFinite, "subject 1, point 0"},
		} {
			if _, err := test(c.s); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s of %v: error %v, want %v", name, c.s, err, c.want)
			}
		}
	}
	constant := Sample{Values: []float64{0.1, 1, 0.1, 2}, Subjects: 2, Points: 2}
	for _, name := range []string{"ttest", "signflip", "cluster", "tfce"} {
		if _, err := tests[name](constant); !errors.Is(err, ErrNoVariance) || !strings.Contains(err.Error(), "point 0") {
			t.Errorf("%s: error %v, want ErrNoVariance", name, err)
		}
	}
	// A point where nothing was measured is no evidence, not an error.
	r, err := ClusterTest(t.Context(), Sample{Values: []float64{0, 1, 0, 2, 0, 3}, Subjects: 3, Points: 2}, DefaultClusterOptions())
	if err != nil || r.Statistic[0] != 0 || r.P[0] != 1 {
		t.Errorf("zeros: %+v, %v", r, err)
	}
	if _, err := Paired(constant, Sample{Values: []float64{1}, Subjects: 1, Points: 1}); !errors.Is(err, ErrShape) {
		t.Errorf("error %v, want ErrShape", err)
	}
	o := DefaultClusterOptions()
	for _, o.Adjacency = range []Adjacency{{{1}}, {{1}, {2}}, {{1}, {}}} {
		if _, err := ClusterTest(t.Context(), noise(1, 5, 2, 0), o); err == nil {
			t.Errorf("adjacency %v was accepted", o.Adjacency)
		}
	}
	o = DefaultClusterOptions()
	for _, o.ThresholdP = range []float64{0, 1, -1, math.NaN()} {
		if _, err := ClusterTest(t.Context(), noise(1, 5, 2, 0), o); err == nil {
			t.Errorf("threshold p %v was accepted", o.ThresholdP)
		}
	}
	if _, err := SignFlip(t.Context(), noise(1, 5, 2, 0), Options{}); err == nil {
		t.Error("0 permutations were accepted")
	}
}

func TestAdjacencyOverTime(t *testing.T) {
	a := Adjacency{{1}, {0}}.OverTime(3)
	for p, want := range [][]int{{1, 3}, {0, 2, 4}, {1, 5}, {4, 0}, {3, 5, 1}, {4, 2}} {
		if !slices.Equal(a[p], want) {
			t.Errorf("point %d: neighbours %v, want %v", p, a[p], want)
		}
	}
	if err := Grid(3, 4).check(12); err != nil {
		t.Error(err)
	}
}
