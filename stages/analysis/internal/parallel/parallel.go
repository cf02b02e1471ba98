// Package parallel runs loops on several goroutines. It is the one place in the
// analysis packages that starts goroutines, so that every loop stops with its
// context and a panic in a task becomes an error of the caller.
package parallel

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// ErrPanic is wrapped by the error of a task that panicked.
var ErrPanic = errors.New("internal error (please report it)")

// Workers is how many goroutines n tasks get: 0 or less asks for one a processor.
func Workers(asked, n int) int {
	if asked <= 0 {
		asked = runtime.GOMAXPROCS(0)
	}
	return max(1, min(asked, n))
}

// Run calls task(worker, i) for i in [0, n), in ascending order of start, on
// Workers(workers, n) goroutines. Tasks of one worker never overlap. After an
// error, a panic or the end of the context no further task starts; the context's
// error comes first, else that of the smallest i, which does not depend on the
// number of workers.
func Run(ctx context.Context, workers, n int, task func(worker, i int) error) error {
	if err := ctx.Err(); err != nil || n <= 0 {
		return err
	}
	var (
		next   atomic.Int64
		failed atomic.Bool
		mu     sync.Mutex
		first  error
		at     = n
		wait   sync.WaitGroup
	)
	work := func(w int) {
		for !failed.Load() && ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			if err := call(task, w, i); err != nil {
				failed.Store(true)
				mu.Lock()
				if i < at {
					first, at = err, i
				}
				mu.Unlock()
			}
		}
	}
	for w := 1; w < Workers(workers, n); w++ {
		wait.Go(func() { work(w) })
	}
	work(0)
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return first
}

func call(task func(worker, i int) error, w, i int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: task %d: %v\n%s", ErrPanic, i, p, debug.Stack())
		}
	}()
	return task(w, i)
}
