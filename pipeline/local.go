package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"

	"realnet/artifacts"
	"realnet/pipeline/step"
)

// Local runs stages in this process, and swapped ones as child processes.
type Local struct{}

// Name returns "local".
func (Local) Name() string { return "local" }

// Run calls the stage's function.
func (Local) Run(ctx context.Context, store *artifacts.Store, task step.Task) (*artifacts.Artifact, error) {
	if task.Program != nil {
		return runProgram(ctx, store, task, *task.Program)
	}
	w, err := store.Create(task.Stage.Out)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	defer tidy()
	p, err := task.Write(ctx, w)
	if err != nil {
		return nil, err
	}
	return store.Put(task.Key, w, p)
}

// tidy gives back what a large stage leaves behind. The collector would wait until the
// heap has doubled, and the next stage's memory would come on top.
func tidy() {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	if metrics.Read(heap); heap[0].Value.Uint64() > 1<<30 {
		debug.FreeOSMemory()
	}
}

// Process runs every stage as a child process of the given command, through
// the stage contract. It isolates stages from each other at the price of a
// process start each.
type Process struct {
	Command []string // such as {"/usr/bin/realnet", "stage"}; the stage's name follows
}

// Name returns "process".
func (Process) Name() string { return "process" }

// Run starts the command for the task's stage.
func (p Process) Run(ctx context.Context, store *artifacts.Store, task step.Task) (*artifacts.Artifact, error) {
	if task.Program != nil {
		return runProgram(ctx, store, task, *task.Program)
	}
	return runProgram(ctx, store, task, step.Program{Command: append(append([]string{}, p.Command...), task.Stage.Name)})
}

// runProgram runs a program on the task and adopts what it wrote.
func runProgram(ctx context.Context, store *artifacts.Store, task step.Task, p step.Program) (*artifacts.Artifact, error) {
	work, remove, err := store.Workspace(task.Stage.Name)
	if err != nil {
		return nil, err
	}
	defer remove()
	out := filepath.Join(work, "out")
	if _, err := p.Run(ctx, task, out); err != nil {
		return nil, err
	}
	a, err := store.Adopt(task.Key, out)
	if err != nil {
		return nil, fmt.Errorf("stage %s: program %s left no valid output: %w", task.Stage.Name, &p, err)
	}
	return a, nil
}
