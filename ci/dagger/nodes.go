package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

import "dagger/realnet/internal/dagger"

// input is one artifact or folder for a port.
type input struct {
	port string
	dir  *dagger.Directory
}

// outcome is what became of a node.
type outcome struct {
	dir   *dagger.Directory // nil when it failed or was not run
	facts *dagger.Directory // host and times; nil for a reused one
	err   error
}

var errInput = errors.New("not run: an input failed")

// walk runs every node of the plan, side by side as far as places and memory last. A
// failure is said when it happens; the nodes that do not need the failed one run on.
func (s *run) walk(ctx context.Context) map[string]outcome {
	var mu sync.Mutex
	done, ends := map[string]outcome{}, map[string]chan struct{}{}
	for _, n := range s.plan.Nodes {
		ends[n.ID] = make(chan struct{})
	}
	room := newRoom(s.Jobs, s.memory())
	for _, n := range s.plan.Nodes {
		go func() {
			defer close(ends[n.ID])
			o := func() outcome {
				if n.Made != "" {
					return outcome{dir: s.made(n)}
				}
				var list []input
				for _, in := range n.In {
					dir, err := s.folder(in.External)
					if in.Node != "" {
						<-ends[in.Node]
						mu.Lock()
						dir, err = done[in.Node].dir, nil
						mu.Unlock()
						if dir == nil {
							err = fmt.Errorf("%w: %s", errInput, in.Node)
						}
					}
					if err != nil {
						return outcome{err: err}
					}
					list = append(list, input{in.Port, dir})
				}
				leave, err := room.enter(ctx, n.Need)
				if err != nil {
					return outcome{err: err}
				}
				defer leave()
				return s.node(ctx, n, list)
			}()
			mu.Lock()
			done[n.ID] = o
			mu.Unlock()
			if o.err != nil && !errors.Is(o.err, errInput) {
				fmt.Fprintf(os.Stderr, "%s failed: %v\n", n.ID, o.err)
			}
		}()
	}
	for _, end := range ends {
		<-end
	}
	return done
}

// made is the artifact of a node in the folder of --reuse.
func (s *run) made(n node) *dagger.Directory {
	return s.reuse.Directory(strings.TrimPrefix(strings.TrimPrefix(n.Made, reuseFolder), "/"))
}

// node runs one node, under its name in Dagger's progress, and waits for it.
func (s *run) node(ctx context.Context, n node, list []input) (o outcome) {
	ctx, end := shown(ctx, n.ID)
	defer func() { end(o.err) }()
	c, err := s.ready(ctx, n, list)
	if err != nil {
		return outcome{err: failure(err)}
	}
	o = s.exec(ctx, c, n.Stage, list)
	if o.err != nil {
		o.err = errors.New(s.plan.whose(n, o.err.Error()))
	}
	return o
}

// exec runs the program of a container that is ready and waits for its artifact.
func (s *run) exec(ctx context.Context, c *dagger.Container, stage string, list []input) outcome {
	ran := c.WithExec(s.args(stage, list))
	dir, err := ran.Directory(outFolder).Sync(ctx)
	if err == nil {
		dir, err = byContent(ctx, dir)
	}
	if err != nil {
		return outcome{err: failure(err)}
	}
	return outcome{dir: dir, facts: ran.Directory(path.Dir(factsFile)).Filter(dagger.DirectoryFilterOpts{Include: []string{path.Base(factsFile)}})}
}

// byContent puts an artifact together again of its files. Dagger v0.21 knows what a
// container wrote by how it was made, and a file by its content: without this, a stage
// that runs again and makes the same artifact runs all that follow again. An artifact of
// very many files, which fetch makes, stays as it is.
func byContent(ctx context.Context, dir *dagger.Directory) (*dagger.Directory, error) {
	const most = 200
	names, err := dir.Glob(ctx, "**/*")
	if err != nil || len(names) > most {
		return dir, err
	}
	slices.Sort(names)
	again := dag.Directory()
	for _, name := range names {
		if strings.HasSuffix(name, "/") {
			continue
		}
		again = again.WithFile(name, dir.File(name))
	}
	return again.Sync(ctx)
}

// ready is the container of a node, all in place and nothing run.
func (s *run) ready(ctx context.Context, n node, list []input) (*dagger.Container, error) {
	params := dag.Directory().WithNewFile("params.json", string(n.Params)).File("params.json")
	scratch, err := s.scratch(ctx, n, list)
	if err != nil {
		return nil, err
	}
	return s.place(s.stage(n.Stage, list), params, list, scratch), nil
}

// stage is the empty root of a stage, or the image of the program that replaces
// it, with the program of the stage.
func (s *run) stage(name string, list []input) *dagger.Container {
	c := dag.Container()
	if w, ok := s.swaps[name]; ok {
		c = w.mount(w.container)
	}
	return s.network(c, name, list).WithMountedFile(programFile, s.programs.File(name)).WithMountedTemp("/tmp")
}

