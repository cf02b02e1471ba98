package step

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/stages/stage"
)

// Task is one run of a stage with everything that it needs: the surroundings that
// the stage will see ([stage.Env]), and what only its executor knows.
type Task struct {
	stage.Env         // Out and Folders are set by the runner
	Node       string // its ID in a plan; "" for a stage on its own
	Key        string // of its ingredients: the store knows the output by it; "" for a stage on its own
	Stage      stage.Stage
	Params     json.RawMessage      // canonical and complete
	Externals  map[string]External  // folders outside the store, by port
	Provenance artifacts.Provenance // complete but for host facts and times
	Program    *Program             // replaces the stage when not nil
	Facts      string               // file for host and times, which the manifest then lacks; "": they are in it
}

// NewTask returns a task of a stage with these canonical parameters, without inputs,
// that logs and reports nothing.
func NewTask(st stage.Stage, params json.RawMessage) Task {
	return Task{
		Stage: st, Params: params, Externals: map[string]External{},
		Env: stage.Env{
			In: map[string][]*artifacts.Artifact{}, Workers: 1, Log: zerolog.Nop(), Progress: func(int64, int64, string) {},
		},
	}
}

// Run runs the stage in this process into the folder out. It leaves out absent
// unless everything went well.
func (t Task) Run(ctx context.Context, out string) (*artifacts.Artifact, error) {
	w, err := artifacts.Create(out, t.Stage.Out)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	p, err := t.Write(ctx, w)
	if err != nil {
		return nil, err
	}
	a, err := w.Commit(p)
	if err != nil {
		return nil, err
	}
	return a, os.RemoveAll(t.Scratch)
}

// Write calls the stage's function on w and returns the provenance of what it
// wrote.
func (t Task) Write(ctx context.Context, w *artifacts.Writer) (artifacts.Provenance, error) {
	env := t.Env
	env.Out, env.Folders = w, map[string]string{}
	for port, e := range t.Externals {
		env.Folders[port] = e.Path
	}
	p := t.Provenance
	p.Host, p.Started = artifacts.ThisHost(), time.Now()
	if err := t.Stage.Run(ctx, &env, t.Params); err != nil {
		return p, err
	}
	if err := ctx.Err(); err != nil {
		return p, err // a cancelled stage may have stopped early without saying so
	}
	if err := t.externalsUnchanged(ctx); err != nil {
		return p, err
	}
	p.Wall = time.Since(p.Started)
	return t.withoutFacts(p)
}

// withoutFacts writes host and times to the task's file of facts, if it has one, and
// returns the provenance without them. The artifact's bytes then depend on nothing but
// what it is made of: an executor that keys its cache on bytes takes it for the same.
func (t Task) withoutFacts(p artifacts.Provenance) (artifacts.Provenance, error) {
	if t.Facts == "" {
		return p, nil
	}
	text, err := json.Marshal(struct {
		Host    artifacts.HostFacts `json:"host"`
		Started time.Time           `json:"started"`
		Wall    int64               `json:"wall_ns"`
	}{p.Host, p.Started.UTC(), int64(p.Wall)})
	if err != nil {
		return p, err
	}
	p.Host, p.Started, p.Wall = artifacts.HostFacts{}, time.Time{}, 0
	return p, artifacts.ReplaceFile(t.Facts, text)
}

// externalsUnchanged reports folders in which files changed since they were
// digested: what was made of them belongs under another key.
func (t Task) externalsUnchanged(ctx context.Context) error {
	for _, e := range t.Externals {
		if err := e.Unchanged(ctx); err != nil {
			return fmt.Errorf("stage %s: %w", t.Stage.Name, err)
		}
	}
	return nil
}

// Cores is the number of cores that a request for n means: n, or all for 0.
func Cores(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}
