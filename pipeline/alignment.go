package pipeline

import (
	"maps"
	"slices"
	"strings"

	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/fmri"
	"realnet/stages/report/params"
	"realnet/stages/stats"
	"realnet/stages/train"
)

// BaseVariant is the name of the network that every training starts from.
const BaseVariant = "base"

// Synthetic is the dataset that the stage synth makes.
const Synthetic = "synth"

// planAlignment is the plan of a study that teaches a network brain data: base
// weights; patterns, targets and RDMs of every subject; every variant trained
// on every subject; the layers of all networks against all brains; results. The control
// learns no brain and is trained as often all the same, with the seeds of the others: what
// a training happens to do is part of every comparison.
func planAlignment(b *builder) error {
	a := alignment{builder: b}
	a.sources()
	a.images()
	a.planFolds()
	a.brains()
	a.eegBrains()
	a.network(BaseVariant, "", slices.Repeat([]string{a.base}, len(a.folds)))
	for _, v := range b.Variants {
		list, seed := a.trainees(v), v.seed(b.Study)
		for i, t := range list {
			a.train(v, t.label, t.targets, seed+uint64(i), uint64(len(list)))
		}
	}
	a.results()
	return b.err
}

// alignment collects node IDs while the plan is made.
type alignment struct {
	*builder
	world map[string]string // node with the files of a role, or of ROLE/SUBJECT

	stimuli, eegStimuli, labelled, base, objects string
	folds                                        []string            // the stimuli, of each fold those with its images held out
	targets                                      map[string][]string // nodes by fold, by KIND/LABEL of trainees
	targetLabels                                 []labelledTargets
	fmriRDMs, otherRDMs                          []string
	groupRDMs                                    []string // of training images, for targets
	eegRDMs                                      []string
	patterns, otherPatterns, epochs              []string // of each subject of the fMRI, the other dataset and the EEG
	encodings                                    []string
	baseFeatures                                 [2]string // activations of the base network on the images of fMRI and EEG
	sharedRDMs                                   []string  // of the training brains, over images that the EEG shows too

	models, eegModels, accuracies, sims, profiles, trained []string
	trainedVariants                                        []string // of each node of trained
	baseEEGRDM                                             string
}

// sources adds the nodes that bring data: one synthetic world, or a dataset a
// role.
func (a *alignment) sources() {
	a.world = map[string]string{}
	roles := map[string]Source{
		"fmri": a.Data.FMRI, "stimuli": a.Data.Stimuli, "other": a.Data.Other, "eeg": a.Data.EEG,
		"eeg_stimuli": a.Data.EEGStimuli, "labelled": a.Data.Labelled, "objects": a.Data.Objects, "weights": a.Data.Weights,
		"brains": a.Data.Brains,
	}
	subjects := map[string][]string{"fmri": a.Subjects, "other": a.OtherSubjects, "eeg": a.EEGSubjects}
	reads := map[string]filesOf{
		"fmri":  func(subject string) func(string) bool { return readFor(subject, a.FMRI) },
		"other": func(subject string) func(string) bool { return readFor(subject, a.OtherFMRI) },
		"eeg":   func(subject string) func(string) bool { return readEpochs(subject, a.EEG) },
	}
	synth := ""
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		s := roles[role]
		switch {
		case !s.named():
		case s.Dataset == Synthetic:
			if synth == "" {
				p := a.Synth
				p.Seed = a.Seed
				synth = a.node("synth", "synth", p)
			}
			a.world[role] = synth
		case len(subjects[role]) > 0:
			for subject, id := range a.subjectData(role, reads[role], s, subjects[role]) {
				a.world[role+"/"+subject], a.world[role] = id, id
			}
		case role == "brains":
			a.world[role] = a.dataset(role, s, s.Files, a.Published.Reads)
		default:
			a.world[role] = a.dataset(role, s, s.Files, a.readByRole(role, s))
		}
	}
}

// of is the node with the files of a role for one subject.
func (a *alignment) of(role, subject string) Input {
	if id := a.world[role+"/"+subject]; id != "" {
		return From("dataset", id)
	}
	return From("dataset", a.world[role])
}

func (a *alignment) has(role string) bool { return a.world[role] != "" }

