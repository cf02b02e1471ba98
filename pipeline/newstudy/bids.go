package newstudy

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"realnet/data/bids"
	"realnet/data/catalogue"
)

// bidsStudy writes a study of the reliability of the patterns of a BIDS dataset, raw or
// derivatives of fMRIPrep: what each run's events and images say, and what they do not.
func (w *writer) bidsStudy() (string, error) {
	names, err := catalogue.List(w.dir, nil)
	if err != nil {
		return "", err
	}
	layout := "bids"
	if w.derivative {
		layout = "fmriprep"
	}
	var images, events, masks, atlases, labels []string
	for _, name := range names {
		base := path.Base(name)
		switch {
		case strings.HasSuffix(base, "_events.tsv"):
			events = append(events, name)
		case isImage(base, "_bold.nii") && (!w.derivative || strings.Contains(base, "_desc-preproc_")):
			images = append(images, name)
		case isImage(base, "_dseg.nii"):
			atlases = append(atlases, name)
		case strings.HasSuffix(base, "_dseg.tsv"):
			labels = append(labels, name)
		case maskOfRegion.MatchString(base):
			masks = append(masks, name)
		}
	}
	if len(images) == 0 {
		w.ask("no run: no file *_bold.nii.gz%s", map[bool]string{true: " with desc-preproc", false: ""}[w.derivative])
	}
	if len(events) == 0 {
		w.ask("no events: each run needs an events.tsv with onset, duration and what was shown (BIDS); copy the raw dataset beside the derivatives")
	}
	task := w.only(images, "task", "which task: %s: keep one in the folder, or write fmri.task yourself")
	spaces := labelsOf(images, "space")
	var coding string
	if len(events) > 0 {
		if coding, err = w.coding(filepath.Join(w.dir, filepath.FromSlash(events[0])), events[0]); err != nil {
			return "", err
		}
	}
	regions := w.regionsOf(masks, atlases, labels)
	if len(w.unclear) > 0 {
		return "", w.asks()
	}
	var b strings.Builder
	line := w.begin(&b)
	line("about: Do the patterns of each subject repeat from run to run?")
	line("kind: reliability")
	line("")
	line("data:")
	line("  # The folder is relative to this file.")
	line("  fmri: {folder: %s}", quote(w.folder))
	line("")
	line("subjects: %s", list(labelsOf(images, "sub")))
	for _, r := range regions {
		line("%s", r)
	}
	line("")
	line("fmri:")
	line("  layout: %s", layout)
	if task != "" {
		line("  task: %s", quote(task))
	}
	if prefix := testSessions(labelsOf(images, "ses")); prefix != "" {
		line("  # The images of other sessions are not shown in several runs.")
		line("  test_sessions: %s", quote(prefix))
	}
	if len(spaces) > 0 {
		line("  # Images there are in: %s.", strings.Join(spaces, ", "))
		line("  entities: {space: %s}", quote(spaces[0]))
	}
	line("%s", coding)
	line("  average: run             # one pattern per condition and run")
	if w.derivative {
		line("  # Confounds by name or preset (motion6, motion24, csf, wm, acompcor5, cosine).")
		line("  fmriprep: {confounds: [motion6]}")
		line("  recipe: {preset: fmriprep}")
	} else {
		line("  # Raw runs must be realigned. Presets: shen, horikawa, haxby (docs/study-file.md).")
		line("  recipe: {preset: haxby, regress_motion: false}")
	}
	line("")
	line("rdm: {split: odd-even}")
	return b.String(), nil
}

var maskOfRegion = regexp.MustCompile(`^sub-[^_]+_mask_(LH|RH)_([A-Za-z0-9]+)\.nii(\.gz)?$`)

func isImage(base, end string) bool {
	return strings.HasSuffix(strings.TrimSuffix(base, ".gz"), end)
}

// labelsOf are the labels of an entity in file names, each once, sorted.
func labelsOf(names []string, entity string) []string {
	var out []string
	for _, name := range names {
		for _, part := range strings.Split(path.Base(name), "_") {
			if label, ok := strings.CutPrefix(part, entity+"-"); ok && !slices.Contains(out, label) {
				out = append(out, label)
			}
		}
	}
	slices.Sort(out)
	return out
}

