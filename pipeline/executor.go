package pipeline

import (
	"context"
	"encoding/json"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/stages/stage"
)

// Executor runs one node where it likes: in this process, in a child process,
// in a container, on a cluster. Every executor passes the conformance suite in
// package executortest.
//
// An executor must give the same artifact for the same task as any other, leave
// nothing in the store when the task fails or is cancelled, and return the
// stage's own error text.
type Executor interface {
	// Name is one word, as --executor takes it.
	Name() string
	// Run makes the artifact of the task and puts it into the store under
	// task.Key. It may be called from several goroutines.
	Run(ctx context.Context, task Task) (*artifacts.Artifact, error)
}

// Task is one node ready to run.
type Task struct {
	Node       string
	Key        string
	Stage      stage.Stage
	Params     json.RawMessage
	In         map[string][]*artifacts.Artifact
	Folders    map[string]External
	Provenance artifacts.Provenance // complete but for host facts and times
	Store      *artifacts.Store
	Scratch    string // survives a killed run of the same key; removed after success
	Workers    int
	Program    *Program // replaces the stage when not nil
	Log        zerolog.Logger
	Progress   func(done, total int64, note string)
}