// images adds the stimuli and the base network.
func (a *alignment) images() {
	if a.has("eeg_stimuli") {
		a.eegStimuli = a.node("stimuli/eeg", "stimuli", a.groupColumns("eeg_stimuli", a.EEGStimuli), From("dataset", a.world["eeg_stimuli"]))
	}
	a.stimuli = a.node("stimuli", "stimuli", a.groupColumns("stimuli", a.Stimuli), a.apart(From("dataset", a.world["stimuli"]))...)
	if a.has("weights") {
		a.base = a.node("base", "checkpoint", a.Checkpoint, From("dataset", a.world["weights"]))
	} else {
		p := a.Pretrain
		p.Seed = a.Seed
		a.base = a.node("base", "pretrain", p, From("stimuli", a.stimuli))
	}
	if a.has("labelled") {
		a.labelled = a.node("stimuli/labelled", "stimuli", a.Labelled, From("dataset", a.world["labelled"]))
	}
	if a.has("objects") {
		e, in := a.Embedding, []Input{From("dataset", a.world["objects"])}
		if a.eegStimuli != "" {
			e.Subset, in = a.EEGSubset, append(in, From("stimuli", a.eegStimuli))
		}
		a.objects = a.node("objects", "embedding", e, in...)
	}
}

// brains adds patterns and RDMs of the subjects.
func (a *alignment) brains() {
	a.targets = map[string][]string{}
	if a.has("brains") {
		p := a.Published
		p.Subjects, p.ROIs = a.Subjects, regionNames(a.ROIs)
		a.fmriRDMs = append(a.fmriRDMs, a.node("rdm/brains", "published", p, From("dataset", a.world["brains"])))
	}
	for _, subject := range a.Subjects {
		if !a.has("fmri") {
			break
		}
		f := patternsOf(a.FMRI, subject, a.regions())
		pats := a.node("fmri/"+subject, "fmri", f, a.apart(a.of("fmri", subject))...)
		a.patterns = append(a.patterns, pats)
		a.fmriRDMs = append(a.fmriRDMs, a.brainRDM("rdm/fmri/"+subject, pats, brainSubset(a.Study)))
		if a.SharedImages {
			a.sharedRDMs = append(a.sharedRDMs, a.brainRDM("rdm/shared/"+subject, pats, stimuli.Shared))
		}
	}
	for _, subject := range a.OtherSubjects {
		f := patternsOf(a.OtherFMRI, subject, a.ROIs)
		pats := a.node("fmri/other/"+subject, "fmri", f, a.of("other", subject))
		a.otherPatterns = append(a.otherPatterns, pats)
		a.otherRDMs = append(a.otherRDMs, a.brainRDM("rdm/other/"+subject, pats, brainSubset(a.Study)))
	}
}

// regions are those of the RDMs and those of the targets.
func (a *alignment) regions() []string {
	out := slices.Clone(a.ROIs)
	names := regionNames(out)
	for i, name := range regionNames(a.PCA.ROIs) {
		if len(out) > 0 && !slices.Contains(names, name) {
			out = append(out, a.PCA.ROIs[i])
		}
	}
	return out
}

// patternsOf are the parameters of one subject's patterns.
func patternsOf(p fmri.Params, subject string, rois []string) fmri.Params {
	p.Subject, p.ROIs = subject, rois
	p.BData.Train, p.BData.Test = forSubjects(p.BData.Train, []string{subject}), forSubjects(p.BData.Test, []string{subject})
	return p
}

// apart are the inputs of a node that gives images of both recordings a subset of their own.
func (a *alignment) apart(in ...Input) []Input {
	if a.SharedImages {
		in = append(in, From("shared", a.eegStimuli))
	}
	return in
}

func (a *alignment) brainRDM(id, pats, subset string) string {
	r := a.RDM
	r.ROIs, r.Subset = regionNames(a.ROIs), subset
	return a.node(id, "rdm", r, From("patterns", pats))
}

