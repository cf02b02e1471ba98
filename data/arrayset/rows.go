package arrayset

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realnet/data/file"
	"realnet/data/images"
)

// Row says what a row of an array is of.
type Row struct {
	Condition  string
	Subset     string // train, test or empty
	Session    string
	Run        int // from 1
	Repetition int // from 1; 0 where the table does not say
}

// conditionColumns are what the column of conditions may be called.
var conditionColumns = []string{"condition", "image", "stimulus", "name", "filename", "trial_type", "label", "stim_file"}

// subsetNames are what tables and files call the parts of a study.
var subsetNames = map[string]string{
	"train": "train", "training": "train", "Train": "train", "Training": "train",
	"test": "test", "testing": "test", "Test": "test", "Testing": "test", "val": "test", "validation": "test", "": "",
}

// readRows reads a table of rows.
func readRows(path string, columns map[string]string) ([]Row, error) {
	if strings.EqualFold(filepath.Ext(path), ".txt") {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var rows []Row
		for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
			if line = strings.TrimSpace(line); line == "" {
				return nil, fmt.Errorf("%w: line %d is empty", ErrFormat, len(rows)+1)
			}
			rows = append(rows, Row{Condition: conditionName(line), Run: 1})
		}
		return rows, nil
	}
	t, err := file.ReadTable(path)
	if err != nil {
		return nil, err
	}
	column := func(what string, names ...string) ([]string, error) {
		if name := columns[what]; name != "" {
			c, ok := t.Column(name)
			if !ok {
				return nil, fmt.Errorf("%w: no column %q (columns: %s)", ErrFormat, name, strings.Join(t.Columns, ", "))
			}
			return c, nil
		}
		for _, name := range names {
			if c, ok := t.Column(name); ok {
				return c, nil
			}
		}
		return nil, nil
	}
	conditions, err := column("condition", conditionColumns...)
	if err == nil && conditions == nil {
		err = fmt.Errorf("%w: no column says the condition (columns: %s): call it condition, or name it: columns: {condition: NAME}", ErrFormat, strings.Join(t.Columns, ", "))
	}
	if err != nil {
		return nil, err
	}
	subsets, err1 := column("subset", "subset", "split", "set")
	sessions, err2 := column("session", "session")
	runs, err3 := column("run", "run")
	repetitions, err4 := column(repetition, repetition, "repeat")
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			return nil, err
		}
	}
	rows := make([]Row, len(conditions))
	for i, c := range conditions {
		r := &rows[i]
		if r.Condition = conditionName(c); r.Condition == "" {
			return nil, fmt.Errorf("%w: line %d names no condition", ErrFormat, t.Lines[i])
		}
		if subsets != nil {
			s, ok := subsetNames[subsets[i]]
			if !ok {
				return nil, fmt.Errorf("%w: line %d: subset %q is neither train nor test", ErrFormat, t.Lines[i], subsets[i])
			}
			r.Subset = s
		}
		if sessions != nil {
			r.Session = sessions[i]
		}
		if repetitions != nil {
			if r.Repetition, err = strconv.Atoi(repetitions[i]); err != nil || r.Repetition < 1 {
				return nil, fmt.Errorf("%w: line %d: repetition %q is no number from 1", ErrFormat, t.Lines[i], repetitions[i])
			}
		}
	}
	return rows, numberRuns(rows, runs)
}

// conditionName is a condition as images are called: without folder and extension when
// it is the name of an image file.
func conditionName(c string) string {
	if images.IsImage(c) {
		c = strings.ReplaceAll(c, `\`, "/")
		return strings.TrimSuffix(path.Base(c), path.Ext(c))
	}
	return c
}

// numberRuns gives every row the number of its run: as the table says when numbers from
// 1 mean one session each, else counted in the order in which they come.
func numberRuns(rows []Row, runs []string) error {
	at := map[string]int{}
	session := map[int]string{}
	asTheyAre := runs != nil
	for i := range rows {
		if runs == nil {
			break
		}
		n, err := strconv.Atoi(strings.TrimPrefix(runs[i], "run-"))
		if other, seen := session[n]; err != nil || n < 1 || seen && other != rows[i].Session {
			asTheyAre = false
			break
		}
		session[n], rows[i].Run = rows[i].Session, n
	}
	if asTheyAre {
		return nil
	}
	for i := range rows {
		key := rows[i].Session + "\x00"
		if runs != nil {
			key += runs[i]
		}
		if at[key] == 0 {
			at[key] = len(at) + 1
		}
		rows[i].Run = at[key]
	}
	return nil
}

// repeated gives each of the rows n repetitions.
func repeated(rows []Row, n int) []Row {
	out := make([]Row, 0, len(rows)*n)
	for _, r := range rows {
		for k := range n {
			r.Repetition = k + 1
			out = append(out, r)
		}
	}
	return out
}

// subsetsInOrder are the training set, the test set, then others.
func subsetsInOrder(labels []string) []string {
	rank := func(s string) int { return slices.Index([]string{"test", "train"}, subsetNames[s]) }
	slices.SortStableFunc(labels, func(a, b string) int { return rank(b) - rank(a) })
	return labels
}

// RowsOf reads the table of rows of a subject, for data that are in no array of theirs.
func (s Spec) RowsOf(root, subject string) ([]Row, error) {
	s = s.filled()
	names, err := list(root)
	if err != nil {
		return nil, err
	}
	name, err := one(names, s.Rows, labels{"subject": subject})
	if err != nil {
		return nil, fmt.Errorf("%w: rows: %w", ErrFormat, err)
	}
	rows, err := readRows(filepath.Join(root, filepath.FromSlash(name)), s.Columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}

// ConditionName is a condition as images are called; see the package comment.
func ConditionName(c string) string { return conditionName(c) }

// File is the only file of a folder that a pattern matches for a subject, as a path.
// Where the pattern has {subset}, it is the file of that subset (train or test).
func File(root, pattern, subject, subset string) (string, error) {
	names, err := list(root)
	if err != nil {
		return "", err
	}
	known := labels{"subject": subject}
	found, err := find(names, pattern, known)
	if err != nil {
		return "", err
	}
	if has(pattern, "subset") {
		found = slices.DeleteFunc(found, func(m match) bool { return subsetNames[m.labels["subset"]] != subset })
	}
	if len(found) != 1 {
		f := finder{Spec: Spec{File: pattern}, names: names, known: known}
		if len(found) == 0 {
			return "", f.nothing()
		}
		return "", fmt.Errorf("%w: %s: %d files match%s", ErrFormat, known.fill(pattern), len(found), listed(found))
	}
	return filepath.Join(root, filepath.FromSlash(found[0].name)), nil
}
