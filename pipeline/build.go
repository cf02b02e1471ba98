package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"realnet/data/catalogue"
	"realnet/pipeline/step"
	"realnet/stages"
	"realnet/stages/fetch"
	"realnet/stages/report/params"
)

// PlanOptions say what a plan needs beside the study.
type PlanOptions struct {
	Registry stages.Registry
	DataDir  string // --data: folder of datasets, or of the one dataset
	Fetched  string // folder of the datasets that `realnet data fetch` brought
	CacheDir string // where digests of the user's files are remembered
}

// NewStudyPlan makes the plan of a study.
func NewStudyPlan(s Study, opt PlanOptions) (*Plan, error) {
	b := &builder{Study: s, plan: NewPlan(s.Study, opt.Registry), opt: opt}
	if err := planners[s.Kind](b); err != nil {
		return nil, err
	}
	return b.plan, b.err
}

// builder adds nodes and keeps the first error, so that planners read as the
// list of nodes that they are.
type builder struct {
	Study
	plan *Plan
	opt  PlanOptions
	err  error
}

// node adds a node and returns its ID.
func (b *builder) node(id, stageName string, params any, in ...Input) string {
	if b.err == nil {
		_, b.err = b.plan.Add(id, stageName, params, in...)
	}
	return id
}

// dataset adds the fetch node of a source and returns its ID. A folder of the
// user is read where it is; without one the catalogue's files are downloaded, or
// the plan says that they are missing.
func (b *builder) dataset(role string, s Source, subjects ...string) string {
	if b.err != nil {
		return ""
	}
	id := "fetch/" + role
	params := fetch.Params{Dataset: s.Dataset, Files: forSubjects(s.Files, subjects)}
	dir := b.folder(s, params.Files)
	if dir == "" {
		b.plan.lack(id, s.Dataset, byHand(s.Dataset, params.Files))
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
	e, err := step.NewExternal(role, dir, params.Files, b.opt.CacheDir)
	if err != nil {
		b.err = fmt.Errorf("%w\n%s", err, fetch.HowToGet(s.Dataset))
		return ""
	}
	b.plan.AddExternal(e)
	return b.node(id, "fetch", params, FromFolder("source", role))
}

// folder finds where the user has a dataset: its own folder, else NAME below
// --data, else --data itself when the study has no other dataset; else NAME among the
// fetched datasets if all files asked for are there. Else it is "".
func (b *builder) folder(s Source, files []string) string {
	if s.Folder != "" {
		return s.Folder
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

// report adds the report of the given inputs.
func (b *builder) report(p params.Params, in []Input) {
	text, err := json.Marshal(b.Study)
	if err != nil && b.err == nil {
		b.err = err
	}
	p.Study, p.About, p.StudyJSON, p.Stages = b.Study.Study, b.About, text, b.plan.stages()
	b.node("report", ReportStage, p, in...)
}
