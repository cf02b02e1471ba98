package newstudy

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

var (
	subjectLike = regexp.MustCompile(`^(?i:sub-?|subj-?|s|p|participant-?|vp)\d+$`)
	regionLike  = regexp.MustCompile(`^(?i:h?V[1-8][dvab]?|IT|LOC?|LO[12]|FFA|OFA|PPA|EBA|FBA|RSC|OPA|TOS|MT|MST|EVC|VTC|VT|OTC|HVC|TE[O]?|PFC|A1|STS|ventral|dorsal|early|nsdgeneral|lh|rh)$`)
	sessionLike = regexp.MustCompile(`^(?i:ses-?|session-?)\d+$`)
	separators  = regexp.MustCompile(`[_\-./]+`)
	// before are words that say what the next part of a name is, as in sub-01_roi-V1.npy.
	before = map[string]*regexp.Regexp{
		"subject": regexp.MustCompile(`^(?i:sub|subj|subject|participant|vp)$`),
		"session": regexp.MustCompile(`^(?i:ses|sess|session)$`),
		"roi":     regexp.MustCompile(`^(?i:roi|region)$`),
	}
)

var subsetWords = []string{"train", "training", "test", "testing"}

// part is what stands between two separators of the names of a group.
type part struct {
	values []string // in order, each once
	mark   string   // subset, session, subject or roi; "" for none
}

func (p part) varies() bool { return len(p.values) > 1 }

func (p part) all(ok func(string) bool) bool {
	return !slices.ContainsFunc(p.values, func(v string) bool { return !ok(v) })
}

// group says which part of the names of files is which label. Every part that varies has
// one, or is a * where the labels alone tell the files apart, or is reported as loose.
func (f *Found) group(ctx context.Context, files []string) (group, error) {
	g := group{files: files, labels: map[string][]string{}}
	first := separators.Split(files[0], -1)
	gaps := append(separators.FindAllString(files[0], -1), "")
	parts := make([]part, len(first))
	for i := range first {
		for _, name := range files {
			parts[i].values = append(parts[i].values, separators.Split(name, -1)[i])
		}
		slices.Sort(parts[i].values)
		parts[i].values = slices.Compact(parts[i].values)
	}
	mark := func(i int, label string) {
		if _, taken := g.labels[label]; label != "" && !taken {
			parts[i].mark, g.labels[label] = label, parts[i].values
		}
	}
	stems := parts[:len(parts)-1] // without the extension
	for _, varying := range []bool{true, false} {
		for i, p := range stems {
			if p.varies() == varying {
				mark(i, looksLike(stems, i))
			}
		}
	}
	markOthers(stems, mark, g.labels)
	if slices.ContainsFunc(stems, func(p part) bool { return p.varies() && p.mark == "" }) {
		g.loose = looseIn(files, stems)
	}
	for i, text := range first {
		switch {
		case parts[i].mark != "":
			text = "{" + parts[i].mark + "}"
		case parts[i].varies():
			text = "*"
		}
		g.pattern += text + gaps[i]
	}
	return g, f.inside(ctx, &g)
}

// looksLike is the label that the values of part i, or the word before it, suggest.
func looksLike(parts []part, i int) string {
	p := parts[i]
	if i > 0 && !parts[i-1].varies() {
		for label, word := range before {
			if word.MatchString(parts[i-1].values[0]) {
				return label
			}
		}
	}
	switch {
	case p.all(func(v string) bool { return slices.Contains(subsetWords, v) }):
		return "subset"
	case p.all(sessionLike.MatchString):
		return "session"
	case p.all(subjectLike.MatchString):
		return "subject"
	case p.all(regionLike.MatchString):
		return "roi"
	}
	return ""
}

// markOthers labels the parts that vary and look like nothing: the first are people, the
// next regions, but a part with some names of regions is regions.
func markOthers(parts []part, mark func(int, string), labels map[string][]string) {
	left := func() (out []int) {
		for i, p := range parts {
			if p.varies() && p.mark == "" {
				out = append(out, i)
			}
		}
		return out
	}
	if labels["roi"] == nil {
		for _, i := range left() {
			if slices.ContainsFunc(parts[i].values, regionLike.MatchString) {
				mark(i, "roi")
				break
			}
		}
	}
	for _, label := range []string{"subject", "roi"} {
		if l := left(); len(l) > 0 && labels[label] == nil {
			mark(l[0], label)
		}
	}
}

// looseIn is nil if the labels alone tell files apart, so that the other parts of their
// names do not matter; else the values of the first such part.
func looseIn(files []string, parts []part) []string {
	seen := map[string]bool{}
	var loose []string
	for _, p := range parts {
		if p.varies() && p.mark == "" && loose == nil {
			loose = p.values
		}
	}
	for _, name := range files {
		var key []string
		for i, text := range separators.Split(name, -1)[:len(parts)] {
			if parts[i].mark != "" {
				key = append(key, text)
			}
		}
		k := strings.Join(key, "/")
		if seen[k] {
			return loose
		}
		seen[k] = true
	}
	return nil
}
