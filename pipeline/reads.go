package pipeline

import (
	"path"
	"slices"
	"strings"

	"realnet/data/bids"
	"realnet/stages/eeg"
	"realnet/stages/fmri"
	"realnet/stages/stimuli"
)

// document reports files that people or other programs read and no stage does: also the
// study's own file, where somebody keeps it beside the data.
func document(file string) bool {
	name := path.Base(file)
	stem, _, _ := strings.Cut(name, ".")
	return slices.Contains([]string{"README", "CHANGES", "CHANGELOG", "LICENSE", "LICENCE", "CITATION", "Thumbs"}, stem) ||
		slices.Contains([]string{".md", ".html", ".htm", ".pdf", ".svg", ".rst", ".doc", ".docx", ".odt", ".log", ".yaml", ".yml", ".py", ".ipynb", ".m", ".r", ".sh", ".bak"},
			strings.ToLower(path.Ext(name)))
}

// unreadModality reports images of a BIDS dataset that are no functional ones. Masks in
// sourcedata and derivatives are anatomical, and read.
func unreadModality(file string) bool {
	parts := strings.Split(file, "/")
	if parts[0] == "sourcedata" || parts[0] == "derivatives" {
		return false
	}
	return slices.ContainsFunc(parts[:len(parts)-1], func(p string) bool {
		return slices.Contains([]string{"anat", "dwi", "fmap", "perf", "pet", "meg", "eeg", "ieeg", "beh"}, p)
	})
}

// readFor says which files of a dataset matter to one subject's stages: the subject's
// own and those of nobody, but no documents.
func readFor(subject string, of fmri.Params) func(file string) bool {
	if of.Layout == "arrays" {
		return of.Arrays.Reads(subject)
	}
	mine := ofSubject(subject, of.Layout)
	switch {
	case of.Layout == "fmriprep":
		return func(file string) bool {
			chosen, err := path.Match(of.Image, path.Base(file))
			return mine(file) && (!rawImage(file) || err == nil && chosen)
		}
	case of.Layout == "openfmri" && of.AtlasLabels == "": // a table of labels may be text
		return func(file string) bool { return mine(file) && !remark(file) }
	}
	return mine
}

// remark reports text files that the layout which preceded BIDS does not read.
func remark(file string) bool {
	return path.Ext(file) == ".txt" && !slices.Contains([]string{"scan_key.txt", "bold_moest.txt"}, path.Base(file))
}

// rawSuffixes are those of the images of a raw BIDS dataset.
var rawSuffixes = []string{"bold", "cbv", "phase", "sbref", "T1w", "T2w", "FLAIR", "dwi", "epi", "phasediff", "phase1", "phase2", "magnitude", "magnitude1", "magnitude2", "fieldmap"}

// rawImage reports images of a raw dataset beside derivatives, of which only the events
// are read: derivatives say in what space their images are, or what was done (desc).
func rawImage(file string) bool {
	base := path.Base(file)
	stem, ext, _ := strings.Cut(base, ".")
	if ext != "nii" && ext != "nii.gz" || strings.Contains(base, "_space-") || strings.Contains(base, "_desc-") {
		return false
	}
	return slices.Contains(rawSuffixes, stem[strings.LastIndexByte(stem, '_')+1:])
}

// filesOf says which files of a dataset matter to a subject.
type filesOf func(subject string) func(file string) bool

// readEpochs is readFor of EEG.
func readEpochs(subject string, of eeg.Params) func(file string) bool {
	switch of.Layout {
	case "arrays":
		return of.Arrays.Reads(subject)
	case "mne", "eeglab":
		all := of.Arrays
		all.File = of.File
		return all.Reads(subject)
	}
	return ofSubject(subject, "")
}

func ofSubject(subject, layout string) func(file string) bool {
	return func(file string) bool {
		if of := bids.SubjectOf(file); of != "" && of != subject {
			return false
		}
		return !document(file) && !(layout == "bids" && unreadModality(file))
	}
}

// exactly is the pattern that matches one file by name.
func exactly(file string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(file)
}

// pictures reports files that hold images, by name: of their own or in an archive.
func pictures(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".zip", ".tar", ".tgz", ".gz", ".mat", ".h5", ".hdf5", ".npy", ".npz":
		return true
	}
	return false
}

// readByRole says which files matter of a source whose files the study does not name: of
// images also their table of labels.
func (s Study) readByRole(role string, from Source) func(file string) bool {
	images, ok := map[string]stimuli.Params{"stimuli": s.Stimuli, "eeg_stimuli": s.EEGStimuli, "labelled": s.Labelled}[role]
	switch {
	case len(from.Files) > 0:
		return nil
	case ok:
		return func(file string) bool { return pictures(file) || file == images.Labels }
	}
	return func(file string) bool { return !document(file) }
}
