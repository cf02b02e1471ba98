package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
	"realnet/pipeline/strict"
	"realnet/stages/all"
)

// Every bundled study loads, plans without any data, and keeps the plan's invariants.
func TestBundledStudiesPlan(t *testing.T) {
	want := []string{"algonauts92", "algonauts92-align", "demo", "demo-large", "haxby", "kriegeskorte92", "monkey", "paper", "paper-insilico", "released"}
	if got := pipeline.BundledStudies(); !slices.Equal(got, want) {
		t.Errorf("bundled studies %v, want %v", got, want)
	}
	for _, name := range want {
		t.Run(name, func(t *testing.T) {
			plan := studyPlan(t, name, pipeline.PlanOptions{})
			if err := plan.Check(); err != nil {
				t.Error(err)
			}
			if last := plan.Nodes[len(plan.Nodes)-1]; last.Stage != "report" {
				t.Errorf("the last node is %s", last.ID)
			}
			needs := strings.HasPrefix(name, "paper") && name != "paper-insilico" || name == "released" || name == "monkey"
			if err := plan.Missing(); needs != errors.Is(err, pipeline.ErrMissingData) {
				t.Errorf("missing: %v", err)
			}
		})
	}
}

func studyPlan(t *testing.T, name string, opt pipeline.PlanOptions, set ...string) *pipeline.Plan {
	t.Helper()
	study, err := loadStudy(name, set...)
	if err != nil {
		t.Fatal(err)
	}
	opt.Registry = all.Stages()
	plan, err := pipeline.NewStudyPlan(t.Context(), study, opt)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func loadStudy(name string, set ...string) (pipeline.Study, error) {
	var overrides []strict.Override
	for _, text := range set {
		o, err := strict.ParseOverride(text)
		if err != nil {
			return pipeline.Study{}, err
		}
		overrides = append(overrides, o)
	}
	return pipeline.LoadStudy(name, overrides)
}

// What is missing is said at once: what, how large, where to ask, where to put it.
func TestMissingDataIsNamedAtOnce(t *testing.T) {
	plan := studyPlan(t, "paper", pipeline.PlanOptions{DataDir: t.TempDir()})
	text := plan.Missing().Error()
	for _, want := range []string{
		"shen2019-stimuli", "https://forms.gle/", "DIR/shen2019-stimuli", "things-eeg2", "https://osf.io/anp5v/", "about 11.2 GB",
		"sub-01/preprocessed_eeg_test.npy", "things-eeg2-images", "realnet data fetch shen2019", "horikawa2017", "about 427.0 MB", "things49",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing about %q in:\n%s", want, text)
		}
	}

	// A part of the plan that needs none of it is not held up.
	part, err := plan.Until("pca")
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Missing(); err != nil {
		t.Errorf("targets need only what can be downloaded: %v", err)
	}
}

// Files are asked for of the subjects that the study has.
func TestSubjectsInFileNames(t *testing.T) {
	plan := studyPlan(t, "paper", pipeline.PlanOptions{}, `subjects=["02"]`, `other_subjects=["4"]`)
	for id, want := range map[string]string{
		"fetch/fmri": "sub-02_perceptionNaturalImageTraining", "fetch/other": "Subject4.h5", "fmri/02": "sub-02_perceptionNaturalImageTest",
		"fmri/other/4": "Subject4.h5",
	} {
		n, ok := plan.Node(id)
		if !ok || !strings.Contains(string(n.Params), want) || strings.Contains(string(n.Params), "sub-01") {
			t.Errorf("%s: %s", id, n.Params)
		}
	}
}

// A variant that learns EEG trains a network for each EEG subject, from epochs of the
// training images, under a label that no subject of the fMRI has.
func TestEEGAsTarget(t *testing.T) {
	set := []string{`variants=[{name: control, beta: 0}, {name: erp, target: eeg}]`, `eeg_subjects=["01", "02"]`, "synth.eeg.training=4"}
	plan := studyPlan(t, "demo", pipeline.PlanOptions{}, set...)
	for id, inputs := range map[string]string{
		"eeg/training/02": "synth", "pca/eeg-02": "eeg/training/02", "train/erp/eeg-02": "pca/eeg-02", "rsa/erp/eeg-01": "rdm/model/erp/eeg-01",
	} {
		n, ok := plan.Node(id)
		if !ok || !slices.ContainsFunc(n.In, func(in pipeline.Input) bool { return in.Node == inputs }) {
			t.Errorf("%s: %+v, want the input %s", id, n, inputs)
		}
	}
	if _, ok := plan.Node("train/erp/01"); ok {
		t.Error("the fMRI of a subject trains a variant that learns EEG")
	}
	for _, lacking := range []string{"synth.eeg.training=0", "eeg_subjects=[]", "data.eeg.dataset="} {
		if _, err := loadStudy("demo", append(set, lacking)...); err == nil || !strings.Contains(err.Error(), "variants[1].target: eeg needs") {
			t.Errorf("%s: %v", lacking, err)
		}
	}
}

// A network that was never trained is called so everywhere.
func TestUntrainedIsLabelled(t *testing.T) {
	plan := studyPlan(t, "kriegeskorte92", pipeline.PlanOptions{})
	if _, ok := plan.Node("untrained"); !ok {
		t.Error("no node untrained")
	}
	for _, n := range plan.Nodes {
		if strings.Contains(string(n.Params), `"model":"base"`) {
			t.Errorf("%s calls the network base: %s", n.ID, n.Params)
		}
	}
	plan = studyPlan(t, "kriegeskorte92", pipeline.PlanOptions{}, "data.weights.dataset=cornet-s")
	if n, ok := plan.Node("base"); !ok || n.Stage != "checkpoint" {
		t.Errorf("with a checkpoint the network is %+v", n)
	}
}
