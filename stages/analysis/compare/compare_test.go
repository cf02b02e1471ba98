package compare

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"realnet/stages/analysis/rdm"
)

// reference is testdata/compare.json: scipy 1.10.1 and rsatoolbox f1f83ca,
// written by ci/reference/analysis_rdm.py.
type reference struct {
	N              int
	X, Y, W, Sigma []float64
	Z, Subjects    [][]float64
	Cases          map[string]map[string]float64
	Partial        map[string]float64
	Ceilings       map[string][2]float64
	Weighted       struct {
		Models          [][]float64
		Cosine, Pearson []float64
	}
	Big struct {
		X, Y    []float64
		Kendall float64
		TauA    float64 `json:"tau-a"`
	}
}

func load(t testing.TB) *reference {
	t.Helper()
	b, err := os.ReadFile("testdata/compare.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestAgainstScipyAndRsatoolbox(t *testing.T) {
	ref := load(t)
	vectors := map[string][]float64{"x": ref.X, "y": ref.Y, "w": ref.W}
	for name, want := range ref.Cases {
		a, b := vectors[name[:1]], vectors[name[2:]]
		for _, m := range Methods() {
			got, err := Vectors(a, b, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			near(t, name+" "+string(m), got, want[string(m)])
		}
		for m, key := range map[Method]string{WhitenedCosine: "sigma-cosine", WhitenedCorrelation: "sigma-correlation"} {
			got, err := Vectors(a, b, Options{Method: m, Covariance: ref.Sigma})
			if err != nil {
				t.Fatal(err)
			}
			near(t, name+" "+key, got, want[key])
		}
	}
	for m, want := range map[Method]float64{Kendall: ref.Big.Kendall, TauA: ref.Big.TauA} {
		x, y := ref.Big.X, ref.Big.Y
		if m == TauA {
			x, y = x[:496], y[:496] // rsatoolbox takes lengths of an RDM only
		}
		got, err := Vectors(x, y, Options{Method: m})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "500 values with ties, "+string(m), got, want)
	}
}

func TestPartial(t *testing.T) {
	ref := load(t)
	for _, m := range []Method{Pearson, Spearman} {
		u, err := UniqueOf(ref.Y, append([][]float64{ref.X}, ref.Z...), m)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "unique", u.Partial[0], ref.Partial[string(m)])
		near(t, "unique", u.SemiPartial[0], ref.Partial["semi-"+string(m)])
		near(t, "plain", u.Plain[0], ref.Cases["x-y"][string(m)])
	}
	if _, err := UniqueOf(ref.Y, [][]float64{ref.X, ref.Z[0], ref.Z[0]}, Pearson); !errors.Is(err, ErrCollinear) {
		t.Errorf("the same covariate twice: %v", err)
	}
	if _, err := UniqueOf(ref.Y, append([][]float64{ref.X}, ref.Z...), Kendall); !errors.Is(err, ErrMethod) {
		t.Errorf("partial kendall: %v", err)
	}
}

func wrap(vectors [][]float64) []*rdm.RDM {
	var out []*rdm.RDM
	for _, v := range vectors {
		n, _ := rdm.Conditions(len(v))
		out = append(out, &rdm.RDM{N: n, Values: v})
	}
	return out
}

func TestCeilingAgainstRsatoolbox(t *testing.T) {
	ref := load(t)
	for name, want := range ref.Ceilings {
		m, groups := Method(name), []string(nil)
		if name == "spearman-grouped" {
			m, groups = Spearman, []string{"a", "a", "b", "c", "c"}
		}
		got, err := Ceiling(wrap(ref.Subjects), groups, Options{Method: m})
		if err != nil {
			t.Fatal(err)
		}
		near(t, name+" lower", got.Lower, want[0])
		near(t, name+" upper", got.Upper, want[1])
	}
	if _, err := Ceiling(wrap(ref.Subjects), []string{"a", "a", "a", "a", "a"}, DefaultOptions()); !errors.Is(err, ErrShape) {
		t.Errorf("one subject: %v", err)
	}
}

// With independent subjects the lower bound is 0: the subject does not leak.
func TestCeilingOfNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	mean := 0.0
	for range 100 {
		subjects := make([][]float64, 4)
		for s := range subjects {
			for range 45 {
				subjects[s] = append(subjects[s], r.NormFloat64())
			}
		}
		b, err := Ceiling(wrap(subjects), nil, DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		mean += b.Lower / 100
		if b.Upper < 0.3 {
			t.Errorf("upper bound %v", b.Upper)
		}
	}
	if math.Abs(mean) > 0.05 {
		t.Errorf("lower bound of noise %v", mean)
	}
}

