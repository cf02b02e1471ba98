package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

import "dagger/realnet/internal/dagger"

// Where things are in the containers.
const (
	dataFolder  = "/data"
	reuseFolder = "/reuse"
	swapFolder  = "/swap"
	studyFolder = "/study"
	outFolder   = "/out/artifact"
	factsFile   = "/out/facts.json"
	programFile = "/stage"
)

var readOnly = dagger.ContainerWithMountedDirectoryOpts{ReadOnly: true}

// run is one reproduction of a study.
type run struct {
	*Realnet
	name  string       // of a bundled study
	file  *dagger.File // in place of name
	data  *dagger.Directory
	reuse *dagger.Directory
	set   []string

	text     string // of the plan
	plan     plan
	programs *dagger.Directory // of the stages
	swaps    map[string]swap
}

// newRun finds a study.
func (r *Realnet) newRun(ctx context.Context, name string, file *dagger.File, data *dagger.Directory, set []string, reuse *dagger.Directory) (*run, error) {
	if data == nil {
		data = r.Files
	}
	s := &run{Realnet: r, name: name, file: file, data: data, reuse: reuse, set: settings(set)}
	if ext := path.Ext(name); file == nil && (ext == ".yaml" || ext == ".yml" || ext == ".json") {
		rel := path.Clean(name)
		there := false
		if !path.IsAbs(rel) && rel != ".." && !strings.HasPrefix(rel, "../") {
			var err error
			if there, err = r.Source.Exists(ctx, rel); err != nil {
				return nil, err
			}
		}
		if !there {
			return nil, fmt.Errorf("--study %s: the source tree of realnet has no such file; give a file of your own as --study-file %s", name, name)
		}
		s.file = r.Source.File(rel)
	}
	return s, nil
}

// wanted lists patterns of the files that the study may read below the folder of data.
func (s *run) wanted(ctx context.Context) ([]string, error) {
	c, args, err := s.command(ctx, "plan")
	if err != nil {
		return nil, err
	}
	text, err := c.WithExec(append(args, "--files")).Stdout(ctx)
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' }), failure(err)
}

// study plans a study.
func (r *Realnet) study(ctx context.Context, name string, file *dagger.File, data *dagger.Directory, set []string, reuse *dagger.Directory) (_ *run, err error) {
	ctx, end := shown(ctx, "the plan")
	defer func() { end(err) }()
	s, err := r.newRun(ctx, name, file, data, set, reuse)
	if err != nil {
		return nil, err
	}
	c, args, err := s.command(ctx, "plan")
	if err != nil {
		return nil, err
	}
	// Into a file: what a container prints, Dagger shows.
	out := c.WithNewFile("/out/.keep", "").
		WithExec(append(args, "--json"), dagger.ContainerWithExecOpts{RedirectStdout: "/out/plan.json"})
	if s.text, err = out.File("/out/plan.json").Contents(ctx); err != nil {
		return nil, failure(err)
	}
	if err := json.Unmarshal([]byte(s.text), &s.plan); err != nil {
		return nil, fmt.Errorf("realnet plan --json: %w", err)
	}
	return s, nil
}

// realnet is a container of the whole program.
func (r *Realnet) realnet() *dagger.Container {
	return dag.Container().
		WithMountedFile("/realnet", r.program()).
		WithMountedTemp("/tmp").
		WithEnvVariable("REALNET_STORE", "/tmp/store")
}

// command is the whole program with what every command on the study needs: its
// data, its file, its flags.
func (s *run) command(ctx context.Context, name string) (*dagger.Container, []string, error) {
	c, study := s.realnet(), s.name
	if s.file != nil {
		base, err := s.file.Name(ctx)
		if err != nil {
			return nil, nil, err
		}
		study = path.Join(studyFolder, base) // its own name, for messages
		c = c.WithMountedFile(study, s.file)
	}
	args := []string{"/realnet", name, study}
	if s.data != nil {
		c = c.WithMountedDirectory(dataFolder, s.data, readOnly)
		args = append(args, "--data", dataFolder)
	}
	if s.reuse != nil {
		c = c.WithMountedDirectory(reuseFolder, s.reuse, readOnly)
		args = append(args, "--reuse", reuseFolder)
	}
	for _, text := range s.set {
		args = append(args, "--set", text)
	}
	return c, args, nil
}

// folder is what a stage sees of an external: the files that it names, so that
// other files of the user's folder re-run nothing.
func (s *run) folder(name string) (*dagger.Directory, error) {
	for _, e := range s.plan.Externals {
		if e.Name != name {
			continue
		}
		dir := s.data
		switch below, ok := strings.CutPrefix(e.Path, dataFolder+"/"); {
		case ok && dir != nil:
			dir = dir.Directory(below)
		case e.Path != dataFolder || dir == nil:
			return nil, fmt.Errorf("the study reads %s, which is outside --data", e.Path)
		}
		if len(e.Files) > 0 {
			dir = dir.Filter(dagger.DirectoryFilterOpts{Include: patterns(e.Files)})
		}
		return dir, nil
	}
	return nil, fmt.Errorf("the plan has no folder %q", name)
}
