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

// Step is one stage ready to run.
type Step struct {
	Stage      stage.Stage
	Params     json.RawMessage // canonical and complete
	In         map[string][]*artifacts.Artifact
	Folders    map[string]External
	Provenance artifacts.Provenance // complete but for host facts and times
	Scratch    string               // survives a killed run of the same step; removed after success
	Workers    int
	Log        zerolog.Logger
	Progress   func(done, total int64, note string)
}

// Run runs the stage in this process into the folder out. It leaves out absent
// unless everything went well.
func (s Step) Run(ctx context.Context, out string) (*artifacts.Artifact, error) {
	w, err := artifacts.Create(out, s.Stage.Out)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	p, err := s.Write(ctx, w)
	if err != nil {
		return nil, err
	}
	a, err := w.Commit(p)
	if err != nil {
		return nil, err
	}
	return a, os.RemoveAll(s.Scratch)
}

// Write calls the stage's function on w and returns the provenance of what it
// wrote.
func (s Step) Write(ctx context.Context, w *artifacts.Writer) (artifacts.Provenance, error) {
	env := &stage.Env{
		In: s.In, Folders: map[string]string{}, Out: w, Workers: s.Workers,
		Log: s.Log, Progress: s.Progress, Scratch: s.Scratch,
	}
	for port, e := range s.Folders {
		env.Folders[port] = e.Path
	}
	p := s.Provenance
	p.Host, p.Started = artifacts.ThisHost(), time.Now()
	if err := s.Stage.Run(ctx, env, s.Params); err != nil {
		return p, err
	}
	if err := ctx.Err(); err != nil {
		return p, err // a cancelled stage may have stopped early without saying so
	}
	if err := s.foldersUnchanged(); err != nil {
		return p, err
	}
	p.Wall = time.Since(p.Started)
	return p, nil
}

// foldersUnchanged reports folders in which files changed since they were
// digested: what was made of them belongs under another key.
func (s Step) foldersUnchanged() error {
	for _, e := range s.Folders {
		if err := e.Unchanged(); err != nil {
			return fmt.Errorf("stage %s: %w", s.Stage.Name, err)
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
