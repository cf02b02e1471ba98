package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"text/template"

	texts "realnet/stages/report/text"
)

// The methods say what a layout did with the data, and nothing of a recipe that it does
// not apply.
func TestPreprocessingByLayout(t *testing.T) {
	const shen = `"recipe": {"preset": "shen", "drop_volumes": 4, "detrend_order": 1, "regress_motion": true, "clip_sd": 3, "estimate": "average", "lag_volumes": 2}`
	tmpl, err := template.New("methods").Funcs(template.FuncMap{
		"list": listed, "join": func(l []string) string { return strings.Join(l, ", ") }, "cite": func(key string) string { return key },
	}).ParseFS(texts.Files(), "methods.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for params, want := range map[string][]string{
		`{"layout": "bids", "average": "condition", ` + shen + `}`: {
			"the first 4 volumes of each run were dropped", "a polynomial of order 1 was removed from each run", "the motion parameters were regressed out", "values beyond 3 standard deviations were clipped",
			"the volumes of each trial, shifted by 2 volumes for the haemodynamic response, were averaged", "patterns were averaged over all repetitions of a condition",
		},
		`{"layout": "bdata", "average": "condition", ` + shen + `}`: {"patterns were averaged over all repetitions of a condition"},
		`{"layout": "arrays", "average": "none", ` + shen + `}`:     nil,
		`{"layout": "betas", "average": "run", ` + shen + `}`:       {"response estimates from another program were read, one image per estimate", "patterns were averaged by condition and run"},
		`{"layout": "fmriprep", "entities": {"space": "T1w"}, "fmriprep": {"confounds": ["motion6", "csf"], "scrub_fd": 0.5}, "recipe": {"detrend_order": 1, "regress_motion": true, "normalise": "zscore", "estimate": "lss"}}`: {
			"runs preprocessed with fMRIPrep in the space T1w were read", "volumes with a framewise displacement above 0.5 mm were left out", "a polynomial of order 1 was removed from each run",
			"confounds were regressed out (motion6, csf)", "the time series of each voxel was z-scored within each run", "responses were estimated with a general linear model for each trial separately, with all other trials as one regressor (least squares separate)",
		},
	} {
		var v fmriValues
		if err := json.Unmarshal([]byte(params), &v); err != nil {
			t.Fatal(err)
		}
		if err := v.name(tmpl); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(v.Steps, want) {
			t.Errorf("%s:\n%q, want\n%q", params, v.Steps, want)
		}
	}
}
