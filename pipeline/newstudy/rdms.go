package newstudy

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/eeglab"
	"realnet/data/fiff"
	"realnet/data/file"
	"realnet/stages/rdmfile"
)

// Folders that say whose RDMs, features or patterns are in them.
var (
	modelFolders = []string{"models", "model", "model_rdms", "features"}
	brainFolders = []string{"brains", "brain", "brain_rdms", "rdms", "patterns", "fmri"}
)

func subfolder(dir string, names []string) string {
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			return name
		}
	}
	return ""
}

// rdmStudy writes a study that compares RDMs, or features with patterns, in two folders;
// "" where the folder has not both.
func (w *writer) rdmStudy(ctx context.Context) (string, error) {
	models, brains := subfolder(w.dir, modelFolders), subfolder(w.dir, brainFolders)
	if models == "" || brains == "" {
		return "", nil
	}
	modelLines, err := w.source(ctx, models, "model")
	if err != nil {
		return "", err
	}
	brainLines, err := w.source(ctx, brains, "fmri")
	if err != nil {
		return "", err
	}
	if len(w.unclear) > 0 {
		return "", w.asks()
	}
	var b strings.Builder
	line := w.begin(&b)
	line("kind: rsa")
	line("")
	line("data:")
	line("  # Folders are relative to this file.")
	line("  models: {folder: %s}", quote(path.Join(w.folder, models)))
	line("  brains: {folder: %s}", quote(path.Join(w.folder, brains)))
	line("")
	line("model_rdms:\n%s", modelLines)
	line("published:\n%s", brainLines)
	line("rsa: {method: spearman, permutations: 10000}")
	line("# With true, tests are over subjects alone (sign flips).")
	line("stats: {subject_flips: false}")
	return b.String(), nil
}

// source describes the arrays of one folder.
func (w *writer) source(ctx context.Context, folder, kind string) (string, error) {
	f, err := inspectFolder(filepath.Join(w.dir, folder))
	if err != nil {
		return "", err
	}
	for name := range f.tables { // with names of rows, which a table of trials has as well
		f.arrays = append(f.arrays, name)
	}
	slices.Sort(f.arrays)
	groups, err := f.groups(ctx)
	if err != nil {
		return "", err
	}
	groups = slices.DeleteFunc(groups, func(g group) bool {
		return !slices.ContainsFunc(g.files, func(name string) bool { return !strings.HasSuffix(name, ".names.txt") })
	})
	if kind == "model" {
		return w.models(ctx, f, folder, groups)
	}
	if len(groups) != 1 {
		var names []string
		for _, g := range groups {
			names = append(names, g.files[0])
		}
		w.ask("folder %s: one set of arrays whose names have the same form, as in S1_V1.npy, S2_V1.npy (there: %s)", folder, some(names))
		return "", nil
	}
	g := groups[0]
	w.askLoose(g)
	arrays := []string{""}
	switch {
	case len(g.several) < 2 || readsWhole(ctx, f, g.files[0]):
	case g.array == "{roi}": // an array is a region
		arrays = g.several
	default:
		w.ask("folder %s: which array of %s: it holds %s; keep one a file", folder, g.files[0], some(g.several))
		return "", nil
	}
	var entries []string
	for _, array := range arrays {
		_, inFile := g.labels["subject"]
		axes, ok := w.form(ctx, f, g.files[0], array, "fmri", inFile)
		if !ok {
			return "", nil
		}
		entry := "{file: " + quote(g.pattern)
		if array != "" {
			entry += fmt.Sprintf(", array: %s, roi: %s", quote(array), quote(array))
		}
		entries = append(entries, entry+axes+", kind: fmri}")
	}
	return sourceText(ctx, f, g.files, entries), nil
}

// models describes the files of a folder of models, whose names are the models', in any
// form.
func (w *writer) models(ctx context.Context, f *Found, folder string, groups []group) (string, error) {
	var files, entries, all []string
	one := map[string]bool{}
	for _, g := range groups {
		for _, name := range g.files {
			single, err := f.group(ctx, []string{name})
			if err != nil {
				return "", err
			}
			if len(single.several) > 1 && !readsWhole(ctx, f, name) {
				w.ask("folder %s: which array of %s: it holds %s; keep one a file", folder, name, some(single.several))
				return "", nil
			}
			axes, ok := w.form(ctx, f, name, "", "model", true)
			if !ok {
				return "", nil
			}
			ext := path.Ext(name)
			rest := axes + ", kind: model}"
			together := "{file: " + quote("{model}"+ext) + rest
			one[together] = true
			all = append(all, together)
			entries = append(entries, "{file: "+quote(name)+", model: "+quote(strings.TrimSuffix(path.Base(name), ext))+rest)
			files = append(files, name)
		}
	}
	if len(files) == 0 {
		w.ask("folder %s: arrays (.npy, .mat, .csv, ...); there is none", folder)
		return "", nil
	}
	if len(one) == 1 {
		entries = all[:1]
	}
	return sourceText(ctx, f, files, entries), nil
}

