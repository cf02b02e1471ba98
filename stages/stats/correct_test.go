package stats

import (
	"testing"

	"realnet/artifacts/schemas/statistics"
)

// The gains of a variant that must gain are tested in the order of their rows, at the full
// level each; those of two variants share the level; the controls are a family of their own
// (Holm: .02 and .04 of two become .04 and .04).
func TestGainsAreCorrectedInOrder(t *testing.T) {
	row := func(family, model, reference string, p float64) statistics.Row {
		r := statistics.New(statistics.Gain, family+"/"+model+"/"+reference, family)
		r.Model, r.Reference, r.Value, r.P = model, reference, 1, p
		if family == "gain/within" {
			r.Check = pending
		}
		return r
	}
	type row4 struct {
		family, model, reference string
		p, want                  float64
	}
	for name, list := range map[string][]row4{
		"one variant": {
			{"gain/within", "aligned", "base", 0.001, 0.001},
			{"gain/within", "aligned", "control", 0.06, 0.06},
			{"gain/within", "aligned", "shuffled", 0.0001, 0.06}, // after one that failed
			{"gain-controls/within", "control", "base", 0.02, 0.04},
			{"gain-controls/within", "shuffled", "base", 0.04, 0.04},
		},
		"two variants": {
			{"gain/within", "weak", "base", 0.01, 0.02},
			{"gain/within", "weak", "control", 0.03, 0.06},
			{"gain/within", "strong", "base", 0.7, 1},
			{"gain/within", "strong", "control", 0.01, 1},
		},
	} {
		var rows []statistics.Row
		for _, r := range list {
			rows = append(rows, row(r.family, r.model, r.reference, r.p))
		}
		if err := correct(rows, DefaultParams()); err != nil {
			t.Fatal(err)
		}
		for i, r := range list {
			if got := rows[i].PCorrected; got != r.want {
				t.Errorf("%s: %s over %s: corrected p %v, want %v", name, r.model, r.reference, got, r.want)
			}
			if r.family == "gain/within" && (rows[i].Check == statistics.Pass) != (r.want < 0.05) {
				t.Errorf("%s: %s over %s: %s", name, r.model, r.reference, rows[i].Check)
			}
		}
	}
}
