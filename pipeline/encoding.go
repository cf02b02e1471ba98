package pipeline

import "slices"

// encode adds the prediction of measured responses from a network's layers, where the
// study asks for it: of the fMRI, of the other dataset and of the EEG. eegFeatures is the
// node with the activations on the images of the EEG.
func (a *alignment) encode(id, variant, subject, features, eegFeatures string) {
	if !a.Encode {
		return
	}
	if variant == BaseVariant {
		a.baseFeatures = [2]string{features, eegFeatures}
	}
	for _, part := range []struct {
		name, source, port, features, reference string
		brains                                  []string
	}{
		{"", "fmri", "patterns", features, a.baseFeatures[0], a.patterns},
		{"other/", "other", "patterns", features, a.baseFeatures[0], a.otherPatterns},
		{"eeg/", "eeg", "epochs", eegFeatures, a.baseFeatures[1], a.epochs},
	} {
		if len(part.brains) == 0 {
			continue
		}
		p := a.Encoding
		p.Seed, p.Source, p.Model, p.Trained, p.Reference = a.Seed, part.source, variant, subject, BaseVariant
		if len(p.Layers) == 0 {
			p.Layers = a.Activations.Layers
		}
		if len(p.ROIs) == 0 {
			p.ROIs = regionNames(a.ROIs)
		}
		p.Subset = a.Activations.Subset
		if part.source == "eeg" {
			p.Subset, p.Subjects, p.Partition = a.EEGSubset, a.EEGSubjects, nil // shares of hundreds of channels and times cost hours
			if len(p.Window) == 0 {
				p.Window = a.Stats.EEGWindow[:]
			}
		}
		in := []Input{From("features", part.features)}
		if i := slices.Index(p.Partition, "models"); i >= 0 {
			if variant == BaseVariant {
				p.Partition = slices.Delete(slices.Clone(p.Partition), i, i+1) // beside itself it explains nothing
			} else {
				in = append(in, From("reference", part.reference))
			}
		}
		for _, b := range part.brains {
			in = append(in, From(part.port, b))
		}
		a.encodings = append(a.encodings, a.node("encoding/"+part.name+id, "encoding", p, in...))
	}
}
