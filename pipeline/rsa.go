package pipeline

import (
	"fmt"
	"path/filepath"
	"slices"

	"realnet/stages/published"
	"realnet/stages/report/params"
)

// planRSA is the plan of a study that compares models with brains and trains nothing.
// Models are the layers of a network on the study's images, and RDMs or features of the
// user's; brains are RDMs, patterns of fMRI, or EEG.
func planRSA(b *builder) error {
	var models, brains []Input
	name := ""
	rep := b.Report
	var stimuli string
	if b.Data.Stimuli.named() {
		data := b.dataset("stimuli", b.Data.Stimuli, b.Data.Stimuli.Files, b.readByRole("stimuli", b.Data.Stimuli))
		var model string
		stimuli, model, name = b.networkLayers(data)
		models = append(models, From("model", model))
		rep.Models = []params.Model{{Label: name, Role: params.Base}}
	}
	if b.Data.Models.named() {
		data := b.dataset("models", b.Data.Models, b.Data.Models.Files, b.ModelRDMs.Reads)
		models = append(models, From("model", b.node("rdm/models", "published", b.ModelRDMs, From("dataset", data))))
	}
	if b.Data.Brains.named() {
		data := b.dataset("brains", b.Data.Brains, b.Data.Brains.Files, b.Published.Reads)
		brains = append(brains, From("brain", b.node("rdm/brains", "published", b.Published, From("dataset", data))))
	}
	if b.Data.FMRI.named() {
		data := b.subjectData("fmri", func(subject string) func(string) bool { return readFor(subject, b.FMRI) }, b.Data.FMRI, b.Subjects)
		for _, subject := range b.Subjects {
			pats := b.node("fmri/"+subject, "fmri", patternsOf(b.FMRI, subject, b.ROIs), From("dataset", data[subject]))
			r := b.RDM
			r.ROIs = b.ROIs
			brains = append(brains, From("brain", b.node("rdm/fmri/"+subject, "rdm", r, From("patterns", pats))))
		}
	}
	if b.Data.EEG.named() {
		for i, subject := range b.EEGSubjects {
			data := b.dataset("eeg/"+subject, b.Data.EEG, forSubjects(b.Data.EEG.Files, []string{subject}), nil)
			e := b.EEG
			e.Subject = subject
			r := b.EEGRDM
			r.Subject, r.Seed = subject, b.Seed+uint64(i)
			epochs := b.node("eeg/"+subject, "eeg", e, From("dataset", data))
			brains = append(brains, From("brain", b.node("eegrdm/"+subject, "eegrdm", r, From("epochs", epochs))))
		}
	}

	a := b.RSA
	a.Seed, a.Dataset = b.Seed, b.brainsLabel()
	similar := b.node("rsa", "rsa", a, slices.Concat(models, brains)...)

	s := b.Stats
	s.Seed, s.Base, s.Control, s.Layerwise, s.Method, s.Intersect = b.Seed, name, "", true, b.RSA.Method, b.RSA.Intersect
	if slices.Equal(s.Layers, DefaultStudy().Stats.Layers) {
		s.Layers = nil // the user's models have layers of other names, or none
	}
	in := []Input{From("similarities", similar)}
	for _, m := range models {
		in = append(in, From("models", m.Node))
	}
	for _, r := range brains {
		in = append(in, From("fmri", r.Node))
	}
	results := b.node("stats", "stats", s, in...)

	rep.Base, rep.Control, rep.Alpha = name, "", s.Alpha
	in = []Input{From("statistics", results), From("similarities", similar)}
	for _, r := range slices.Concat(models, brains) {
		in = append(in, From("rdms", r.Node))
	}
	if stimuli != "" {
		in = append(in, From("stimuli", stimuli))
	}
	b.report(rep, in)
	return b.err
}

// brainsLabel is the name of the brains' dataset.
func (s Study) brainsLabel() string {
	for _, d := range []Source{s.Data.Brains, s.Data.FMRI, s.Data.EEG} {
		if d.Dataset != "" {
			return d.Dataset
		}
		if d.Folder != "" {
			return filepath.Base(d.Folder)
		}
	}
	return ""
}

// networkLayers adds the images, a network and the RDMs of its layers: a checkpoint's
// where the study names one, else those of the CORnet-S of the study's seed. It returns
// the nodes of the images and the RDMs, and the network's name.
func (b *builder) networkLayers(data string) (stimuli, rdms, name string) {
	stimuli = b.node("stimuli", "stimuli", b.Stimuli, From("dataset", data))
	name, weights := BaseVariant, ""
	if b.Data.Weights.named() {
		files := b.dataset("weights", b.Data.Weights, b.Data.Weights.Files, b.readByRole("weights", b.Data.Weights))
		weights = b.node("base", "checkpoint", b.Checkpoint, From("dataset", files))
	} else {
		p := b.Pretrain
		if p.Seed = b.Seed; p.Epochs == 0 {
			name = UntrainedVariant
		}
		weights = b.node(name, "pretrain", p, From("stimuli", stimuli))
	}
	features := b.node("activations/"+name, "activations", b.Activations, From("stimuli", stimuli), From("weights", weights))
	r := b.RDM
	r.Model, r.Layers = name, b.Activations.Layers
	return stimuli, b.node("rdm/model/"+name, "rdm", r, From("features", features)), name
}

// checkRSA checks a study that compares models with brains.
func (s Study) checkRSA() error {
	if !s.Data.Stimuli.named() && !s.Data.Models.named() {
		return fmt.Errorf("data: no model: name data.stimuli (images for a network) or data.models (RDMs or features)")
	}
	fmri, eeg := s.Data.FMRI.named() && len(s.Subjects) > 0, s.Data.EEG.named() && len(s.EEGSubjects) > 0
	if !s.Data.Brains.named() && !fmri && !eeg {
		return fmt.Errorf("data: no brain: name data.brains (RDMs or patterns), data.fmri with subjects, or data.eeg with eeg_subjects")
	}
	for section, p := range map[string]published.Params{"published": s.Published, "model_rdms": s.ModelRDMs} {
		if err := p.Validate(); err != nil {
			return fmt.Errorf("%s.%w", section, err)
		}
	}
	if s.Data.Models.named() && s.ModelRDMs.Layout != published.ArraysLayout {
		return fmt.Errorf("model_rdms.layout: data.models is read as %s", published.ArraysLayout)
	}
	if s.Data.Stimuli.named() {
		return s.checkNetwork()
	}
	return nil
}
