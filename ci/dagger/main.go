// Realnet reproduces studies as containerised steps.
//
// Every stage of a study runs in a container that holds one static program and
// nothing else; its inputs are mounted read-only. Dagger's cache decides what
// re-runs, keyed by the program of the stage, its parameters and its inputs, so
// an edit to the report retrains nothing.
package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dagger/realnet/internal/dagger"
)

// Realnet is the project at one state of its sources.
type Realnet struct {
	// Source tree of the project.
	// +private
	Source *dagger.Directory
	// Go release that builds it.
	// +private
	Go string
	// Containers that run side by side.
	// +private
	Jobs int
}

// New takes the sources; by default those beside dagger.json.
func New(
	// Source tree of the project.
	// +defaultPath="/"
	// +ignore=[".git", ".ci/bin", "runs", "out", "**/.venv", "ci/dagger/internal/dagger", "ci/dagger/dagger.gen.go"]
	source *dagger.Directory,
	// Go release that builds it: an image golang:GO. Artifacts record the release, so compare runs of one.
	// +default="1.26"
	goRelease string,
	// Containers that run side by side.
	// +default=2
	jobs int,
) *Realnet {
	return &Realnet{Source: source, Go: goRelease, Jobs: max(jobs, 1)}
}

// Plan prints the DAG of a study as JSON: nodes, parameters, inputs.
func (r *Realnet) Plan(
	ctx context.Context,
	// Bundled study, or a YAML file of the source tree.
	// +default="demo"
	study string,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE.
	// +optional
	set []string,
) (string, error) {
	s := &run{Realnet: r, study: study, data: data, set: set}
	return s.planText(ctx)
}

// Reproduce runs a study and returns the run's folder: report, results, artifacts.
//
// The folder holds report.html, figures, tables, results.json, run.json and the
// artifacts by node. The call fails when a stage or a check of the study fails;
// with --lenient the folder comes back all the same, with what was finished, and
// failed.txt says what was not.
func (r *Realnet) Reproduce(
	ctx context.Context,
	// Bundled study, or a YAML file of the source tree.
	// +default="demo"
	study string,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE.
	// +optional
	set []string,
	// Stages to replace, STAGE=PATH (a program, or a folder with an executable run, in --programs) or STAGE=IMAGE.
	// +optional
	swap []string,
	// Folder that holds the programs of --swap; by default the source tree.
	// +optional
	programs *dagger.Directory,
	// Image in which the programs of --swap run.
	// +default="python:3.13-slim"
	programImage string,
	// Return the folder even when something failed.
	// +optional
	lenient bool,
) (*dagger.Directory, error) {
	s := &run{Realnet: r, study: study, data: data, set: set, programs: programs, image: programImage}
	if err := s.prepare(ctx, swap); err != nil {
		return nil, err
	}
	return s.reproduce(ctx, lenient)
}

// Report returns the report page of a study.
func (r *Realnet) Report(
	ctx context.Context,
	// Bundled study, or a YAML file of the source tree.
	// +default="demo"
	study string,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE.
	// +optional
	set []string,
) (*dagger.File, error) {
	dir, err := r.Reproduce(ctx, study, data, set, nil, nil, "", true)
	if err != nil {
		return nil, err
	}
	return dir.File("report.html"), nil
}

// Stage runs one stage on given artifacts and returns its artifact.
func (r *Realnet) Stage(
	ctx context.Context,
	// Name of the stage.
	name string,
	// JSON file of parameters; defaults for what it leaves out.
	// +optional
	params *dagger.File,
	// Folder that holds the input artifacts.
	// +optional
	inputs *dagger.Directory,
	// Inputs, PORT=PATH below --inputs.
	// +optional
	in []string,
) (*dagger.Directory, error) {
	s := &run{Realnet: r}
	names, err := r.stagePrograms().Entries(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("--name %s: no such stage; there are %s", name, strings.Join(names, ", "))
	}
	if params == nil {
		params = dag.Directory().WithNewFile("params.json", "{}").File("params.json")
	}
	var list []input
	for _, text := range in {
		port, path, err := cut(text, "PORT=PATH")
		if err != nil {
			return nil, fmt.Errorf("--in %w", err)
		}
		if inputs == nil {
			return nil, fmt.Errorf("--in %s: give --inputs DIR too", text)
		}
		list = append(list, input{port, inputs.Directory(path)})
	}
	return s.exec(s.stage(name, nil), name, params, list, "").Directory(outFolder), nil
}

// Debug returns a container with one node of a study ready to run, to look into.
//
// Program, parameters and inputs are in place and the stage has not run. Enter it
// with `dagger call debug --study STUDY --node NODE terminal`; /debug/run runs it.
func (r *Realnet) Debug(
	ctx context.Context,
	// ID of the node, such as rdm/subject1: see plan.
	node string,
	// Bundled study, or a YAML file of the source tree.
	// +default="demo"
	study string,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE.
	// +optional
	set []string,
) (*dagger.Container, error) {
	s := &run{Realnet: r, study: study, data: data, set: set}
	if err := s.prepare(ctx, nil); err != nil {
		return nil, err
	}
	return s.debug(ctx, node)
}
