package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/realdata"
)

// The 92 images against real brains, with a narrow untrained network at a quarter of the
// size. What the network cannot change is checked by value.
func TestKriegeskorte92(t *testing.T) {
	data := filepath.Dir(realdata.Path(t, "kriegeskorte2008"))
	d := &desk{t: t, dir: t.TempDir(), sources: map[string]string{}}
	out := filepath.Join(d.dir, "run")
	args := []string{"reproduce", "kriegeskorte92", "--data", data, "--out", out}
	for _, s := range []string{"stimuli.size=64", "pretrain.width=8", "rsa.permutations=200", "rsa.bootstrap=100"} {
		args = append(args, "--set", s)
	}
	if code, _, stderr := d.run(args...); code != ExitOK {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	text, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Results []struct {
			Name  string   `json:"name"`
			Value float64  `json:"value"`
			Low   *float64 `json:"ci_low"`
			High  *float64 `json:"ci_high"`
			P     *float64 `json:"p"`
			Pass  *bool    `json:"pass"`
		} `json:"results"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, r := range file.Results {
		values[r.Name] = r.Value
		if strings.HasPrefix(r.Name, "reliability/sessions/") && (r.Pass == nil || !*r.Pass || !(r.Value > 0)) {
			t.Errorf("%s = %v is not reliable", r.Name, r.Value)
		}
		if strings.HasPrefix(r.Name, "similarity/untrained/") && (r.Low == nil || r.High == nil || r.P == nil || !(*r.Low < *r.High)) {
			t.Errorf("%s has no interval or no p", r.Name)
		}
	}
	// scipy.stats.spearmanr of the published upper triangles, mean over subjects where
	// there are several: ci/reference/kriegeskorte92.py.
	for name, want := range map[string]float64{
		"reliability/sessions/BE/hIT": 0.2770021193586433, "reliability/sessions/TI/hIT": 0.11959100681162123, "agreement/mIT/hIT": 0.2403321405643807, "agreement/monkeys/hIT/BE/1": 0.30854411826471545,
	} {
		if got, ok := values[name]; !ok || got-want > 1e-9 || want-got > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	for _, layer := range []string{"V1", "V2", "V4", "IT", "avgpool"} {
		for _, roi := range []string{"hIT", "mIT", "hIT/KO/2"} {
			if _, ok := values["similarity/untrained/"+layer+"/"+roi]; !ok {
				t.Errorf("no similarity of %s with %s", layer, roi)
			}
		}
	}
	if low, high := values["ceiling/hIT/lower"], values["ceiling/hIT/upper"]; !(0 < low && low < high && high < 1) {
		t.Errorf("noise ceiling %v to %v", low, high)
	}
}
