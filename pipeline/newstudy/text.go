package newstudy

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// heading is the first line of every study file that is written here.
const heading = "# Written by realnet studies new. Look at what it says of your data, then: realnet reproduce THIS.yaml"

// begin writes the heading and the name of the study to b, and returns what adds a line.
func (w *writer) begin(b *strings.Builder) (line func(format string, args ...any)) {
	line = func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line(heading)
	line("study: %s", quote(w.name))
	return line
}

// text writes the study.
func (w *writer) text() string {
	var b strings.Builder
	line := w.begin(&b)
	line("kind: %s", w.kind)
	line("")
	line("data:")
	line("  # Folders are relative to this file.")
	line("  fmri: {folder: %s, files: %s}", quote(w.folder), list(append(w.patterns(), w.rowsPattern())))
	if w.kind != "reliability" {
		files := w.imagePatterns()
		if w.labels != "" && w.kind == "alignment" {
			files = append(files, w.labels)
		}
		line("  stimuli: {folder: %s, files: %s}", quote(w.folder), list(files))
		w.weightsLines(line)
	}
	line("")
	line("# From the names of %d files such as %s.", len(w.of.files), w.of.files[0])
	line("subjects: %s", list(w.of.labels["subject"]))
	if rois := w.of.labels["roi"]; rois != nil {
		line("rois: %s", list(rois))
	}
	line("")
	line("fmri:")
	line("  layout: arrays")
	line("  arrays:")
	line("    file: %s", quote(w.of.pattern))
	if w.of.array != "" {
		line("    array: %s", quote(w.of.array))
	}
	line("    # %d lines, %d conditions.", len(w.tables[w.table].Rows), len(w.conditions))
	line("    rows: %s", quote(w.rowsPattern()))
	line("    # %s has shape %v.", w.of.files[0], w.of.shape)
	line("    axes: %s", list(w.axes))
	line("    scale: 1        # values are divided by it")
	line("    nan: refuse     # or drop: leave out voxels with NaN")
	if w.kind == "reliability" {
		line("  average: run")
		line("")
		line("rdm: {split: odd-even}")
		return b.String()
	}
	if w.kind == "rsa" {
		line("")
		line("# Every image that the responses are to, whatever its subset.")
		line("activations: {layers: [V1, V2, V4, IT], subset: \"\"}")
		line("")
		line("rsa: {method: spearman}")
		return b.String()
	}
	line("")
	if w.labels != "" {
		line("# Subsets of the images are those of their conditions.")
		line("stimuli: {labels: %s}", quote(w.labels))
	} else {
		line("stimuli: {train: %s, test: %s}", list(w.train), list(w.test))
	}
	line("")
	train, _ := w.counts()
	components := max(2, min(1024, train-1))
	line("# Principal components that the network learns: fewer than the %d training images.", train)
	line("pca: {components: %d}", components)
	line("")
	line("# The control sees no brain; shuffled learns from the responses to other images.")
	line("variants:")
	line("  - {name: control, beta: 0, gain: false}")
	line("  - {name: aligned, beta: 10, gain: true}")
	line("  - {name: shuffled, beta: 10, pairing: shuffled, gain: false}")
	line("")
	line("activations: {layers: [V1, V2, V4, IT], subset: test}")
	return b.String()
}

// weightsLines say where the network is.
func (w *writer) weightsLines(line func(format string, args ...any)) {
	if w.weights != "" {
		line("  # %s", w.networkIs())
		line("  weights: {folder: %s, files: %s}", quote(w.folder), list([]string{w.weights}))
		return
	}
	line("  # %s CORnet-S of ImageNet (realnet data fetch cornet-s).", w.networkIs())
	line("  weights: {dataset: cornet-s, files: [cornet_s-1d3f7974.pth]}")
}

// networkIs says what the network of the study is for.
func (w *writer) networkIs() string {
	if w.kind == "rsa" {
		return "The network whose layers are compared with the brains."
	}
	return "The network that training starts from."
}

// patterns are the files of the arrays, for the fetch of each subject.
func (w *writer) patterns() []string {
	pattern := strings.NewReplacer("{roi}", "*", "{subset}", "*", "{session}", "*").Replace(w.of.pattern)
	return []string{pattern}
}

func (w *writer) imagePatterns() []string {
	var out []string
	for _, folder := range w.imageFolders {
		var extensions []string
		for _, n := range w.images[folder] {
			extensions = append(extensions, path.Ext(n))
		}
		slices.Sort(extensions)
		for _, ext := range slices.Compact(extensions) {
			if folder == "." {
				out = append(out, "*"+ext)
			} else {
				out = append(out, folder+"/*"+ext)
			}
		}
	}
	return out
}

// counts are the conditions of the training and of the test set.
func (w *writer) counts() (train, test int) {
	for _, c := range w.conditions {
		switch s := w.subsets[c]; {
		case strings.HasPrefix(s, "train"):
			train++
		case strings.HasPrefix(s, "test"):
			test++
		}
	}
	return train, test
}

func list(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quote writes a text so that YAML reads it as one.
func quote(s string) string {
	plain := s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == "" && strings.Trim(s[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	if plain && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}
