package pipeline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline/strict"
	"realnet/stages/all"
	"realnet/stages/stats"
)

func planned(t *testing.T, study string, set ...string) (*Plan, error) {
	t.Helper()
	var list []strict.Override
	for _, text := range set {
		o, err := strict.ParseOverride(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	s, err := LoadStudy(study, list)
	if err != nil {
		return nil, err
	}
	return NewStudyPlan(t.Context(), s, PlanOptions{Registry: all.Stages()})
}

// inputsOf are the nodes at a port.
func inputsOf(n Node, port string) []string {
	var out []string
	for _, in := range n.In {
		if in.Port == port {
			out = append(out, in.Node)
		}
	}
	return out
}

// A network of a fold learns from its fold's images alone: its targets and its pixels come
// from the stimuli without the held-out images, and its RDM is of these.
func TestNetworksOfAFoldDoNotSeeItsImages(t *testing.T) {
	plan, err := planned(t, "algonauts92-align")
	if err != nil {
		t.Fatal(err)
	}
	trained := 0
	for _, n := range plan.Nodes {
		switch n.Stage {
		case "train":
			trained++
			fold := n.ID[strings.LastIndex(n.ID, "/"):]
			images, targets := inputsOf(n, "stimuli")[0], inputsOf(n, "targets")[0]
			m, _ := plan.Node(targets)
			if images != "stimuli"+fold || !strings.HasSuffix(targets, fold) || !slices.Equal(inputsOf(m, "stimuli"), []string{images}) {
				t.Errorf("%s learns from %s and %s, of images %v", n.ID, images, targets, inputsOf(m, "stimuli"))
			}
			a, ok := plan.Node("activations" + strings.TrimPrefix(n.ID, "train"))
			if !ok || inputsOf(a, "stimuli")[0] != images || !strings.Contains(string(a.Params), `"subset":"test"`) {
				t.Errorf("%s is evaluated by %+v", n.ID, a)
			}
		case "rdm":
			if len(inputsOf(n, "features")) != 3 {
				t.Errorf("%s joins %v", n.ID, inputsOf(n, "features"))
			}
		}
	}
	if trained < 4*3 {
		t.Errorf("%d networks are trained", trained)
	}
}

// Each subject is left out once, of the RDMs that teach and of the results' groups alike.
func TestEachSubjectIsLeftOutOnce(t *testing.T) {
	plan, err := planned(t, "algonauts92-align")
	if err != nil {
		t.Fatal(err)
	}
	var p struct{ Groups []stats.Group }
	n, _ := plan.Node("stats")
	if err := json.Unmarshal(n.Params, &p); err != nil {
		t.Fatal(err)
	}
	left := map[string]int{}
	for _, g := range p.Groups {
		for i := range 15 {
			if s := fmt.Sprintf("%02d", i+1); !slices.Contains(g.Subjects, s) {
				left[s]++
			}
		}
		var m struct{ Subjects []string }
		n, ok := plan.Node("mds/" + g.Label + "/fold-2")
		if err := json.Unmarshal(n.Params, &m); err != nil || !ok || !slices.Equal(m.Subjects, g.Subjects) || len(m.Subjects) != 12 {
			t.Errorf("%s is taught by %v, results say %v (%v)", g.Label, m.Subjects, g.Subjects, err)
		}
	}
	if len(p.Groups) != 5 || len(left) != 15 || slices.Max(values(left)) != 1 {
		t.Errorf("left out: %v", left)
	}
}

func values(m map[string]int) []int {
	var out []int
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// Networks that learn principal components are cross-validated likewise, and RDMs of the
// study's own subjects can teach.
func TestFoldsOfOtherTargets(t *testing.T) {
	off := []string{"eeg_subjects=[]", "data.eeg.dataset=", "data.objects.dataset=", "accuracy_on=", "rsa.permutations=0", "rsa.bootstrap=0"}
	plan, err := planned(t, "demo", append(off, "folds=3", "fold_subset=train")...)
	if err != nil {
		t.Fatal(err)
	}
	n, ok := plan.Node("pca/02/fold-3")
	if !ok || !slices.Equal(inputsOf(n, "stimuli"), []string{"stimuli/fold-3"}) {
		t.Errorf("pca/02/fold-3 is %+v", n)
	}
	plan, err = planned(t, "demo", "variants=[{name: control, beta: 0, target: rdms}, {name: aligned, target: rdms}]", "subject_folds=3", `subjects=["01","02","03"]`)
	if err != nil {
		t.Fatal(err)
	}
	n, _ = plan.Node("mds/without-2")
	if want := []string{"rdm/training/01", "rdm/training/02", "rdm/training/03"}; !slices.Equal(inputsOf(n, "rdms"), want) || !strings.Contains(string(n.Params), `"subjects":["01","03"]`) {
		t.Errorf("mds/without-2 is %+v", n)
	}
	if n, _ = plan.Node("rdm/training/01"); !strings.Contains(string(n.Params), `"subset":"train"`) {
		t.Errorf("rdm/training/01 has parameters %s", n.Params)
	}
}

func TestFoldsRefuse(t *testing.T) {
	for _, c := range []struct{ study, set, want string }{
		{"algonauts92-align", "folds=1", "folds: 1: at least 2"},
		{"algonauts92-align", "folds=24", "at most 23 folds"},
		{"algonauts92-align", "folds=93", "at most 23 folds"},
		{"algonauts92-align", "subject_folds=16", "2 to 15 folds"},
		{"algonauts92-align", "subject_folds=1", "2 to 15 folds"},
		{"algonauts92-align", "rsa.permutations=100", "rsa.permutations"},
		{"algonauts92-align", "train.subset=x", "train.subset cannot be set"},
		{"algonauts92-align", "activations.subset=", "fold_subset chooses the images"},
		{"algonauts92-align", "accuracy_on=test", "accuracy_on cannot be set"},
		{"algonauts92-align", "variants.0.target=fmri", "target: fmri needs responses"},
		{"algonauts92-align", "variants.0.target=rdm", "none of fmri, eeg and rdms"},
		{"algonauts92-align", "variants.3.pairing=shuffled-within:animacy", "the images have no animacy"},
		{"algonauts92-align", "data.brains.dataset=", "RDMs in data.brains"},
		{"algonauts92-align", "data.fmri.dataset=haxby2001", "leave one out"},
		{"demo", "folds=4", "cannot be set"},
		{"demo", "fold_subset=train", "changes nothing without folds"},
		{"demo", "subject_folds=3", "subject_folds: 3 changes nothing"},
	} {
		if _, err := planned(t, c.study, c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.study, c.set, err, c.want)
		}
	}
}

// RDMs that teach are among the files that a program on another machine must bring.
func TestWantedBringsRDMs(t *testing.T) {
	for _, name := range []string{"algonauts92", "algonauts92-align"} {
		s, err := LoadStudy(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"algonauts2019-92/**/92images_fmri_*_RDMs.npz", "kriegeskorte2008/**/Kriegeskorte_Neuron2008_supplementalData.mat"} {
			if got := s.Wanted(); !slices.Contains(got, want) {
				t.Errorf("%s wants %v, not %s", name, got, want)
			}
		}
	}
}
