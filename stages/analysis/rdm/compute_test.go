package rdm

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// reference is testdata/rdm.json: scipy 1.10.1 and rsatoolbox f1f83ca, written
// by ci/reference/analysis_rdm.py.
type reference struct {
	X, Counts, Residuals [][]float64
	Metrics              map[Metric][]float64
	PerFeature           map[Metric][]float64 `json:"per_feature"`
	Precision            map[Shrinkage][]float64
	Balanced             struct {
		X, Counts       [][]float64
		Names, Folds    []string
		Precision       []float64
		Crossnobis      []float64
		CrossnobisNoise []float64 `json:"crossnobis_noise"`
		PoissonCV       []float64 `json:"poisson_cv"`
	}
	Unbalanced struct {
		Keep            []int
		Crossnobis      []float64
		CrossnobisNoise []float64 `json:"crossnobis_noise"`
	}
}

func load(t *testing.T) *reference {
	t.Helper()
	b, err := os.ReadFile("testdata/rdm.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func matrix(rows [][]float64) *Matrix[float64] {
	m := &Matrix[float64]{Conditions: len(rows), Features: len(rows[0])}
	for _, r := range rows {
		m.Data = append(m.Data, r...)
	}
	return m
}

func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	scale := 0.0
	for _, v := range want {
		scale = math.Max(scale, math.Abs(v))
	}
	for i := range want {
		if d := math.Abs(got[i] - want[i]); !(d <= tol*math.Max(math.Abs(want[i]), 1e-3*scale)) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func config(m Metric) Config {
	c := DefaultConfig()
	c.Metric = m
	return c
}

func compute(t *testing.T, src Source, names []string, cfg Config) []float64 {
	t.Helper()
	r, err := Compute(context.Background(), src, names, cfg)
	if err != nil {
		t.Fatalf("%s: %v", cfg.Metric, err)
	}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	return r.Values
}

func TestAgainstScipyAndRsatoolbox(t *testing.T) {
	ref := load(t)
	ctx := context.Background()
	x := matrix(ref.X)
	precision := map[Shrinkage]*Precision{}
	for how, want := range ref.Precision {
		p, err := EstimatePrecision(ctx, matrix(ref.Residuals), 0, how, 2)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(how), p.Values, want, 1e-9)
		precision[how] = p
	}
	for m, want := range ref.Metrics {
		src, cfg := x, config(m)
		switch m {
		case Poisson:
			src = matrix(ref.Counts)
		case Mahalanobis:
			cfg.Precision = precision[ShrinkageDiag]
		}
		near(t, string(m), compute(t, src, nil, cfg), want, 1e-9)
	}
	for m, want := range ref.PerFeature {
		cfg := config(m)
		cfg.PerFeature, cfg.Precision = true, precision[ShrinkageDiag]
		near(t, string(m)+" per feature", compute(t, x, nil, cfg), want, 1e-9)
	}
}

func TestCrossValidatedAgainstRsatoolbox(t *testing.T) {
	ref := load(t)
	b := &ref.Balanced
	obs := matrix(b.X)
	residuals, dof, err := Residuals(obs, b.Names)
	if err != nil {
		t.Fatal(err)
	}
	p, err := EstimatePrecision(context.Background(), residuals, dof, ShrinkageDiag, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "precision of measurements", p.Values, b.Precision, 1e-9)

	cfg := config(Crossnobis)
	cfg.Folds = b.Folds
	near(t, "crossnobis", compute(t, obs, b.Names, cfg), b.Crossnobis, 1e-9)
	cfg.Precision = p
	near(t, "crossnobis with noise", compute(t, obs, b.Names, cfg), b.CrossnobisNoise, 1e-9)

	pcv := config(PoissonCV)
	pcv.Folds = b.Folds
	near(t, "poisson-cv", compute(t, matrix(b.Counts), b.Names, pcv), b.PoissonCV, 1e-9)

	var rows [][]float64
	var names, folds []string
	for _, i := range ref.Unbalanced.Keep {
		rows, names, folds = append(rows, b.X[i]), append(names, b.Names[i]), append(folds, b.Folds[i])
	}
	cfg = config(Crossnobis)
	cfg.Folds = folds
	near(t, "unbalanced crossnobis", compute(t, matrix(rows), names, cfg), ref.Unbalanced.Crossnobis, 1e-9)
	cfg.Precision = p
	near(t, "unbalanced crossnobis with noise", compute(t, matrix(rows), names, cfg), ref.Unbalanced.CrossnobisNoise, 1e-9)
}

func TestCrossnobisOfNoiseIsZeroOnAverage(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 0))
	const conditions, runs, features = 20, 5, 200
	m := &Matrix[float64]{Conditions: conditions * runs, Features: features}
	var names, folds []string
	for run := range runs {
		for c := range conditions {
			names, folds = append(names, string(rune('a'+c))), append(folds, string(rune('0'+run)))
			for range features {
				m.Data = append(m.Data, r.NormFloat64())
			}
		}
	}
	cfg := config(Crossnobis)
	cfg.Folds = folds
	mean := 0.0
	for _, v := range compute(t, m, names, cfg) {
		mean += v / 190
	}
	if math.Abs(mean) > 0.04 { // a biased distance would be 2/runs = 0.4
		t.Errorf("mean crossnobis distance of noise is %v", mean)
	}
}

