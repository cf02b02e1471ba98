package pipeline

import (
	"context"
	"os"
	"runtime"
	"time"

	"realnet/artifacts"
	"realnet/stages/stage"
)

// RunStage runs a task's stage in this process into the folder out: the stage
// contract. It leaves out absent unless everything went well.
func RunStage(ctx context.Context, task Task, out string) (*artifacts.Artifact, error) {
	w, err := artifacts.Create(out, task.Stage.Out)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	p, err := task.run(ctx, w)
	if err != nil {
		return nil, err
	}
	a, err := w.Commit(p)
	if err != nil {
		return nil, err
	}
	return a, os.RemoveAll(task.Scratch)
}

// run calls the stage's function on w and returns the provenance of what it
// wrote.
func (t Task) run(ctx context.Context, w *artifacts.Writer) (artifacts.Provenance, error) {
	env := &stage.Env{
		In: t.In, Folders: map[string]string{}, Out: w, Workers: t.Workers,
		Log: t.Log, Progress: t.Progress, Scratch: t.Scratch,
	}
	for port, e := range t.Folders {
		env.Folders[port] = e.Path
	}
	p := t.Provenance
	p.Host, p.Started = artifacts.ThisHost(), time.Now()
	if err := t.Stage.Run(ctx, env, t.Params); err != nil {
		return p, err
	}
	if err := ctx.Err(); err != nil {
		return p, err // a cancelled stage may have stopped early without saying so
	}
	p.Wall = time.Since(p.Started)
	return p, nil
}

// Cores is the number of cores that a request for n means: n, or all for 0.
func Cores(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}
