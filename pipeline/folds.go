package pipeline

import (
	"fmt"
	"slices"

	"realnet/stages/activations"
	"realnet/stages/folds"
	"realnet/stages/train"
)

// planFolds adds the folds of the images: of each the stimuli with its images held out.
// Without folds there is one set, the stimuli themselves.
func (a *alignment) planFolds() {
	if a.Folds == 0 {
		a.folds = []string{a.stimuli}
		return
	}
	for fold := range a.Folds {
		p := folds.Params{Folds: a.Folds, Fold: fold + 1, Subset: a.FoldSubset, Seed: a.Seed}
		a.folds = append(a.folds, a.node(foldID("stimuli", fold), "folds", p, From("stimuli", a.stimuli)))
	}
}

// foldID is the ID of a node of one fold.
func foldID(id string, fold int) string { return fmt.Sprintf("%s/fold-%d", id, fold+1) }

// trainingSubset is the subset of the images that networks learn from.
func trainingSubset(s Study) string {
	if s.Folds > 0 {
		return folds.Train
	}
	return s.Train.Subset
}

// testSubset is the subset of the images on which networks are compared with brains.
func testSubset(s Study) string {
	if s.Folds > 0 {
		return folds.Test
	}
	return s.Activations.Subset
}

// brainSubset is the subset of the images in the RDMs of brains; those in folds are each
// held out once.
func brainSubset(s Study) string {
	if s.Folds > 0 {
		return s.FoldSubset
	}
	return s.Activations.Subset
}

// checkFolds checks what cross-validation over images asks of a study.
func (s Study) checkFolds() error {
	if s.SubjectFolds != 0 && (s.SubjectFolds < 2 || s.SubjectFolds > len(s.Subjects)) {
		return fmt.Errorf("subject_folds: %d: %d subjects are left out in 2 to %d folds; 0: all subjects teach every network", s.SubjectFolds, len(s.Subjects), len(s.Subjects))
	}
	groups := slices.ContainsFunc(s.Variants, func(v Variant) bool { return v.target() == TargetRDMs })
	if s.SubjectFolds != 0 && !groups {
		return fmt.Errorf("subject_folds: %d changes nothing: only variants with target: %s are taught by groups of subjects", s.SubjectFolds, TargetRDMs)
	}
	if s.Folds == 0 {
		if s.FoldSubset != "" {
			return fmt.Errorf("fold_subset: %q changes nothing without folds", s.FoldSubset)
		}
		return nil
	}
	if s.Folds < 2 {
		return fmt.Errorf("folds: %d: at least 2, so that there are images to train on; 0: no folds", s.Folds)
	}
	if n := s.imageCount(); n > 0 && s.Folds > n/4 {
		return fmt.Errorf("folds: %d: each fold of %d images needs 4, so at most %d folds", s.Folds, n, n/4)
	}
	for _, c := range []struct {
		field string
		set   bool
		why   string
	}{
		{"train.subset", s.Train.Subset != train.DefaultParams().Subset, "networks learn from all folds but one (fold_subset chooses the images)"},
		{"activations.subset", s.Activations.Subset != activations.DefaultParams().Subset, "networks are compared on the held-out fold (fold_subset chooses the images)"},
		{"accuracy_on", s.AccuracyOn != "" || s.Data.Labelled.named(), "accuracy is of one network, and folds have a network each"},
		{"eeg_subjects", s.Data.EEG.Dataset == Synthetic && len(s.EEGSubjects) > 0, "the synthetic EEG shows other images than those in folds"},
		{"eeg_subset", s.EEGSubset != "" || s.Data.EEGStimuli.named(), "the EEG must show the images that are in folds"},
		{"encode", s.Encode, "responses are predicted from the features of one network"},
		{"data.objects", s.Data.Objects.named(), "dimensions are compared with all pairs of images, and folds have a network each"},
		{"rsa.permutations", s.RSA.Permutations+s.RSA.Bootstrap > 0, "similarities in folds are tested over images and subjects (stage stats): set rsa.permutations and rsa.bootstrap to 0"},
	} {
		if c.set {
			return fmt.Errorf("folds: %d: %s cannot be set: %s", s.Folds, c.field, c.why)
		}
	}
	return s.checkSubset("fold_subset", s.FoldSubset, s.Data.Stimuli, s.Stimuli)
}

// imageCount is the number of images in folds where the study knows it, else 0.
func (s Study) imageCount() int {
	i := s.Synth.Images
	switch {
	case s.Data.Stimuli.Dataset == Synthetic && s.Data.Stimuli.Folder == "":
		of := map[string]int{"pretrain": i.Pretrain, "train": i.Train, "test": i.Test, "eeg": i.EEG}
		if s.FoldSubset != "" {
			return of[s.FoldSubset]
		}
		return i.Pretrain + i.Train + i.Test + i.EEG
	case s.Data.Stimuli.Dataset == "kriegeskorte2008" && len(s.Stimuli.Files) == 0:
		return 92
	}
	return 0
}