// form is the axes of an array, as a study writes them: "" for RDMs that need none. It
// asks, and returns false, where they are not clear. owned says that the names of the files
// tell whose the arrays are.
func (w *writer) form(ctx context.Context, f *Found, name, array, kind string, owned bool) (string, bool) {
	full := filepath.Join(f.dir, filepath.FromSlash(name))
	shape := shapeOf(ctx, full, array)
	list, err := rdmfile.Read(ctx, full, array)
	axes := ""
	switch {
	case err == nil && unmistakable(list):
	case err == nil && kind == "fmri" && !owned:
		axes = ", axes: [subject, pair]"
		if len(shape) == 3 {
			axes = ", axes: [subject, condition, condition]"
		}
	case len(shape) == 2:
		axes = ", axes: [condition, feature]"
	case len(shape) > 2 && kind == "model":
		axes = ", axes: [condition" + strings.Repeat(", feature", len(shape)-1) + "]"
	default:
		w.ask("folder %s: what the axes of %s, shape %v, are: RDMs are n x n or their upper triangle, patterns conditions x features", path.Base(filepath.ToSlash(f.dir)), name, shape)
		return "", false
	}
	if kind == "fmri" && !owned && !strings.Contains(axes, "subject") && (err != nil || list[0].Row.Subject == "") {
		w.ask("folder %s: whose %s is: name files by subject, as in S1_V1.npy", path.Base(filepath.ToSlash(f.dir)), name)
		return "", false
	}
	return axes, true
}

// readsWhole says that a file is RDMs that need no word about arrays or axes.
func readsWhole(ctx context.Context, f *Found, name string) bool {
	list, err := rdmfile.Read(ctx, filepath.Join(f.dir, filepath.FromSlash(name)), "")
	return err == nil && unmistakable(list)
}

// unmistakable says that RDMs are one, or have labels of their own.
func unmistakable(list []rdmfile.RDM) bool {
	return len(list) == 1 || list[0].Row.Subject != "" || list[0].Row.Model != ""
}

// shapeOf is the shape of an array of numbers; nil where there is none.
func shapeOf(ctx context.Context, name, array string) []int {
	in, err := file.Open(ctx, name)
	if err != nil {
		return nil
	}
	defer in.Close()
	for _, a := range in.Arrays {
		if a.Numeric() && len(a.Shape) >= 2 && (array == "" || a.Name == array) {
			return a.Shape
		}
	}
	return nil
}

// sourceText is the section of the arrays of a folder.
func sourceText(ctx context.Context, f *Found, files, entries []string) string {
	text := "  layout: arrays\n"
	first := filepath.Join(f.dir, filepath.FromSlash(files[0]))
	if _, err := os.Stat(filepath.Join(f.dir, "names.txt")); err == nil {
		text += "  names: names.txt\n"
	} else if where := namesIn(ctx, first); where != "" {
		text += "  # Conditions are joined by name: the names are " + where + ".\n"
	} else {
		text += "  # No names of conditions: they are compared in the order of the arrays. With a file of names in this folder: names: names.txt\n"
	}
	if strings.Contains(strings.Join(entries, ""), "feature") {
		text += "  metric: correlation     # of the RDMs that are made of the patterns\n"
	}
	if len(entries) == 1 {
		return text + fmt.Sprintf("  rdms: [%s]   # %s\n", entries[0], some(files))
	}
	return text + "  rdms:\n    - " + strings.Join(entries, "\n    - ") + "\n"
}

