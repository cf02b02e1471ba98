package dimensions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
)

func TestLabels(t *testing.T) {
	seen := map[string]bool{}
	for i, l := range Labels {
		if l == "" || seen[l] || slices.Index(Labels[:], l) != i {
			t.Errorf("label %d: %q", i, l)
		}
		seen[l] = true
	}
	// The three that the study highlights are dimensions 1, 2 and 13.
	for want, l := range map[int]string{0: "artificial / hard", 1: "food-related", 12: "electronic / technology", 48: "cylindrical / conical"} {
		if got := slices.Index(Labels[:], l); got != want {
			t.Errorf("%q is column %d, want %d", l, got, want)
		}
	}
}

// study plants dimension 0 in model a only, and 1 in both.
func study(n, dims int, seed uint64) (a, b *rdm.RDM, ds []*rdm.RDM) {
	r := rand.New(rand.NewPCG(seed, 0))
	embedding := make([]float64, n*dims)
	for i := range embedding {
		embedding[i] = r.ExpFloat64()
	}
	ds, _ = RDMs(embedding, dims, nil)
	mix := func(w0, w1 float64) *rdm.RDM {
		out := &rdm.RDM{N: n, Values: make([]float64, n*(n-1)/2)}
		for i := range out.Values {
			out.Values[i] = w0*ds[0].Values[i] + w1*ds[1].Values[i] + r.NormFloat64()
		}
		return out
	}
	return mix(1, 1), mix(0, 1), ds
}

func TestSimilarities(t *testing.T) {
	a, _, ds := study(40, 5, 1)
	u, err := Similarities(a, ds, compare.Spearman)
	if err != nil {
		t.Fatal(err)
	}
	for d := range ds {
		want, err := compare.RDMs(a, ds[d], compare.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		var rest [][]float64
		for k := range ds {
			if k != d {
				rest = append(rest, ds[k].Values)
			}
		}
		alone, err := compare.UniqueOf(a.Values, append([][]float64{ds[d].Values}, rest...), compare.Spearman)
		if err != nil {
			t.Fatal(err)
		}
		partial, semi := alone.Partial[0], alone.SemiPartial[0]
		for what, pair := range map[string][2]float64{"plain": {u.Plain[d], want}, "partial": {u.Partial[d], partial}, "semi": {u.SemiPartial[d], semi}} {
			if math.Abs(pair[0]-pair[1]) > 1e-12 {
				t.Errorf("dimension %d, %s: %v, want %v", d, what, pair[0], pair[1])
			}
		}
	}
}

func TestDifferenceFindsThePlantedDimension(t *testing.T) {
	a, b, ds := study(30, 4, 2)
	test := DefaultTest()
	test.Resamples, test.Permutations, test.Workers = 400, 400, 1
	got, err := Difference(context.Background(), a, b, ds, test)
	if err != nil {
		t.Fatal(err)
	}
	test.Workers = 3
	again, err := Difference(context.Background(), a, b, ds, test)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, again) {
		t.Error("workers change bits")
	}
	if c := got[0]; c.Difference < 0.2 || c.Low <= 0 || c.PBootstrap > 0.01 || c.PPermutation > 0.01 {
		t.Errorf("planted in one: %+v", c)
	}
	for d, c := range got {
		if c.Low > c.Difference || c.High < c.Difference {
			t.Errorf("dimension %d: interval %+v", d, c)
		}
	}
	if c := got[2]; c.PPermutation < 0.01 {
		t.Errorf("planted in neither: %+v", c)
	}
}

// A weighted resample is the correlation of the RDMs with copies written out.
func TestResampleIsSubset(t *testing.T) {
	a, b, ds := study(15, 2, 3)
	test := DefaultTest()
	test.Resamples, test.Seed = 50, 9
	got, err := resample(context.Background(), a.N, a.Values, b.Values, [][]float64{ds[0].Values, ds[1].Values}, test)
	if err != nil {
		t.Fatal(err)
	}
	for k := range test.Resamples {
		r := rand.New(rand.NewPCG(9, uint64(k)|1<<63))
		index := make([]int, a.N)
		for i := range index {
			index[i] = r.IntN(a.N)
		}
		drawn := func(r *rdm.RDM) []float64 {
			s, err := r.Subset(index)
			if err != nil {
				t.Fatal(err)
			}
			return s.Values
		}
		opts := compare.Options{Method: compare.Spearman, OmitNaN: true}
		for d := range ds {
			ca, err := compare.Vectors(drawn(a), drawn(ds[d]), opts)
			if err != nil {
				t.Fatal(err)
			}
			cb, err := compare.Vectors(drawn(b), drawn(ds[d]), opts)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got[d][k]-(ca-cb)) > 1e-12 {
				t.Fatalf("resample %d, dimension %d: %v, want %v", k, d, got[d][k], ca-cb)
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	a, b, ds := study(10, 3, 4)
	if _, err := RDM([]float64{1, math.NaN(), 2}, nil); !errors.Is(err, rdm.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := RDM([]float64{1}, nil); !errors.Is(err, rdm.ErrConditions) {
		t.Errorf("one object: %v", err)
	}
	if _, err := RDMs(make([]float64, 10), 3, nil); !errors.Is(err, rdm.ErrShape) {
		t.Errorf("shape: %v", err)
	}
	flat, _ := RDM(make([]float64, 10), nil)
	if _, err := Similarities(a, append(ds, flat), compare.Spearman); !errors.Is(err, compare.ErrConstant) {
		t.Errorf("constant dimension: %v", err)
	}
	if _, err := Difference(context.Background(), a, b, ds, Test{}); !errors.Is(err, rdm.ErrShape) {
		t.Errorf("no resamples: %v", err)
	}
	other, _ := RDM(make([]float64, 9), nil)
	if _, err := Difference(context.Background(), a, other, ds, DefaultTest()); !errors.Is(err, rdm.ErrNames) {
		t.Errorf("sizes: %v", err)
	}
}

func ExampleRDM() {
	r, err := RDM([]float64{0.5, 2, 1}, []string{"cat", "dog", "cup"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(Labels[1], r.Values)
	// Output: food-related [1.5 0.5 1]
}

// Ratings in tenths have the ties of the same ratings in whole numbers.
func TestDecimalRatingsAreTied(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	whole, tenths := make([]float64, 40), make([]float64, 40)
	for i := range whole {
		whole[i] = float64(r.IntN(30) + 1)
		tenths[i] = whole[i] / 10
	}
	a, err := RDM(whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := RDM(tenths, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []compare.Method{compare.Spearman, compare.Kendall} {
		if got, err := compare.RDMs(a, b, compare.Options{Method: m}); err != nil || math.Abs(got-1) > 1e-14 {
			t.Errorf("%s of ratings with themselves in tenths is %.15g (%v), want 1", m, got, err)
		}
	}
}
