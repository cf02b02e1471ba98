package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"realnet/stages/accuracy"
	"realnet/stages/activations"
	"realnet/stages/checkpoint"
	"realnet/stages/dimensions"
	"realnet/stages/eeg"
	"realnet/stages/eegrdm"
	"realnet/stages/embedding"
	"realnet/stages/encoding"
	"realnet/stages/fmri"
	"realnet/stages/mds"
	"realnet/stages/pca"
	"realnet/stages/pretrain"
	"realnet/stages/published"
	"realnet/stages/rdm"
	"realnet/stages/report/params"
	"realnet/stages/rsa"
	"realnet/stages/stats"
	"realnet/stages/stimuli"
	"realnet/stages/synth"
	"realnet/stages/train"
)

// Study is everything about one reproduction: what a study file says. Sections
// named after a stage are that stage's parameters; what a plan derives itself
// (labels, seeds of subjects) is laid over them.
type Study struct {
	Study string `json:"study"` // its name
	About string `json:"about"` // one sentence
	Kind  string `json:"kind"`  // what its plan looks like: reliability, alignment, brains or rsa
	Seed  uint64 `json:"seed"`

	Data          Data     `json:"data"`
	Subjects      []string `json:"subjects"`       // whose brains train networks
	OtherSubjects []string `json:"other_subjects"` // of the other fMRI dataset
	EEGSubjects   []string `json:"eeg_subjects"`
	ROIs          []string `json:"rois"`

	// Folds splits the images for cross-validation: of each fold networks are trained
	// without its images and evaluated on them. 0: subsets of the images say which are which.
	Folds        int    `json:"folds"`
	FoldSubset   string `json:"fold_subset"`   // images in folds; empty: all
	SubjectFolds int    `json:"subject_folds"` // folds of the subjects, whose RDMs teach networks of all other folds; 0: all teach

	Variants []Variant `json:"variants"`
	// Sweep makes variants of every combination of values: field of train, or seed, to
	// its values; 1..5 stands for five.
	Sweep     map[string][]string `json:"sweep,omitempty"`
	EEGSubset string              `json:"eeg_subset"` // images that the EEG showed, of data.eeg_stimuli if that is named; empty: the test images
	// SharedImages says that fMRI and EEG show some of the same images: they are kept out
	// of training, and the brains are compared on them.
	SharedImages bool `json:"shared_images"`
	// Encode says that brain responses are also predicted from the networks' layers, by
	// section encoding.
	Encode     bool   `json:"encode"`
	AccuracyOn string `json:"accuracy_on"` // labelled images for the accuracy, of data.labelled if that is named; empty: not measured

	Synth       synth.Params       `json:"synth"`
	Stimuli     stimuli.Params     `json:"stimuli"`
	EEGStimuli  stimuli.Params     `json:"eeg_stimuli"`
	Labelled    stimuli.Params     `json:"labelled"`
	Checkpoint  checkpoint.Params  `json:"checkpoint"`
	Pretrain    pretrain.Params    `json:"pretrain"`
	Published   published.Params   `json:"published"`
	ModelRDMs   published.Params   `json:"model_rdms"`
	FMRI        fmri.Params        `json:"fmri"`
	OtherFMRI   fmri.Params        `json:"other_fmri"`
	PCA         pca.Params         `json:"pca"`
	MDS         mds.Params         `json:"mds"`
	EEG         eeg.Params         `json:"eeg"`
	EEGRDM      eegrdm.Params      `json:"eegrdm"`
	Train       train.Params       `json:"train"`
	Activations activations.Params `json:"activations"`
	Accuracy    accuracy.Params    `json:"accuracy"`
	Embedding   embedding.Params   `json:"embedding"`
	Encoding    encoding.Params    `json:"encoding"`
	Dimensions  dimensions.Params  `json:"dimensions"`
	RDM         rdm.Params         `json:"rdm"`
	RSA         rsa.Params         `json:"rsa"`
	Stats       stats.Params       `json:"stats"`
	Report      params.Params      `json:"report"`

	dir string // of the study's file, where its folders are looked for; "" of a bundled one
}

// Data names the datasets of a study by their role.
type Data struct {
	FMRI       Source `json:"fmri"`        // brains that train networks
	Other      Source `json:"other"`       // brains of another dataset, for evaluation
	EEG        Source `json:"eeg"`         // another modality, for evaluation
	Stimuli    Source `json:"stimuli"`     // images of the fMRI
	EEGStimuli Source `json:"eeg_stimuli"` // images of the EEG, where they are not among stimuli; their classes name objects
	Labelled   Source `json:"labelled"`    // images for the accuracy, where they are not among stimuli
	Objects    Source `json:"objects"`     // dimensions of the objects
	Brains     Source `json:"brains"`      // RDMs or patterns of brains: published ones that teach networks, or of a study that only compares
	Models     Source `json:"models"`      // RDMs or features of models, of a study that only compares
	Weights    Source `json:"weights"`     // base weights; without them the study pretrains
}

