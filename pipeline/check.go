package pipeline

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"realnet/model"
	"realnet/stages/eegrdm"
	"realnet/stages/fmri"
	"realnet/stages/rdm"
	"realnet/stages/stimuli"
)

// Each section of a study is checked by its stage. What is here no stage can see: names
// and numbers of one section that another must have. A run would find them too, hours
// later.

// among reports the first of some names that is not one of those that there are.
func among(field string, names, there []string, what string) error {
	for _, n := range names {
		if !slices.Contains(there, n) {
			return fmt.Errorf("%s: %q is no %s%s (there are %s)", field, n, what, didYouMean(n, there), strings.Join(there, ", "))
		}
	}
	return nil
}

// first returns the first error of some checks.
func first(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkNetwork checks a study that makes RDMs of a network's layers.
func (s Study) checkNetwork() error {
	layers := s.Activations.Layers
	if s.RDM.Metric.CrossValidated() || s.RDM.Metric == "mahalanobis" || s.RDM.Split != "" {
		return fmt.Errorf("rdm: metric %s and split %q need repeated measurements, which a network's layers have not: choose a metric without, and no split", s.RDM.Metric, s.RDM.Split)
	}
	if s.Stimuli.Size < smallestInput {
		return fmt.Errorf("stimuli.size: %d pixels, a network takes %d or more", s.Stimuli.Size, smallestInput)
	}
	return first(
		among("rsa.models.layers", s.RSA.Models.Layers, layers, "layer of activations.layers"),
		among("stats.layers", s.Stats.Layers, layers, "layer of activations.layers"),
		among("dimensions.layers", s.Dimensions.Layers, layers, "layer of activations.layers"),
		s.checkSubset("activations.subset", s.Activations.Subset, s.Data.Stimuli, s.Stimuli),
	)
}

// smallestInput is the smallest side of an image whose IT has a pixel.
const smallestInput = 32

// checkReliability checks a study of response patterns alone.
func (s Study) checkReliability() error {
	if s.RDM.Split != rdm.OddEven {
		return fmt.Errorf("rdm.split: %q: a study of reliability compares the halves of the runs: %s", s.RDM.Split, rdm.OddEven)
	}
	if s.FMRI.Average == fmri.PerCondition {
		return fmt.Errorf("fmri.average: %s: a study of reliability needs patterns of each run: %s", s.FMRI.Average, fmri.PerRun)
	}
	return nil
}

// checkAlignment checks a study that trains networks.
func (s Study) checkAlignment() error {
	if !s.Data.Stimuli.named() {
		return fmt.Errorf("data.stimuli: none given: name a dataset or a folder")
	}
	if err := s.checkBrains(); err != nil {
		return err
	}
	if err := s.checkFolds(); err != nil {
		return err
	}
	var variants []string
	for _, v := range s.Variants {
		variants = append(variants, v.Name)
	}
	if s.Stats.Control != DefaultStudy().Stats.Control {
		if err := among("stats.control", []string{s.Stats.Control}, variants, "variant"); err != nil {
			return err
		}
	}
	if len(s.ROIs) > 0 {
		if err := among("stats.rois", s.Stats.ROIs, regionNames(s.ROIs), "region of rois"); err != nil {
			return err
		}
	} else if s.FMRI.Layout == "bids" && s.Data.FMRI.named() {
		return fmt.Errorf("rois: none given; layout bids reads the regions that are named")
	}
	if s.SharedImages && !(s.Data.EEG.named() && s.Data.EEGStimuli.named() && len(s.EEGSubjects) > 0) {
		return fmt.Errorf("shared_images: needs data.eeg, data.eeg_stimuli and eeg_subjects, whose images are kept out of training")
	}
	if len(s.OtherSubjects) > 0 && !s.Data.Other.named() {
		return fmt.Errorf("other_subjects: of no dataset: name data.other")
	}
	if s.Data.Objects.named() && len(s.Variants) > 0 && s.Dimensions.Method != "spearman" {
		return fmt.Errorf("dimensions.method: %s: the difference between a variant and the base network is one of Spearman's correlations", s.Dimensions.Method)
	}
	if len(s.EEGSubjects) > 0 && (s.EEGRDM.Folds == 1 || s.EEGRDM.Smooth > 0 && s.EEGRDM.Smooth%2 == 0) {
		return fmt.Errorf("eegrdm: folds %d and smooth %d: at least 2 folds, and an odd number of samples", s.EEGRDM.Folds, s.EEGRDM.Smooth)
	}
	images, of := s.Data.Stimuli, s.Stimuli
	if s.Data.Labelled.named() {
		images, of = s.Data.Labelled, s.Labelled
	}
	if err := s.checkPairings(); err != nil {
		return err
	}
	eegImages, eegOf := s.Data.Stimuli, s.Stimuli
	if s.Data.EEGStimuli.named() {
		eegImages, eegOf = s.Data.EEGStimuli, s.EEGStimuli
	}
	if err := first(
		s.checkNetwork(),
		s.checkUnread(),
		s.checkSubset("accuracy_on", s.AccuracyOn, images, of),
		s.checkSubset("eeg_subset", s.EEGSubset, eegImages, eegOf),
		s.checkSubset("train.subset", s.Train.Subset, s.Data.Stimuli, s.Stimuli),
	); err != nil {
		return err
	}
	if !s.Data.Weights.named() {
		if err := s.checkSubset("pretrain.subset", s.Pretrain.Subset, s.Data.Stimuli, s.Stimuli); err != nil {
			return err
		}
	}
	return s.checkSynth()
}

// checkBrains checks that there are brains to learn from, of one kind.
func (s Study) checkBrains() error {
	fmri, published := s.Data.FMRI.named(), s.Data.Brains.named()
	switch {
	case fmri && published:
		return fmt.Errorf("data.brains: networks are compared with the subjects of data.fmri or with published RDMs: leave one out")
	case !fmri && !published:
		return fmt.Errorf("data.fmri: none given: name a dataset or a folder, or RDMs in data.brains")
	case published && s.Encode:
		return fmt.Errorf("encode: published RDMs (data.brains) have no responses to predict: leave it out")
	case published:
		if err := s.Published.Validate(); err != nil {
			return fmt.Errorf("published.%w", err)
		}
	}
	return nil
}

// checkUnread reports a field of section train that no variant reads, because each has
// its own.
func (s Study) checkUnread() error {
	if len(s.Variants) == 0 {
		return nil
	}
	given, usual := reflect.ValueOf(s.Train), reflect.ValueOf(DefaultStudy().Train)
	for i := range given.NumField() {
		f := given.Type().Field(i)
		field, ok := reflect.TypeFor[Variant]().FieldByName(f.Name)
		if !ok || reflect.DeepEqual(given.Field(i).Interface(), usual.Field(i).Interface()) {
			continue
		}
		read := slices.ContainsFunc(s.Variants, func(v Variant) bool { return reflect.ValueOf(v).FieldByIndex(field.Index).IsZero() })
		if !read {
			name := f.Tag.Get("json")
			return fmt.Errorf("train.%s: %v changes nothing, because every variant has a %s of its own: set variants[i].%s, or leave it out of a variant that is to have this one", name, given.Field(i).Interface(), name, name)
		}
	}
	return nil
}

// checkSubset reports a subset that the images cannot have. Those of a table of labels
// are known of the synthetic world alone.
func (s Study) checkSubset(field, subset string, from Source, images stimuli.Params) error {
	if subset == "" || images.Layout != stimuli.Files {
		return nil
	}
	var there []string
	switch {
	case from.Dataset == Synthetic && from.Folder == "" && images.Labels != "":
		if images.Labels != synthLabels {
			return fmt.Errorf("stimuli.labels: the synthetic images have no table %q: %s", images.Labels, synthLabels)
		}
		i := s.Synth.Images
		for name, n := range map[string]int{"pretrain": i.Pretrain, "train": i.Train, "test": i.Test, "eeg": i.EEG} {
			if n > 0 {
				there = append(there, name)
			}
		}
		slices.Sort(there)
	case images.Labels != "":
		return nil
	default:
		if len(images.Train) > 0 {
			there = append(there, "train")
		}
		if len(images.Test) > 0 {
			there = append(there, "test")
		}
		if len(there) == 0 {
			return fmt.Errorf("%s: %q: the images have no subsets: name theirs by patterns (train, test) or a table (labels)", field, subset)
		}
	}
	return among(field, []string{subset}, there, "subset")
}

// synthLabels is the table of the synthetic images.
const synthLabels = "labels.tsv"

// checkSynth checks what a study asks of the world that it has made.
func (s Study) checkSynth() error {
	made := func(d Source) bool { return d.Dataset == Synthetic && d.Folder == "" }
	if made(s.Data.FMRI) || made(s.Data.Other) || made(s.Data.EEG) {
		if err := s.Synth.Validate(); err != nil {
			return fmt.Errorf("synth.%w", err)
		}
	}
	subjects := func(n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf("%02d", i+1)
		}
		return out
	}
	var regions []string
	voxels := 0
	for _, r := range s.Synth.FMRI.ROIs {
		regions = append(regions, r.Name)
		if len(s.PCA.ROIs) == 0 && (len(s.ROIs) == 0 || slices.Contains(s.ROIs, r.Name)) || slices.Contains(s.PCA.ROIs, r.Name) {
			voxels += r.Voxels
		}
	}
	people := subjects(s.Synth.FMRI.Subjects)
	if made(s.Data.FMRI) {
		if err := first(
			among("subjects", s.Subjects, people, "subject in the synthetic fMRI (synth.fmri.subjects)"),
			among("rois", s.ROIs, regions, "region in the synthetic fMRI (synth.fmri.rois)"),
			among("pca.rois", s.PCA.ROIs, regions, "region in the synthetic fMRI (synth.fmri.rois)"),
		); err != nil {
			return err
		}
		if most := min(s.Synth.Images.Train-1, voxels); s.PCA.Components > most {
			return fmt.Errorf("pca.components: %d: %d training images (synth.images.train) and %d voxels have at most %d", s.PCA.Components, s.Synth.Images.Train, voxels, most)
		}
		if s.Activations.Subset == "test" && s.Synth.Images.Test < 4 {
			return fmt.Errorf("synth.images.test: %d: 4 or more images are compared", s.Synth.Images.Test)
		}
	}
	if made(s.Data.Other) {
		if err := among("other_subjects", s.OtherSubjects, people, "subject in the synthetic fMRI (synth.fmri.subjects)"); err != nil {
			return err
		}
	}
	if !made(s.Data.EEG) || len(s.EEGSubjects) == 0 {
		return nil
	}
	if err := among("eeg_subjects", s.EEGSubjects, subjects(s.Synth.EEG.Subjects), "subject in the synthetic EEG (synth.eeg.subjects)"); err != nil {
		return err
	}
	return s.checkSynthEEG()
}

