package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// scales are factors whose squares leave the range of float64, and ordinary ones.
var scales = []float64{1e-160, 1e-90, 1e-30, 1, 1e30, 1e80, 1e160, math.Ldexp(1, 600), math.Ldexp(1, -600)}

func times(x []float64, factor float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v * factor
	}
	return out
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.17g, want %.17g", what, got, want)
	}
}

// scipy.stats.ttest_1samp([2, 3, 4], 0): 5.196152422706632, p 0.03509873
func TestStatisticsDoNotDependOnTheScale(t *testing.T) {
	o := DefaultOptions()
	for _, f := range scales {
		what := fmt.Sprintf("times %g", f)
		r, err := OneSampleT(Sample{Values: times([]float64{2, 3, 4}, f), Subjects: 3, Points: 1}, TwoSided)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what+": t", r.Statistic[0], 5.196152422706632, 1e-12)
		near(t, what+": p", r.P[0], 0.03509871, 1e-6)
		x := noise(3, 7, 12, 0.5)
		y := Sample{Values: times(x.Values, f), Subjects: 7, Points: 12}
		for name, test := range map[string]func(s Sample) (Result, error){
			"signflip": func(s Sample) (Result, error) { return SignFlip(t.Context(), s, o) },
			"cluster": func(s Sample) (Result, error) {
				return ClusterTest(t.Context(), s, ClusterOptions{Options: o, ThresholdP: 0.3})
			},
			"tfce":     func(s Sample) (Result, error) { return TFCE(t.Context(), s, DefaultTFCEOptions()) },
			"wilcoxon": func(s Sample) (Result, error) { return WilcoxonTest(s, Greater) },
		} {
			want, err := test(x)
			if err != nil {
				t.Fatal(err)
			}
			got, err := test(y)
			if err != nil {
				t.Fatalf("%s: %s: %v", what, name, err)
			}
			if len(got.Clusters) != len(want.Clusters) {
				t.Fatalf("%s: %s: %d clusters, want %d", what, name, len(got.Clusters), len(want.Clusters))
			}
			for p := range want.P {
				near(t, what+" "+name, got.Statistic[p], want.Statistic[p], 1e-11)
				near(t, what+" "+name+" p", got.P[p], want.P[p], 0)
			}
		}
		// Effects and intervals scale with the values, or not at all.
		v := x.Column(0)
		w := times(v, f)
		ci, err := MeanInterval(v, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		scaled, err := MeanInterval(w, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what+": interval", scaled.Low, f*ci.Low, 1e-12)
		left := []float64{1, 1.1, 0.9, 1.3, 1.05}
		e, err := Jackknife(1.07, [][]float64{left}, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		se, err := Jackknife(1.07*f, [][]float64{times(left, f)}, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what+": jackknife SE", se.SE, f*e.SE, 1e-12)
		near(t, what+": jackknife p", se.P, e.P, 1e-9)
		boot := noise(8, 60, 1, 0).Values
		bca, err := BCa(boot, 0, left, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		sb, err := BCa(times(boot, f), 0, times(left, f), 0.9)
		if err != nil {
			t.Fatal(err)
		}
		near(t, what+": BCa", sb.High, f*bca.High, 1e-9)
	}
}

// No sign flip of n subjects gives a p below 2/2^n: the flip that leaves all as it is
// and the one that turns all reach the observed statistic exactly, also where the
// spread is a small part of the mean. Nine draws of each kind.
func TestNoPIsBelowTheSmallest(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{2, 3, 5, 6, 9, 13} {
		for _, spread := range []float64{1, 1e-3, 5e-4, 1e-6, 1e-8, 1e-11, 1e-12} {
			for draw := range 9 {
				s := Sample{Subjects: n, Points: 7}
				for i := range n * s.Points {
					v := 0.97 + spread*(rng.Float64()-0.5)
					if i%s.Points == 3 { // one point turned
						v = -v
					}
					s.Values = append(s.Values, v)
				}
				what := fmt.Sprintf("%d subjects, spread %g, draw %d", n, spread, draw)
				o := DefaultOptions()
				r, err := SignFlip(t.Context(), s, o)
				if errors.Is(err, ErrNoVariance) && spread < 1e-9 {
					continue // two values that agree to the last digits
				}
				if err != nil {
					t.Fatal(err)
				}
				c, err := ClusterTest(t.Context(), s, ClusterOptions{Options: o, ThresholdP: 0.2})
				if err != nil {
					t.Fatal(err)
				}
				f := DefaultTFCEOptions()
				f.Permutations = 1 << n
				tf, err := TFCE(t.Context(), s, f)
				if err != nil {
					t.Fatal(err)
				}
				for p := range s.Points {
					if r.P[p] < r.SmallestP || r.PMax[p] < r.SmallestP || c.P[p] < c.SmallestP || tf.P[p] < tf.SmallestP {
						t.Fatalf("%s: p %g, max %g, cluster %g, tfce %g below %g", what, r.P[p], r.PMax[p], c.P[p], tf.P[p], r.SmallestP)
					}
				}
				if r.SmallestP != math.Ldexp(1, 1-n) {
					t.Errorf("%s: smallest p %g", what, r.SmallestP)
				}
			}
		}
	}
}

// A shift that is exact in binary changes t, but not which flips are as extreme.
func TestFlipsOfShiftedDataByEnumeration(t *testing.T) {
	for _, shift := range []float64{0, 1, 1 << 10, 1 << 20, 1 << 27} {
		x := []float64{0.25, -1.5, 3, 0.75, 2.125, -0.5}
		for i := range x {
			x[i] += shift
		}
		r, err := SignFlip(t.Context(), Sample{Values: x, Subjects: 6, Points: 1}, DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		// |S| decides, and these sums are exact.
		observed, reached := 0.0, 0
		for _, v := range x {
			observed += v
		}
		for k := range 64 {
			sum := 0.0
			for i, v := range x {
				sum += v * float64(1-2*(k>>i&1))
			}
			if math.Abs(sum) >= math.Abs(observed) {
				reached++
			}
		}
		if want := float64(reached) / 64; r.P[0] != want || r.PMax[0] != want {
			t.Errorf("shift %g: p %g, max %g, want %g", shift, r.P[0], r.PMax[0], want)
		}
	}
}

// scipy.stats.wilcoxon of scipy 1.13 (exact permutation with ties or zeros up to 13,
// else the approximation without continuity correction).
func TestWilcoxonOfTiesAndZeros(t *testing.T) {
	zeros := make([]float64, 0, 13)
	for v := -5.0; v <= 7; v++ {
		zeros = append(zeros, v)
	}
	accuracies := []float64{.6, .7, .3, .8, .6, .6, .8, .4, .7, .9, .6, .7, .7, .6}
	for _, c := range []struct {
		x         []float64
		chance    float64
		statistic float64
		p, least  float64
		tolerance float64
	}{
		{x: []float64{1, 1, 1}, p: 0.25, least: 0.25},
		{x: []float64{1, 1, 2, 3, 4}, p: 0.0625, least: 0.0625},
		{x: []float64{0, 1, 2, 3}, p: 0.25, least: 0.25},
		{x: zeros, statistic: 27.5, p: 0.3955078125, least: math.Ldexp(1, -11)},
		{x: accuracies, chance: 0.5, statistic: 12.5, p: 0.01088, least: -1, tolerance: 5e-4},
	} {
		s := Sample{Values: c.x, Subjects: len(c.x), Points: 1}.Minus(c.chance)
		r, err := WilcoxonTest(s, TwoSided)
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprint(c.x, " p"), r.P[0], c.p, c.tolerance)
		if c.statistic > 0 && r.Statistic[0] != c.statistic {
			t.Errorf("%v: W %g, want %g", c.x, r.Statistic[0], c.statistic)
		}
		if c.least >= 0 && r.SmallestP != c.least {
			t.Errorf("%v: smallest p %g, want %g", c.x, r.SmallestP, c.least)
		}
		if r.SmallestP > r.P[0] {
			t.Errorf("%v: p %g below the smallest %g", c.x, r.P[0], r.SmallestP)
		}
		// The same numbers as differences of pairs, and in hundredths.
		y := Sample{Values: make([]float64, len(c.x)), Subjects: len(c.x), Points: 1}
		x := Sample{Values: make([]float64, len(c.x)), Subjects: len(c.x), Points: 1}
		for i, v := range c.x {
			y.Values[i] = float64(i%7) / 10
			x.Values[i] = math.Round(10*(v-c.chance)+float64(i%7)) / 10
		}
		d, err := Paired(x, y)
		if err != nil {
			t.Fatal(err)
		}
		pairs, err := WilcoxonTest(d, TwoSided)
		if err != nil {
			t.Fatal(err)
		}
		if pairs.P[0] != r.P[0] {
			t.Errorf("%v as pairs: p %g, want %g", c.x, pairs.P[0], r.P[0])
		}
	}
}

// Σ h² dh over h = 0.1, 0.2, ... < 20,000 is 2.66664e12; with a million points of
// different height the thresholds are too many to visit.
func TestTFCEOfHugeStatistics(t *testing.T) {
	o := DefaultTFCEOptions()
	out := make([]float64, 1)
	e := newEnhancer(o, 1)
	e.enhance([]float64{20_000}, out)
	near(t, "t = 20,000", out[0], 2.66664666e12, 1e-8)
	for _, c := range []struct{ top, step, height float64 }{{900, 0.1, 2}, {700, 0.1, 0.5}, {650, 0.1, 0}, {500, 0.1, 1}, {450, 0.1, 3.7}} {
		o.Step, o.Height = c.step, c.height
		want := 0.0
		for k := 1; float64(k)*c.step < c.top; k++ {
			want += math.Pow(float64(k)*c.step, c.height) * c.step
		}
		newEnhancer(o, 1).enhance([]float64{c.top}, out)
		near(t, fmt.Sprint(c), out[0], want, 1e-12)
	}
	// All maps of random heights: the sum of the definition, threshold by threshold.
	o = DefaultTFCEOptions()
	o.Adjacency = Grid(4, 5)
	for draw := range 20 {
		x := noise(uint64(draw), 1, 20, 0).Values
		x[draw] *= 30
		got := make([]float64, 20)
		newEnhancer(o, 20).enhance(x, got)
		want := make([]float64, 20)
		f := newFinder(o.Adjacency, 20)
		for k := 1; float64(k)*o.Step < 120; k++ {
			h := float64(k) * o.Step
			for p, v := range x {
				f.side[p] = 0
				if math.Abs(v) > h {
					f.side[p] = int8(math.Copysign(1, v))
				}
			}
			f.each(func(side int8, points []int) {
				for _, p := range points {
					want[p] += float64(side) * math.Sqrt(float64(len(points))) * h * h * o.Step
				}
			})
		}
		for p := range want {
			near(t, fmt.Sprintf("draw %d, point %d", draw, p), got[p], want[p], 1e-12)
		}
	}
}

func TestPermutationTestsStopWithTheirContext(t *testing.T) {
	s := noise(1, 40, 200, 0)
	o := Options{Permutations: 100_000_000}
	grid := Grid(10, 20)
	for name, test := range map[string]func(ctx context.Context) error{
		"signflip": func(ctx context.Context) error { _, err := SignFlip(ctx, s, o); return err },
		"cluster": func(ctx context.Context) error {
			_, err := ClusterTest(ctx, s, ClusterOptions{Options: o, ThresholdP: 0.5, Adjacency: grid})
			return err
		},
		"tfce": func(ctx context.Context) error {
			f := DefaultTFCEOptions()
			f.Options, f.Adjacency = o, grid
			_, err := TFCE(ctx, s, f)
			return err
		},
		"labels": func(ctx context.Context) error {
			_, err := Labels(ctx, 30, o, func(p []int) float64 { return float64(p[0]) })
			return err
		},
		"neurora": func(ctx context.Context) error {
			n := DefaultNeuroRAOptions()
			n.Iterations, n.PThreshold = 100_000_000, 0.5
			_, err := NeuroRA(ctx, s, Sample{Values: make([]float64, len(s.Values)), Subjects: 40, Points: 200}, n)
			return err
		},
		"bootstrap": func(ctx context.Context) error {
			_, err := Bootstrap(ctx, 5, 5, Both, BootstrapOptions{Samples: 10_000_000}, func(s, _ []int) (float64, error) { return float64(s[0]), nil })
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		start := time.Now()
		err := test(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(start))
		}
	}
}
