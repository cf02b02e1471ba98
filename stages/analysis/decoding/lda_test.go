package decoding

import (
	"errors"
	"math"
	"testing"
)

// scikit-learn's LinearDiscriminantAnalysis(solver='lsqr') with fixed and with
// Ledoit-Wolf shrinkage (ci/reference/analysis_svm.py), 1e-6 relative.
func TestLDADecidesAsSklearn(t *testing.T) {
	var f struct {
		Rows [][3]any
	}
	readJSON(t, "testdata/lda.json", &f)
	worst := 0.0
	for _, row := range f.Rows {
		x, d, y, test := problem(int(row[0].(float64)))
		m, err := fitLDA(t, x, d, y, row[1].(float64))
		if err != nil {
			t.Fatalf("problem %v, shrinkage %v: %v", row[0], row[1], err)
		}
		for k, w := range row[2].([]any) {
			got, want := dot(m.w, test[k*d:][:d])+m.bias, w.(float64)
			e := math.Abs(got-want) / math.Max(1e-3, math.Abs(want))
			if worst = math.Max(worst, e); e > 1e-6 {
				t.Errorf("problem %v, shrinkage %v, row %d: %v, scikit-learn %v", row[0], row[1], k, got, want)
			}
		}
	}
	t.Logf("largest relative difference: %.1e", worst)
}

// fitLDA fits rows of d features.
func fitLDA(t *testing.T, x []float64, d int, positive []bool, shrinkage float64) (*ldaFit, error) {
	t.Helper()
	f := newLDAFit(len(positive), d)
	for _, class := range []bool{false, true} {
		for k, p := range positive {
			if p == class {
				f.add(x[k*d:][:d], class)
			}
		}
	}
	_, err := f.solve(shrinkage)
	return f, err
}

func TestLDARefusesASingularCovariance(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 8}
	if _, err := fitLDA(t, x, 3, []bool{false, true, true}, 0); !errors.Is(err, ErrSingular) {
		t.Errorf("error %v, want ErrSingular", err)
	}
	if err := checkShrinkage(2); err == nil {
		t.Error("shrinkage 2 was accepted")
	}
}
