package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/catalogue"
	"realnet/pipeline/step"
	"realnet/stages"
	"realnet/stages/fetch"
	"realnet/stages/report/params"
)

// PlanOptions say what a plan needs beside the study.
type PlanOptions struct {
	Registry stages.Registry
	DataDir  string                  // --data: folder of datasets, or of the one dataset
	Fetched  string                  // folder of the datasets that `realnet data fetch` brought
	CacheDir string                  // where digests of the user's files are remembered
	Swaps    map[string]step.Program // stages that another program runs; the report says so
}

// NewStudyPlan makes the plan of a study. It digests the user's files, as long as ctx lasts.
func NewStudyPlan(ctx context.Context, s Study, opt PlanOptions) (*Plan, error) {
	b := &builder{ctx: ctx, Study: s, plan: NewPlan(s.Study, opt.Registry), opt: opt}
	if err := planners[s.Kind](b); err != nil {
		return nil, err
	}
	return b.plan, b.err
}

// StudyError is a fault of the study itself: no plan can be made of it.
type StudyError struct{ error }

// Unwrap returns the cause.
func (e StudyError) Unwrap() error { return e.error }

// builder adds nodes and keeps the first error, so that planners read as the
// list of nodes that they are.
type builder struct {
	Study
	ctx  context.Context // of the one call that a builder lives for
	plan *Plan
	opt  PlanOptions
	err  error
}

// node adds a node and returns its ID.
func (b *builder) node(id, stageName string, params any, in ...Input) string {
	if b.err != nil {
		return id
	}
	if _, err := b.plan.Add(id, stageName, params, in...); err != nil {
		b.err = StudyError{err}
	}
	return id
}

// subjectData adds the fetch nodes of a source that several subjects share, and
// returns their IDs by subject. Each brings what its subject needs, so that a file of
// one subject re-runs nothing of another.
func (b *builder) subjectData(role string, of filesOf, s Source, subjects []string) map[string]string {
	ids := map[string]string{}
	for _, subject := range subjects {
		files, reads := forSubjects(s.Files, []string{subject}), of(subject)
		marked := slices.ContainsFunc(s.Files, func(p string) bool { return strings.Contains(p, subjectMark) })
		if marked || len(subjects) == 1 && len(files) > 0 {
			reads = nil // the study says what is read
		}
		name := role
		if len(subjects) > 1 {
			name += "/" + subject
		}
		ids[subject] = b.dataset(name, s, files, reads)
	}
	return ids
}

// dataset adds the fetch node of a source and returns its ID. A folder of the
// user is read where it is; without one the catalogue's files are downloaded, or
// the plan says that they are missing. The node takes the files that match the
// patterns (none: every file) and of those, where reads is given, the ones that it
// reports.
func (b *builder) dataset(role string, s Source, patterns []string, reads func(file string) bool) string {
	if b.err != nil {
		return ""
	}
	id := "fetch/" + role
	key, _, _ := strings.Cut(role, "/") // of the study's data; the rest is the subject
	params := fetch.Params{Dataset: s.Dataset, Files: patterns}
	choose := func(names []string) {
		if reads == nil {
			return
		}
		var chosen []string
		for _, n := range names {
			if reads(n) {
				chosen = append(chosen, exactly(n))
			}
		}
		if len(chosen) > 0 { // else let the stage say that nothing is there
			params.Files = chosen
		}
	}
	dir := b.folder(s, params.Files)
	if s.Folder != "" {
		if _, err := os.Stat(dir); err != nil {
			b.err = b.noFolder(key, s.Folder, dir, err)
			return ""
		}
	}
	if _, known := catalogue.Find(s.Dataset); dir == "" && !known {
		names := []string{Synthetic}
		for _, d := range catalogue.All() {
			names = append(names, d.Name)
		}
		b.err = StudyError{fmt.Errorf("data.%s.dataset: %q is not in the catalogue%s (realnet data list), nor a folder below --data: name one, or data.%s.folder", key, s.Dataset, didYouMean(s.Dataset, names), key)}
		return ""
	}
	if dir == "" {
		b.plan.lack(id, s.Dataset, byHand(s.Dataset, params.Files))
		if d, ok := catalogue.Find(s.Dataset); ok {
			var names []string
			for _, f := range d.Select(patterns) {
				names = append(names, f.Path)
			}
			choose(names)
		}
		return b.node(id, "fetch", params)
	}
	lacking, err := lackingIn(dir, s.Dataset, params.Files)
	if err != nil {
		b.err = err
		return ""
	}
	if len(lacking) > 0 {
		b.plan.lack(id, s.Dataset, lacking)
		return b.node(id, "fetch", params)
	}
	if reads != nil {
		names, err := catalogue.List(dir, patterns)
		if err != nil {
			b.err = fmt.Errorf("data.%s: %w", key, err)
			return ""
		}
		choose(names)
	}
	e, err := step.NewExternal(b.ctx, role, dir, params.Files, b.opt.CacheDir)
	if err != nil {
		b.err = fmt.Errorf("%w\n%s", err, fetch.HowToGet(s.Dataset))
		return ""
	}
	b.plan.AddExternal(e)
	return b.node(id, "fetch", params, FromFolder("source", role))
}

