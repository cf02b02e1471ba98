package arrayset

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"realnet/data/catalogue"
)

// marks are what may stand in a pattern for a label.
var marks = []string{"subject", "roi", "subset", "session"}

func has(pattern, mark string) bool { return strings.Contains(pattern, "{"+mark+"}") }

// labels are what marks stand for.
type labels map[string]string

// fill puts the known labels into a pattern.
func (l labels) fill(pattern string) string {
	for mark, label := range l {
		pattern = strings.ReplaceAll(pattern, "{"+mark+"}", label)
	}
	return pattern
}

// match is a name that a pattern matches, and the labels that stand for its marks.
type match struct {
	name   string
	labels labels
}

// compile makes a pattern an expression in which every mark that is not known matches
// any label. A mark that is there twice must be the same label.
func compile(pattern string, known labels) (*regexp.Regexp, []string, error) {
	if err := checkMarks(pattern); err != nil {
		return nil, nil, err
	}
	var b strings.Builder
	var open []string
	b.WriteString("^")
	for rest := pattern; rest != ""; {
		switch rest[0] {
		case '*':
			b.WriteString("[^/]*")
		case '?':
			b.WriteString("[^/]")
		case '{':
			mark, after, _ := strings.Cut(rest[1:], "}")
			rest = after
			if label, ok := known[mark]; ok {
				b.WriteString(regexp.QuoteMeta(label))
			} else {
				b.WriteString("([^/]+?)")
				open = append(open, mark)
			}
			continue
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
		}
		rest = rest[1:]
	}
	b.WriteString("$")
	re, err := regexp.Compile(b.String())
	return re, open, err
}

// checkMarks refuses a pattern with a mark that is none.
func checkMarks(pattern string) error {
	for _, part := range strings.Split(pattern, "{")[1:] {
		mark, _, ok := strings.Cut(part, "}")
		if !ok || !slices.Contains(marks, mark) {
			return fmt.Errorf("%q: {%s is none of {%s}", pattern, part, strings.Join(marks, "}, {"))
		}
	}
	return nil
}

// find lists the names that a pattern matches, in their order. A pattern without a
// slash is matched with the last part of a path.
func find(names []string, pattern string, known labels) ([]match, error) {
	re, open, err := compile(pattern, known)
	if err != nil {
		return nil, err
	}
	var out []match
next:
	for _, name := range names {
		at := name
		if !strings.Contains(pattern, "/") {
			at = path.Base(name)
		}
		found := re.FindStringSubmatch(at)
		if found == nil {
			continue
		}
		l := labels{}
		for i, mark := range open {
			if other, twice := l[mark]; twice && other != found[i+1] {
				continue next
			}
			l[mark] = found[i+1]
		}
		out = append(out, match{name, l})
	}
	return out, nil
}

// one is the only file that a pattern matches.
func one(names []string, pattern string, known labels) (string, error) {
	found, err := find(names, pattern, known)
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%s: %d files match%s", known.fill(pattern), len(found), listed(found))
	}
	return found[0].name, nil
}

func listed(found []match) string {
	if len(found) == 0 {
		return ""
	}
	var names []string
	for _, f := range found[:min(len(found), 5)] {
		names = append(names, f.name)
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// values are the labels of a mark, each once, sorted.
func values(found []match, mark string) []string {
	var out []string
	for _, f := range found {
		if v, ok := f.labels[mark]; ok {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Reads reports which files of a folder per subject's arrays, rows and masks are: those
// that a pattern of the spec matches with this subject, and those that none matches.
func (s Spec) Reads(subject string) func(file string) bool {
	s = s.filled()
	return func(file string) bool {
		for _, pattern := range []string{s.File, s.Rows, s.Mask, s.Regions, s.Channels, s.Times} {
			if !has(pattern, "subject") {
				continue
			}
			if mine, err := find([]string{file}, pattern, labels{"subject": subject}); err == nil && len(mine) > 0 {
				return true
			}
			if any, err := find([]string{file}, pattern, nil); err == nil && len(any) > 0 {
				return false
			}
		}
		return true
	}
}

func list(root string) ([]string, error) { return catalogue.List(root, nil) }
