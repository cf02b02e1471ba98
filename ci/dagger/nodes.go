package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"

	"dagger/realnet/internal/dagger"
)

// input is one artifact or folder for a port.
type input struct {
	port string
	dir  *dagger.Directory
}

// outcome is what became of a node.
type outcome struct {
	dir *dagger.Directory // nil when it failed or was not run
	err error
}

var errInput = errors.New("not run: an input failed")

// walk runs every node of the plan, side by side as far as Jobs allows.
func (s *run) walk(ctx context.Context) map[string]outcome {
	var mu sync.Mutex
	done, ends := map[string]outcome{}, map[string]chan struct{}{}
	for _, n := range s.plan.Nodes {
		ends[n.ID] = make(chan struct{})
	}
	slots := make(chan struct{}, s.Jobs)
	for _, n := range s.plan.Nodes {
		go func() {
			defer close(ends[n.ID])
			var list []input
			var o outcome
			for _, in := range n.In {
				var dir *dagger.Directory
				if in.Node == "" {
					dir, o.err = s.folder(in.External)
				} else {
					<-ends[in.Node]
					mu.Lock()
					dir = done[in.Node].dir
					mu.Unlock()
					if dir == nil {
						o.err = fmt.Errorf("%w: %s", errInput, in.Node)
					}
				}
				if o.err != nil {
					break
				}
				list = append(list, input{in.Port, dir})
			}
			if o.err == nil {
				slots <- struct{}{}
				o.dir, o.err = s.node(ctx, n, list)
				<-slots
			}
			mu.Lock()
			done[n.ID] = o
			mu.Unlock()
		}()
	}
	for _, end := range ends {
		<-end
	}
	return done
}

// node runs one node and waits for it.
func (s *run) node(ctx context.Context, n node, list []input) (*dagger.Directory, error) {
	c, err := s.ready(ctx, n, list)
	if err != nil {
		return nil, err
	}
	dir, err := c.WithExec(s.args(n.Stage, list)).Directory(outFolder).Sync(ctx)
	if err == nil {
		return dir, nil
	}
	var failed *dagger.ExecError
	if errors.As(err, &failed) {
		return nil, errors.New(strings.TrimSpace(failed.Stderr)) // the stage's own words
	}
	return nil, err
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
	return s.network(c, name, list).WithMountedFile(programFile, s.stageProgram(name)).WithMountedTemp("/tmp")
}

// network gives a stage that downloads the certificates of the web, and makes the
// program of every other one give up the network, with what it starts. Dagger's
// API has no container without one.
func (s *run) network(c *dagger.Container, name string, list []input) *dagger.Container {
	if name == "fetch" && !hasFolder(list) {
		return c.WithMountedFile("/etc/ssl/certs/ca-certificates.crt", s.goContainer().File("/etc/ssl/certs/ca-certificates.crt"))
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
	program, err := s.stageProgram(n.Stage).Digest(ctx)
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
	c = c.WithMountedFile("/params.json", params).WithNewFile("/out/.keep", "")
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

func (s *run) exec(c *dagger.Container, name string, params *dagger.File, list []input, scratch string) *dagger.Container {
	return s.place(c, params, list, scratch).WithExec(s.args(name, list))
}

// debug is the container of a node with a shell in it.
func (s *run) debug(ctx context.Context, id string) (*dagger.Container, error) {
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
		if n.ID != id {
			c, err := s.ready(ctx, n, list)
			if err != nil {
				return nil, err
			}
			made[n.ID] = c.WithExec(s.args(n.Stage, list)).Directory(outFolder) // runs if the node needs it
			continue
		}
		params := dag.Directory().WithNewFile("params.json", string(n.Params)).File("params.json")
		c := s.network(dag.Container().From("golang:"+s.Go), n.Stage, list).WithMountedFile(programFile, s.stageProgram(n.Stage))
		script := "#!/bin/sh\nexec " + strings.Join(s.args(n.Stage, list), " ") + "\n"
		return s.place(c, params, list, "").WithNewFile("/debug/run", script, dagger.ContainerWithNewFileOpts{Permissions: 0o755}), nil
	}
	return nil, fmt.Errorf("no node %q in study %s; see: dagger call plan", id, s.study)
}

// reproduce walks the plan and writes the run's folder.
func (s *run) reproduce(ctx context.Context, lenient bool) (*dagger.Directory, error) {
	done := s.walk(ctx)
	have := dag.Directory()
	var failed []string
	for _, n := range s.plan.Nodes {
		if o := done[n.ID]; o.err != nil {
			failed = append(failed, n.ID+": "+o.err.Error())
		} else {
			have = have.WithDirectory(n.ID, o.dir)
		}
	}
	if len(failed) > 0 && !lenient {
		return nil, fmt.Errorf("%s\n%d of %d nodes finished and are kept; --lenient returns them", strings.Join(failed, "\n"),
			len(s.plan.Nodes)-len(failed), len(s.plan.Nodes))
	}
	c, args := s.command("reproduce")
	for _, name := range sorted(s.swaps) {
		w := s.swaps[name]
		c, args = w.mount(c), append(args, "--swap", name+"="+w.path())
	}
	c = c.WithMountedDirectory("/artifacts", have, dagger.ContainerWithMountedDirectoryOpts{ReadOnly: true}).
		WithNewFile("/out/.keep", "").
		WithExec(append(args, "--reuse", "/artifacts", "--out", "/out/run"), dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
	code, err := c.ExitCode(ctx)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		text, err := c.Stderr(ctx)
		if err != nil {
			return nil, err
		}
		if !lenient {
			return nil, fmt.Errorf("%s\nthe report says more: --lenient returns it", strings.TrimSpace(text))
		}
		if len(failed) == 0 {
			failed = append(failed, strings.TrimSpace(text))
		}
	}
	out := c.Directory("/out/run").WithDirectory("artifacts", have)
	if len(failed) > 0 {
		out = out.WithNewFile("failed.txt", strings.Join(failed, "\n")+"\n")
	}
	return out, nil
}