func TestWeightsAgainstRsatoolbox(t *testing.T) {
	ref := load(t)
	for m, want := range map[Method][]float64{Cosine: ref.Weighted.Cosine, Pearson: ref.Weighted.Pearson} {
		target, err := pool(ref.Subjects, m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := FitWeights(ref.Weighted.Models, target, m)
		if err != nil {
			t.Fatal(err)
		}
		for k := range want {
			near(t, string(m), got[k], want[k])
		}
	}
}

// The optimum of non-negative least squares: gradients of positive weights are
// zero, those of zero weights do not point up.
func TestNonNegativeIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		k, pairs := rapid.IntRange(1, 12).Draw(t, "models"), 45
		models := make([][]float64, k)
		target := make([]float64, pairs)
		for i := range target {
			target[i] = r.NormFloat64()
		}
		for j := range models {
			for i := range pairs {
				models[j] = append(models[j], r.NormFloat64()+target[i]*0.3)
			}
		}
		w, err := FitWeights(models, target, Cosine)
		if err != nil {
			t.Fatal(err)
		}
		residual := slices.Clone(target)
		for j := range models {
			for i := range residual {
				residual[i] -= w[j] * models[j][i]
			}
		}
		for j := range models {
			g := dot(models[j], residual)
			if w[j] < 0 || g > 1e-8 || (w[j] > 0 && math.Abs(g) > 1e-8) {
				t.Fatalf("weight %d is %v with gradient %v", j, w[j], g)
			}
		}
	})
}

func TestCrossValidate(t *testing.T) {
	const n, pairs = 24, 276
	r := rand.New(rand.NewPCG(5, 0))
	normal := func() []float64 {
		v := make([]float64, pairs)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		return v
	}
	a, b, noise := normal(), normal(), normal()
	var subjects [][]float64
	for range 4 {
		s := normal()
		for i := range s {
			s[i] = 2*a[i] + b[i] + 0.5*s[i]
		}
		subjects = append(subjects, s)
	}
	got, err := CrossValidate(wrap([][]float64{a, b, noise}), wrap(subjects), 3, 7, Options{Method: Pearson})
	if err != nil {
		t.Fatal(err)
	}
	if got.Value < 0.9 || len(got.Values) != 12 {
		t.Errorf("value %v of %d splits", got.Value, len(got.Values))
	}
	for _, w := range got.Weights {
		if ratio := w[0] / w[1]; ratio < 1.7 || ratio > 2.3 {
			t.Errorf("weights %v, want 2 : 1", w)
		}
	}
	// Twenty unrelated models do not predict left-out conditions.
	var junk [][]float64
	for range 20 {
		junk = append(junk, normal())
	}
	got, err = CrossValidate(wrap(junk), wrap(subjects), 3, 7, Options{Method: Pearson})
	if err != nil {
		t.Fatal(err)
	}
	if got.Value > 0.25 {
		t.Errorf("unrelated models reach %v", got.Value)
	}
	if _, err := CrossValidate(wrap(junk), wrap(subjects), 8, 7, DefaultOptions()); !errors.Is(err, ErrShape) {
		t.Errorf("folds of 3 conditions: %v", err)
	}
}

