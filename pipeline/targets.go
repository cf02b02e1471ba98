package pipeline

import (
	"fmt"
	"slices"

	"realnet/stages/eeg"
	"realnet/stages/stats"
)

// Targets that a network is trained to predict.
const (
	TargetFMRI = "fmri" // principal components of a subject's responses
	TargetEEG  = "eeg"  // the same of a subject's EEG
	TargetRDMs = "rdms" // coordinates of images, of the mean RDM of a group of subjects
)

// trainee is what the networks of a variant learn from that have one label in the results:
// a subject, or a group of subjects.
type trainee struct {
	label    string
	subjects []string
	targets  []string // nodes, by fold of the images; one without folds
}

// trainees are those of a variant. Their targets are planned when the first variant asks
// for them.
func (a *alignment) trainees(v Variant) []trainee {
	var list []trainee
	switch v.target() {
	case TargetEEG:
		for _, s := range a.EEGSubjects {
			list = append(list, trainee{label: eegLabel(s), subjects: []string{s}})
		}
	case TargetRDMs:
		list = a.groups()
	default:
		for _, s := range a.Subjects {
			list = append(list, trainee{label: s, subjects: []string{s}})
		}
	}
	for i, t := range list {
		key := v.target() + "/" + t.label
		if a.targets[key] == nil {
			for fold := range a.folds {
				a.targets[key] = append(a.targets[key], a.target(v.target(), t, fold))
			}
			a.targetLabels = append(a.targetLabels, labelledTargets{t.label, a.targets[key]})
		}
		list[i].targets = a.targets[key]
	}
	return list
}

// labelledTargets are the nodes of one trainee's targets.
type labelledTargets struct {
	label string
	nodes []string
}

// eegLabel tells the EEG subjects from those of the fMRI, who are other people.
func eegLabel(subject string) string { return "eeg-" + subject }

// groups are the subjects whose RDMs together teach the networks of one label: all, or, of
// each fold of the subjects, all others. Subjects are dealt to folds in their order.
func (a *alignment) groups() []trainee {
	if a.SubjectFolds == 0 {
		return []trainee{{label: "all", subjects: a.Subjects}}
	}
	out := make([]trainee, a.SubjectFolds)
	for g := range out {
		out[g].label = fmt.Sprintf("without-%d", g+1)
		for i, s := range a.Subjects {
			if i%a.SubjectFolds != g {
				out[g].subjects = append(out[g].subjects, s)
			}
		}
	}
	return out
}

// groupsOfResults says for the stage stats which subjects trained the networks of a label.
func (a *alignment) groupsOfResults() []stats.Group {
	if !slices.ContainsFunc(a.Variants, func(v Variant) bool { return v.target() == TargetRDMs }) {
		return nil
	}
	var out []stats.Group
	for _, t := range a.groups() {
		out = append(out, stats.Group{Label: t.label, Subjects: t.subjects})
	}
	return out
}

// target adds the node of the targets of a trainee on the training images of a fold.
func (a *alignment) target(kind string, t trainee, fold int) string {
	if a.err != nil {
		return "" // a dataset is missing, so there may be no patterns
	}
	id := t.label
	var images []Input // without folds, patterns know their subsets
	if a.Folds > 0 {
		id, images = foldID(id, fold), []Input{From("stimuli", a.folds[fold])}
	}
	p := a.PCA
	switch kind {
	case TargetRDMs:
		m := a.MDS
		m.Subjects, m.Subset = t.subjects, trainingSubset(a.Study)
		if len(m.ROIs) == 0 {
			m.ROIs = regionNames(a.ROIs)
		}
		in := []Input{From("stimuli", a.folds[fold])}
		for _, r := range a.trainingRDMs() {
			in = append(in, From("rdms", r))
		}
		return a.node("mds/"+id, "mds", m, in...)
	case TargetEEG:
		epochs := "eeg/training/" + t.subjects[0]
		if fold == 0 {
			e := a.EEG
			e.Subject, e.Set, e.Average = t.subjects[0], eeg.Training, 0 // pca averages all repetitions
			a.node(epochs, "eeg", e, a.of("eeg", t.subjects[0]))
		}
		p.ROIs = nil
		return a.node("pca/"+id, "pca", p, append(images, From("patterns", epochs))...)
	}
	p.ROIs = regionNames(a.PCA.ROIs)
	return a.node("pca/"+id, "pca", p, append(images, From("patterns", a.patterns[slices.Index(a.Subjects, t.subjects[0])]))...)
}

// trainingRDMs are the nodes with the RDMs of the subjects' brains on the training images:
// published ones, and those evaluated where images are in folds, have all images.
func (a *alignment) trainingRDMs() []string {
	if a.Data.Brains.named() || a.Folds > 0 {
		return a.fmriRDMs
	}
	if a.groupRDMs == nil {
		for i, subject := range a.Subjects {
			a.groupRDMs = append(a.groupRDMs, a.brainRDM("rdm/training/"+subject, a.patterns[i], a.Train.Subset))
		}
	}
	return a.groupRDMs
}
