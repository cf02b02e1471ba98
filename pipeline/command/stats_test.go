package command

import (
	"encoding/json"
	"strings"
	"testing"

	"realnet/stages/analysis/inference"
)

// statsReport is the JSON form of stats.
type statsReport struct {
	Test         string              `json:"test"`
	Alternative  string              `json:"alternative"`
	Statistic    numbers             `json:"statistic"`
	P            numbers             `json:"p"`
	PMax         numbers             `json:"p_max"`
	Clusters     []inference.Cluster `json:"clusters"`
	Threshold    float64             `json:"threshold"`
	Permutations int                 `json:"permutations"`
	Exact        bool                `json:"exact"`
	SmallestP    float64             `json:"smallest_p"`
	N            int                 `json:"n"`
	Effect       numbers             `json:"effect"`
	EffectName   string              `json:"effect_name"`
	Warning      string              `json:"warning"`
	PAdjusted    []float64           `json:"p_adjusted"`
	Correction   string              `json:"correction"`
}

// numbers is a number or a list of them.
type numbers []float64

func (n *numbers) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]float64)(n))
	}
	*n = make(numbers, 1)
	return json.Unmarshal(text, &(*n)[0])
}

// Values are scipy's; all sign flips are those of itertools.product.
func TestStats(t *testing.T) {
	f, at := readFixture(t), in(t)
	x, y := saveRows(t, at("x.npy"), f.Subjects), saveRows(t, at("y.npy"), f.Other)
	var r statsReport
	run := func(args ...string) statsReport {
		r = statsReport{}
		decode(t, succeed(t, append([]string{"stats", "--in", x, "--json"}, args...)...), &r)
		return r
	}
	run("--test", "ttest")
	equal(t, "t", r.Statistic, f.TTest["t"], 1e-10)
	equal(t, "p", r.P, f.TTest["p"], 1e-10)
	run("--test", "ttest", "--paired", y)
	equal(t, "paired t", r.Statistic, f.Paired["t"], 1e-10)
	equal(t, "paired p", r.P, f.Paired["p"], 1e-10)
	run("--test", "wilcoxon")
	equal(t, "w", r.Statistic, f.Wilcoxon["w"], 1e-12)
	equal(t, "p of w", r.P, f.Wilcoxon["p"], 1e-10)
	run("--test", "signflip", "--permutations", "1000")
	if !r.Exact || r.Permutations != 128 || r.SmallestP != 2.0/128 || r.N != 7 {
		t.Errorf("%+v", r)
	}
	equal(t, "flipped t", r.Statistic, f.SignFlip["t"], 1e-10)
	equal(t, "p of flips", r.P, f.SignFlip["p"], 1e-12)
	equal(t, "p of the maximum", r.PMax, f.SignFlip["p_max"], 1e-12)
	run("--test", "ttest", "--correct", "bonferroni")
	for i, p := range r.P {
		if r.PAdjusted[i] != min(1, 5*p) || r.Correction != "bonferroni" {
			t.Errorf("Bonferroni of %v is %v", p, r.PAdjusted[i])
		}
	}
}

// Two points that do not touch have two clusters; as pairs of points the same numbers
// would be refused. Either form of two that touch has one.
func TestStatsAdjacencyOfTwoPoints(t *testing.T) {
	at := in(t)
	x := save(t, at("x.npy"), []int{6, 2}, []float64{5, 6, 6, 5, 5.5, 5, 6, 6, 5, 5.5, 6, 5})
	for _, c := range []struct {
		near     []float64
		clusters int
	}{{[]float64{1, 0, 0, 1}, 2}, {[]float64{0, 0, 0, 0}, 2}, {[]float64{0, 1, 1, 0}, 1}, {[]float64{0, 1, 0, 1}, 1}} {
		near := save(t, at("near.npy"), []int{2, 2}, c.near)
		var r statsReport
		decode(t, succeed(t, "stats", "--in", x, "--test", "cluster", "--adjacency", near, "--json"), &r)
		if len(r.Clusters) != c.clusters {
			t.Errorf("adjacency %v: %d clusters, want %d", c.near, len(r.Clusters), c.clusters)
		}
	}
}

// Three subjects can reach no p below 0.25, and it is said.
func TestStatsThreeSubjects(t *testing.T) {
	at := in(t)
	x := save(t, at("x.npy"), []int{3}, []float64{1, 2, 1.5})
	var r statsReport
	decode(t, succeed(t, "stats", "--in", x, "--test", "signflip", "--json"), &r)
	if r.SmallestP != 0.25 || r.P[0] != 0.25 || !r.Exact || r.Permutations != 8 {
		t.Errorf("%+v", r)
	}
	if out := succeed(t, "stats", "--in", x, "--test", "signflip"); !strings.Contains(out, "smallest p that 3 subjects allow is 0.25") {
		t.Error(out)
	}
}