// definition computes a metric in the plain way, in float64.
func definition(x []float32, n, f int, m Metric) []float64 {
	var out []float64
	mean := make([]float64, n)
	if m == Correlation {
		for i := range n {
			for _, v := range x[i*f : (i+1)*f] {
				mean[i] += float64(v) / float64(f)
			}
		}
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			var aa, bb, dd float64
			for k := range f {
				a, b := float64(x[i*f+k])-mean[i], float64(x[j*f+k])-mean[j]
				aa, bb, dd = aa+a*a, bb+b*b, dd+(a-b)*(a-b)
			}
			if m == Euclidean {
				out = append(out, math.Sqrt(dd))
				continue
			}
			// 1 - cos as half the squared distance of the unit vectors, which
			// keeps its digits between similar patterns.
			uv := 0.0
			for k := range f {
				d := (float64(x[i*f+k])-mean[i])/math.Sqrt(aa) - (float64(x[j*f+k])-mean[j])/math.Sqrt(bb)
				uv += d * d / 2
			}
			out = append(out, uv)
		}
	}
	return out
}

// What patterns have in common.
const (
	nothing = iota
	much    // in groups of conditions
	twins   // and two equal conditions, and two nearly equal ones
)

// patterns are deep-network-like: positive, sparse, heavy-tailed.
func patterns(n, f, common int) []float32 {
	r := rand.New(rand.NewPCG(3, 0))
	shared := make([]float32, f)
	for k := 0; common != nothing && k < f; k++ {
		shared[k] = float32(math.Exp(r.NormFloat64() * 2))
	}
	x := make([]float32, n*f)
	for i := range x {
		x[i] = max(0, shared[i%f]*float32(i/f%3)/2+float32(r.NormFloat64()*math.Exp(r.NormFloat64())))
	}
	for k := 0; common == twins && k < f; k++ {
		x[(n-1)*f+k] = x[k]
		x[(n-2)*f+k] = x[f+k] + float32(1e-4*r.NormFloat64())
	}
	return x
}

func TestAccuracyInFloat32(t *testing.T) {
	const n = 40
	for _, f := range []int{512, 5000, 20000} {
		for _, common := range []int{nothing, much, twins} {
			x := patterns(n, f, common)
			src := &Matrix[float32]{Data: x, Conditions: n, Features: f}
			for _, m := range []Metric{Correlation, Cosine, Euclidean} {
				want := definition(x, n, f, m)
				got := compute(t, src, nil, config(m))
				for _, workers := range []int{1, 5} {
					cfg := config(m)
					cfg.Workers = workers
					if !slices.Equal(compute(t, src, nil, cfg), got) {
						t.Fatalf("%s: %d workers change bits", m, workers)
					}
				}
				worst := 0.0
				for i := range got {
					if want[i] > 0 {
						worst = max(worst, math.Abs(got[i]-want[i])/want[i])
					}
				}
				if common == twins && got[n-2] != 0 {
					t.Errorf("%s: equal patterns are %v apart", m, got[n-2])
				}
				t.Logf("%s of %d features, kind %d: relative error %.2g", m, f, common, worst)
				if worst > 1e-6 {
					t.Errorf("%s of %d features: relative error %.2g", m, f, worst)
				}
			}
		}
	}
}

