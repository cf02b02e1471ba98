package inference

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

type clusterFixture struct {
	X, T  []float64
	Tests [][3]any
	TFCE  [][3]any
	Max   map[string][]float64
}

// MNE's permutation_cluster_1samp_test with all sign flips of 8 subjects: the
// same clusters, masses and p, in time and on a 5 x 6 grid.
func TestClustersAreMNEs(t *testing.T) {
	var rows []clusterFixture
	readJSON(t, "clusters.json", &rows)
	found := 0
	for i, row := range rows {
		s := Sample{Values: row.X, Subjects: 8, Points: 30}
		for _, test := range row.Tests {
			o := DefaultClusterOptions()
			o.Alternative = side(t, test[0].(string))
			if test[1] == "grid" {
				o.Adjacency = Grid(5, 6)
			}
			r, err := ClusterTest(t.Context(), s, o)
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("case %d %v", i, test[:2])
			if !r.Exact || r.Flips != 256 || r.N != 8 {
				t.Errorf("%s: exact %v with %d flips of %d subjects", what, r.Exact, r.Flips, r.N)
			}
			want := test[2].([]any)
			if len(r.Clusters) != len(want) {
				t.Fatalf("%s: %d clusters, MNE %d", what, len(r.Clusters), len(want))
			}
			for k, w := range want {
				w := w.([]any)
				points := w[0].([]any)
				c := r.Clusters[k]
				found++
				if float64(c.Start) != points[0] || float64(c.Stop-1) != points[len(points)-1] {
					t.Errorf("%s: cluster [%d, %d), MNE %v", what, c.Start, c.Stop, points)
				}
				if c.Points != nil && len(c.Points) != len(points) {
					t.Errorf("%s: cluster of %v, MNE %v", what, c.Points, points)
				}
				// One-sided, MNE 1.3 enumerates the identity twice and never the
				// flip of all subjects, which reaches the mass if a cluster of
				// the other side has it.
				p := w[1].(float64)
				if o.Alternative != TwoSided && largestOfOtherSide(t, s, o) < math.Abs(c.Mass) {
					p -= 1.0 / 256
				}
				same(t, what+" p", c.P, p)
				same(t, what+" mass", c.Mass, w[2].(float64))
			}
		}
		for p, want := range row.T {
			r, err := OneSampleT(s, TwoSided)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "t", r.Statistic[p], want)
		}
	}
	if found < 50 {
		t.Errorf("only %d clusters were compared", found)
	}
}

