package pipeline

// planReliability is the plan of a study of response patterns alone: fetch,
// patterns of every subject, RDMs of the whole and of halves of the runs, their
// agreement, results, report.
func planReliability(b *builder) error {
	data := b.subjectData("fmri", func(subject string) func(string) bool { return readFor(subject, b.FMRI) }, b.Data.FMRI, b.Subjects)
	var toStats []Input
	for _, subject := range b.Subjects {
		f := b.FMRI
		f.Subject, f.ROIs = subject, b.ROIs
		pats := b.node("fmri/"+subject, "fmri", f, From("dataset", data[subject]))

		r := b.RDM
		r.ROIs = regionNames(b.ROIs)
		set := b.node("rdm/"+subject, "rdm", r, From("patterns", pats))

		a := b.RSA
		a.Seed, a.Dataset = b.Seed, b.Data.FMRI.Dataset
		a.Models.Split, a.Brains.Split, a.Match = "odd", "even", []string{"subject", "roi"}
		sims := b.node("rsa/"+subject, "rsa", a, From("model", set), From("brain", set))
		toStats = append(toStats, From("similarities", sims), From("patterns", pats))
	}
	s := b.Stats
	s.Seed = b.Seed
	results := b.node("stats", "stats", s, toStats...)

	b.report(b.Report, []Input{From("statistics", results)})
	return b.err
}
