package newstudy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/csvtable"
)

// ErrUnclear is returned with what was ambiguous, a line each.
var ErrUnclear = errors.New("cannot tell")

// Kinds are the kinds of study that are written.
var Kinds = []string{"alignment", "rsa", "reliability"}

// Write looks at a folder and returns the text of a study file of the given kind; "": the
// kind that the folder suggests: reliability for BIDS and for estimates of SPM, FSL or nilearn, rsa for folders of models and
// brains and for epochs, else alignment. base
// is the folder in which the file will be: paths in it are relative to that. ErrUnclear
// lists what is missing or has two readings.
func Write(ctx context.Context, dir, base, kind string) (string, error) {
	f, err := inspectFolder(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(base, dir)
	if err != nil {
		rel = dir
	}
	w := writer{Found: f, kind: kind, folder: filepath.ToSlash(rel), name: studyName(dir)}
	if text, err := w.betasStudy(); err != nil || text != "" {
		return text, err
	}
	switch {
	case f.bids && kind == "" || f.bids && kind == "reliability":
		return w.bidsStudy()
	case f.bids:
		return "", fmt.Errorf("%w: %s is a BIDS dataset, for which --kind reliability writes a study; for %s, add data.stimuli and the names of the images to that (docs/study-file.md)", ErrUnclear, dir, kind)
	case kind == "" || kind == "rsa":
		for _, form := range []func(context.Context) (string, error){w.rdmStudy, w.epochStudy} {
			if text, err := form(ctx); err != nil || text != "" {
				return text, err
			}
		}
	}
	if kind == "" {
		kind, w.kind = "alignment", "alignment"
	}
	groups, err := f.groups(ctx)
	if err != nil {
		return "", err
	}
	w.responses(groups)
	if kind != "reliability" {
		w.stimuli()
		w.network()
	}
	if len(w.unclear) > 0 {
		return "", w.asks()
	}
	return w.text(), nil
}

// asks is the error that lists what is unclear.
func (w *writer) asks() error {
	return fmt.Errorf("%w:\n- %s", ErrUnclear, strings.Join(w.unclear, "\n- "))
}

func studyName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	name := strings.Map(func(r rune) rune {
		if r == ' ' || r == '/' || r == '\\' {
			return '-'
		}
		return r
	}, strings.TrimLeft(filepath.Base(abs), "."))
	if name == "" {
		return "mine"
	}
	return name
}

// writer collects the parts of the file and what is unclear.
type writer struct {
	*Found
	kind, folder, name string
	unclear            []string

	of    group
	table string // of the rows: the only one, or that of the first subject
	axes  []string

	tablePattern string            // of the tables, where each subject has one
	tableOf      map[string]string // of each subject then
	conditions   []string
	subsets      map[string]string // of each condition

	imageFolders []string
	labels       string
	train, test  []string
	weights      string
}

func (w *writer) ask(format string, args ...any) {
	w.unclear = append(w.unclear, fmt.Sprintf(format, args...))
}

// responses chooses the arrays and the table of their rows.
func (w *writer) responses(groups []group) {
	groups = slices.DeleteFunc(groups, func(g group) bool { return g.shape == nil || len(g.labels["subject"]) == 0 })
	switch len(groups) {
	case 0:
		w.ask("no arrays of responses whose names hold a subject, such as brains/S1_V1.npy (arrays: %s)", some(w.arrays))
		return
	case 1:
	default:
		var names []string
		for _, g := range groups {
			names = append(names, g.pattern)
		}
		w.ask("several sets of arrays: %s: keep one in the folder, or write fmri.arrays.file yourself", strings.Join(names, ", "))
		return
	}
	w.of = groups[0]
	w.askLoose(w.of)
	names := slices.Sorted(maps.Keys(w.tables))
	if len(names) == 0 {
		w.ask("no table of rows: a .csv with the header condition,subset,run and a line for each of the rows of %s, shape %v", w.of.files[0], w.of.shape)
		return
	}
	var fits []string
	each := w.subjectTables(w.of.labels["subject"])
	for _, pattern := range slices.Sorted(maps.Keys(each)) {
		var axes []string
		for _, s := range slices.Backward(w.of.labels["subject"]) {
			name := each[pattern][s]
			if w.table, axes = name, w.fit(w.tables[name]); axes == nil && s == w.of.labels["subject"][0] {
				break // others may have another number of trials
			}
		}
		if axes != nil {
			fits = append(fits, pattern)
			w.axes, w.tablePattern, w.tableOf = axes, pattern, each[pattern]
		}
	}
	for _, name := range names {
		if axes := w.fit(w.tables[name]); axes != nil && !isTableOf(each, name) {
			fits = append(fits, name)
			w.table, w.axes, w.tablePattern = name, axes, ""
		}
	}
	if len(fits) != 1 {
		lengths := []string{}
		for _, name := range names {
			lengths = append(lengths, fmt.Sprintf("%s has %d", name, len(w.tables[name].Rows)))
		}
		w.ask("which table the rows of %s, shape %v, are: %s rows", w.of.files[0], w.of.shape, strings.Join(lengths, ", "))
		return
	}
	t := w.tables[w.table]
	hasSubset := false
	w.subsets = map[string]string{}
	for _, name := range w.tablesOfRows() {
		conditions, _ := w.tables[name].Column(conditionColumn(w.tables[name]))
		var subsets []string
		subsets, hasSubset = w.tables[name].Column("subset")
		for i, c := range conditions {
			c = strings.TrimSuffix(path.Base(c), imageExtension(c))
			if !slices.Contains(w.conditions, c) {
				w.conditions = append(w.conditions, c)
			}
			if hasSubset {
				w.subsets[c] = subsets[i]
			}
		}
	}
	if w.kind == "alignment" && !hasSubset && !slices.Contains([]bool{w.of.labels["subset"] != nil}, true) {
		w.ask("which rows are the test set: give %s a column subset with train and test", w.table)
	}
	if w.kind == "reliability" {
		if _, ok := t.Column("run"); !ok {
			w.ask("which rows are of which run: give %s a column run", w.table)
		}
	}
}

