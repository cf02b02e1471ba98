package pca

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

type fit struct{ Scores, Components, Mean, Variance, Ratio, Held []float64 }

type fixture struct {
	Name    string
	N, D, K int
	X, Held []float64
	Raw     *fit
	ZScore  *fit `json:"zscore"`
}

func fixtures(t *testing.T) []fixture {
	t.Helper()
	text, err := os.ReadFile("testdata/sklearn.json") // ci/reference/pca.py
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []fixture }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases { // float32 values, written in decimal
		for _, values := range [][]float64{c.X, c.Held} {
			for i, v := range values {
				values[i] = float64(float32(v))
			}
		}
	}
	return file.Cases
}

// close compares with a tolerance relative to the largest magnitude.
func closeTo(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	scale, worst := 0.0, 0.0
	for i := range want {
		scale = max(scale, math.Abs(want[i]))
		worst = max(worst, math.Abs(got[i]-want[i]))
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s: differs by %.2g of the largest value", what, worst/scale)
	}
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// scikit-learn 1.2.1 in float64. The issue asks for 1e-5; float64 sums give 1e-9, and
// components are held in float32.
func TestFitAgreesWithScikitLearn(t *testing.T) {
	ctx := context.Background()
	for _, c := range fixtures(t) {
		for scaling, want := range map[Scaling]*fit{Raw: c.Raw, ZScore: c.ZScore} {
			if want == nil {
				continue
			}
			t.Run(c.Name+"/"+string(scaling), func(t *testing.T) {
				m, scores, err := Fit(ctx, c.X, c.N, c.D, Config{Components: c.K, Scaling: scaling})
				if err != nil {
					t.Fatal(err)
				}
				held, err := Transform(ctx, m, c.Held, 4, 0)
				if err != nil {
					t.Fatal(err)
				}
				tolerance := 1e-9
				if c.N > c.D { // scores go through the float32 components
					tolerance = 2e-7
				}
				closeTo(t, "scores", scores, want.Scores, tolerance)
				closeTo(t, "components", widen(m.Components), want.Components, 2e-7)
				closeTo(t, "variance", m.Variance, want.Variance, 1e-10)
				closeTo(t, "ratio", m.Ratio, want.Ratio, 1e-10)
				closeTo(t, "held-out scores", held, want.Held, 5e-7)
				if scaling == Raw {
					closeTo(t, "mean", m.Mean, want.Mean, 1e-10)
				}
				// float32 input, as patterns are, gives the same: the fixture's values are float32.
				narrow := make([]float32, len(c.X))
				for i, v := range c.X {
					narrow[i] = float32(v)
				}
				_, again, err := Fit(ctx, narrow, c.N, c.D, Config{Components: c.K, Scaling: scaling, Workers: 2})
				if err != nil || !slices.Equal(again, scores) {
					t.Errorf("float32 input gives other scores (%v)", err)
				}
			})
		}
	}
}

// Whatever the shape: components are orthonormal, scores reproduce the distances of
// the samples, signs hold, one worker gives the bits of three.
func TestFitInvariants(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(11, 0))
	for _, shape := range [][2]int{{2, 1}, {2, 5}, {5, 2}, {17, 130}, {130, 17}, {70, 700}, {64, 65}, {65, 64}} {
		n, d := shape[0], shape[1]
		k := min(n-1, d)
		x := make([]float32, n*d)
		for i := range x {
			x[i] = float32(rng.NormFloat64()*(1+float64(i%d)) + 10)
		}
		m, scores, err := Fit(ctx, x, n, d, Config{Components: k, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		m3, scores3, err := Fit(ctx, x, n, d, Config{Components: k, Workers: 3})
		if err != nil || !slices.Equal(scores, scores3) || !slices.Equal(m.Components, m3.Components) || !slices.Equal(m.Variance, m3.Variance) {
			t.Errorf("%v: the number of workers changes bits (%v)", shape, err)
		}
		for a := range k {
			largest := float32(0)
			for _, v := range m.Components[a*d : (a+1)*d] {
				if abs(v) > abs(largest) {
					largest = v
				}
			}
			if largest < 0 {
				t.Errorf("%v: component %d: largest loading %v", shape, a, largest)
			}
			for b := range a + 1 {
				dot := 0.0
				for j := range d {
					dot += float64(m.Components[a*d+j]) * float64(m.Components[b*d+j])
				}
				if want := map[bool]float64{true: 1}[a == b]; math.Abs(dot-want) > 2e-6 {
					t.Errorf("%v: components %d and %d: product %v", shape, a, b, dot)
				}
			}
		}
		for i := range min(n, 6) {
			for l := range i {
				var full, reduced float64
				for j := range d {
					e := float64(x[i*d+j]) - float64(x[l*d+j])
					full += e * e
				}
				for j := range k {
					e := scores[i*k+j] - scores[l*k+j]
					reduced += e * e
				}
				if math.Abs(full-reduced) > 1e-6*full {
					t.Errorf("%v: squared distance of samples %d and %d is %v, in components %v", shape, i, l, full, reduced)
				}
			}
		}
		sum := 0.0
		for _, r := range m.Ratio {
			sum += r
		}
		if k == min(n-1, d) && math.Abs(sum-1) > 1e-9 {
			t.Errorf("%v: ratios of all components sum to %v", shape, sum)
		}
		again, err := Transform(ctx, m, x, n, 2)
		if err != nil {
			t.Fatal(err)
		}
		closeTo(t, "transform of the fitted samples", again, scores, 1e-5)
	}
}

func TestFitRefuses(t *testing.T) {
	ctx := context.Background()
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 10}
	nan := slices.Clone(x)
	nan[4] = math.NaN()
	inf := slices.Clone(x)
	inf[8] = math.Inf(1)
	for _, tt := range []struct {
		name string
		x    []float64
		n, d int
		cfg  Config
		want error
	}{
		{"wrong count", x[:8], 3, 3, Config{Components: 1}, ErrShape},
		{"one sample", x[:3], 1, 3, Config{Components: 1}, ErrShape},
		{"no component", x, 3, 3, Config{}, ErrRank},
		{"as many components as samples", x, 3, 3, Config{Components: 3}, ErrRank},
		{"beyond the rank", []float64{1, 2, 2, 4, 3, 6}, 3, 2, Config{Components: 2}, ErrRank},
		{"beyond the rank, wide", []float64{1, 2, 3, 4, 2, 4, 6, 8, 3, 6, 9, 12}, 3, 4, Config{Components: 2}, ErrRank},
		{"constant samples", make([]float64, 9), 3, 3, Config{Components: 1}, ErrRank},
		{"NaN", nan, 3, 3, Config{Components: 1}, ErrValue},
		{"infinite", inf, 3, 3, Config{Components: 1}, ErrValue},
		{"unknown scaling", x, 3, 3, Config{Components: 1, Scaling: "unit"}, nil},
	} {
		_, _, err := Fit(ctx, tt.x, tt.n, tt.d, tt.cfg)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	m, _, err := Fit(ctx, x, 3, 3, Config{Components: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Transform(ctx, m, x[:4], 2, 1); !errors.Is(err, ErrShape) {
		t.Errorf("error %v", err)
	}
	if _, err := Transform(ctx, m, nan, 3, 1); !errors.Is(err, ErrValue) {
		t.Errorf("error %v", err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := Fit(canceled, x, 3, 3, Config{Components: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
