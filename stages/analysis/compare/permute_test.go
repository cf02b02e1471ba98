package compare

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"realnet/stages/analysis/rdm"
)

func randomRDM(n int, r *rand.Rand) *rdm.RDM {
	out := &rdm.RDM{N: n, Values: make([]float64, n*(n-1)/2)}
	for i := range out.Values {
		out.Values[i] = math.Round(r.ExpFloat64() * 20) // some ties
	}
	return out
}

// Every permuted similarity is the similarity of the permuted RDM.
func TestNullDistributionIsOfPermutedRDMs(t *testing.T) {
	const n = 11
	r := rand.New(rand.NewPCG(1, 0))
	model, brain := randomRDM(n, r), randomRDM(n, r)
	sigma := make([]float64, n*n)
	for i := range n {
		sigma[i*n+i] = 1 + r.Float64()
	}
	var all []Options
	for _, m := range Methods() {
		all = append(all, Options{Method: m})
	}
	all = append(all, Options{Method: WhitenedCosine, Covariance: sigma})
	for _, opts := range all {
		test := Test{Permutations: 200, Seed: 3, Workers: 1}
		null, err := NullDistribution(context.Background(), model, brain, opts, test)
		if err != nil {
			t.Fatal(err)
		}
		test.Workers = 3
		again, err := NullDistribution(context.Background(), model, brain, opts, test)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(null.Deviations, again.Deviations) {
			t.Errorf("%s: workers change bits", opts.Method)
		}
		perm := make([]int32, n)
		for k, got := range null.Deviations {
			shuffle(perm, rand.New(rand.NewPCG(3, uint64(k))))
			index := make([]int, n)
			for i, p := range perm {
				index[i] = int(p)
			}
			moved, err := model.Subset(index)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Vectors(moved.Values, brain.Values, opts)
			if err != nil {
				t.Fatal(err)
			}
			if got += null.Mean; math.Abs(got-want) > 1e-12 {
				t.Fatalf("%s, permutation %d: %v, want %v", opts.Method, k, got, want)
			}
		}
	}
}

// Large RDMs of ranks are summed in whole numbers: the similarities of the permuted RDMs.
func TestRankFormIsOfPermutedRDMs(t *testing.T) {
	const n = 1500 // rankFormFrom is fewer pairs
	r := rand.New(rand.NewPCG(8, 0))
	model, brain := randomRDM(n, r), randomRDM(n, r)
	for _, m := range []Method{Spearman, RhoA} {
		test := Test{Permutations: together + 3, Seed: 3, Workers: 1}
		null, err := NullDistribution(context.Background(), model, brain, Options{Method: m}, test)
		if err != nil {
			t.Fatal(err)
		}
		test.Workers = 3
		again, err := NullDistribution(context.Background(), model, brain, Options{Method: m}, test)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(null.Deviations, again.Deviations) {
			t.Errorf("%s: workers change bits", m)
		}
		perm, index := make([]int32, n), make([]int, n)
		for k, got := range null.Deviations {
			shuffle(perm, rand.New(rand.NewPCG(3, uint64(k))))
			for i, p := range perm {
				index[i] = int(p)
			}
			moved, err := model.Subset(index)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Vectors(moved.Values, brain.Values, Options{Method: m})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got-want) > 1e-12 {
				t.Fatalf("%s, permutation %d: %v, want %v", m, k, got, want)
			}
		}
	}
	// An int64 holds the sums that are not cut.
	for _, values := range []int{100, 49995000, math.MaxInt32} {
		if terms := float64(exactTerms(values)); terms < 1 || terms*float64(values)*float64(values) > math.MaxInt64 {
			t.Errorf("%v products of ranks of %d values", terms, values)
		}
	}
}

func TestExactEnumeration(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	model, brain := randomRDM(6, r), randomRDM(6, r)
	for _, m := range []Method{Spearman, Cosine, WhitenedCosine, WhitenedCorrelation, TauA} {
		test := DefaultTest()
		test.Permutations = 720
		null, err := NullDistribution(context.Background(), model, brain, Options{Method: m}, test)
		if err != nil {
			t.Fatal(err)
		}
		if !null.Exact || len(null.Deviations) != 720 || math.Abs(null.Deviations[0]+null.Mean-null.Observed) > 1e-12 || null.Deviations[0] != null.Deviation {
			t.Fatalf("%s: exact %v, %d values, identity %v of %v", m, null.Exact, len(null.Deviations), null.Deviations[0]+null.Mean, null.Observed)
		}
		mean := 0.0
		for _, v := range null.Deviations {
			mean += (v + null.Mean) / 720
		}
		if math.Abs(mean-null.Mean) > 1e-12 {
			t.Errorf("%s: mean over all permutations %v, formula %v", m, mean, null.Mean)
		}
		if p := null.P(Greater); p < 1.0/720 || p > 1 || math.Abs(p*720-math.Round(p*720)) > 1e-9 {
			t.Errorf("%s: p %v", m, p)
		}
		test.Permutations = 719
		if null, err = NullDistribution(context.Background(), model, brain, Options{Method: m}, test); err != nil || null.Exact {
			t.Errorf("%s: 719 permutations are fewer than all 720: %v", m, err)
		}
	}
}

func TestPermuteFindsAndDoesNotFind(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	model := randomRDM(20, r)
	related := &rdm.RDM{N: 20, Values: slices.Clone(model.Values)}
	for i := range related.Values {
		related.Values[i] += 10 * r.NormFloat64()
	}
	test := Test{Permutations: 999, Seed: 1, Alternative: TwoSided}
	got, err := Permute(context.Background(), model, related, DefaultOptions(), test)
	if err != nil {
		t.Fatal(err)
	}
	if got.P != 0.001 || got.Permutations != 999 || got.Exact {
		t.Errorf("related RDMs: %+v", got)
	}
	// Independent RDMs: p is uniform, so about 5 % of 400 lie below 0.05.
	test.Permutations = 99
	for _, m := range []Method{Spearman, Cosine} {
		below := 0
		for k := range 400 {
			test.Seed = uint64(k)
			got, err := Permute(context.Background(), randomRDM(8, r), randomRDM(8, r), Options{Method: m}, test)
			if err != nil {
				t.Fatal(err)
			}
			if got.P <= 0.05 {
				below++
			}
		}
		if below < 8 || below > 36 { // 20 ± 3.7 standard deviations
			t.Errorf("%s: %d of 400 null RDMs have p <= 0.05", m, below)
		}
	}
	for name, bad := range map[string]Test{"none": {Alternative: Greater}, "alternative": {Permutations: 9, Alternative: "less"}} {
		if _, err := Permute(context.Background(), model, related, DefaultOptions(), bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Permute(context.Background(), randomRDM(2, r), randomRDM(2, r), DefaultOptions(), test); !errors.Is(err, ErrShape) {
		t.Errorf("two conditions: %v", err)
	}
}

// BenchmarkPermute is Spearman's correlation under 10,000 permutations of 92
// condition labels. Beside numpy: ci/peers/rsa.py.
func BenchmarkPermute(b *testing.B) {
	for _, m := range []Method{Spearman, Kendall, WhitenedCorrelation} {
		b.Run(fmt.Sprintf("%s/92", m), func(b *testing.B) {
			r := rand.New(rand.NewPCG(4, 0))
			model, brain := randomRDM(92, r), randomRDM(92, r)
			for b.Loop() {
				if _, err := Permute(context.Background(), model, brain, Options{Method: m}, DefaultTest()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