// askLoose asks for names in which labels tell all files apart.
func (w *writer) askLoose(g group) {
	if g.loose != nil {
		w.ask("what %s in the names of %s are: names tell apart subjects, regions and sessions, as in S1_V1.npy; keep one set in the folder, or write fmri.arrays.file yourself", some(g.loose), some(g.files))
	}
}

func imageExtension(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff":
		return path.Ext(name)
	}
	return ""
}

// fit names the axes of the arrays so that one has as many as the table has rows; nil
// when none has. {subset} in the names counts the rows of that subset.
func (w *writer) fit(t *csvtable.Table) []string {
	n := len(t.Rows)
	if labels := w.of.labels["subset"]; labels != nil {
		subsets, ok := t.Column("subset")
		if !ok {
			return nil
		}
		n = 0
		for _, s := range subsets {
			if strings.HasPrefix(s, strings.TrimSuffix(firstSubset(w.of.files[0]), "ing")) {
				n++
			}
		}
	}
	at := slices.Index(w.of.shape, n)
	if at < 0 {
		return nil
	}
	axes := make([]string, len(w.of.shape))
	spatial := []string{"x", "y", "z"}
	for i := range axes {
		switch {
		case i == at:
			axes[i] = "row"
		case len(axes) == 4:
			axes[i], spatial = spatial[0], spatial[1:]
		default:
			axes[i] = "feature"
		}
	}
	return axes
}

func firstSubset(name string) string {
	for _, part := range separators.Split(name, -1) {
		if slices.Contains(subsetWords, part) {
			return part
		}
	}
	return ""
}

// stimuli finds the images of the conditions, and their subsets.
func (w *writer) stimuli() {
	if w.table == "" {
		return
	}
	there := map[string]string{} // folder of each image
	for folder, names := range w.images {
		for _, n := range names {
			there[strings.TrimSuffix(n, path.Ext(n))] = folder
		}
	}
	if len(there) == 0 {
		w.ask("no images (.jpg, .png, ...) in the folder")
		return
	}
	used := map[string]bool{}
	var missing []string
	for _, c := range w.conditions {
		if folder, ok := there[c]; ok {
			used[folder] = true
		} else {
			missing = append(missing, c)
		}
	}
	if len(missing) > 0 {
		w.ask("%d of %d conditions of %s have no image of their name: %s (images: %s)", len(missing), len(w.conditions), w.table, some(missing), some(slices.Sorted(maps.Keys(there))))
		return
	}
	w.imageFolders = slices.Sorted(maps.Keys(used))
	for _, folder := range w.imageFolders { // a folder of one subset names it
		subset := ""
		for _, n := range w.images[folder] {
			s := w.subsets[strings.TrimSuffix(n, path.Ext(n))]
			if subset == "" {
				subset = s
			} else if s != subset {
				subset = "mixed"
			}
		}
		switch subset {
		case "train":
			w.train = append(w.train, folder+"/*")
		case "test":
			w.test = append(w.test, folder+"/*")
		default:
			w.labels = w.table
		}
	}
	if w.labels == "" {
		return
	}
	w.train, w.test = nil, nil
	if first, _ := w.tables[w.table]; w.tablePattern != "" && first != nil && len(distinct(first, conditionColumn(first))) < len(w.conditions) {
		w.ask("which images are of the test set: the subjects saw different images, so no table lists all: put the images into folders train and test")
	}
}

// network finds the weights that training starts from.
func (w *writer) network() {
	if len(w.Found.weights) > 1 {
		w.ask("which network training starts from: %s: keep one in the folder, or write data.weights yourself", some(w.Found.weights))
		return
	}
	if len(w.Found.weights) == 1 {
		w.weights = w.Found.weights[0]
	}
}

func some(names []string) string {
	const shown = 4
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		text += fmt.Sprintf(", ... %d more", len(names)-shown)
	}
	if text == "" {
		return "none"
	}
	return text
}
