package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/dimensions"
	"realnet/stages/stage"
)

// dimensionWorld has three dimensions, of which "c" follows "b"; trainings "with" follow b
// alone, "without" follow nothing, of two subjects and two layers each.
func dimensionWorld(t *testing.T) gathered {
	const n = 44
	r := rand.New(rand.NewPCG(2, 9))
	g := gathered{method: compare.Spearman, variants: []string{"base", "without", "with"}}
	x := make([][]float64, 3)
	for i := range n {
		g.conditions = append(g.conditions, fmt.Sprintf("im%02d", i))
		for d := range x {
			x[d] = append(x[d], r.NormFloat64())
		}
		x[2][i] = x[1][i] + 0.5*x[2][i]
	}
	for d, name := range []string{"a", "b", "c"} {
		rdm, err := dimensions.RDM(x[d], g.conditions)
		if err != nil {
			t.Fatal(err)
		}
		g.brains = append(g.brains, brain{relation: relationDimension, roi: name, planted: name == "b", values: rdm.Values})
	}
	layer := func(follow float64) []float64 {
		out := make([]float64, len(g.brains[0].values))
		for i, v := range g.brains[1].values {
			out[i] = follow*v + r.NormFloat64()
		}
		return out
	}
	for _, net := range []struct {
		variant, subject string
		follow           float64
	}{{"base", "", 0}, {"without", "", 0}, {"with", "01", 0.7}, {"with", "02", 0.8}} {
		g.networks = append(g.networks, network{variant: net.variant, trained: net.subject, names: []string{"V1", "IT"}, layers: [][]float64{layer(net.follow), layer(net.follow)}})
	}
	g.sort()
	return g
}

// The partial and semi-partial correlations are those of compare.UniqueOf, over all pairs
// and over some.
func TestConditioned(t *testing.T) {
	g := dimensionWorld(t)
	some := []int{0, 1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53}
	for _, pairs := range [][]int{nil, some} {
		plain, err := g.cells(pairs)
		if err != nil {
			t.Fatal(err)
		}
		partial, semi, err := g.conditioned(plain, pairs, []int{0, 1, 2})
		if err != nil {
			t.Fatal(err)
		}
		take := func(v []float64) []float64 {
			if pairs == nil {
				return v
			}
			var out []float64
			for _, k := range pairs {
				out = append(out, v[k])
			}
			return out
		}
		var dims [][]float64
		for _, b := range g.brains {
			dims = append(dims, take(b.values))
		}
		row := len(g.networks)
		for n, net := range g.networks {
			mean := 0.0
			for _, layer := range net.layers {
				want, err := compare.UniqueOf(take(layer), dims, compare.Spearman)
				if err != nil {
					t.Fatal(err)
				}
				for d := range dims {
					if math.Abs(partial[row][d]-want.Partial[d]) > 1e-12 || math.Abs(semi[row][d]-want.SemiPartial[d]) > 1e-12 {
						t.Errorf("row %d, dimension %d: %v and %v, want %v and %v", row, d, partial[row][d], semi[row][d], want.Partial[d], want.SemiPartial[d])
					}
				}
				mean += want.Partial[1] / 2
				row++
			}
			if math.Abs(partial[n][1]-mean) > 1e-12 {
				t.Errorf("network %d: mean over layers %v, want %v", n, partial[n][1], mean)
			}
		}
	}
}

// What the second training does to dimension b is found; c, which follows b, rises as
// long as b is not removed.
func TestObjectivesFindThePlantedDimension(t *testing.T) {
	p := DefaultParams()
	p.Truth, p.Layers = true, nil
	p.Objectives = []Objective{{Name: "beta:50-0", Variants: []string{"without", "with"}, Weights: []float64{-1, 1}}}
	j, err := newEstimator(t.Context(), &stage.Env{Workers: 2, Progress: func(int64, int64, string) {}}, dimensionWorld(t), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.objectives(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	rows := map[string]statistics.Row{}
	for _, r := range j.rows {
		rows[r.Name] = r
	}
	if err := correct(j.rows, p); err != nil {
		t.Fatal(err)
	}
	for _, r := range j.rows {
		rows[r.Name] = r
	}
	found := func(name string) bool { r := rows[name]; return r.Value > 0 && r.PCorrected < 0.05 }
	for name, want := range map[string]bool{
		"objective/beta:50-0/b/plain": true, "objective/beta:50-0/b/partial": true, "objective/beta:50-0/b/V1/semi-partial": true,
		"objective/beta:50-0/a/plain": false, "objective/beta:50-0/a/partial": false,
		"objective/beta:50-0/c/plain":          true,
		"objectives/beta:50-0/planted/partial": true,
	} {
		if _, ok := rows[name]; !ok || found(name) != want {
			t.Errorf("%s: %+v, found must be %v", name, rows[name], want)
		}
	}
	// Ranks of distances are not linear, so that a little of c is left.
	for measure, most := range map[string]float64{"partial": 0.2, "semi-partial": 0.2} {
		b, c := rows["objective/beta:50-0/b/"+measure].Value, rows["objective/beta:50-0/c/"+measure].Value
		if !(c < most*b) {
			t.Errorf("%s: %v of c beside %v of b", measure, c, b)
		}
	}
	if b, c := rows["objective/beta:50-0/b/plain"].Value, rows["objective/beta:50-0/c/plain"].Value; !(c > 0.5*b) {
		t.Errorf("plain: %v of c beside %v of b", c, b)
	}
	if r := rows["objective/beta:50-0/c/V1/semi-partial"]; r.Method != "spearman-semi-partial" || r.NSubjects != 2 || !strings.Contains(r.Text, "the other dimensions removed from the dimension. The brains do not encode it.") {
		t.Errorf("%+v", r)
	}
}
