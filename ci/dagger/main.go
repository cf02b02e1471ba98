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
	"os"
)

import "dagger/realnet/internal/dagger"

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
	// Bytes that they may need together; 0: what the engine's machine has free.
	// +private
	Memory int64
	// GOPROXY of the builds.
	// +private
	GoProxy *dagger.Secret
	// Netrc file of the builds.
	// +private
	Netrc *dagger.Secret
	// What Built returned before, in place of building.
	// +private
	Prebuilt *dagger.Directory
	// What WithFiles took, for calls without --data.
	// +private
	Files *dagger.Directory
}

// New takes the sources; by default those beside dagger.json.
func New(
	ctx context.Context,
	// Source tree of the project.
	// +defaultPath="/"
	// +ignore=[".git", ".ci/bin", "runs", "out", "datasets", ".cache", "**/.venv", "ci/dagger/internal/dagger", "ci/dagger/dagger.gen.go"]
	source *dagger.Directory,
	// Go release that builds it: an image golang:GO. Artifacts record the release, so compare runs of one.
	// +default="1.26"
	goRelease string,
	// Containers that run side by side, as far as memory lasts.
	// +default=2
	jobs int,
	// Memory that the containers may need together, such as 12GB; by default nine tenths of what the engine's machine has free.
	// +optional
	memory string,
	// Where Go gets modules, as GOPROXY says it: such as env://GOPROXY. By default proxy.golang.org.
	// +optional
	goProxy *dagger.Secret,
	// Names and passwords for the proxy of modules, in netrc's form: such as file://$HOME/.netrc.
	// +optional
	netrc *dagger.Secret,
	// Programs that `built` gave: if they are of the same sources, nothing is compiled.
	// +optional
	prebuilt *dagger.Directory,
) (*Realnet, error) {
	r := &Realnet{Source: source, Go: goRelease, Jobs: max(jobs, 1), GoProxy: goProxy, Netrc: netrc}
	if memory != "" {
		n, err := bytesOf(memory)
		if err != nil {
			return nil, fmt.Errorf("--memory %w", err)
		}
		r.Memory = n
	}
	if prebuilt != nil {
		fits, err := r.prebuiltFits(ctx, prebuilt)
		if err != nil {
			return nil, fmt.Errorf("--prebuilt: %w", err)
		}
		if fits {
			r.Prebuilt = prebuilt
		} else {
			fmt.Fprintln(os.Stderr, "--prebuilt has programs of other sources, or by another Go release: compiling these")
		}
	}
	return r, nil
}

// WithFiles takes of a folder only the files that a study may read, and uploads no other.
//
// The folder is part of the current checkout, or of the current folder where that is no
// checkout; --data takes any folder and uploads all of it. As in `dagger call with-files
// --folder datasets --study haxby reproduce --study haxby`.
func (r *Realnet) WithFiles(
	ctx context.Context,
	workspace *dagger.Workspace,
	// Folder of the datasets, or the one dataset; relative to where the command runs.
	folder string,
	// Bundled study, or a YAML file of the source tree.
	// +default="demo"
	study string,
	// Study file of your own, from anywhere; in place of --study.
	// +optional
	studyFile *dagger.File,
	// Fields of the study to set, KEY=VALUE; once for each.
	// +optional
	set []string,
) (*Realnet, error) {
	s, err := r.newRun(ctx, study, studyFile, nil, set, nil)
	if err != nil {
		return nil, err
	}
	wanted, err := s.wanted(ctx)
	if err != nil {
		return nil, err
	}
	with := *r
	with.Files, err = workspace.Directory(folder, dagger.WorkspaceDirectoryOpts{Include: wanted}).Sync(ctx)
	if err != nil {
		return nil, fmt.Errorf("--folder %s: %w", folder, err)
	}
	return &with, nil
}

