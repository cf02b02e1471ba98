package inference

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDistinctPairsLeaveCopiesOut(t *testing.T) {
	// Conditions 2, 0, 2 of 4: the pair of copies (2, 2) is left out; pairs of
	// pdist are 01 02 03 12 13 23.
	if got := DistinctPairs([]int{2, 0, 2}, 4); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("%v", got)
	}
	if got := DistinctPairs([]int{3, 1, 2}, 4); !slices.Equal(got, []int{4, 5, 3}) {
		t.Errorf("%v", got)
	}
}

// The bootstrap's spread of a mean is sd/sqrt(n) up to sqrt((n-1)/n).
func TestBootstrapOfAMean(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]float64, 40)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	boot, err := Bootstrap(t.Context(), 40, 3, Subjects, BootstrapOptions{Samples: 2000}, func(s, c []int) (float64, error) {
		if !slices.Equal(c, []int{0, 1, 2}) {
			t.Errorf("conditions %v were drawn", c)
		}
		var m float64
		for _, i := range s {
			m += x[i] / 40
		}
		return m, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, sd := meanSD(boot)
	_, sx := meanSD(x)
	if want := sx / math.Sqrt(40); math.Abs(sd/want-1) > 0.06 {
		t.Errorf("bootstrap SE %v, sd/sqrt(n) %v", sd, want)
	}
}

// rsatoolbox _dual_bootstrap([0.05, 0.02, 0.01], n_rdm=5, n_pattern=20) and its
// bounds: 0.05 at most, the single factors at least.
func TestTwoFactorCorrection(t *testing.T) {
	// 5/4 0.02 + 20/19 0.01 - 25/19 (0.05-0.03) = 0.00921; max(0.025, ...) rules.
	same(t, "bounded below", combine(0.05, 0.02, 0.01, 5, 20).Variance, 0.025)
	same(t, "corrected", combine(0.06, 0.03, 0.02, 5, 20).Variance, 0.0375+0.4/19-25.0/19*0.01)
	same(t, "bounded above", combine(0.04, 0.03, 0.02, 5, 20).Variance, 0.04)
}

// Two random effects and noise, x = s_i + c_j + e_ij: the variance of the grand
// mean is σs²/n + σc²/m + σe²/nm. The uncorrected bootstrap counts the noise
// three times; the corrected one must come close on average.
func TestTwoFactorVarianceOfAGrandMean(t *testing.T) {
	const n, m = 12, 20
	rng := rand.New(rand.NewPCG(9, 9))
	var corrected, naive float64
	for range 60 {
		x := make([]float64, n*m)
		c := make([]float64, m)
		for j := range c {
			c[j] = 0.5 * rng.NormFloat64()
		}
		for i := range n {
			s := 0.5 * rng.NormFloat64()
			for j := range m {
				x[i*m+j] = s + c[j] + 3*rng.NormFloat64()
			}
		}
		v, err := TwoFactorBootstrap(t.Context(), n, m, BootstrapOptions{Samples: 300, Seed: 1}, func(s, c []int) (float64, error) {
			var sum float64
			for _, i := range s {
				for _, j := range c {
					sum += x[i*m+j]
				}
			}
			return sum / n / m, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		corrected += v.Variance / 60
		naive += v.Both / 60
	}
	truth := 0.25/n + 0.25/m + 9.0/n/m
	if corrected < 0.8*truth || corrected > 1.35*truth || naive < 1.5*truth {
		t.Errorf("variance %.4f, uncorrected %.4f, true %.4f", corrected, naive, truth)
	}
	t.Logf("variance %.4f, uncorrected %.4f, true %.4f", corrected, naive, truth)
}

func TestBootstrapErrors(t *testing.T) {
	ok := func(_, _ []int) (float64, error) { return 0, nil }
	for _, f := range []Factor{Subjects, Conditions, Both} {
		if _, err := Bootstrap(t.Context(), 1, 2, f, BootstrapOptions{Samples: 2000}, ok); !errors.Is(err, ErrTooFew) {
			t.Errorf("factor %d: error %v, want ErrTooFew", f, err)
		}
	}
	for _, f := range []Factor{Conditions, Both} { // every draw of three conditions is the same three
		if _, err := Bootstrap(t.Context(), 5, 3, f, BootstrapOptions{Samples: 2000}, ok); !errors.Is(err, ErrTooFew) {
			t.Errorf("factor %d, three conditions: error %v, want ErrTooFew", f, err)
		}
	}
	nan := func(_, _ []int) (float64, error) { return math.NaN(), nil }
	if _, err := Bootstrap(t.Context(), 5, 5, Both, BootstrapOptions{Samples: 2000}, nan); !errors.Is(err, ErrNotFinite) {
		t.Errorf("error %v, want ErrNotFinite", err)
	}
	bad := errors.New("bad")
	if _, err := Bootstrap(t.Context(), 5, 5, Both, BootstrapOptions{Samples: 2000}, func(_, _ []int) (float64, error) { return 0, bad }); !errors.Is(err, bad) {
		t.Errorf("error %v, want the statistic's own", err)
	}
	if _, err := BCa([]float64{1, 2}, 0, []float64{1, 2}, 0.9); err == nil {
		t.Error("an estimate outside its bootstrap values was accepted")
	}
}