func TestBadInput(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	nan := []float64{1, math.NaN(), 3, 4, 2, 6}
	flat := []float64{.1, .1, .1, .1, .1, .1}
	tests := []struct {
		name string
		a, b []float64
		opts Options
		want error
	}{
		{"lengths", x, x[:3], DefaultOptions(), ErrShape},
		{"two conditions", x[:1], x[:1], DefaultOptions(), ErrShape},
		{"NaN", x, nan, DefaultOptions(), ErrNotFinite},
		{"infinity", []float64{1, math.Inf(1), 3, 4, 5, 6}, x, Options{Method: Spearman, OmitNaN: true}, ErrNotFinite},
		{"NaN whitened", x, nan, Options{Method: WhitenedCosine, OmitNaN: true}, ErrNotFinite},
		{"method", x, x, Options{Method: "bures"}, ErrMethod},
		{"covariance", x, x, Options{Method: WhitenedCosine, Covariance: make([]float64, 16)}, ErrCovariance},
		{"covariance size", x, x, Options{Method: WhitenedCosine, Covariance: make([]float64, 4)}, ErrCovariance},
		{"constant", x, flat, Options{Method: Pearson}, ErrConstant},
		{"constant", flat, x, Options{Method: Spearman}, ErrConstant},
		{"constant", flat, x, Options{Method: Kendall}, ErrConstant},
		{"constant", flat, x, Options{Method: WhitenedCorrelation}, ErrConstant},
		{"zero", make([]float64, 6), x, Options{Method: Cosine}, ErrConstant},
	}
	for _, tt := range tests {
		if _, err := Vectors(tt.a, tt.b, tt.opts); !errors.Is(err, tt.want) {
			t.Errorf("%s, %s: %v, want %v", tt.name, tt.opts.Method, err, tt.want)
		}
	}
	got, err := Vectors(x, nan, Options{Method: Spearman, OmitNaN: true})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "NaN left out", got, 0.7) // scipy.stats.spearmanr([1,3,4,5,6], [1,3,4,2,6])
	for _, m := range Methods() {
		if got, err := Vectors(x, x, Options{Method: m}); err != nil || got != 1 {
			t.Errorf("identical RDMs, %s: %v %v", m, got, err)
		}
	}
	a, _ := rdm.New("", x, []string{"a", "b", "c", "d"})
	b, _ := rdm.New("", x, []string{"a", "b", "c", "e"})
	if _, err := RDMs(a, b, DefaultOptions()); !errors.Is(err, rdm.ErrNames) {
		t.Errorf("other names: %v", err)
	}
	shuffled, _ := a.Arrange([]string{"d", "b", "a", "c"})
	if got, err := RDMs(a, shuffled, DefaultOptions()); err != nil || got != 1 {
		t.Errorf("the same RDM in another order: %v %v", got, err)
	}
}