// eegBrains adds the RDMs over time of the EEG subjects.
func (a *alignment) eegBrains() {
	if !a.has("eeg") {
		return
	}
	for i, subject := range a.EEGSubjects {
		e := a.EEG
		e.Subject = subject
		if e.Average > 0 {
			e.Seed = a.Seed + uint64(i)
		}
		epochs := a.node("eeg/"+subject, "eeg", e, a.of("eeg", subject))
		a.epochs = append(a.epochs, epochs)
		r := a.EEGRDM
		r.Subject, r.Seed = subject, a.Seed+uint64(i)
		a.eegRDMs = append(a.eegRDMs, a.node("eegrdm/"+subject, "eegrdm", r, From("epochs", epochs)))
	}
}

// train adds the networks of one variant that have one label, one of each fold. Networks
// without a brain, label "", read the targets for their size alone. Each further fold adds
// step to the seed.
func (a *alignment) train(v Variant, label string, targets []string, seed, step uint64) {
	p := v.of(a.Train)
	p.Subset = trainingSubset(a.Study)
	id := v.Name
	if label != "" {
		id += "/" + label
	}
	var weights []string
	for fold, images := range a.folds {
		name := "train/" + id
		if a.Folds > 0 {
			name = foldID(name, fold)
		}
		if v.target() == TargetEEG && a.eegStimuli != "" {
			images = a.eegStimuli
		}
		p.Seed = seed + step*uint64(fold)
		weights = append(weights, a.node(name, "train", p, From("stimuli", images), From("targets", targets[fold]), From("base", a.base)))
		a.trainedVariants = append(a.trainedVariants, v.Name)
	}
	a.trained = append(a.trained, weights...)
	a.network(v.Name, label, weights)
}

// network adds what is measured of the networks of one label: their layers' RDMs, their
// similarity with brains and dimensions, their accuracy. Of each fold there is one network.
func (a *alignment) network(variant, subject string, weights []string) {
	id := variant
	if subject != "" {
		id += "/" + subject
	}
	rdms := a.modelRDM(id, variant, subject, weights, a.folds, testSubset(a.Study))
	a.models = append(a.models, rdms)
	r := a.RSA
	r.Seed, r.Dataset, r.Models.Layers = a.Seed, a.brainDataset(), a.Activations.Layers
	brains := []Input{From("model", rdms)}
	for _, b := range slices.Concat(a.fmriRDMs, a.otherRDMs) {
		brains = append(brains, From("brain", b))
	}
	a.sims = append(a.sims, a.node("rsa/"+id, "rsa", r, brains...))

	eegRDMs, features := rdms, "activations/"+id
	eegFeatures := features
	if len(a.eegRDMs) > 0 {
		if a.EEGSubset != "" || a.eegStimuli != "" {
			images := a.stimuli
			if a.eegStimuli != "" {
				images = a.eegStimuli
			}
			eegFeatures = "activations/eeg/" + id
			eegRDMs = a.modelRDM("eeg/"+id, variant, subject, weights, []string{images}, a.EEGSubset)
			a.eegModels = append(a.eegModels, eegRDMs)
		}
		r := a.RSA
		r.Dataset, r.Models.Layers, r.Permutations, r.Bootstrap = a.Data.EEG.Dataset, a.Activations.Layers, 0, 0 // tested over subjects
		in := []Input{From("model", eegRDMs)}
		for _, e := range a.eegRDMs {
			in = append(in, From("brain", e))
		}
		a.sims = append(a.sims, a.node("rsa/eeg/"+id, "rsa", r, in...))
	}
	a.encode(id, variant, subject, features, eegFeatures)
	if a.has("objects") {
		d := a.Dimensions
		d.Seed = a.Seed
		in := []Input{From("model", eegRDMs), From("dimensions", a.objects)}
		if variant == BaseVariant {
			a.baseEEGRDM = eegRDMs
		} else {
			in = append(in, From("base", a.baseEEGRDM))
		}
		a.profiles = append(a.profiles, a.node("dimensions/"+id, "dimensions", d, in...))
	}
	if a.AccuracyOn != "" || a.labelled != "" {
		acc, images := a.Accuracy, a.stimuli
		if a.labelled != "" {
			images = a.labelled
		}
		acc.Subset, acc.Model, acc.Trained = a.AccuracyOn, variant, subject
		a.accuracies = append(a.accuracies, a.node("accuracy/"+id, "accuracy", acc, From("stimuli", images), From("weights", weights[0])))
	}
}

