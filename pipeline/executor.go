package pipeline

import (
	"context"

	"realnet/artifacts"
	"realnet/pipeline/step"
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
	Run(ctx context.Context, store *artifacts.Store, task step.Task) (*artifacts.Artifact, error)
}

// Remote is implemented by executors that run tasks on other machines. The runner holds
// such tasks back for nothing: this machine's cores and memory are not theirs, and how
// long they ran is what their artifact says, not how long they were in a queue.
type Remote interface {
	Elsewhere(task step.Task) bool
}
