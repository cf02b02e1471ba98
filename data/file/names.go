package file

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Lists of texts that name rows are called so: names, image_names, conditions, stim_ids,
// filenames, ...; those of what may be shown twice (conditions, images) may repeat names.
var (
	listWord   = regexp.MustCompile(`^(?i:(?:(?:condition|cond|image|img|stimulus|stimuli|stim|picture|item|object|concept|exemplar|trial|row|file|pattern)s?[ _.-]?)?(?:names?|labels?|ids?|list|index|paths?)|(?:condition|image|stim|picture|item|object|concept|exemplar)s|stimulus|stimuli|condition|image|filenames?|files|trial_types?)$`)
	repeatable = regexp.MustCompile(`^(?i:condition|cond|image|img|stim|picture|trial_type)`)
)

// NamesOf are the names that a file of several arrays gives to n rows: its only list of n
// texts that is called names, conditions, image_names, filenames or the like. nil for none,
// for several that differ, and for names of other things that occur twice.
func (f *File) NamesOf(n int) []string {
	if n < 2 || f.Format == Text || f.Format == Parquet { // which say so themselves
		return nil
	}
	var found []string
	for _, l := range f.lists() {
		base := l.name[strings.LastIndexAny(l.name, "/.")+1:]
		if !listWord.MatchString(base) || l.length != n {
			continue
		}
		list, err := l.read()
		if err != nil || len(list) != n {
			continue
		}
		for i := range list {
			if list[i] = strings.TrimRight(list[i], " \x00"); list[i] == "" {
				list = nil
				break
			}
		}
		if list == nil || !repeatable.MatchString(base) && repeats(list) {
			continue
		}
		if found != nil && !slices.EqualFunc(found, list, func(a, b string) bool { return stem(a) == stem(b) }) {
			return nil
		}
		found = list
	}
	return found
}

// RowNames are the names of the first axis of an array: those that it has itself, else
// NamesOf.
func (f *File) RowNames(a *Array) []string {
	if a.Names != nil || len(a.Shape) == 0 {
		return a.Names
	}
	return f.NamesOf(a.Shape[0])
}

// list is texts of one axis, or a cell array of MATLAB.
type list struct {
	name   string
	length int
	read   func() ([]string, error)
}

func (f *File) lists() []list {
	var out []list
	cells := map[string][]*Array{}
	for _, a := range f.Arrays {
		if a.DType != "string" || a.Err != nil {
			continue
		}
		if name, _, ok := strings.Cut(a.Name, "{"); ok && f.Format == MATLAB {
			cells[name] = append(cells[name], a)
			continue
		}
		length := a.Len()
		switch {
		case f.Format == MATLAB && len(a.Shape) == 2:
			length = a.Shape[0] // texts of one length, one a row
		case len(a.Shape) == 2 && min(a.Shape[0], a.Shape[1]) != 1 || len(a.Shape) != 1 && len(a.Shape) != 2:
			continue
		}
		out = append(out, list{a.Name, length, func() ([]string, error) {
			texts, err := a.Strings()
			return slices.Clone(texts), err
		}})
	}
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		parts := cells[name]
		out = append(out, list{name, len(parts), func() ([]string, error) {
			var texts []string
			for _, a := range parts {
				text, err := a.Strings()
				if err != nil {
					return nil, err
				}
				texts = append(texts, text...)
			}
			return texts, nil
		}})
	}
	return out
}

func repeats(list []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list)
}

// stem is a name without folder and extension.
func stem(name string) string {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	return strings.TrimSuffix(base, path.Ext(base))
}
