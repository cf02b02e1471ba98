package newstudy

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"realnet/data/catalogue"
	"realnet/data/csvtable"
	"realnet/data/glm"
	"realnet/data/nifti"
)

// estimates are images that another program estimated, one form of them.
type estimates struct {
	names      string // what fmri.betas.names is: spm, fsl, bids or a table
	files      []string
	runs       int      // of the first subject; 0 where not known
	conditions []string // of the first folder, where they are known
}

// forms of estimates by how their files are called.
var estimateForms = []struct {
	names string
	file  *regexp.Regexp // of the path
}{
	{"spm", regexp.MustCompile(`(^|/)beta_\d+\.nii(\.gz)?$`)},
	{"fsl", regexp.MustCompile(`\.feat/stats/cope\d+\.nii(\.gz)?$`)},
	{"bids", regexp.MustCompile(`_contrast-[^/]*_stat-effect_statmap\.nii(\.gz)?$`)},
}

// betasStudy writes a study of the reliability of estimates that SPM, FSL, nilearn or a
// single-trial script left as NIfTI images; "" where the folder has none.
func (w *writer) betasStudy() (string, error) {
	names, err := catalogue.List(w.dir, nil)
	if err != nil {
		return "", err
	}
	var found []estimates
	var images, masks []string
	for _, name := range names {
		switch {
		case !isImage(name, ".nii"):
		case strings.HasSuffix(strings.TrimSuffix(name, ".gz"), "_bold.nii"):
			return "", nil // runs, of which the folder's estimates may be
		case maskLike.MatchString(name):
			masks = append(masks, name)
		default:
			images = append(images, name)
		}
	}
	for _, form := range estimateForms {
		e := estimates{names: form.names}
		for _, name := range images {
			if form.file.MatchString(name) {
				e.files = append(e.files, name)
			}
		}
		if len(e.files) > 0 {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		found = w.trials(images)
	}
	if len(found) == 0 {
		return "", nil
	}
	if len(found) > 1 && found[0].names != found[1].names && slices.Equal(found[0].files, found[1].files) {
		w.ask("which table the volumes of %s are of: %s or %s: keep one, or name each subject's as its images, as in sub-01_trials.csv", found[0].files[0], found[0].names, found[1].names)
		return "", w.asks()
	}
	if len(found) > 1 {
		w.ask("which estimates: those like %s or like %s: keep one form in the folder", found[0].files[0], found[1].files[0])
		return "", w.asks()
	}
	if w.kind != "" && w.kind != "reliability" {
		w.ask("for estimates like %s a study of --kind reliability is written; for %s, add data.stimuli, and fmri.betas.train and test in place of files, to that (docs/data.md)", found[0].files[0], w.kind)
		return "", w.asks()
	}
	return w.estimatesStudy(found[0], masks)
}

// maskLike are names of images of regions.
var maskLike = regexp.MustCompile(`(?i)(^|[/_.-])(masks?|rois?)([/_.-]|$)`)

// trials are images of several volumes that a table has a row for each of.
func (w *writer) trials(images []string) []estimates {
	volumes := map[string]int{}
	for _, name := range images {
		if im, err := nifti.Open(filepath.Join(w.dir, filepath.FromSlash(name))); err == nil {
			volumes[name] = im.NumVolumes()
		}
	}
	_, of := markSubjects(images)
	each := w.subjectTables(slices.Compact(slices.Sorted(slices.Values(of))))
	var found []estimates
	add := func(names string, tableOf func(i int) string) {
		e := estimates{names: names}
		first := ""
		for i, image := range images {
			t := w.tables[tableOf(i)]
			if _, ok := t.Column("condition"); !ok || volumes[image] != len(t.Rows) {
				continue
			}
			if e.files = append(e.files, image); first == "" {
				first = tableOf(i)
			}
		}
		if len(e.files) > 0 {
			t := w.tables[first]
			e.runs, e.conditions = countRuns(t), distinct(t, "condition")
			found = append(found, e)
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(each)) {
		add(pattern, func(i int) string { return each[pattern][of[i]] })
	}
	for _, table := range slices.Sorted(maps.Keys(w.tables)) {
		if !isTableOf(each, table) {
			add(table, func(int) string { return table })
		}
	}
	return found
}

func countRuns(t *csvtable.Table) int {
	runs, _ := t.Column("run")
	sessions, _ := t.Column("session")
	seen := map[string]bool{}
	for i := range t.Rows {
		key := ""
		if runs != nil {
			key = runs[i]
		}
		if sessions != nil {
			key += "/" + sessions[i]
		}
		seen[key] = true
	}
	return len(seen)
}

func distinct(t *csvtable.Table, column string) []string {
	values, _ := t.Column(column)
	slices.Sort(values)
	return slices.Compact(values)
}

// estimatesStudy writes the study of one form.
func (w *writer) estimatesStudy(e estimates, masks []string) (string, error) {
	marked, of := markSubjects(e.files)
	if marked == nil {
		w.ask("whose estimates these are: no part of %s names a subject: put each subject's into a folder such as sub-01", e.files[0])
		return "", w.asks()
	}
	subjects := slices.Compact(slices.Sorted(slices.Values(of)))
	pattern := onePattern(marked)
	if pattern == "" {
		w.ask("what the folders of %s are: they are not equally deep; keep one set of estimates in the folder", some(e.files))
	}
	if err := w.namesOf(&e, of); err != nil {
		return "", err
	}
	if e.runs == 1 {
		w.ask("all estimates of subject %s are of one run, and split halves need two: estimate each run separately", of[0])
	}
	regions := regionMasks(masks, subjects)
	if len(regions) == 0 {
		w.ask("no regions: put masks on the grid of the estimates into a folder masks, such as masks/sub-%s_V1.nii.gz or, for all subjects, masks/V1.nii.gz", subjects[0])
	}
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
	line("# From the names of %d files such as %s.", len(e.files), e.files[0])
	line("subjects: %s", list(subjects))
	line("rois: %s", list(slices.Sorted(maps.Keys(regions))))
	line("")
	line("fmri:")
	line("  layout: betas")
	line("  # Voxels above 0 are in the region.")
	line("  masks:")
	for _, roi := range slices.Sorted(maps.Keys(regions)) {
		line("    %s: %s", quote(roi), quote(regions[roi]))
	}
	line("  betas:")
	line("    files: %s", list([]string{pattern}))
	line("    names: %s", quote(e.names))
	switch {
	case e.names == "fsl":
		line("    # Contrasts that are differences are no conditions of their own: leave them out here.")
		line("    conditions: %s", list(literal(e.conditions)))
	case len(e.conditions) > 0:
		line("    # Conditions of subject %s: %s.", of[0], some(e.conditions))
	}
	line("  average: run             # one pattern per condition and run")
	line("")
	line("rdm: {split: odd-even}")
	return b.String(), nil
}

// namesOf finds the conditions and the runs of the first file's subject, where files say
// them. of are the subjects of the files.
func (w *writer) namesOf(e *estimates, of []string) error {
	if e.names != "spm" && e.names != "fsl" && e.names != "bids" {
		return nil
	}
	runs := map[string]bool{}
	add := func(condition, run string) {
		runs[run] = true
		if condition != "" && !slices.Contains(e.conditions, condition) {
			e.conditions = append(e.conditions, condition)
		}
	}
	folder := ""
	for i, name := range e.files {
		dir := path.Dir(name)
		switch {
		case of[i] != of[0]:
		case e.names == "bids":
			add(entity(name, "contrast"), entity(name, "ses")+"/"+entity(name, "run"))
		case dir == folder:
		case e.names == "fsl":
			names, err := glm.FSL(filepath.Join(w.dir, filepath.FromSlash(path.Dir(dir)), "design.con"))
			if err != nil {
				return err
			}
			for _, n := range names {
				add(n, dir)
			}
		default:
			names, err := glm.SPM(filepath.Join(w.dir, filepath.FromSlash(dir), "SPM.mat"))
			if err != nil {
				return nil // the headers say it then, when the study runs
			}
			for _, n := range names {
				if r := glm.ParseRegressor(n); r.Condition != "" && r.Basis == 1 {
					add(r.Condition, fmt.Sprint(dir, r.Session))
				}
			}
		}
		folder = dir
	}
	e.runs = len(runs)
	return nil
}

func entity(name, key string) string {
	if labels := labelsOf([]string{name}, key); len(labels) > 0 {
		return labels[0]
	}
	return ""
}

// subjectEntity is the entity of BIDS and what is like it.
var subjectEntity = regexp.MustCompile(`(?:^|[/_])((?:sub|subj|subject)-)([A-Za-z0-9]+)`)

// markSubjects puts {subject} into the names, and says what it stands for in each: the
// label of an entity, else a folder that looks like a subject; nil where a name has none.
func markSubjects(names []string) (marked, of []string) {
	for _, name := range names {
		prefix, label := "", ""
		if m := subjectEntity.FindStringSubmatch(name); m != nil {
			prefix, label = m[1], m[2]
		} else if i := slices.IndexFunc(strings.Split(path.Dir(name), "/"), subjectLike.MatchString); i >= 0 {
			label = strings.Split(name, "/")[i]
		} else {
			return nil, nil
		}
		of = append(of, label)
		// Names repeat it, as in sub-01/func/sub-01_run-1.nii.
		marked = append(marked, replaceParts(name, prefix+label, prefix+"{subject}"))
	}
	return marked, of
}

// replaceParts replaces whole parts of a path.
func replaceParts(name, part, by string) string {
	pattern := regexp.MustCompile(`(^|[/_])` + regexp.QuoteMeta(part) + `([/_.]|$)`)
	return pattern.ReplaceAllString(name, "${1}"+strings.ReplaceAll(by, "$", "$$")+"${2}")
}

// onePattern is a pattern that matches all names: parts in which they differ are *, with
// what they begin and end with; "" where they are not equally deep.
func onePattern(names []string) string {
	parts := strings.Split(names[0], "/")
	for _, name := range names[1:] {
		other := strings.Split(name, "/")
		if len(other) != len(parts) {
			return ""
		}
		for i := range parts {
			parts[i] = common(parts[i], other[i])
		}
	}
	return strings.Join(parts, "/")
}

// common keeps the beginning and the end of two texts, with a * between; either may
// contain one.
func common(a, b string) string {
	if a == b {
		return a
	}
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] && a[start] != '*' {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] && a[len(a)-1-end] != '*' {
		end++
	}
	// Not within {subject}, and no part of a number or of a word.
	for start > 0 && (strings.Count(a[:start], "{") > strings.Count(a[:start], "}") || within(a, start) || within(b, start)) {
		start--
	}
	for end > 0 && (strings.Count(a[len(a)-end:], "{") < strings.Count(a[len(a)-end:], "}") || within(a, len(a)-end) || within(b, len(b)-end)) {
		end--
	}
	return a[:start] + "*" + a[len(a)-end:]
}

// within says that two digits or two letters meet at a place.
func within(s string, at int) bool {
	if at == 0 || at == len(s) {
		return false
	}
	kind := func(c byte) int {
		switch {
		case c >= '0' && c <= '9':
			return 1
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return 2
		}
		return 0
	}
	return kind(s[at]) != 0 && kind(s[at]) == kind(s[at-1])
}

// regionMasks are patterns of masks by region: what is left of their names without the
// subject and words such as mask.
func regionMasks(masks, subjects []string) map[string]string {
	out := map[string]string{}
	for _, name := range masks {
		marked := name
		for _, s := range subjects {
			for _, prefix := range []string{"sub-", "subj-", "subject-", ""} {
				if prefix == "" && strings.Trim(s, "0123456789") == "" {
					continue // a bare number may count anything
				}
				if next := replaceParts(marked, prefix+s, prefix+"{subject}"); next != marked {
					marked = next
					break
				}
			}
		}
		base := path.Base(marked)
		base, _, _ = strings.Cut(base, ".nii")
		parts := slices.DeleteFunc(strings.FieldsFunc(base, func(r rune) bool { return r == '_' || r == '.' }), func(p string) bool {
			return strings.Contains(p, "{subject}") || maskWord.MatchString(p) || strings.Contains(p, "space-") || strings.Contains(p, "res-")
		})
		for i, p := range parts {
			if _, label, ok := strings.Cut(p, "-"); ok {
				parts[i] = label // roi-V1, desc-V1, label-V1
			}
		}
		if roi := strings.Join(parts, "_"); roi != "" {
			out[roi] = marked
		}
	}
	return out
}

var maskWord = regexp.MustCompile(`^(?i:masks?|rois?|binary|bin)$`)

// literal escapes texts that are patterns of path.Match.
func literal(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(n)
	}
	return out
}
