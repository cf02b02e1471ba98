package pipeline

import "realnet/stages/report/params"

// UntrainedVariant is the name of a network that was never trained, everywhere.
const UntrainedVariant = "untrained"

// planBrains is the plan of a study that holds every layer of one network against
// published RDMs of brains: of several people in several sessions, and of monkeys. The
// network is a checkpoint where the study names one, else the untrained CORnet-S of the
// study's seed.
func planBrains(b *builder) error {
	data := b.dataset("stimuli", b.Data.Stimuli, b.Data.Stimuli.Files, b.readByRole("stimuli", b.Data.Stimuli))
	stimuli, model, name := b.networkLayers(data)
	brains := b.node("brains", "published", b.Published, From("dataset", data))

	a := b.RSA
	a.Seed, a.Dataset = b.Seed, b.Data.Stimuli.Dataset
	layers := b.node("rsa/"+name, "rsa", a, From("model", model), From("brain", brains))

	first := a // one session of a subject against the other
	first.Models.Kinds, first.Models.Sessions = []string{"fmri"}, []string{"1"}
	first.Brains.Kinds, first.Brains.Sessions = []string{"fmri"}, []string{"2"}
	first.Match = []string{"subject", "roi"}
	sessions := b.node("rsa/sessions", "rsa", first, From("model", brains), From("brain", brains))

	kinds := a // monkeys against people
	kinds.Models.Kinds, kinds.Brains.Kinds = []string{"neurons"}, []string{"fmri"}
	species := b.node("rsa/species", "rsa", kinds, From("model", brains), From("brain", brains))

	s := b.Stats
	s.Seed, s.Base, s.Layerwise, s.Method = b.Seed, name, true, b.RSA.Method
	results := b.node("stats", "stats", s, From("models", model), From("fmri", brains),
		From("similarities", layers), From("similarities", sessions), From("similarities", species))

	rep := b.Report
	rep.Base, rep.Control, rep.Alpha = name, "", s.Alpha
	rep.Models = []params.Model{{Label: name, Role: params.Base}}
	b.report(rep, []Input{
		From("statistics", results), From("similarities", layers), From("rdms", model), From("rdms", brains), From("stimuli", stimuli),
	})
	return b.err
}

// brainDataset is the dataset of the brains that networks learn from and are compared with.
func (s Study) brainDataset() string {
	if s.Data.Brains.named() {
		return s.Data.Brains.Dataset
	}
	return s.Data.FMRI.Dataset
}