// folder finds where the user has a dataset: its own folder (ownFolder), else NAME below
// --data, else --data itself when the study has no other dataset; else NAME among the
// fetched datasets if all files asked for are there. Else it is "".
func (b *builder) folder(s Source, files []string) string {
	if s.Folder != "" {
		return b.ownFolder(s.Folder)
	}
	if b.opt.DataDir != "" {
		named := filepath.Join(b.opt.DataDir, s.Dataset)
		if _, err := os.Stat(named); !errors.Is(err, fs.ErrNotExist) {
			return named
		}
		if b.Data.only(s.Dataset) {
			return b.opt.DataDir
		}
	}
	fetched := filepath.Join(b.opt.Fetched, s.Dataset)
	if d, ok := catalogue.Find(s.Dataset); ok && b.opt.Fetched != "" && catalogue.Here(fetched, d.Select(files)) {
		return fetched
	}
	return ""
}

// ownFolder finds a folder that the study names: below --data, as where the study runs
// on another machine or in a container, else where the study's file is. Of a path that
// begins at the root and is not here, --data may have the last folder.
func (b *builder) ownFolder(folder string) string {
	there := func(dir string) bool { _, err := os.Stat(dir); return err == nil }
	below := filepath.Join(b.opt.DataDir, folder)
	if !filepath.IsAbs(folder) {
		if b.opt.DataDir != "" && there(below) {
			return below
		}
		return filepath.Join(b.dir, folder)
	}
	if last := filepath.Join(b.opt.DataDir, filepath.Base(folder)); b.opt.DataDir != "" && !there(folder) && there(last) {
		return last
	}
	return folder
}

// noFolder says where a folder that the study names was looked for.
func (b *builder) noFolder(key, folder, dir string, err error) error {
	below := folder
	if filepath.IsAbs(folder) {
		below = filepath.Base(folder)
	}
	if b.opt.DataDir == "" {
		return fmt.Errorf("data.%s.folder: %w\ngive --data DIR if it is elsewhere: then DIR/%s is taken", key, err, filepath.ToSlash(below))
	}
	return fmt.Errorf("data.%s.folder: %w, and --data has no %s", key, err, filepath.Join(b.opt.DataDir, below))
}

// report adds the report of the given inputs.
func (b *builder) report(p params.Params, in []Input) {
	text, err := json.Marshal(b.Study)
	if err != nil && b.err == nil {
		b.err = err
	}
	p.Study, p.About, p.StudyJSON, p.Stages = b.Study.Study, b.About, text, b.plan.stages()
	for name, program := range b.opt.Swaps {
		if slices.Contains(p.Stages, name) {
			if p.Swapped == nil {
				p.Swapped = map[string]string{}
			}
			var words []string
			for _, w := range program.Command {
				words = append(words, filepath.Base(w)) // folders are this machine's
			}
			p.Swapped[name] = strings.Join(words, " ")
		}
	}
	b.node("report", ReportStage, p, in...)
}
