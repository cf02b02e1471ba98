package pipeline

import (
	"fmt"
	"slices"

	"realnet/stages/stimuli"
	"realnet/stages/train"
)

// trainingImages are the images that a variant trains on, as the study describes them, and
// the section that does.
func (s Study) trainingImages(v Variant) (section string, from Source, p stimuli.Params) {
	if v.target() == TargetEEG && s.Data.EEGStimuli.named() {
		return "eeg_stimuli", s.Data.EEGStimuli, s.EEGStimuli
	}
	return "stimuli", s.Data.Stimuli, s.Stimuli
}

// groupColumns adds to the images' parameters the columns of labels within which variants
// that train on them shuffle pairs, beyond those that every image has.
func (s Study) groupColumns(section string, p stimuli.Params) stimuli.Params {
	p.Groups = slices.Clone(p.Groups)
	for _, v := range s.Variants {
		column := train.WithinColumn(v.of(s.Train).Pairing)
		of, _, _ := s.trainingImages(v)
		if of == section && column != "" && column != train.ClassColumn && column != train.LabelColumn && !slices.Contains(p.Groups, column) {
			p.Groups = append(p.Groups, column)
		}
	}
	return p
}

// checkPairings reports classes that the training images cannot have.
func (s Study) checkPairings() error {
	for i, v := range s.Variants {
		pairing := v.of(s.Train).Pairing
		column := train.WithinColumn(pairing)
		if column == "" {
			continue
		}
		section, _, images := s.trainingImages(v)
		always := column == train.ClassColumn || column == train.LabelColumn
		known := images.Labels != "" || always && (images.ClassFolders || images.Layout == stimuli.Kriegeskorte)
		if !known {
			return fmt.Errorf("variants[%d].pairing: %s: the images have no %s: set %s.labels to a table that has it%s", i, pairing, column, section,
				map[bool]string{true: fmt.Sprintf(", or %s.class_folders", section)}[always])
		}
	}
	return nil
}