// Plan prints the DAG of a study as JSON: nodes, parameters, inputs.
func (r *Realnet) Plan(
	ctx context.Context,
	// Bundled study, or a YAML file of the source tree.
	// +default="demo"
	study string,
	// Study file of your own, from anywhere; in place of --study.
	// +optional
	studyFile *dagger.File,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE; once for each.
	// +optional
	set []string,
) (string, error) {
	s, err := r.study(ctx, study, studyFile, data, set, nil)
	if err != nil {
		return "", err
	}
	return s.text, nil
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
	// Study file of your own, from anywhere; in place of --study.
	// +optional
	studyFile *dagger.File,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE; once for each.
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
	// Folder of an earlier run, of this or another engine or machine: what it made of the same is checked and not made again.
	// +optional
	reuse *dagger.Directory,
	// Return the folder even when something failed.
	// +optional
	lenient bool,
) (*dagger.Directory, error) {
	s, err := r.study(ctx, study, studyFile, data, set, reuse)
	if err != nil {
		return nil, err
	}
	if err := s.readSwaps(ctx, swap, programs, programImage); err != nil {
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
	// Study file of your own, from anywhere; in place of --study.
	// +optional
	studyFile *dagger.File,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE; once for each.
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
) (*dagger.File, error) {
	dir, err := r.Reproduce(ctx, study, studyFile, data, set, swap, programs, programImage, nil, true)
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
	// Inputs, PORT=PATH below --inputs; once for each.
	// +optional
	in []string,
	// Program (PATH in --programs) or image to run in place of the stage.
	// +optional
	swap string,
	// Folder that holds the program of --swap; by default the source tree.
	// +optional
	programs *dagger.Directory,
	// Image in which the program of --swap runs.
	// +default="python:3.13-slim"
	programImage string,
) (*dagger.Directory, error) {
	s := &run{Realnet: r, plan: plan{Nodes: []node{{ID: name, Stage: name}}}}
	if swap != "" {
		if err := s.readSwaps(ctx, []string{name + "=" + swap}, programs, programImage); err != nil {
			return nil, err
		}
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
		there, err := inputs.Exists(ctx, path)
		if err != nil {
			return nil, err
		}
		if !there {
			return nil, fmt.Errorf("--in %s: there is no %s in the folder of --inputs", text, path)
		}
		list = append(list, input{port, inputs.Directory(path)})
	}
	if err := s.buildStages(ctx, name); err != nil {
		return nil, err
	}
	c := s.place(s.stage(name, list), params, list, "")
	o := s.exec(ctx, c, name, list)
	return o.dir, o.err
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
	// Study file of your own, from anywhere; in place of --study.
	// +optional
	studyFile *dagger.File,
	// Folder of the datasets, or the one dataset.
	// +optional
	data *dagger.Directory,
	// Fields of the study to set, KEY=VALUE; once for each.
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
) (*dagger.Container, error) {
	s, err := r.study(ctx, study, studyFile, data, set, nil)
	if err != nil {
		return nil, err
	}
	if err := s.readSwaps(ctx, swap, programs, programImage); err != nil {
		return nil, err
	}
	return s.debug(ctx, node)
}

// Verify checks two runs and whether their artifacts are bit-identical.
//
// Every node of run.json is compared with its artifact, every artifact and every
// file of the folders with its digest, and the digests of one run with those of the
// other: such as a run made here and one made by `go run . reproduce`.
func (r *Realnet) Verify(
	ctx context.Context,
	// Folder of a run.
	run *dagger.Directory,
	// Folder of the run to compare with; without it the run alone is checked.
	// +optional
	against *dagger.Directory,
) (string, error) {
	args := []string{"/realnet", "artifacts", "verify", "/run"}
	c := r.realnet().WithMountedDirectory("/run", run, readOnly)
	if against != nil {
		c = c.WithMountedDirectory("/against", against, readOnly)
		args = append(args, "--against", "/against")
	}
	text, err := c.WithExec(args).Stdout(ctx)
	return text, failure(err)
}
