package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"realnet/stages/analysis/decoding"
	"realnet/stages/report/figures"
)

// source is one dataset and what of the study came from it.
type source struct {
	Name, Work        string
	Synthetic, Folder bool
	Roles             []string
}

// synthetic is the dataset that stage synth makes.
const synthetic = "synth"

// roles of data in the order and the words of a text.
var dataRoles = []struct{ key, text string }{
	{"models", "RDMs or features of models"},
	{"fmri", "fMRI"},
	{"other", "fMRI for evaluation only"},
	{"brains", "RDMs of brains"},
	{"eeg", "EEG"},
	{"stimuli", "images"},
	{"eeg_stimuli", "images of the EEG"},
	{"labelled", "labelled images"},
	{"objects", "dimensions of the objects"},
	{"weights", "weights of the base network"},
}

// spikes reports whether the brains that train networks were recorded with electrodes.
func (r ran) spikes() bool {
	v := section[fmriValues](r, "fmri")
	return v != nil && v.Layout == "tvsd"
}

func (r ran) sources() []source {
	var data map[string]struct {
		Dataset string `json:"dataset"`
		Folder  string `json:"folder"`
	}
	r.value("data", &data)
	var out []source
	for _, role := range dataRoles {
		from := data[role.key]
		if from.Dataset == "" && from.Folder == "" {
			continue
		}
		text := role.text
		if role.key == "stimuli" && slices.Contains(r.p.Stages, "published") && data["brains"].Dataset+data["brains"].Folder == "" {
			text = "images and RDMs of brains"
		}
		if role.key == "fmri" && r.spikes() {
			text = "spiking activity"
		}
		s := source{Name: from.Dataset, Synthetic: from.Dataset == synthetic, Folder: from.Dataset == ""}
		for _, prefix := range slices.Sorted(maps.Keys(datasets)) {
			if from.Dataset != "" && strings.HasPrefix(strings.ToLower(from.Dataset), prefix) {
				s.Work = datasets[prefix]
			}
		}
		at := slices.IndexFunc(out, func(o source) bool { return o.Name == s.Name })
		if at < 0 {
			at = len(out)
			out = append(out, s)
		}
		out[at].Roles = append(out[at].Roles, text)
	}
	return out
}

// mdsValues are the coordinates of RDMs that taught networks.
type mdsValues struct {
	Components int      `json:"components"`
	Squared    bool     `json:"squared"`
	Whiten     string   `json:"whiten"`
	ROIs       []string `json:"rois"`
}

// patternValues are the sizes of one subject's patterns.
type patternValues struct {
	Subject                     string
	Samples, Conditions, Voxels int
	Regions                     []string
}

// names are the regions with their numbers of voxels.
func (s patternSize) names() []string {
	var out []string
	for _, r := range s.order {
		out = append(out, fmt.Sprintf("%s %d", r, s.regions[r]))
	}
	return out
}

// fmriValues are parameters of stage fmri.
type fmriValues struct {
	Layout   string            `json:"layout"`
	Average  string            `json:"average"`
	Entities map[string]string `json:"entities"`
	FMRIPrep struct {
		Confounds []string `json:"confounds"`
		ScrubFD   float64  `json:"scrub_fd"`
	} `json:"fmriprep"`
	Recipe struct {
		Preset        string  `json:"preset"`
		DropVolumes   float64 `json:"drop_volumes"`
		DetrendOrder  *int    `json:"detrend_order"`
		RegressMotion bool    `json:"regress_motion"`
		ClipSD        float64 `json:"clip_sd"`
		Normalise     string  `json:"normalise"`
		Estimate      string  `json:"estimate"`
		LagVolumes    float64 `json:"lag_volumes"`
	} `json:"recipe"`
	Steps []string `json:"-"` // in words
}

// Runs says whether the layout reads runs, to which the recipe applies; the others read
// responses that something else estimated.
func (v *fmriValues) Runs() bool {
	return v.Layout == "" || v.Layout == "bids" || v.Layout == "fmriprep" || v.Layout == "openfmri"
}

// Space is the space that images were chosen from, "" when it was not named.
func (v *fmriValues) Space() string { return v.Entities["space"] }

// name puts the steps that were taken into words.
func (v *fmriValues) name(t *template.Template) error {
	r := v.Recipe
	runs, prepared := v.Runs(), v.Layout == "fmriprep"
	for _, step := range []struct {
		block string
		taken bool
	}{
		{"fmriprep", prepared},
		{"betas", v.Layout == "betas"},
		{"drop", runs && r.DropVolumes > 0},
		{"scrub", prepared && v.FMRIPrep.ScrubFD > 0},
		{"detrend", runs && r.DetrendOrder != nil && *r.DetrendOrder >= 0},
		{"confounds", prepared && len(v.FMRIPrep.Confounds) > 0},
		{"motion", runs && r.RegressMotion && !(prepared && len(v.FMRIPrep.Confounds) > 0)},
		{"clip", runs && r.ClipSD > 0},
		{"normalise", runs && r.Normalise != "" && r.Normalise != "none"},
		{"average", runs && r.Estimate == "average"},
		{"glm", runs && (r.Estimate == "glm" || r.Estimate == "lsa" || r.Estimate == "lss")},
		{"run", v.Average == "run"},
		{"condition", v.Average == "condition"},
	} {
		if !step.taken {
			continue
		}
		text, err := rendered(t, "step-"+step.block, v)
		if err != nil {
			return err
		}
		v.Steps = append(v.Steps, text)
	}
	return nil
}