// namesIn says where a file of RDMs or patterns names its conditions; "" for nowhere.
func namesIn(ctx context.Context, name string) string {
	if list, err := rdmfile.Read(ctx, name, ""); err == nil && list[0].Names != nil {
		return "in the files"
	}
	if _, err := os.Stat(strings.TrimSuffix(name, filepath.Ext(name)) + ".names.txt"); err == nil {
		return "in the files beside them, NAME.names.txt"
	}
	in, err := file.Open(ctx, name)
	if err != nil {
		return ""
	}
	defer in.Close()
	for _, a := range in.Arrays {
		if a.Numeric() && len(a.Shape) > 1 && in.RowNames(a) != nil {
			return "in the files"
		}
	}
	return ""
}

// epochStudy writes a study of EEG or MEG epochs against a network's layers; "" where the
// folder has no epochs.
func (w *writer) epochStudy(ctx context.Context) (string, error) {
	files := w.epochs
	if len(files) == 0 {
		return "", nil
	}
	layout := "mne"
	if path.Ext(files[0]) == ".set" {
		layout = "eeglab"
	}
	g, err := w.group(ctx, files)
	if err != nil {
		return "", err
	}
	if len(g.labels["subject"]) == 0 && len(files) > 1 {
		w.ask("whose the epochs %s are: put the subject into the names, as in S1-epo.fif", some(files))
		return "", w.asks()
	}
	if w.askLoose(g); g.loose != nil {
		return "", w.asks()
	}
	pattern, subjects := g.pattern, g.labels["subject"]
	if len(subjects) == 0 { // one file: its name up to the ending is the subject
		base := path.Base(files[0])
		for _, end := range []string{"-epo.fif", "_epo.fif", ".set"} {
			if label, ok := strings.CutSuffix(base, end); ok {
				subjects, pattern = []string{label}, strings.TrimSuffix(files[0], base)+"{subject}"+end
			}
		}
	}
	models, modelLines := subfolder(w.dir, modelFolders), ""
	if models != "" {
		if modelLines, err = w.source(ctx, models, "model"); err != nil {
			return "", err
		}
	} else if err := w.imagesOf(filepath.Join(w.dir, filepath.FromSlash(files[0])), layout, files[0]); err != nil {
		return "", err
	}
	if len(w.unclear) > 0 {
		return "", w.asks()
	}
	w.kind = "rsa"
	var b strings.Builder
	line := w.begin(&b)
	line("kind: rsa")
	line("")
	line("data:")
	line("  # Folders are relative to this file.")
	line("  eeg: {folder: %s, files: %s}", quote(w.folder), list([]string{pattern, strings.Replace(pattern, ".set", ".fdt", 1)}[:map[string]int{"mne": 1, "eeglab": 2}[layout]]))
	if models != "" {
		line("  models: {folder: %s}", quote(path.Join(w.folder, models)))
		line("")
		line("model_rdms:\n%s", modelLines)
	} else {
		line("  stimuli: {folder: %s, files: %s}", quote(w.folder), list(w.imagePatterns()))
		w.weightsLines(line)
		line("activations: {layers: [V1, V2, V4, IT], subset: \"\"}")
		line("")
	}
	line("# From the names of %d files such as %s.", len(files), files[0])
	line("eeg_subjects: %s", list(subjects))
	line("eeg:")
	line("  layout: %s", layout)
	line("  file: %s", quote(pattern))
	line("  unequal: least           # conditions of fewer trials decide (docs/own-arrays.md)")
	line("")
	line("# Correlation distance at each time; with more repetitions also decoding: lu or gifford.")
	line("eegrdm: {recipe: correlation}")
	line("rsa: {method: spearman, permutations: 0, bootstrap: 0}   # time courses are tested over subjects")
	return b.String(), nil
}

// imagesOf finds the images of the conditions of a file of epochs, and the network.
func (w *writer) imagesOf(file, layout, name string) error {
	conditions, err := conditionsOf(file, layout)
	if err != nil {
		return err
	}
	if len(conditions) == 0 {
		w.ask("what %s shows: it is a continuous recording: save epochs, or write eeg.cut and eeg.condition yourself (docs/own-arrays.md)", name)
		return nil
	}
	w.table = name
	for _, c := range conditions {
		c = strings.TrimSuffix(path.Base(c), imageExtension(c))
		if !slices.Contains(w.conditions, c) {
			w.conditions = append(w.conditions, c)
		}
	}
	w.stimuli()
	w.network()
	return nil
}

func conditionsOf(file, layout string) ([]string, error) {
	if layout == "eeglab" {
		e, err := eeglab.Open(file)
		if err != nil {
			return nil, err
		}
		return e.Conditions, nil
	}
	e, err := fiff.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }() // nothing was written
	return e.Names(), nil
}