func (s Study) checkSynthEEG() error {
	e := s.Synth.EEG
	repetitions := e.Repetitions
	if s.EEG.Average > 0 {
		repetitions /= s.EEG.Average
	}
	if s.EEGRDM.Recipe != eegrdm.Correlation {
		r, err := s.EEGRDM.Decoding(0)
		if err != nil {
			return fmt.Errorf("eegrdm.%w", err)
		}
		if repetitions < r.Needs() {
			return fmt.Errorf("synth.eeg.repetitions: %d (%d after eeg.average): decoding by eegrdm needs %d", e.Repetitions, repetitions, r.Needs())
		}
	}
	last := e.Start + float64(e.Times-1)/e.Rate
	for field, w := range map[string][]float64{"eeg.window": s.EEG.Window, "eeg.baseline": s.EEG.Baseline, "stats.eeg_window": s.Stats.EEGWindow[:]} {
		if len(w) == 2 && (w[1] < e.Start || w[0] > last) {
			return fmt.Errorf("%s: %v s is outside the synthetic EEG, %.4g to %.4g s (synth.eeg)", field, w, e.Start, last)
		}
	}
	return nil
}

// checkLayers reports layers that the network has not.
func checkLayers(field string, layers []string) error {
	return among(field, layers, append(slices.Clone(model.Areas), model.AvgPool, model.Logits), "layer")
}