// network gives a stage that downloads the certificates of the web, and makes the
// program of every other one give up the network, with what it starts. Dagger's
// API has no container without one.
func (s *run) network(c *dagger.Container, name string, list []input) *dagger.Container {
	if name == "fetch" && !hasFolder(list) {
		return c.WithMountedFile(certificates, s.certificates())
	}
	return c.WithEnvVariable("REALNET_OFFLINE", "1")
}

func hasFolder(list []input) bool {
	for _, in := range list {
		if in.port == "source" {
			return true
		}
	}
	return false
}

// scratch names a folder that outlives a killed run of the same node on the same
// inputs, for the stages that resume: a name for other inputs never repeats.
func (s *run) scratch(ctx context.Context, n node, list []input) (string, error) {
	if n.Stage != "train" && n.Stage != "pretrain" && n.Stage != "fetch" {
		return "", nil
	}
	h := sha256.New()
	program, err := s.programs.File(n.Stage).Digest(ctx)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(h, n.Stage, program, string(n.Params))
	for _, in := range list {
		d, err := in.dir.Digest(ctx)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, in.port, d)
	}
	return fmt.Sprintf("realnet-scratch-%x", h.Sum(nil)[:12]), nil
}

// place mounts parameters, inputs and scratch.
func (s *run) place(c *dagger.Container, params *dagger.File, list []input, scratch string) *dagger.Container {
	c = c.WithMountedFile("/params.json", params).WithNewFile("/out/.keep", "").
		WithEnvVariable("REALNET_FACTS", factsFile) // not among what the next stages are keyed by
	for i, in := range list {
		c = c.WithMountedDirectory(inFolder(i), in.dir, dagger.ContainerWithMountedDirectoryOpts{ReadOnly: true})
	}
	if scratch != "" {
		c = c.WithMountedCache("/scratch", dag.CacheVolume(scratch)).WithEnvVariable("REALNET_SCRATCH", "/scratch/work")
	}
	return c
}

func inFolder(i int) string { return fmt.Sprintf("/in/%d", i) }

// args is the command line of a stage: the contract.
func (s *run) args(name string, list []input) []string {
	args := []string{programFile, "--params", "/params.json"}
	for i, in := range list {
		args = append(args, "--in", in.port+"="+inFolder(i))
	}
	if w, ok := s.swaps[name]; ok {
		args = append(args, "--swap", w.path())
	}
	return append(args, "--out", outFolder)
}

// debug is the container of a node with a shell in it. What the node needs runs first,
// if it has to.
func (s *run) debug(ctx context.Context, id string) (*dagger.Container, error) {
	if err := s.buildStages(ctx, s.plan.stages()...); err != nil {
		return nil, err
	}
	made := map[string]*dagger.Directory{}
	for _, n := range s.plan.Nodes {
		var list []input
		for _, in := range n.In {
			dir := made[in.Node]
			if in.Node == "" {
				var err error
				if dir, err = s.folder(in.External); err != nil {
					return nil, err
				}
			}
			list = append(list, input{in.Port, dir})
		}
		c, err := s.ready(ctx, n, list)
		if err != nil {
			return nil, err
		}
		if n.ID != id {
			made[n.ID] = c.WithExec(s.args(n.Stage, list)).Directory(outFolder)
			continue
		}
		if _, swapped := s.swaps[n.Stage]; !swapped { // an empty root has no shell
			params := dag.Directory().WithNewFile("params.json", string(n.Params)).File("params.json")
			shell := s.network(dag.Container().From(s.goImage()), n.Stage, list).WithMountedFile(programFile, s.programs.File(n.Stage))
			c = s.place(shell, params, list, "")
		}
		script := "#!/bin/sh\nexec " + strings.Join(s.args(n.Stage, list), " ") + "\n"
		return c.WithNewFile("/debug/run", script, dagger.ContainerWithNewFileOpts{Permissions: 0o755}), nil
	}
	return nil, fmt.Errorf("no node %q in the study; see: dagger call plan", id)
}

// reproduce walks the plan and writes the run's folder.
func (s *run) reproduce(ctx context.Context, lenient bool) (*dagger.Directory, error) {
	if s.plan.Missing != "" {
		return nil, errors.New(s.plan.Missing)
	}
	if err := s.buildStages(ctx, s.plan.stages()...); err != nil {
		return nil, err
	}
	s.sayRoom()
	done := s.walk(ctx)
	have, facts := dag.Directory(), dag.Directory()
	var failed failures
	finished := 0
	for _, n := range s.plan.Nodes {
		o := done[n.ID]
		switch {
		case errors.Is(o.err, errInput): // follows from another one
			continue
		case o.err != nil:
			failed = append(failed, nodeFailure{n.ID, o.err.Error()})
			continue
		}
		finished++
		have = have.WithDirectory(n.ID, o.dir)
		if o.facts != nil {
			facts = facts.WithDirectory(n.ID, o.facts)
		}
	}
	if len(failed) > 0 && !lenient {
		return nil, fmt.Errorf("%s\n%d of %d nodes finished and are kept (--lenient returns them); %d were not run because an input failed", failed,
			finished, len(s.plan.Nodes), len(s.plan.Nodes)-finished-len(failed))
	}
	return s.write(ctx, have, facts, failed, lenient)
}