// pretrainValues are parameters of stage pretrain.
type pretrainValues struct {
	Width        float64 `json:"width"`
	Epochs       float64 `json:"epochs"`
	Batch        float64 `json:"batch"`
	LearningRate float64 `json:"learning_rate"`
}

// trainValues are parameters of stage train that the models share.
type trainValues struct {
	Beta         float64  `json:"beta"`
	Teacher      string   `json:"teacher"`
	Layers       []string `json:"layers"`
	MSE          bool     `json:"mse"`
	Contrastive  string   `json:"contrastive"`
	LearningRate float64  `json:"learning_rate"`
	Batch        float64  `json:"batch"`
	Epochs       float64  `json:"epochs"`
}

// TeacherText names what the classification is compared with.
func (v trainValues) TeacherText() string {
	if v.Teacher == "labels" {
		return "the labels of the images"
	}
	return "the classes that the base network chose"
}

// Terms are the terms of the brain loss.
func (v trainValues) Terms() []string {
	var out []string
	if v.MSE {
		out = append(out, "mean squared error")
	}
	switch v.Contrastive {
	case "live":
		out = append(out, "a contrastive term")
	case "detached":
		out = append(out, "a contrastive term without gradient, as in the released code")
	}
	return out
}

// variantValues are a trained model and what it changes of the training.
type variantValues struct{ Name, Changes string }

func (r ran) variants(beta float64) []variantValues {
	var list []map[string]json.RawMessage
	r.value("variants", &list)
	var out []variantValues
	for _, v := range list {
		changes := []string{fmt.Sprintf("β = %g", beta)}
		if raw := string(v["beta"]); raw != "" && raw != "null" {
			changes[0] = "β = " + raw
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if value := string(v[key]); value != "null" && !slices.Contains([]string{"name", "beta", "gain"}, key) {
				changes = append(changes, strings.ReplaceAll(key, "_", " ")+" "+strings.NewReplacer(`"`, "", "[", "", "]", "", ",", ", ").Replace(value))
			}
		}
		var name string
		if json.Unmarshal(v["name"], &name) == nil {
			out = append(out, variantValues{name, strings.Join(changes, "; ")})
		}
	}
	return out
}

// rdmValues are parameters of stage rdm.
type rdmValues struct {
	Metric string `json:"metric"`
	Split  string `json:"split"`
}

// eegValues are parameters of stage eegrdm.
type eegValues struct {
	Recipe  string `json:"recipe"`
	Average int    `json:"average"`
	Folds   int    `json:"folds"`
	Repeats int    `json:"repeats"`
	Smooth  int    `json:"smooth"`
}

// Decoding reports whether RDMs hold accuracies of a decoder.
func (v eegValues) Decoding() bool { return v.Recipe == "lu" || v.Recipe == "gifford" }

// Work is that of the recipe.
func (v eegValues) Work() string {
	if v.Recipe == "gifford" {
		return "Gifford et al. 2022"
	}
	return ""
}

// Settings say how the accuracies were computed, those of the recipe where no other is set.
func (v eegValues) Settings() []string {
	recipe := decoding.Lu()
	if v.Recipe == "gifford" {
		recipe = decoding.Gifford()
	}
	var out []string
	for _, c := range []struct {
		set, usual int
		text       string
	}{
		{v.Average, recipe.Average, "%d repetitions averaged to a trial"},
		{v.Folds, recipe.Folds, "cross-validation in %d folds"},
		{v.Repeats, recipe.Repeats, "%d draws of the trials"},
		{v.Smooth, recipe.Smooth, "a centred mean over %d time points"},
	} {
		n := c.set
		if n == 0 {
			n = c.usual
		}
		if n > 1 {
			out = append(out, fmt.Sprintf(c.text, n))
		}
	}
	return out
}

// rsaValues are parameters of stage rsa.
type rsaValues struct {
	Method       string `json:"method"`
	Permutations int    `json:"permutations"`
	Alternative  string `json:"alternative"`
	Bootstrap    int    `json:"bootstrap"`
}

// MethodText is the comparator for readers.
func (v rsaValues) MethodText() string { return figures.Comparator(v.Method) }

// dimensionsValues are parameters of stage dimensions.
type dimensionsValues struct {
	Resamples    int `json:"resamples"`
	Permutations int `json:"permutations"`
}

// encodingValues are parameters of stage encoding.
type encodingValues struct {
	Folds     int      `json:"folds"`
	Inner     int      `json:"inner"`
	Partition []string `json:"partition"`
	CKA       bool     `json:"cka"`
}

// statsValues are parameters of stage stats.
type statsValues struct {
	Alpha        float64 `json:"alpha"`
	Correction   string  `json:"correction"`
	Flips        int     `json:"flips"`
	SubjectFlips bool    `json:"subject_flips"`
}

// meanValues say how the mean similarities of layers, or of models without layers, were
// tested.
type meanValues struct {
	Layers, Subjects, Tested bool
	Flips                    int // of subjects; 0: none
}

// means are nil where no network was compared layer by layer.
func (in inputs) means(p *statsValues) *meanValues {
	var v *meanValues
	for _, r := range in.Statistics {
		if !ofLayer(r) {
			continue
		}
		if v == nil {
			v = &meanValues{}
		}
		v.Layers, v.Subjects, v.Tested = v.Layers || r.Layer != "", v.Subjects || r.NSubjects > 1, v.Tested || r.Tested()
	}
	if v != nil && v.Tested && p != nil && p.SubjectFlips {
		v.Flips = p.Flips
	}
	return v
}
