package encoding

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

type fixture struct {
	Bands   [][][]float64
	Y       [][]float64
	R, R2   []float64
	Alpha   []float64
	Weights [][]float64
	Chosen  [][]float64
}

func matrix(rows [][]float64) Matrix {
	return Matrix{slices.Concat(rows...), len(rows), len(rows[0])}
}

func (f fixture) matrices() (bands []Matrix, y Matrix) {
	for _, b := range f.Bands {
		bands = append(bands, matrix(b))
	}
	return bands, matrix(f.Y)
}

func load(t *testing.T) (alphas []float64, cases []fixture, banded fixture) {
	t.Helper()
	text, err := os.ReadFile("testdata/ridge.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Alphas []float64
		Cases  []fixture
		Banded fixture
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f.Alphas, f.Cases, f.Banded
}

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= tolerance) {
			t.Errorf("%s of response %d is %.12g, want %.12g", what, i, got[i], w)
		}
	}
}

// scikit-learn's RidgeCV within KFold (ci/reference/encoding.py): fewer rows than features,
// more, as many.
func TestScoreIsScikitLearns(t *testing.T) {
	alphas, cases, _ := load(t)
	for i, f := range cases {
		bands, y := f.matrices()
		c := DefaultConfig()
		c.Alphas = alphas
		got, err := Score(t.Context(), bands, y, c)
		if err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("case %d: ", i)
		near(t, what+"r", got.R, f.R, 1e-9)
		near(t, what+"R2", got.R2, f.R2, 1e-9)
		near(t, what+"alpha", got.Alpha, f.Alpha, 0)
		// One band of weight 1 has the same values where its unit is 1.
		for j := range y.Data {
			y.Data[j] *= 1e160
		}
		scaled, err := Score(t.Context(), bands, y, c)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what+"r of large responses", scaled.R, f.R, 1e-9)
		near(t, what+"alpha of large responses", scaled.Alpha, f.Alpha, 0)
	}
}

func TestBandsAreScikitLearns(t *testing.T) {
	alphas, _, f := load(t)
	bands, y := f.matrices()
	c := DefaultConfig()
	c.Alphas, c.Weights = alphas, f.Weights
	got, err := Score(t.Context(), bands, y, c)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "r", got.R, f.R, 1e-9)
	near(t, "R2", got.R2, f.R2, 1e-9)
	for r, want := range f.Chosen {
		near(t, "choice", append([]float64{got.Alpha[r]}, got.Weights[r]...), want, 0)
	}
}

// A band of noise adds nothing to one that responses follow; that one adds most.
func TestUniqueShares(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const n, d, responses = 120, 10, 5
	bands := []Matrix{{make([]float64, n*d), n, d}, {make([]float64, n*d), n, d}}
	for b := range bands {
		for i := range bands[b].Data {
			bands[b].Data[i] = r.NormFloat64()
		}
	}
	y := Matrix{make([]float64, n*responses), n, responses}
	for i := range n {
		for k := range responses {
			for c := range d {
				y.Data[i*responses+k] += bands[0].Data[i*d+c] * math.Sin(float64(c+k))
			}
			y.Data[i*responses+k] += r.NormFloat64()
		}
	}
	c := DefaultConfig()
	c.Weights = Candidates(2, 8, 1)
	all, err := Score(t.Context(), bands, y, c)
	if err != nil {
		t.Fatal(err)
	}
	unique, err := Unique(t.Context(), bands, y, all, c)
	if err != nil {
		t.Fatal(err)
	}
	for k := range responses {
		if unique[0][k] < 0.5 || math.Abs(unique[1][k]) > 0.1 || all.R[k] < 0.8 {
			t.Errorf("response %d: r %.2f, unique %.2f and %.2f", k, all.R[k], unique[0][k], unique[1][k])
		}
	}
	for _, workers := range []int{1, 3} {
		c.Workers = workers
		again, err := Score(t.Context(), bands, y, c)
		if err != nil || !slices.Equal(again.R, all.R) {
			t.Errorf("%d workers change bits: %v", workers, err)
		}
	}
}