// An effect at times 10 to 19 is found by each cluster test, in time, over an
// adjacency of the same line, and on a grid; any number of workers agrees.
func TestStatsClusters(t *testing.T) {
	at := in(t)
	const n, times = 12, 30
	values := normal[float64](n * times)
	for i := range values {
		if k := i % times; k >= 10 && k < 20 {
			values[i] += 3
		}
	}
	x := save(t, at("x.npy"), []int{n, times}, values)
	grid := save(t, at("grid.npy"), []int{n, 5, 6}, values)
	var edges [][]float64
	for i := range times - 1 {
		edges = append(edges, []float64{float64(i), float64(i + 1)})
	}
	near := saveRows(t, at("near.npy"), edges)
	run := func(args ...string) statsReport {
		var r statsReport
		args = append([]string{"stats", "--json", "--permutations", "500", "--seed", "4"}, args...)
		out := succeed(t, append(args, "--workers", "1")...)
		decode(t, out, &r)
		if again := succeed(t, append(args, "--workers", "2")...); again != out {
			t.Errorf("%v: two workers give %s, one gave %s", args, again, out)
		}
		return r
	}
	for _, test := range []string{"cluster", "neurora"} {
		r := run("--in", x, "--test", test)
		found := false
		for _, c := range r.Clusters {
			found = found || c.Start <= 10 && c.Stop >= 20 && c.P < 0.05 && c.Mass > 0
		}
		if !found || (test == "neurora") != (r.Warning != "") {
			t.Errorf("%s: %+v", test, r)
		}
	}
	line, lattice := run("--in", x, "--test", "cluster"), run("--in", x, "--test", "cluster", "--adjacency", near)
	for i, c := range line.Clusters {
		if d := lattice.Clusters[i]; d.Start != c.Start || d.Stop != c.Stop || d.P != c.P || len(d.Points) != c.Stop-c.Start {
			t.Errorf("%+v over the line's adjacency, %+v over time", d, c)
		}
	}
	if r := run("--in", x, "--test", "tfce"); r.P[15] >= 0.05 || r.P[0] < 0.05 {
		t.Errorf("TFCE: %v", r.P)
	}
	if r := run("--in", grid, "--test", "cluster"); len(r.Clusters) == 0 || len(r.Clusters[0].Points) == 0 {
		t.Errorf("grid: %+v", r.Clusters)
	}
}

func TestStatsBadInput(t *testing.T) {
	f, at := readFixture(t), in(t)
	x := saveRows(t, at("x.npy"), f.Subjects)
	short := saveRows(t, at("short.npy"), f.Subjects[:5])
	one := saveRows(t, at("one.npy"), f.Subjects[:1])
	nan := saveText(t, at("nan.csv"), "1", "nan", "3")
	same := saveText(t, at("same.csv"), "2", "2", "2")
	wrong := saveText(t, at("wrong.csv"), "0,1,0", "1,0,1", "0,1,0")
	beyond := saveText(t, at("beyond.csv"), "0,1", "3,9")
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{ExitUsage, "want signflip", []string{"--in", x, "--test", "magic"}},
		{ExitUsage, "missing flags", []string{"--in", x}},
		{ExitUsage, "1 or more", []string{"--in", x, "--test", "signflip", "--permutations", "0"}},
		{ExitUsage, "alternative", []string{"--in", x, "--test", "signflip", "--alternative", "both"}},
		{ExitUsage, "each point alone", []string{"--in", x, "--test", "ttest", "--adjacency", wrong}},
		{ExitUsage, "--correct", []string{"--in", x, "--test", "cluster", "--correct", "fdr"}},
		{ExitFailed, "wrong shape", []string{"--in", x, "--paired", short, "--test", "ttest"}},
		{ExitFailed, "too few", []string{"--in", one, "--test", "ttest"}},
		{ExitFailed, "not finite", []string{"--in", nan, "--test", "signflip"}},
		{ExitFailed, "no variance", []string{"--in", same, "--test", "ttest"}},
		{ExitFailed, "want 5 x 5", []string{"--in", x, "--test", "cluster", "--adjacency", wrong}},
		{ExitFailed, "not two of the points", []string{"--in", x, "--test", "cluster", "--adjacency", beyond}},
		{ExitFailed, "no such file", []string{"--in", at("absent.npy"), "--test", "ttest"}},
	} {
		fail(t, c.code, c.say, append([]string{"stats"}, c.args...)...)
	}
}

// A 2 x 2 matrix of zeros is no list of pairs: the points do not touch.
func TestStatsTwoPoints(t *testing.T) {
	at := in(t)
	x := saveRows(t, at("x.npy"), [][]float64{{1, 1.1}, {1.2, 0.9}, {0.8, 1}, {1.1, 1.2}, {0.9, 0.8}})
	for want, matrix := range map[int][][]float64{2: {{1, 0}, {0, 1}}, 1: {{0, 1}, {1, 0}}} {
		var r statsReport
		decode(t, succeed(t, "stats", "--in", x, "--test", "cluster", "--adjacency", saveRows(t, at("a.npy"), matrix), "--json"), &r)
		if len(r.Clusters) != want {
			t.Errorf("%v: %d clusters, want %d", matrix, len(r.Clusters), want)
		}
	}
}
