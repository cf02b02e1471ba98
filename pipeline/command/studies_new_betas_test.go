package command

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"realnet/pipeline"
)

// estimatesFolder has one form of the estimates of ci/reference/betas.py, and their masks.
func estimatesFolder(t *testing.T, form string) string {
	t.Helper()
	dir := unzipped(t, "../../stages/fmri/testdata/betas.zip", filepath.Join(t.TempDir(), form))
	for _, other := range []string{"spm", "fsl", "nilearn", "trials", "spm_without_mat"} {
		if other != form {
			if err := os.RemoveAll(filepath.Join(dir, other)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// Two commands from estimates of SPM, FSL and single trials to a report, whose value is that
// of the patterns that nibabel reads.
func TestStudiesNewBetas(t *testing.T) {
	at := in(t)
	t.Setenv("REALNET_STORE", at("store"))
	for form, c := range map[string]struct{ says, set string }{
		"spm":     {`files: ["spm/sub-{subject}/beta_*.nii"]`, "stats.alpha=0.05"},
		"fsl":     {`files: ["fsl/sub-{subject}/run*.feat/stats/cope*.nii"]`, "fmri.betas.conditions=[c?, c10]"},
		"trials":  {`files: ["trials/sub-{subject}_betas.nii"]`, "stats.alpha=0.05"},
		"nilearn": {`files: ["nilearn/sub-{subject}/ses-*1/sub-{subject}_ses-*_stat-effect_statmap.nii"]`, ""},
	} {
		dir := estimatesFolder(t, form)
		study, out := at(form+".yaml"), at(form)
		if code, _, stderr := execute(t, "studies", "new", "--from", dir, "--out", study); code != ExitOK {
			t.Errorf("%s: exit %d: %s", form, code, stderr)
			continue
		}
		text, err := os.ReadFile(study)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{c.says, `subjects: ["01"]`, "rois: [V1]", `V1: "masks/sub-{subject}_V1.nii"`} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: the study does not say %s:\n%s", form, want, text)
			}
		}
		if c.set == "" {
			continue // two conditions: no RDM
		}
		if code, _, stderr := execute(t, "-q", "reproduce", study, "--out", out, "--set", c.set); code != ExitOK && code != ExitChecks {
			t.Errorf("%s: exit %d: %s", form, code, stderr)
			continue
		}
		results, err := pipeline.ReadResults(out)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, r := range results.Results {
			if r.Name != "reliability/patterns/01/V1" {
				continue
			}
			found = true
			if want := reliabilityOf(t, dir, form); math.Abs(*r.Value-want) > 1e-6 {
				t.Errorf("%s: reliability %v, want %v", form, *r.Value, want)
			}
		}
		if !found {
			t.Errorf("%s: no reliability among the results", form)
		}
	}
}

// reliabilityOf correlates the mean patterns of odd with those of even runs, without the
// mean over conditions: within less between conditions.
func reliabilityOf(t *testing.T, dir, form string) float64 {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct {
		Rows   [][3]any
		Values [][]float64
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	var names []string
	sums, counts := [2]map[string][]float64{{}, {}}, [2]map[string]float64{{}, {}}
	e := expected[form]
	for i, row := range e.Rows {
		half, name := int(row[1].(float64))%2, row[2].(string)
		if counts[0][name]+counts[1][name] == 0 {
			names = append(names, name)
		}
		if sums[half][name] == nil {
			sums[half][name] = make([]float64, len(e.Values[i]))
		}
		for k, v := range e.Values[i] {
			sums[half][name][k] += v
		}
		counts[half][name]++
	}
	for half, of := range sums {
		mean := make([]float64, len(e.Values[0]))
		for _, name := range names {
			for k := range of[name] {
				of[name][k] /= counts[half][name]
				mean[k] += of[name][k] / float64(len(names))
			}
		}
		for _, name := range names {
			for k := range of[name] {
				of[name][k] -= mean[k]
			}
		}
	}
	var within, between float64
	for _, a := range names {
		for _, b := range names {
			r := stat.Correlation(sums[1][a], sums[0][b], nil)
			if a == b {
				within += r / float64(len(names))
			} else {
				between += r / float64(len(names)*(len(names)-1))
			}
		}
	}
	return within - between
}

// What the estimates do not say is asked for.
func TestStudiesNewBetasAsks(t *testing.T) {
	for name, c := range map[string]struct {
		form   string
		change func(dir string) error
		says   string
	}{
		"no masks": {"spm", func(dir string) error { return os.RemoveAll(filepath.Join(dir, "masks")) }, "no regions: put masks"},
		"one run":  {"fsl", func(dir string) error { return os.RemoveAll(filepath.Join(dir, "fsl/sub-01/run2.feat")) }, "are of one run"},
		"no subject": {"spm", func(dir string) error {
			return os.Rename(filepath.Join(dir, "spm/sub-01"), filepath.Join(dir, "spm/first"))
		}, "names a subject"},
		"runs, no subject": {"spm", func(dir string) error {
			return os.Rename(filepath.Join(dir, "spm/sub-01"), filepath.Join(dir, "spm/run1"))
		}, "names a subject"},
		"another form": {"spm", func(dir string) error {
			return os.CopyFS(filepath.Join(dir, "more.feat/stats"), os.DirFS(estimatesFolder(t, "fsl")+"/fsl/sub-01/run1.feat/stats"))
		}, "which estimates"},
	} {
		dir := estimatesFolder(t, c.form)
		if err := c.change(dir); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := execute(t, "studies", "new", "--from", dir, "--out", filepath.Join(t.TempDir(), "own.yaml"))
		if code != ExitFailed || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit %d does not say %q: %s", name, code, c.says, stderr)
		}
	}
	dir := estimatesFolder(t, "spm")
	code, _, stderr := execute(t, "studies", "new", "--from", dir, "--kind", "alignment", "--out", filepath.Join(t.TempDir(), "own.yaml"))
	if code != ExitFailed || !strings.Contains(stderr, "fmri.betas.train") {
		t.Errorf("alignment: exit %d: %s", code, stderr)
	}
}
