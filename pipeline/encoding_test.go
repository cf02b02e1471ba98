package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
)

// With encode, every network predicts the responses of all subjects and of the EEG; a
// partition between models reads the base network's layers, and not for itself.
func TestEncodePlan(t *testing.T) {
	set := []string{"encode=true", "encoding.partition=[layers, models]", `eeg_subjects=["01", "02"]`}
	plan := studyPlan(t, "demo", pipeline.PlanOptions{}, set...)
	for id, want := range map[string]struct {
		inputs []string
		params string
	}{
		"encoding/aligned/02":     {[]string{"activations/aligned/02", "activations/base", "fmri/01", "fmri/03"}, `"partition":["layers","models"]`},
		"encoding/base":           {[]string{"activations/base", "fmri/01"}, `"partition":["layers"]`},
		"encoding/eeg/aligned/02": {[]string{"eeg/01", "eeg/02"}, `"partition":null`},
		"stats":                   {[]string{"encoding/base", "encoding/eeg/aligned/02"}, ""},
	} {
		n, ok := plan.Node(id)
		if !ok || !strings.Contains(string(n.Params), want.params) {
			t.Errorf("%s: %s, want %s", id, n.Params, want.params)
		}
		for _, input := range want.inputs {
			if !slices.ContainsFunc(n.In, func(in pipeline.Input) bool { return in.Node == input }) {
				t.Errorf("%s: %+v, want the input %s", id, n.In, input)
			}
		}
	}
	if _, ok := studyPlan(t, "demo", pipeline.PlanOptions{}).Node("encoding/base"); ok {
		t.Error("responses are predicted unasked")
	}
}

// Images of both recordings are kept apart before targets and training.
func TestSharedImagesPlan(t *testing.T) {
	plan := studyPlan(t, "monkey", pipeline.PlanOptions{})
	for id, input := range map[string]string{"fmri/F": "stimuli/eeg", "stimuli": "stimuli/eeg", "rdm/shared/N": "fmri/N", "stats": "rdm/shared/F"} {
		n, ok := plan.Node(id)
		if !ok || !slices.ContainsFunc(n.In, func(in pipeline.Input) bool { return in.Node == input }) {
			t.Errorf("%s: %+v, want the input %s", id, n, input)
		}
	}
	if _, err := loadStudy("demo", "shared_images=true"); err == nil || !strings.Contains(err.Error(), "shared_images: needs data.eeg, data.eeg_stimuli and eeg_subjects") {
		t.Errorf("without images of the EEG: %v", err)
	}
}