func TestSearchlight(t *testing.T) {
	const nx, ny, nz, n = 5, 4, 3, 8
	s := &Sphere{Mask: make([]bool, nx*ny*nz), Shape: [3]int{nx, ny, nz}, Radius: 1}
	voxels := 0
	for i := range s.Mask {
		if s.Mask[i] = i%7 != 3; s.Mask[i] {
			voxels++
		}
	}
	around, err := s.Find()
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range around.Centers {
		var want []int32
		index := int32(0)
		for i, in := range s.Mask {
			if !in {
				continue
			}
			dx, dy, dz := i/(ny*nz)-c/(ny*nz), i/nz%ny-c/nz%ny, i%nz-c%nz
			if dx*dx+dy*dy+dz*dz <= 1 {
				want = append(want, index)
			}
			index++
		}
		if !slices.Equal(around.Members[k], want) {
			t.Fatalf("around voxel %d: %v, want %v", c, around.Members[k], want)
		}
	}
	mm := *s
	mm.Steps, mm.Radius = [3][3]float64{{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}, 3
	if got, err := mm.Find(); err != nil || !slices.EqualFunc(got.Members, around.Members, slices.Equal[[]int32]) {
		t.Errorf("3 mm of 3-mm voxels is not one voxel: %v", err)
	}
	// Rotated, with the rounding of float32; a radius of as many voxels reaches the same.
	a, b := float64(float32(math.Cos(.3))), float64(float32(math.Sin(.3)))
	for radius := 1.0; radius <= 3; radius++ {
		s.Radius = radius
		want, err := s.Find()
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []float64{2, 2.4, 1 + 1e-7, 1 - 1e-7} {
			mm.Steps, mm.Radius = [3][3]float64{{size * a, -size * b, 0}, {size * b, size * a, 0}, {0, 0, -size}}, radius*math.Round(size*10)/10
			if got, err := mm.Find(); err != nil || !slices.EqualFunc(got.Members, want.Members, slices.Equal[[]int32]) {
				t.Errorf("a radius of %g voxels of %g mm is another one in a rotated image: %v", radius, size, err)
			}
		}
	}
	// Sheared: (2, 1, 0) is √5 mm away along z, the plane of x and y is of unit steps.
	s.Radius, mm.Steps, mm.Radius = 1, [3][3]float64{{1, 0, 0}, {0, 1, 0}, {2, 1, 1}}, 1
	sheared, err := insideSphere([3]int{5, 5, 5}, mm.Steps, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range [][3]int{{-2, -1, 1}, {2, 1, -1}, {0, 0, 0}, {1, 0, 0}} { // (x + 2z)² + (y + z)² + z² <= 1
		if !slices.Contains(sheared, o) {
			t.Errorf("sheared: %v is left out of %v", o, sheared)
		}
	}
	if len(sheared) != 7 {
		t.Errorf("sheared: %v", sheared)
	}
	if _, err := insideSphere([3]int{5, 5, 5}, [3][3]float64{{1, 0, 0}, {2, 0, 0}, {0, 0, 1}}, 1); !errors.Is(err, ErrShape) {
		t.Errorf("a flat volume: %v", err)
	}

	r := rand.New(rand.NewPCG(6, 0))
	data := &rdm.Matrix[float64]{Data: make([]float64, n*voxels), Conditions: n, Features: voxels}
	for i := range data.Data {
		data.Data[i] = r.NormFloat64()
	}
	model, err := rdm.Compute(context.Background(), data, nil, rdm.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	var first [][]float64
	for k, members := range around.Members {
		if k%10 > 0 {
			continue
		}
		sub := &rdm.Matrix[float64]{Conditions: n, Features: len(members)}
		for i := range n {
			for _, v := range members {
				sub.Data = append(sub.Data, data.Data[i*voxels+int(v)])
			}
		}
		r, err := rdm.Compute(context.Background(), sub, nil, rdm.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		one := &Neighbourhoods{Centers: around.Centers[k : k+1], Members: around.Members[k : k+1]}
		for _, m := range Methods() {
			want, err := RDMs(r, model, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			got, err := Searchlight(context.Background(), data, nil, one, []*rdm.RDM{model}, rdm.DefaultConfig(), Options{Method: m}, SearchlightTest{Test: Test{Workers: 1}})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "around one voxel, "+string(m), got.Values[0][0], want)
		}
	}
	for _, workers := range []int{1, 3} {
		got, err := Searchlight(context.Background(), data, nil, around, []*rdm.RDM{model}, rdm.DefaultConfig(), DefaultOptions(), SearchlightTest{Test: Test{Workers: workers}})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got.Values
		}
		if !slices.EqualFunc(got.Values, first, slices.Equal[[]float64]) {
			t.Errorf("%d workers change bits", workers)
		}
	}
	// p corrected by the maximum over centres: each centre under each permutation.
	test := Test{Permutations: 60, Seed: 4, Alternative: Greater, Workers: 2}
	tested, err := Searchlight(context.Background(), data, nil, around, []*rdm.RDM{model}, rdm.DefaultConfig(), DefaultOptions(), SearchlightTest{Test: test})
	if err != nil {
		t.Fatal(err)
	}
	largest := slices.Repeat([]float64{-1}, test.Permutations)
	for _, members := range around.Members {
		sub := &rdm.Matrix[float64]{Conditions: n, Features: len(members)}
		for i := range n {
			for _, v := range members {
				sub.Data = append(sub.Data, data.Data[i*voxels+int(v)])
			}
		}
		r, err := rdm.Compute(context.Background(), sub, nil, rdm.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		null, err := NullDistribution(context.Background(), model, r, DefaultOptions(), test)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range null.Deviations {
			largest[k] = max(largest[k], v)
		}
	}
	for i, v := range tested.Values {
		reached := 1
		for _, l := range largest {
			if l >= v[0]-1e-12 {
				reached++
			}
		}
		if want := float64(reached) / 61; tested.P[i][0] != want {
			t.Errorf("centre %d: p %g, want %g", i, tested.P[i][0], want)
		}
	}
	whole := *s
	whole.Radius = 10
	all, err := whole.Find()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Searchlight(context.Background(), data, nil, all, []*rdm.RDM{model}, rdm.DefaultConfig(), DefaultOptions(), SearchlightTest{Test: Test{Workers: 0}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range got.Values {
		near(t, "a sphere of everything against everything", v[0], 1)
	}
	// A model that lacks a condition, or is in another order, is never taken by position.
	other := &rdm.RDM{N: n, Values: model.Values, Names: []string{"a", "b", "c", "d", "e", "f", "g", "h"}}
	if _, err := Searchlight(context.Background(), data, nil, all, []*rdm.RDM{other}, rdm.DefaultConfig(), DefaultOptions(), SearchlightTest{Test: Test{Workers: 0}}); !errors.Is(err, rdm.ErrNames) {
		t.Errorf("a named model on patterns without names: %v", err)
	}
	s.MinVoxels = 100
	if _, err := s.Find(); !errors.Is(err, ErrShape) {
		t.Errorf("no centre: %v", err)
	}
}
