package decoding

import (
	"math"
	"testing"
)

type svcFixture struct {
	Rows [][]any
}

// libsvm 1,000 times through scikit-learn (ci/reference/analysis_svm.py): the
// same predictions, the objective within 1e-4 of its size.
func TestSVCPredictsAsLibsvm(t *testing.T) {
	var f svcFixture
	readJSON(t, "testdata/svc.json", &f)
	if len(f.Rows) != 1000 {
		t.Fatalf("%d problems", len(f.Rows))
	}
	worst := 0.0
	for i, row := range f.Rows {
		x, d, y, test := problem(i)
		m, err := DefaultSVC().Fit(x, d, y)
		if err != nil {
			t.Fatalf("problem %d (%s): %v", i, row[0], err)
		}
		got := ""
		for k := range 8 {
			if m.Decision(test[k*d:][:d]) >= 0 {
				got += "1"
			} else {
				got += "0"
			}
		}
		if got != row[1] {
			t.Errorf("problem %d (%s): predictions %s, libsvm %s, nearest decision %v", i, row[0], got, row[1], row[3])
		}
		want := row[2].(float64)
		if e := math.Abs(m.Objective-want) / math.Max(1, math.Abs(want)); e > 1e-4 {
			t.Errorf("problem %d (%s): objective %.9g, libsvm %.9g", i, row[0], m.Objective, want)
		} else {
			worst = math.Max(worst, e)
		}
	}
	t.Logf("largest difference of an objective: %.1e", worst)
}