// testSessions is how the labels of sessions begin whose name says that they are the test,
// where others say that they are the training.
func testSessions(labels []string) string {
	prefix := ""
	for _, label := range labels {
		if lower := strings.ToLower(label); !strings.Contains(lower, "test") {
			continue
		}
		name := strings.TrimRight(label, "0123456789")
		if prefix != "" && name != prefix {
			return ""
		}
		prefix = name
	}
	if !slices.ContainsFunc(labels, func(s string) bool { return strings.Contains(strings.ToLower(s), "train") }) {
		return ""
	}
	return prefix
}

// only is the label of an entity that all files share; "" where none has it. Several are
// asked for.
func (w *writer) only(names []string, entity, ask string) string {
	found := labelsOf(names, entity)
	if len(found) > 1 {
		w.ask(ask, strings.Join(found, ", "))
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// coding says which columns of the events are what.
func (w *writer) coding(file, name string) (string, error) {
	e, err := bids.ReadEvents(file)
	if err != nil {
		return "", err
	}
	column := ""
	for _, c := range []string{"stimulus_name", "stim_file", "image", "stimulus", "condition", "trial_type"} {
		if slices.Contains(e.Columns, c) {
			column = c
			break
		}
	}
	if column == "" {
		w.ask("which column of %s says what was shown: it has %s: call it trial_type, or write fmri.coding yourself", name, strings.Join(e.Columns, ", "))
		return "", nil
	}
	if column == "stimulus_name" && slices.Contains(e.Columns, "event_type") {
		return "  # Events as in ds001506: stimulus_name, and event_type 1 (image), 2 (repeat), below 0 (rest).", nil
	}
	values, err := e.Text(column)
	if err != nil {
		return "", err
	}
	var shown, rest []string
	for _, v := range values {
		switch lower := strings.ToLower(v); {
		case v == "" || slices.Contains(shown, v) || slices.Contains(rest, v):
		case lower == "rest" || lower == "fixation" || lower == "baseline" || lower == "blank":
			rest = append(rest, v)
		default:
			shown = append(shown, v)
		}
	}
	text := fmt.Sprintf("  # Column %s of %s has %s.\n", column, name, some(shown))
	if len(rest) > 0 { // a column that is the kind as well
		return text + fmt.Sprintf("  coding: {condition: %s, type: %s, stimulus: %s, rest: %s}", column, column, list(shown), list(rest)), nil
	}
	return text + fmt.Sprintf("  coding: {condition: %s}", column), nil
}

// regionsOf are the lines of the study that say where regions are.
func (w *writer) regionsOf(masks, atlases, labels []string) []string {
	switch {
	case len(masks) > 0:
		var rois []string
		for _, m := range masks {
			if roi := maskOfRegion.FindStringSubmatch(path.Base(m))[2]; !slices.Contains(rois, roi) {
				rois = append(rois, roi)
			}
		}
		slices.Sort(rois)
		return []string{fmt.Sprintf("rois: %s", list(rois))}
	case w.derivative && len(atlases) > 0 && len(labels) > 0:
		return []string{fmt.Sprintf("# Every voxel of the brain mask. Regions of an atlas (%s): rois: [NAME], fmri.atlas: %s, fmri.atlas_labels: %s",
			some(atlases), quote("*"+tail(atlases[0])), quote(path.Base(labels[0]))), "rois: []"}
	case w.derivative:
		return []string{"# Every voxel of the brain mask. With regions of your own: rois: [V1], and fmri.masks: {V1: \"*_V1.nii.gz\"}", "rois: []"}
	}
	w.ask("no masks: put one image per region and subject into the folder (sourcedata/sub-01/anat/sub-01_mask_LH_V1.nii.gz, or any name with fmri.masks: {V1: \"*_V1.nii.gz\"})")
	return nil
}

// tail is a file's name from its first entity other than the subject's and session's.
func tail(name string) string {
	base := path.Base(name)
	for _, entity := range []string{"sub-", "ses-"} {
		if strings.HasPrefix(base, entity) {
			if _, rest, ok := strings.Cut(base, "_"); ok {
				base = rest
			}
		}
	}
	return "_" + base
}
