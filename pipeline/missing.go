package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"realnet/data/catalogue"
	"realnet/stages/fetch"
)

// ErrMissingData is returned when a plan needs files that are not here and that no
// program can download.
var ErrMissingData = errors.New("data are missing")

// lacking is what a fetch node does not find on this machine.
type lacking struct {
	dataset string
	files   []string // that must be downloaded manually
}

// lack notes what a fetch node does not find.
func (p *Plan) lack(node, dataset string, files []string) {
	p.lacks[node] = lacking{dataset, files}
}

// Missing says everything that the plan lacks, at once: what must be downloaded manually,
// how large it is, where to ask and where to put it; and what would be downloaded. It is
// nil when nothing must be downloaded manually.
func (p *Plan) Missing() error {
	var byHand, downloads []string
	files := map[string][]string{}
	for _, n := range p.Nodes {
		l, ok := p.lacks[n.ID]
		if !ok {
			continue
		}
		list := &byHand
		if len(l.files) == 0 {
			list = &downloads
		}
		if !slices.Contains(*list, l.dataset) {
			*list = append(*list, l.dataset)
		}
		for _, f := range l.files {
			if !slices.Contains(files[l.dataset], f) { // nodes of several subjects need the same
				files[l.dataset] = append(files[l.dataset], f)
			}
		}
	}
	if len(byHand) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "study %s needs %d datasets that are not here and must be downloaded manually:\n", p.Study, len(byHand))
	for _, name := range byHand {
		fmt.Fprintf(&b, "\n%s\n  missing: %s\n", fetch.HowToGet(name), several(files[name]))
	}
	if len(downloads) > 0 {
		b.WriteString("\nThese are not here either; they are downloaded when the study runs, or manually:\n")
		for _, name := range downloads {
			fmt.Fprintf(&b, "\n%s\n", fetch.HowToGet(name))
		}
	}
	return fmt.Errorf("%w: %s", ErrMissingData, strings.TrimRight(b.String(), "\n"))
}

// several names a few files and counts the others.
func several(files []string) string {
	const most = 4
	if len(files) <= most {
		return strings.Join(files, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(files[:most], ", "), len(files)-most)
}

// byHand lists the files of a dataset that cannot be downloaded.
func byHand(dataset string, patterns []string) []string {
	d, ok := catalogue.Find(dataset)
	files := d.Select(patterns)
	if !ok || len(files) == 0 {
		return append([]string{}, patterns...)
	}
	var out []string
	for _, f := range files {
		if f.URL == "" {
			out = append(out, f.Path)
		}
	}
	return out
}

// lackingIn lists the patterns that no file of a folder matches, for datasets that are
// downloaded manually, of which a part is easily forgotten. A folder with nothing at all is
// another matter: it is the wrong one.
func lackingIn(dir, dataset string, patterns []string) ([]string, error) {
	d, ok := catalogue.Find(dataset)
	if !ok || d.Request == "" {
		return nil, nil
	}
	names, err := catalogue.List(dir, nil)
	if err != nil {
		return nil, fmt.Errorf("data %s: %w", dataset, err)
	}
	var out []string
	for _, p := range patterns {
		if !slices.ContainsFunc(names, func(n string) bool { return catalogue.Match([]string{p}, n) }) {
			out = append(out, p)
		}
	}
	return out, nil
}

// subjectMark stands for a subject's label in patterns.
const subjectMark = "{subject}"

// forSubjects puts every subject into the patterns that name one.
func forSubjects(patterns, subjects []string) []string {
	var out []string
	for _, p := range patterns {
		if len(subjects) == 0 || !strings.Contains(p, subjectMark) {
			out = append(out, p)
			continue
		}
		for _, s := range subjects {
			out = append(out, strings.ReplaceAll(p, subjectMark, s))
		}
	}
	return out
}

// only reports whether a dataset is the only one that a study names.
func (d Data) only(name string) bool {
	for _, s := range []Source{d.FMRI, d.Other, d.EEG, d.Stimuli, d.EEGStimuli, d.Labelled, d.Objects, d.Weights, d.Brains, d.Models} {
		if s.Folder == "" && s.Dataset != "" && s.Dataset != name {
			return false
		}
	}
	return true
}