// modelRDM adds the networks' activations on a subset of some images, and their RDMs: of
// one network, or of one for each fold of the images.
func (a *alignment) modelRDM(id, variant, subject string, weights, images []string, subset string) string {
	act := a.Activations
	act.Subset = subset
	var features []Input
	for i := range images {
		name := "activations/" + id
		if len(images) > 1 {
			name = foldID(name, i)
		}
		features = append(features, From("features", a.node(name, "activations", act, From("stimuli", images[i]), From("weights", weights[i]))))
	}
	r := a.RDM
	r.Model, r.Trained, r.Layers, r.ROIs = variant, subject, act.Layers, nil
	return a.node("rdm/model/"+id, "rdm", r, features...)
}

// results adds statistics and report.
func (a *alignment) results() {
	s := a.Stats
	s.Seed, s.Base, s.Truth = a.Seed, BaseVariant, a.Data.FMRI.Dataset == Synthetic
	s.Method, s.Weights, s.Sweep, s.Groups = a.RSA.Method, a.trainedVariants, sweep(a.Variants, a.Train), a.groupsOfResults()
	if a.has("objects") {
		s.Objectives = objectives(a.Variants, a.Train)
	}
	s.Expect, s.Shuffled = nil, nil
	for _, v := range a.Variants {
		if v.Gain != nil {
			s.Expect = append(s.Expect, stats.Expectation{Variant: v.Name, Gain: *v.Gain})
		}
		if v.of(a.Train).Pairing != train.Matched {
			s.Shuffled = append(s.Shuffled, v.Name)
		}
	}
	var in []Input
	add := func(port string, nodes ...string) {
		for _, n := range nodes {
			in = append(in, From(port, n))
		}
	}
	add("models", a.models...)
	add("eeg_models", a.eegModels...)
	add("fmri", a.fmriRDMs...)
	add("other", a.otherRDMs...)
	add("eeg", a.eegRDMs...)
	add("shared", a.sharedRDMs...)
	add("encodings", a.encodings...)
	add("accuracies", a.accuracies...)
	add("similarities", a.sims...)
	add("weights", a.trained...)
	if a.has("objects") {
		add("dimensions", a.objects)
	}
	results := a.node("stats", "stats", s, in...)

	in = nil
	add("statistics", results)
	add("similarities", a.sims...)
	add("rdms", slices.Concat(a.fmriRDMs, a.otherRDMs, a.models, a.eegModels)...)
	add("weights", a.trained...)
	add("accuracies", a.accuracies...)
	add("profiles", a.profiles...)
	add("stimuli", a.stimuli)
	rep := a.Report
	rep.Base, rep.Control, rep.Training, rep.Alpha = BaseVariant, s.Control, a.brainDataset(), s.Alpha
	slices.SortStableFunc(a.targetLabels, func(x, y labelledTargets) int { return strings.Compare(x.label, y.label) })
	for _, t := range a.targetLabels {
		add("targets", t.nodes...)
		rep.Targets = append(rep.Targets, slices.Repeat([]string{t.label}, len(t.nodes))...)
	}
	for _, id := range a.trained {
		rep.Weights = append(rep.Weights, strings.TrimPrefix(id, "train/"))
	}
	for _, g := range s.Groups {
		rep.Groups = append(rep.Groups, params.Group(g))
	}
	rep.Models = a.reported()
	a.report(rep, in)
}

// reported says how the report shows the networks.
func (a *alignment) reported() []params.Model {
	list := []params.Model{{Label: BaseVariant, Role: params.Base}}
	main := false
	for _, v := range a.Variants {
		p := v.of(a.Train)
		m := params.Model{Label: v.Name, Role: params.Other, Beta: p.Beta}
		switch {
		case p.Beta == 0:
			m.Role = params.Control
		case p.Pairing == train.Shuffled:
			m.Role = params.Shuffled
		case p.Pairing != train.Matched:
			m.Role = params.ShuffledWithin
		case v.Gain != nil && *v.Gain:
			m.Role, m.Main, m.Sweep = params.Aligned, !main, true
			main = true
		}
		list = append(list, m)
	}
	return list
}
