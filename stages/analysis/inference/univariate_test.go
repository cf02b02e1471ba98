package inference

import (
	"fmt"
	"math"
	"testing"
)

// scipy.stats.t and norm, to p = 1e-200.
func TestTailsAreScipys(t *testing.T) {
	var f struct{ T, Normal [][]float64 }
	readJSON(t, "tails.json", &f)
	for _, r := range f.T {
		same(t, fmt.Sprintf("t tail %v", r[:2]), tTail(r[0], r[1])/r[2], 1)
		same(t, fmt.Sprintf("t quantile %v", r[:2]), tQuantile(1-1/(r[0]+2), r[1]), r[3])
	}
	for _, r := range f.Normal {
		same(t, fmt.Sprintf("normal tail %v", r[0]), normalTail(r[0])/r[1], 1)
	}
}

// scipy.stats ttest_1samp, wilcoxon (all zero methods and corrections; with ties
// or zeros all sign patterns up to 13, then "approx"), t.interval, and the BCa interval.
func TestUnivariateIsScipys(t *testing.T) {
	var rows []struct {
		X, Interval, Boot, Percentile, BCa []float64
		Ttest                              [][2]float64
		Wilcoxon                           [][5]any
	}
	readJSON(t, "univariate.json", &rows)
	zeros := map[any]Zeros{"wilcox": Drop, "pratt": Pratt, "zsplit": ZSplit}
	for i, row := range rows {
		s := Sample{Values: row.X, Subjects: len(row.X), Points: 1}
		for k, alt := range []Alternative{TwoSided, Greater, Less} {
			r, err := OneSampleT(s, alt)
			if err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprintf("row %d t", i), r.Statistic[0], row.Ttest[k][0])
			same(t, fmt.Sprintf("row %d t p", i), r.P[0], row.Ttest[k][1])
		}
		for _, w := range row.Wilcoxon {
			r, err := Wilcoxon(row.X, 0, side(t, w[0].(string)), zeros[w[1]], w[2].(bool))
			if err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("row %d, n %d, Wilcoxon %v", i, len(row.X), w[:3])
			same(t, what, r.Statistic, w[3].(float64))
			same(t, what+" p", r.P, math.Min(1, w[4].(float64)))
		}
		ci, err := MeanInterval(row.X, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "interval", ci.Low, row.Interval[0])
		same(t, "interval", ci.High, row.Interval[1])
		if len(row.Boot) == 0 {
			continue
		}
		ci, err = Percentile(row.Boot, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "percentile", ci.Low, row.Percentile[0])
		same(t, "percentile", ci.High, row.Percentile[1])
		var mean float64
		var left []float64
		for _, v := range row.X {
			mean += v
		}
		for _, v := range row.X {
			left = append(left, (mean-v)/float64(len(row.X)-1))
		}
		// The sum is divided as numpy does it, so that ties stay ties.
		mean /= float64(len(row.X))
		ci, err = BCa(row.Boot, mean, left, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "BCa", ci.Low, row.BCa[0])
		same(t, "BCa", ci.High, row.BCa[1])
	}
}

// statsmodels.stats.multitest.multipletests
func TestCorrectionsAreStatsmodels(t *testing.T) {
	var rows []map[string][]float64
	readJSON(t, "corrections.json", &rows)
	for i, row := range rows {
		for name, f := range map[string]func([]float64) ([]float64, error){
			"bonferroni": Bonferroni, "holm": Holm, "fdr_bh": BenjaminiHochberg, "fdr_by": BenjaminiYekutieli,
		} {
			got, err := f(row["p"])
			if err != nil {
				t.Fatal(err)
			}
			for k, want := range row[name] {
				same(t, fmt.Sprintf("row %d %s %d", i, name, k), got[k], want)
			}
		}
	}
	for name, f := range map[string]func([]float64) ([]float64, error){"Holm": Holm, "FixedSequence": FixedSequence} {
		if _, err := f([]float64{0.5, 1.2}); err == nil {
			t.Errorf("%s accepted p = 1.2", name)
		}
	}
}

// Values 1, 2, 3, 6 have mean 3 and sd sqrt(14/3); of them, Γ(1.5)/(sqrt(1.5) Γ(1)) is
// Hedges' factor. Ranks of 1, -2, 3, 6 are 1 to 4, that of the negative value 2: (8-2)/10.
func TestEffectSizes(t *testing.T) {
	s := Sample{Values: []float64{1, 2, 3, 6}, Subjects: 4, Points: 1}
	want := 3 / math.Sqrt(14.0/3) * math.Gamma(1.5) / math.Sqrt(1.5)
	r, err := OneSampleT(s, TwoSided)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "g of the t test", r.Effect[0], want)
	if r, err = SignFlip(t.Context(), s, DefaultOptions()); err != nil {
		t.Fatal(err)
	}
	same(t, "g of the sign flips", r.Effect[0], want)
	w, err := WilcoxonTest(Sample{Values: []float64{1, -2, 3, 6, 0}, Subjects: 5, Points: 1}, TwoSided)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rank biserial", w.Effect[0], 0.6)
	// Γ(5)/(sqrt(5) Γ(4.5)), Γ(4.5) = 11.6317283966
	same(t, "Hedges' factor", hedges(10), 24/(math.Sqrt(5)*11.631728396567448))
	if r, err = OneSampleT(Sample{Values: []float64{1, 2}, Subjects: 2, Points: 1}, TwoSided); err != nil || r.Effect != nil {
		t.Errorf("two subjects: %v %v", r.Effect, err)
	}
}
