package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
	"realnet/pipeline/strict"
	"realnet/stages"
)

// Every bundled study loads, plans without any data, and keeps the plan's invariants.
func TestBundledStudiesPlan(t *testing.T) {
	want := []string{"demo", "haxby", "kriegeskorte92", "paper", "paper-insilico", "released"}
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
			needs := strings.HasPrefix(name, "paper") && name != "paper-insilico" || name == "released"
			if err := plan.Missing(); needs != errors.Is(err, pipeline.ErrMissingData) {
				t.Errorf("missing: %v", err)
			}
		})
	}
}

func studyPlan(t *testing.T, name string, opt pipeline.PlanOptions, set ...string) *pipeline.Plan {
	t.Helper()
	var overrides []strict.Override
	for _, text := range set {
		o, err := strict.ParseOverride(text)
		if err != nil {
			t.Fatal(err)
		}
		overrides = append(overrides, o)
	}
	study, err := pipeline.LoadStudy(name, overrides)
	if err != nil {
		t.Fatal(err)
	}
	opt.Registry = stages.All()
	plan, err := pipeline.NewStudyPlan(study, opt)
	if err != nil {
		t.Fatal(err)
	}
	return plan
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
