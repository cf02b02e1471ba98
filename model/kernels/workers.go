package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Workers runs independent tasks on a fixed number of goroutines. Which worker
// runs which task is left to chance; kernels make every task write its own
// part of the result in its own fixed order, so results do not depend on it.
type Workers struct{ n int }

// NewWorkers returns a pool of n workers, or of one for each processor that Go
// may use if n < 1.
func NewWorkers(n int) *Workers {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	return &Workers{n: n}
}

// Count is the number of workers.
func (w *Workers) Count() int { return w.n }

// Do calls f(worker, task) for every task in 0..tasks-1 and returns when all
// are done. worker is in 0..Count()-1 and names the scratch that f may use.
func (w *Workers) Do(tasks int, f func(worker, task int)) {
	n := min(w.n, tasks)
	if n <= 1 {
		for t := range tasks {
			f(0, t)
		}
		return
	}
	var next atomic.Int64
	run := func(worker int) {
		for {
			t := int(next.Add(1)) - 1
			if t >= tasks {
				return
			}
			f(worker, t)
		}
	}
	var wg sync.WaitGroup
	for i := 1; i < n; i++ {
		wg.Go(func() { run(i) })
	}
	run(0)
	wg.Wait()
}

// inline is the number of elementary operations below which waking another
// worker costs more than it saves.
const inline = 1 << 15

// split calls f(lo, hi) over disjoint parts of 0..n-1. work is the cost of one
// index in elementary operations; small jobs run on the caller.
func (w *Workers) split(n, work int, f func(lo, hi int)) {
	if w.n == 1 || n*work < inline {
		f(0, n)
		return
	}
	// Four parts a worker even out the load where processors are shared.
	parts := min(n, 4*w.n)
	w.Do(parts, func(_, t int) { f(n*t/parts, n*(t+1)/parts) })
}
