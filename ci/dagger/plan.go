package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"dagger/realnet/internal/dagger"
)

// The parts of `realnet plan --json` that this module reads.
type plan struct {
	Nodes     []node     `json:"nodes"`
	Externals []external `json:"externals"`
}

type node struct {
	ID     string          `json:"node"`
	Stage  string          `json:"stage"`
	Params json.RawMessage `json:"params"`
	In     []struct {
		Port     string `json:"port"`
		Node     string `json:"node"`
		External string `json:"external"`
	} `json:"in"`
}

type external struct {
	Name  string   `json:"name"`
	Path  string   `json:"path"`
	Files []string `json:"files"`
}

// Where things lie in the containers.
const (
	dataFolder  = "/data"
	swapFolder  = "/swap"
	studyFile   = "/study.yaml"
	outFolder   = "/out/artifact"
	programFile = "/stage"
)

// run is one reproduction of a study.
type run struct {
	*Realnet
	study    string
	data     *dagger.Directory
	set      []string
	programs *dagger.Directory
	image    string

	plan  plan
	swaps map[string]swap
}

// command is the whole program with what every command on the study needs: its
// data, its file, its flags.
func (s *run) command(name string) (*dagger.Container, []string) {
	c := dag.Container().
		WithMountedFile("/realnet", s.program()).
		WithMountedTemp("/tmp").
		WithEnvVariable("REALNET_STORE", "/tmp/store")
	study := s.study
	if ext := path.Ext(study); ext == ".yaml" || ext == ".yml" {
		c, study = c.WithMountedFile(studyFile, s.Source.File(study)), studyFile
	}
	args := []string{"/realnet", name, study}
	if s.data != nil {
		c = c.WithMountedDirectory(dataFolder, s.data, dagger.ContainerWithMountedDirectoryOpts{ReadOnly: true})
		args = append(args, "--data", dataFolder)
	}
	for _, text := range s.set {
		args = append(args, "--set", text)
	}
	return c, args
}

func (s *run) planText(ctx context.Context) (string, error) {
	c, args := s.command("plan")
	return c.WithExec(append(args, "--json")).Stdout(ctx)
}

// prepare reads the plan and the swaps.
func (s *run) prepare(ctx context.Context, swaps []string) error {
	text, err := s.planText(ctx)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &s.plan); err != nil {
		return fmt.Errorf("realnet plan --json: %w", err)
	}
	return s.readSwaps(ctx, swaps)
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
		case ok:
			dir = dir.Directory(below)
		case e.Path != dataFolder:
			return nil, fmt.Errorf("the study reads %s, which is outside --data", e.Path)
		}
		if len(e.Files) > 0 {
			dir = dir.Filter(dagger.DirectoryFilterOpts{Include: patterns(e.Files)})
		}
		return dir, nil
	}
	return nil, fmt.Errorf("the plan has no folder %q", name)
}

// patterns turns a study's patterns into Dagger's: one without a slash means that
// name in any folder.
func patterns(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		if out[i] = f; !strings.Contains(f, "/") {
			out[i] = "**/" + f
		}
	}
	return out
}

func cut(text, form string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" || value == "" {
		return "", "", fmt.Errorf("%q: write %s", text, form)
	}
	return name, value, nil
}
