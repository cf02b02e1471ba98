package compare

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"realnet/stages/analysis/rdm"
)

// scales are factors whose squares leave the range of float64, and ordinary ones.
var scales = []float64{1e-170, 1e-160, 1e-90, 1, 1e80, 1e160, math.Ldexp(1, 600), math.Ldexp(1, -600)}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.17g, want %.17g", what, got, want)
	}
}

// scipy's TestPearsonr.test_very_large_values (.8660254) and, for others, the values of
// the unscaled RDMs.
func TestSimilaritiesDoNotDependOnTheScale(t *testing.T) {
	for _, f := range []float64{1, 1e80, 1e90, 1e160} {
		got, err := Vectors(times([]float64{1, 2, 3}, f), times([]float64{2, 2, 3}, f), Options{Method: Pearson})
		if err != nil {
			t.Fatal(err)
		}
		within(t, fmt.Sprintf("times %g", f), got, 0.8660254037844387, 1e-15)
	}
	r := rand.New(rand.NewPCG(4, 0))
	a, b, c := randomRDM(6, r), randomRDM(6, r), randomRDM(6, r)
	shape := func(x *rdm.RDM, f float64) *rdm.RDM { return &rdm.RDM{N: 6, Values: times(x.Values, f)} }
	cov := make([]float64, 36)
	for i := range 6 {
		for j := range 6 {
			cov[i*6+j] = math.Exp(-math.Abs(float64(i - j)))
		}
	}
	test := Test{Permutations: 720, Alternative: TwoSided}
	for _, m := range Methods() {
		for _, withCov := range []bool{false, true} {
			if withCov && !m.whitened() {
				continue
			}
			opts := Options{Method: m}
			if withCov {
				opts.Covariance = cov
			}
			want, err := Permute(t.Context(), a, b, opts, test)
			if err != nil {
				t.Fatal(err)
			}
			bounds, err := Ceiling([]*rdm.RDM{a, b, c}, nil, opts)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range scales {
				g := scales[(i+3)%len(scales)]
				what := fmt.Sprintf("%s, covariance %v, times %g and %g", m, withCov, f, g)
				if withCov {
					opts.Covariance = times(cov, g)
				}
				got, err := Permute(t.Context(), shape(a, f), shape(b, g), opts, test)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				within(t, what, got.Value, want.Value, 1e-13)
				within(t, what+": p", got.P, want.P, 0)
				scaled, err := Ceiling([]*rdm.RDM{shape(a, f), shape(b, g), shape(c, f)}, nil, opts)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				within(t, what+": ceiling", scaled.Lower, bounds.Lower, 1e-13)
				within(t, what+": ceiling", scaled.Upper, bounds.Upper, 1e-13)
			}
		}
	}
	for _, m := range []Method{Pearson, Spearman} {
		want, err := UniqueOf(a.Values, [][]float64{b.Values, c.Values}, m)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range scales {
			got, err := UniqueOf(times(a.Values, f), [][]float64{times(b.Values, scales[(i+1)%len(scales)]), times(c.Values, scales[(i+2)%len(scales)])}, m)
			if err != nil {
				t.Fatal(err)
			}
			for k := range want.Plain {
				within(t, fmt.Sprintf("plain %s, times %g", m, f), got.Plain[k], want.Plain[k], 1e-13)
				within(t, fmt.Sprintf("partial %s, times %g", m, f), got.Partial[k], want.Partial[k], 1e-13)
				within(t, fmt.Sprintf("semi-partial %s, times %g", m, f), got.SemiPartial[k], want.SemiPartial[k], 1e-13)
			}
		}
	}
	for _, m := range []Method{Pearson, Cosine} {
		want, err := FitWeights([][]float64{a.Values, b.Values}, c.Values, m)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range scales {
			got, err := FitWeights([][]float64{times(a.Values, f), b.Values}, c.Values, m)
			if err != nil {
				t.Fatal(err)
			}
			within(t, fmt.Sprintf("weight %s, times %g", m, f), got[0]*f, want[0], 1e-12)
			within(t, fmt.Sprintf("weight %s, times %g", m, f), got[1], want[1], 1e-12)
		}
	}
}

// A constant added to all dissimilarities, exactly, changes no correlation, and no p of a
// cosine: the labels' part of it is what is left when the constant is taken out.
func TestSimilaritiesOfShiftedRDMs(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 0))
	a, b := randomRDM(6, r), randomRDM(6, r)
	shift := func(x *rdm.RDM, by float64) *rdm.RDM {
		out := &rdm.RDM{N: 6}
		for _, v := range x.Values {
			out.Values = append(out.Values, v+by)
		}
		return out
	}
	test := Test{Permutations: 720, Alternative: TwoSided}
	for _, m := range Methods() {
		want, err := Permute(t.Context(), a, b, Options{Method: m}, test)
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []float64{1, 1 << 10, 1 << 20, 1 << 27} {
			got, err := Permute(t.Context(), shift(a, by), shift(b, by), Options{Method: m}, test)
			if err != nil {
				t.Fatal(err)
			}
			if m == WhitenedCosine { // double centring keeps some of the shift
				continue
			}
			within(t, fmt.Sprintf("%s, shift %g: p", m, by), got.P, want.P, 0)
			if m != Cosine {
				within(t, fmt.Sprintf("%s, shift %g", m, by), got.Value, want.Value, 1e-12)
			}
		}
	}
}

// Opposite brains have no mean to compare with, brains with gaps none of all pairs; what
// they have with a model stands.
func TestNoCeilingIsSaidToBeNone(t *testing.T) {
	a := &rdm.RDM{N: 4, Values: []float64{1, 2, 3, 4, 5, 6}}
	b := &rdm.RDM{N: 4, Values: []float64{6, 5, 4, 3, 2, 1}}
	gap := &rdm.RDM{N: 4, Values: []float64{6, 5, math.NaN(), 3, 2, 1}}
	for _, set := range [][]*rdm.RDM{{a, b}, {a, gap}, {a}} {
		for _, m := range []Method{Spearman, Pearson} {
			if _, err := Ceiling(set, nil, Options{Method: m, OmitNaN: true}); !errors.Is(err, ErrCeiling) {
				t.Errorf("%s of %d RDMs: %v", m, len(set), err)
			}
		}
	}
	if _, err := Ceiling([]*rdm.RDM{a, {N: 5, Values: make([]float64, 10)}}, nil, DefaultOptions()); err == nil || errors.Is(err, ErrCeiling) {
		t.Errorf("RDMs of other conditions: %v", err)
	}
}
