package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"realnet/artifacts/schemas/statistics"
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
	v := r.fmri("fmri", "fmri")
	return v != nil && v.Layout == "tvsd"
}

// from is where one role of the study's data is from.
type from struct {
	Dataset string `json:"dataset"`
	Folder  string `json:"folder"`
}

func (f from) given() bool { return f.Dataset != "" || f.Folder != "" }

func (r ran) from(role string) from {
	var data map[string]from
	r.value("data", &data)
	return data[role]
}

// fmri are the parameters that stage fmri read the data of a role with, under a key of the
// study; nil where the study has no data of that role, although it has defaults for them.
func (r ran) fmri(role, key string) *fmriValues {
	v := section[fmriValues](r, "fmri")
	if v == nil || role == "fmri" && !r.from("fmri").given() && r.from("other").given() {
		return nil
	}
	if role == "fmri" {
		return v
	}
	if !r.from(role).given() || r.study[key] == nil {
		return nil
	}
	v = &fmriValues{}
	r.value(key, v)
	return v
}

// rdmsOf are what stage rdm computed RDMs of, where the study was given others; else
// nil: all of them.
func (r ran) rdmsOf() []string {
	if !slices.Contains(r.p.Stages, "published") {
		return nil
	}
	var out []string
	if slices.Contains(r.p.Stages, "activations") {
		out = append(out, "network layers")
	}
	if slices.Contains(r.p.Stages, "fmri") {
		out = append(out, "response patterns")
	}
	return out
}

// gainsOver are the references of gains, in words.
func (in inputs) gainsOver() []string {
	var out []string
	for _, role := range []struct{ role, text string }{
		{figures.Base, "the base model"}, {figures.Control, "the control"}, {figures.Shuffled, "networks trained on shuffled responses"}, {figures.ShuffledWithin, "networks trained on responses shuffled within classes"}, {"", "other models"},
	} {
		if slices.ContainsFunc(in.Statistics, func(s statistics.Row) bool {
			return s.Kind == statistics.Gain && (in.roleOf(s.Reference) == role.role)
		}) {
			out = append(out, role.text)
		}
	}
	return out
}

// roleOf is the role of a model that gains are over; "" for any other.
func (in inputs) roleOf(label string) string {
	if label == in.Models.Base() {
		return figures.Base
	}
	for _, m := range in.Models.All() {
		if m.Label == label && slices.Contains([]string{figures.Base, figures.Control, figures.Shuffled, figures.ShuffledWithin}, m.Role) {
			return m.Role
		}
	}
	return ""
}

func (r ran) sources() []source {
	var data map[string]from
	r.value("data", &data)
	var out []source
	for _, role := range dataRoles {
		from := data[role.key]
		if !from.given() {
			continue
		}
		text := role.text
		if role.key == "stimuli" && slices.Contains(r.p.Stages, "published") && !data["brains"].given() {
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

// pcaValues are parameters of stage pca.
type pcaValues struct {
	Components int      `json:"components"`
	Scale      string   `json:"scale"`
	Whiten     string   `json:"whiten"`
	ROIs       []string `json:"rois"`
	Where      string   `json:"-"` // the regions, in words
}

// pcaRegions name the regions of the responses that became targets: those of the stage,
// else all that the study reads.
func (r ran) pcaRegions(v pcaValues) string {
	regions := v.ROIs
	if len(regions) == 0 {
		r.value("rois", &regions)
	}
	for i, name := range regions {
		name, _, _ = strings.Cut(name, ":") // NAME: FILES
		regions[i] = strings.TrimSpace(name)
	}
	if len(regions) == 0 {
		return "all voxels"
	}
	return listed(regions)
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
	Trunk        string   `json:"trunk"`
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
	return "the classes predicted by the base network"
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
	Recipe     string `json:"recipe"`
	Classifier string `json:"classifier"`
	Average    int    `json:"average"`
	Folds      int    `json:"folds"`
	Repeats    int    `json:"repeats"`
	Window     int    `json:"window"`
	Step       int    `json:"step"`
	Smooth     int    `json:"smooth"`
	Generalise bool   `json:"generalise"`
}

// ClassifierText names the classifier.
func (v eegValues) ClassifierText() string {
	if v.Classifier == "lda" {
		return "linear discriminant analysis"
	}
	return "a linear support vector machine"
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
		{v.Window, recipe.Window, "windows of %d samples averaged before decoding"},
		{v.Step, recipe.Step, "a window every %d samples"},
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