func largestOfOtherSide(t *testing.T, s Sample, o ClusterOptions) (largest float64) {
	t.Helper()
	o.Alternative = Greater + Less - o.Alternative
	r, err := ClusterTest(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Clusters {
		largest = math.Max(largest, math.Abs(c.Mass))
	}
	return largest
}

// MNE's TFCE weighs thresholds otherwise (see enhancer); with H = 0 both are
// Σ e(h)^E, MNE's without the factor dh.
func TestTFCEIsMNEsWithoutHeight(t *testing.T) {
	var rows []clusterFixture
	readJSON(t, "clusters.json", &rows)
	for i, row := range rows {
		for _, test := range row.TFCE {
			o := DefaultTFCEOptions()
			o.Height = 0
			if test[0] == "grid" {
				o.Adjacency = Grid(5, 6)
			}
			r, err := TFCE(t.Context(), Sample{Values: row.X, Subjects: 8, Points: 30}, o)
			if err != nil {
				t.Fatal(err)
			}
			for p := range r.P {
				what := fmt.Sprintf("case %d %s point %d", i, test[0], p)
				same(t, what, math.Abs(r.Statistic[p])/0.1, test[1].([]any)[p].(float64))
				same(t, what+" p", r.P[p], test[2].([]any)[p].(float64))
			}
		}
	}
}

// The sum of the definition, written out for one map.
func TestEnhanceByHand(t *testing.T) {
	o := DefaultTFCEOptions()
	o.Step = 1
	got := make([]float64, 5)
	newEnhancer(o, 5).enhance([]float64{0, 1.5, 2.5, 0.5, -1.5}, got)
	// h = 1: points 1, 2 together, extent 2; h = 2: point 2 alone; point 4 below.
	want := []float64{0, math.Sqrt2, math.Sqrt2 + 4, 0, -1}
	for p := range want {
		same(t, fmt.Sprint("point ", p), got[p], want[p])
	}
}

// All flips by numpy, t by scipy.
func TestMaximumStatistic(t *testing.T) {
	var rows []clusterFixture
	readJSON(t, "clusters.json", &rows)
	for i, row := range rows {
		for name, want := range row.Max {
			o := DefaultOptions()
			o.Alternative = side(t, name)
			r, err := SignFlip(t.Context(), Sample{Values: row.X, Subjects: 8, Points: 30}, o)
			if err != nil {
				t.Fatal(err)
			}
			for p := range want {
				same(t, fmt.Sprintf("case %d %s point %d", i, name, p), r.PMax[p], want[p])
			}
		}
	}
}

// Every flip of 5 subjects, counted without the short cuts.
func TestSignFlipByEnumeration(t *testing.T) {
	x := []float64{0.3, 1.2, -0.4, 0.9, 0.7}
	for _, alt := range []Alternative{TwoSided, Greater, Less} {
		o := Options{Alternative: alt, Permutations: 32}
		r, err := SignFlip(t.Context(), Sample{Values: x, Subjects: 5, Points: 1}, o)
		if err != nil {
			t.Fatal(err)
		}
		count, observed := 0, 0.0
		for _, v := range x {
			observed += v
		}
		for k := range 32 {
			sum := 0.0
			for i, v := range x {
				sum += v * float64(1-2*(k>>i&1))
			}
			if reaches(alt.side(sum), alt.side(observed)) {
				count++
			}
		}
		if r.P[0] != float64(count)/32 || r.PMax[0] != r.P[0] || !r.Exact {
			t.Errorf("%v: p %v, corrected %v, want %d/32", alt, r.P[0], r.PMax[0], count)
		}
	}
}

// Random flips estimate the exact p: 10 subjects, 1024 flips, against 200,000.
func TestRandomFlipsApproachTheExactP(t *testing.T) {
	s := noise(1, 10, 40, 0.9)
	for p := 10; p < 18; p++ {
		for i := range s.Subjects {
			s.Values[i*s.Points+p] += 0.6
		}
	}
	o := DefaultClusterOptions()
	exact, err := ClusterTest(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	// One fewer than all flips are not enumerated.
	o.Permutations = 1023
	r, err := ClusterTest(t.Context(), s, o)
	if err != nil || r.Exact || !exact.Exact {
		t.Fatal(r.Exact, exact.Exact, err)
	}
	for k, c := range exact.Clusters {
		if d := math.Abs(c.P - r.Clusters[k].P); d > 4*math.Sqrt(c.P*(1-c.P)/1023)+0.002 {
			t.Errorf("cluster %d: p %v, exact %v", k, r.Clusters[k].P, c.P)
		}
	}
}

// noise is AR(1) noise of unit variance.
func noise(seed uint64, subjects, points int, rho float64) Sample {
	rng := rand.New(rand.NewPCG(seed, 11))
	s := Sample{Values: make([]float64, subjects*points), Subjects: subjects, Points: points}
	for i := range subjects {
		row := s.Row(i)
		for p := range row {
			row[p] = rng.NormFloat64()
			if p > 0 {
				row[p] = rho*row[p-1] + math.Sqrt(1-rho*rho)*row[p]
			}
		}
	}
	return s
}

func TestResultsDoNotDependOnWorkers(t *testing.T) {
	s := noise(2, 14, 36, 0.8)
	for name, test := range map[string]func(Options) (Result, error){
		"signflip": func(o Options) (Result, error) { return SignFlip(t.Context(), s, o) },
		"cluster": func(o Options) (Result, error) {
			return ClusterTest(t.Context(), s, ClusterOptions{Options: o, ThresholdP: 0.2})
		},
		"grid": func(o Options) (Result, error) {
			return ClusterTest(t.Context(), s, ClusterOptions{Options: o, ThresholdP: 0.2, Adjacency: Grid(6, 6)})
		},
		"tfce": func(o Options) (Result, error) {
			return TFCE(t.Context(), s, TFCEOptions{Options: o, Extent: 0.5, Height: 2, Step: 0.2})
		},
	} {
		var first Result
		for _, w := range []int{1, 2, 7} {
			r, err := test(Options{Permutations: 1000, Seed: 5, Workers: w})
			if err != nil {
				t.Fatal(err)
			}
			if w == 1 {
				first = r
			} else if !reflect.DeepEqual(r, first) {
				t.Errorf("%s: %d workers give another result", name, w)
			}
		}
	}
}

// Few subjects have few flips; the smallest p is stated and never undercut.
func TestSmallestP(t *testing.T) {
	for n, want := range map[int]float64{2: 0.5, 3: 0.25, 6: 0.03125} {
		s := Sample{Values: nil, Subjects: n, Points: 1}
		for i := range n {
			s.Values = append(s.Values, 10+float64(i))
		}
		r, err := SignFlip(t.Context(), s, DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		if r.SmallestP != want || r.P[0] != want {
			t.Errorf("%d subjects: smallest p %v, p %v, want %v", n, r.SmallestP, r.P[0], want)
		}
	}
	r, err := SignFlip(t.Context(), noise(3, 20, 1, 0), Options{Permutations: 999})
	if err != nil || r.SmallestP != 0.001 {
		t.Errorf("20 subjects, 999 flips: smallest p %v, %v", r.SmallestP, err)
	}
}

func TestLabels(t *testing.T) {
	// Spearman-like statistic of 4 labels: 24 permutations, one is the identity.
	x := []float64{1, 2, 3, 5}
	stat := func(perm []int) float64 {
		var s float64
		for i, k := range perm {
			s += x[i] * x[k]
		}
		return s
	}
	o := Options{Alternative: Greater, Permutations: 24}
	r, err := Labels(t.Context(), 4, o, stat)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Exact || r.Permutations != 24 || r.P != 1.0/24 || r.SmallestP != r.P {
		t.Errorf("%+v", r)
	}
	seen := map[string]bool{}
	perm, rest := make([]int, 4), make([]int, 4)
	for k := range 24 {
		nthPermutation(perm, rest, k)
		seen[fmt.Sprint(perm)] = true
	}
	if len(seen) != 24 || !seen["[0 1 2 3]"] {
		t.Errorf("%d different permutations", len(seen))
	}
	nthPermutation(perm, rest, 0)
	if !slices.Equal(perm, []int{0, 1, 2, 3}) {
		t.Errorf("permutation 0 is %v", perm)
	}
	o.Permutations, o.Seed = 23, 1
	first := 0.0
	for _, o.Workers = range []int{1, 3} {
		r, err = Labels(t.Context(), 4, o, stat)
		if err != nil || r.Exact || r.P < 1.0/24 {
			t.Errorf("%+v, %v", r, err)
		}
		if o.Workers == 1 {
			first = r.P
		} else if r.P != first {
			t.Error("the number of workers changes p")
		}
	}
	if _, err := Labels(t.Context(), 3, o, func([]int) float64 { return math.NaN() }); !errors.Is(err, ErrNotFinite) {
		t.Errorf("error %v, want ErrNotFinite", err)
	}
}

func TestJSONForm(t *testing.T) {
	r, err := SignFlip(t.Context(), Sample{Values: []float64{1, 2, 3}, Subjects: 3, Points: 1}, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"test":"signflip","alternative":"two-sided","statistic":3.464101615137754,"p":0.25,"p_max":0.25,"clusters":[],"permutations":8,"exact":true,"smallest_p":0.25,"n":3,"effect":1.1283791670955123,"effect_name":"Hedges' g"}`
	if string(b) != want {
		t.Errorf("%s\nwant %s", b, want)
	}
}