func TestFileSourceGivesTheSameBits(t *testing.T) {
	const n, f = 12, 5000
	x := patterns(n, f, twins)
	var buf bytes.Buffer
	buf.WriteString("head")
	if err := binary.Write(&buf, binary.LittleEndian, x); err != nil {
		t.Fatal(err)
	}
	file := &File{R: bytes.NewReader(buf.Bytes()), Offset: 4, Conditions: n, Features: f}
	for _, m := range []Metric{Correlation, Euclidean} {
		a := compute(t, file, nil, config(m))
		b := compute(t, &Matrix[float32]{Data: x, Conditions: n, Features: f}, nil, config(m))
		near(t, string(m), a, b, 1e-12)
	}
	file.Features++
	if _, err := Compute(context.Background(), file, nil, config(Correlation)); err == nil {
		t.Error("a short file gives no error")
	}
}

func TestExtremeMagnitudes(t *testing.T) {
	const n, f = 6, 4096
	x := patterns(n, f, twins)
	want := compute(t, &Matrix[float32]{Data: x, Conditions: n, Features: f}, nil, config(Correlation))
	for _, scale := range []float32{1e-22, 1e18} {
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = v * scale
		}
		near(t, "scaled", compute(t, &Matrix[float32]{Data: y, Conditions: n, Features: f}, nil, config(Correlation)), want, 1e-5)
	}
}

func TestBadInput(t *testing.T) {
	ctx := context.Background()
	good := func() *Matrix[float64] { return matrix([][]float64{{1, 2, 3}, {3, 1, 0}, {0, 5, 1}}) }
	with := func(at int, v float64) *Matrix[float64] {
		m := good()
		m.Data[at] = v
		return m
	}
	constant := func(v float64) *Matrix[float64] {
		m := good()
		m.Data[3], m.Data[4], m.Data[5] = v, v, v
		return m
	}
	big := make([]float32, 3*4096)
	for i := range big {
		big[i] = float32(i * i % 977)
	}
	big[4096+7] = float32(math.NaN())
	cv := config(Crossnobis)
	tests := []struct {
		name  string
		src   Source
		names []string
		cfg   Config
		want  error
	}{
		{"one condition", matrix([][]float64{{1, 2}}), nil, config(Correlation), ErrConditions},
		{"no features", &Matrix[float64]{Conditions: 3}, nil, config(Correlation), ErrShape},
		{"NaN", with(4, math.NaN()), nil, config(Correlation), ErrNotFinite},
		{"NaN, euclidean", with(4, math.NaN()), nil, config(Euclidean), ErrNotFinite},
		{"NaN, float32", &Matrix[float32]{Data: big, Conditions: 3, Features: 4096}, nil, config(Cosine), ErrNotFinite},
		{"infinity", with(0, math.Inf(1)), nil, config(Cosine), ErrNotFinite},
		{"overflow", with(0, 1e200), nil, config(SqEuclidean), ErrNotFinite},
		{"constant", constant(0.1), nil, config(Correlation), ErrConstant},
		{"zero", constant(0), nil, config(Cosine), ErrConstant},
		{"name twice", good(), []string{"a", "b", "a"}, config(Euclidean), ErrNames},
		{"too few names", good(), []string{"a"}, config(Euclidean), ErrNames},
		{"metric", good(), nil, config("manhattan"), ErrMetric},
		{"no precision", good(), nil, config(Mahalanobis), ErrPrecision},
		{"negative rate", with(2, -3), nil, config(Poisson), ErrNotFinite},
		{"no folds", good(), []string{"a", "b", "a"}, cv, ErrFolds},
		{"no names", good(), nil, cv, ErrNames},
	}
	once := cv
	once.Folds = []string{"1", "1", "2"}
	tests = append(tests, struct {
		name  string
		src   Source
		names []string
		cfg   Config
		want  error
	}{"a condition in one fold", good(), []string{"a", "b", "a"}, once, ErrFolds})
	for _, tt := range tests {
		_, err := Compute(ctx, tt.src, tt.names, tt.cfg)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	_, err := Compute(ctx, with(4, math.NaN()), []string{"cat", "dog", "cup"}, config(Correlation))
	if want := `rdm: condition 1 ("dog") has NaN at feature 1: value is not finite`; err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if got := compute(t, constant(0.1), nil, config(Euclidean)); len(got) != 3 {
		t.Errorf("a constant pattern has a Euclidean distance, got %v", got)
	}
	if _, err := EstimatePrecision(ctx, matrix([][]float64{{1, 2, 3}, {3, 1, 0}}), 0, Full, 1); !errors.Is(err, ErrPrecision) {
		t.Errorf("a singular covariance gives %v", err)
	}
}
