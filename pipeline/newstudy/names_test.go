package newstudy

import (
	"strings"
	"testing"
)

// Labels in the names of files: every part that varies is a label, or the names are
// unclear. No region or subject may be lost without a word.
func TestGroup(t *testing.T) {
	for _, c := range []struct {
		files         string
		pattern       string
		subjects, roi string
	}{
		{"S1_V1.npy S1_IT.npy S2_V1.npy S2_IT.npy", "{subject}_{roi}.npy", "S1 S2", "IT V1"},
		{"sub-01_V1.npy sub-01_IT.npy sub-02_V1.npy sub-02_IT.npy", "sub-{subject}_{roi}.npy", "01 02", "IT V1"},
		{"sub-01_roi-a.npy sub-01_roi-b.npy", "sub-{subject}_roi-{roi}.npy", "01", "a b"},
		{"ann-PPA.npy ann-OPA.npy bob-PPA.npy bob-OPA.npy", "{subject}-{roi}.npy", "ann bob", "OPA PPA"},
		{"ann/PPA.mat ann/OPA.mat bob/PPA.mat bob/OPA.mat", "{subject}/{roi}.mat", "ann bob", "OPA PPA"},
		{"early_ann.npy late_ann.npy early_bob.npy late_bob.npy", "{roi}_{subject}.npy", "ann bob", "early late"},
		{"x_p.npy x_q.npy y_p.npy y_q.npy", "{subject}_{roi}.npy", "x y", "p q"},
		{"S1_lh_V1.npy S1_lh_IT.npy", "{subject}_lh_{roi}.npy", "S1", "IT V1"},
		{"S1_2019_V1.npy S2_2020_V1.npy", "{subject}_*_{roi}.npy", "S1 S2", "V1"},
		{"S1_V1_train.npy S1_V1_test.npy", "{subject}_{roi}_{subset}.npy", "S1", "V1"},
		{"ann.npy bob.npy", "{subject}.npy", "ann bob", ""},
		{"V1.npy IT.npy", "{roi}.npy", "", "IT V1"},
		{"S1_lh_V1.npy S1_rh_V1.npy S1_lh_IT.npy S1_rh_IT.npy", "", "", ""},
		{"S1_V1_run-1.npy S1_V1_run-2.npy", "", "", ""},
	} {
		f := Found{dir: t.TempDir()}
		g, err := f.group(t.Context(), strings.Fields(c.files))
		if err != nil {
			t.Fatal(err)
		}
		if c.pattern == "" {
			if g.loose == nil {
				t.Errorf("%s: %s %v, want a question", c.files, g.pattern, g.labels)
			}
			continue
		}
		subjects, roi := strings.Join(g.labels["subject"], " "), strings.Join(g.labels["roi"], " ")
		if g.loose != nil || g.pattern != c.pattern || subjects != c.subjects || roi != c.roi {
			t.Errorf("%s: %s, subjects %s, regions %s, unclear %v", c.files, g.pattern, subjects, roi, g.loose)
		}
	}
}

func TestOutsideRuns(t *testing.T) {
	got := strings.Join(outsideRuns(strings.Fields("S1.npy rows.csv run/run.json run/tables/results.csv sub/x/run.json sub/x/figures/a.png sub/y.npy")), " ")
	if got != "S1.npy rows.csv sub/y.npy" {
		t.Errorf("%s", got)
	}
}