// Source is a dataset of the catalogue, or a folder of one's own in the same
// layout.
type Source struct {
	Dataset string   `json:"dataset"` // name in the catalogue, or synth
	Folder  string   `json:"folder"`  // where it is: relative to --data, else to the study file; empty: below --data, else downloaded
	Files   []string `json:"files"`   // patterns of the files that the study reads; {subject} stands for each of the role's subjects
}

func (s Source) named() bool { return s.Dataset != "" || s.Folder != "" }

// DefaultStudy is a study before its file is read.
func DefaultStudy() Study {
	return Study{
		Kind: "alignment", Seed: 20240710,
		Synth: synth.DefaultParams(), Stimuli: stimuli.DefaultParams(), EEGStimuli: stimuli.DefaultParams(), Labelled: stimuli.DefaultParams(), Checkpoint: checkpoint.DefaultParams(),
		Pretrain: pretrain.DefaultParams(), Published: published.DefaultParams(), ModelRDMs: published.DefaultParams(), FMRI: fmri.DefaultParams(), OtherFMRI: fmri.DefaultParams(), PCA: pca.DefaultParams(), MDS: mds.DefaultParams(),
		EEG: eeg.DefaultParams(), EEGRDM: eegrdm.DefaultParams(), Train: train.DefaultParams(), Activations: activations.DefaultParams(),
		Accuracy: accuracy.DefaultParams(), Embedding: embedding.DefaultParams(), Encoding: encoding.DefaultParams(), Dimensions: dimensions.DefaultParams(),
		RDM: rdm.DefaultParams(), RSA: rsa.DefaultParams(), Stats: stats.DefaultParams(), Report: params.Default(),
	}
}

// planners build the plan of each kind of study.
var planners = map[string]func(*builder) error{
	"reliability": planReliability,
	"alignment":   planAlignment,
	"brains":      planBrains,
	"rsa":         planRSA,
}

// Validate reports a study that no plan can be made of.
func (s Study) Validate() error {
	if _, ok := planners[s.Kind]; !ok {
		return fmt.Errorf("kind: %q%s (kinds: %s)", s.Kind, didYouMean(s.Kind, slices.Sorted(maps.Keys(planners))), strings.Join(slices.Sorted(maps.Keys(planners)), ", "))
	}
	if len(s.Subjects) == 0 && s.Kind != "brains" && s.Kind != "rsa" {
		return fmt.Errorf("subjects: none given")
	}
	if err := checkVariants(s.Variants); err != nil {
		return err
	}
	if err := checkLayers("activations.layers", s.Activations.Layers); err != nil {
		return err
	}
	if s.Stats.Method != stats.DefaultParams().Method && s.Stats.Method != s.RSA.Method {
		return fmt.Errorf("stats.method: %s: results compare RDMs as the study does: set rsa.method", s.Stats.Method)
	}
	if s.Kind != "reliability" && !s.RSA.Method.OfSubsets() {
		return fmt.Errorf("rsa.method: %s has no intervals over images, which the results of this kind of study need: choose spearman, pearson, kendall, tau-a, rho-a or cosine", s.RSA.Method)
	}
	for i, v := range s.Variants {
		if v.target() == TargetFMRI && !s.Data.FMRI.named() && s.Data.Brains.named() {
			return fmt.Errorf("variants[%d].target: fmri needs responses (data.fmri); published RDMs (data.brains) teach networks with target: rdms", i)
		}
		if v.target() != TargetEEG {
			continue
		}
		if !s.Data.EEG.named() || len(s.EEGSubjects) == 0 {
			return fmt.Errorf("variants[%d].target: eeg needs data.eeg and eeg_subjects", i)
		}
		if s.Data.EEG.Dataset == Synthetic && s.Synth.EEG.Training == 0 {
			return fmt.Errorf("variants[%d].target: eeg needs EEG of the training images: set synth.eeg.training, their repetitions, to 4 or so", i)
		}
	}
	switch s.Kind {
	case "alignment":
		return s.checkAlignment()
	case "brains":
		return s.checkNetwork()
	case "rsa":
		return s.checkRSA()
	case "reliability":
		return s.checkReliability()
	}
	return nil
}