// By hand: two conditions of two repetitions, means 1 and 3, within 0.5 each: MS_between
// is 4, MS_within 0.5, reliability of the means 1 - 0.5/4.
func TestCeiling(t *testing.T) {
	means, conditions, ceiling, err := Ceiling(Matrix{[]float64{0.5, 7, 3.5, 7, 1.5, 7, 2.5, 7}, 4, 2}, []string{"b", "a", "b", "a"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(conditions, []string{"b", "a"}) || !slices.Equal(means.Data, []float64{1, 7, 3, 7}) {
		t.Errorf("means %v of %v", means.Data, conditions)
	}
	if math.Abs(ceiling[0]-math.Sqrt(1-0.5/4)) > 1e-12 || !math.IsNaN(ceiling[1]) {
		t.Errorf("ceilings %v", ceiling)
	}
	if _, _, none, err := Ceiling(Matrix{[]float64{1, 2}, 2, 1}, []string{"a", "b"}); err != nil || none != nil {
		t.Errorf("without repetitions: %v %v", none, err)
	}
}

func TestBadInput(t *testing.T) {
	good := func() ([]Matrix, Matrix) {
		x, y := Matrix{make([]float64, 40), 20, 2}, Matrix{make([]float64, 20), 20, 1}
		for i := range x.Data {
			x.Data[i] = float64(i*i%7) - 1
		}
		for i := range y.Data {
			y.Data[i] = x.Data[2*i]
		}
		return []Matrix{x}, y
	}
	for what, c := range map[string]struct {
		spoil func(x []Matrix, y *Matrix, c *Config)
		err   error
	}{
		"NaN":            {func(x []Matrix, _ *Matrix, _ *Config) { x[0].Data[3] = math.NaN() }, ErrValue},
		"infinite":       {func(_ []Matrix, y *Matrix, _ *Config) { y.Data[3] = math.Inf(1) }, ErrValue},
		"large features": {func(x []Matrix, _ *Matrix, _ *Config) { x[0].Data[3] = 1e160 }, ErrValue},
		"rows":           {func(x []Matrix, _ *Matrix, _ *Config) { x[0].Rows-- }, ErrShape},
		"folds":          {func(_ []Matrix, _ *Matrix, c *Config) { c.Folds = 7 }, ErrShape},
		"penalty":        {func(_ []Matrix, _ *Matrix, c *Config) { c.Alphas = []float64{0} }, ErrValue},
		"weights":        {func(_ []Matrix, _ *Matrix, c *Config) { c.Weights = [][]float64{{1, 1}} }, ErrShape},
	} {
		x, y := good()
		config := DefaultConfig()
		c.spoil(x, &y, &config)
		if _, err := Score(t.Context(), x, y, config); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A constant response, and features that tell nothing, have r = 0.
	x, y := good()
	for i := range y.Data {
		y.Data[i] = 3.3
	}
	got, err := Score(t.Context(), x, y, DefaultConfig())
	if err != nil || got.R[0] != 0 || got.R2[0] != 0 {
		t.Errorf("a constant: %+v %v", got, err)
	}
	x, y = good()
	clear(x[0].Data)
	if got, err = Score(t.Context(), x, y, DefaultConfig()); err != nil || got.R[0] != 0 {
		t.Errorf("no features: %+v %v", got, err)
	}
}

// What does not vary predicts nothing and has no ceiling, whatever rounding makes of it:
// by the definitions r is 0 and the reliability 0/0.
func TestConstants(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	const n, outside = 30, 24 // rows that vary are those of the last fold
	y := Matrix{make([]float64, n*2), n, 2}
	for i := range y.Data {
		y.Data[i] = r.NormFloat64()
	}
	for _, d := range []int{1, 3, 40} {
		for _, value := range []float64{0.1, 3.3, -1e-3, 1e9} {
			x := Matrix{slices.Repeat([]float64{value}, n*d), n, d}
			for i := outside * d; i < n*d; i++ {
				x.Data[i] += value * r.NormFloat64()
			}
			for _, weights := range [][][]float64{nil, {{1}}} {
				c := DefaultConfig()
				c.Weights = weights
				got, err := Score(t.Context(), []Matrix{x}, y, c)
				if err != nil {
					t.Fatal(err)
				}
				near(t, fmt.Sprintf("r of the fold whose training rows are %g in %d features", value, d), got.FoldR[4], []float64{0, 0}, 0)
			}
		}
	}
	for _, value := range []float64{0.1, 3.3, 1e150, -7e-170} {
		for _, conditions := range []int{15, 20} { // equal repetitions, and unequal ones
			names := make([]string, n)
			responses := Matrix{slices.Repeat([]float64{value}, n*2), n, 2}
			for i := range names {
				names[i] = fmt.Sprint("image ", min(i, conditions-1))
				if conditions == 15 {
					names[i] = fmt.Sprint("image ", i%15)
				}
				responses.Data[2*i+1] = y.Data[2*i]
			}
			means, _, ceiling, err := Ceiling(responses, names)
			if err != nil {
				t.Fatal(err)
			}
			if !math.IsNaN(ceiling[0]) {
				t.Errorf("a response of %g has the ceiling %g", value, ceiling[0])
			}
			for c := range means.Rows {
				if got := means.Data[2*c]; got != value {
					t.Errorf("the mean of %g is %g", value, got)
				}
			}
		}
	}
}
