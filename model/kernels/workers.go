package kernels

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Workers runs independent tasks on a fixed number of goroutines. Which worker
// runs which task is left to chance; kernels make every task write its own
// part of the result in its own fixed order, so results do not depend on it.
//
// The caller is worker 0. The others are started when there is work and stay
// awake for linger after it: the next kernel of a step follows within
// microseconds, and waking a thread would take longer than a small one runs.
// Two goroutines must not call the same Workers at a time.
type Workers struct {
	n         int
	job       atomic.Pointer[job]
	awake     []atomic.Bool
	simulated *Split // records instead of sharing, when not nil
}

// linger is how long a worker watches for the next job before it ends.
const linger = 100 * time.Microsecond

// NewWorkers returns a pool of n workers, or of one for each processor that Go
// may use if n < 1.
func NewWorkers(n int) *Workers {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	return &Workers{n: n, awake: make([]atomic.Bool, n)}
}

// Count is the number of workers.
func (w *Workers) Count() int { return w.n }

// Do calls f(worker, task) for every task in 0..tasks-1 and returns when all
// are done. worker is in 0..Count()-1 and names the scratch that f may use.
func (w *Workers) Do(tasks int, f func(worker, task int)) {
	n := min(w.n, tasks)
	if w.simulated != nil && n > 0 {
		w.simulated.do(n, tasks, f)
		return
	}
	if n <= 1 {
		for t := range tasks {
			f(0, t)
		}
		return
	}
	j := &job{tasks: int64(tasks), f: f}
	j.inside.Store(1)
	w.job.Store(j)
	for i := 1; i < n; i++ {
		if w.awake[i].CompareAndSwap(false, true) {
			go w.help(i)
		}
	}
	j.run(0)
	w.job.Store(nil)
	j.inside.Add(-1)
	for spins := 0; j.inside.Load() > 0; spins++ {
		if spins > 1000 { // a worker still busy may be waiting for a processor
			runtime.Gosched()
		}
	}
	if p := j.panicked.Load(); p != nil {
		panic(*p) // where the caller of the computation can handle it
	}
}

// help does jobs until none has come for a while.
func (w *Workers) help(worker int) {
	defer w.awake[worker].Store(false)
	var last *job
	spins := 0
	for idle := time.Now(); time.Since(idle) < linger; {
		j := w.job.Load()
		if j == nil || j == last {
			if spins++; spins%32 == 0 { // a processor that another goroutine could use
				runtime.Gosched()
			}
			continue
		}
		if last = j; j.enter() {
			j.helpOut(worker)
			j.inside.Add(-1)
			idle = time.Now()
		}
	}
}

// job is one call of Do.
type job struct {
	tasks  int64
	f      func(worker, task int)
	next   atomic.Int64 // the first task that nobody has taken
	inside atomic.Int64 // workers at work; once it is 0 nobody may enter

	panicked atomic.Pointer[string] // the first panic of a helper, with its stack
}

// enter reports whether the job is still open.
func (j *job) enter() bool {
	for {
		n := j.inside.Load()
		if n == 0 {
			return false
		}
		if j.inside.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// run does tasks until there are no more.
func (j *job) run(worker int) {
	for t := j.next.Add(1) - 1; t < j.tasks; t = j.next.Add(1) - 1 {
		j.f(worker, int(t))
	}
}

// helpOut is run on a goroutine where a panic would end the program.
func (j *job) helpOut(worker int) {
	defer func() {
		if r := recover(); r != nil {
			text := fmt.Sprintf("%v\n%s", r, debug.Stack())
			j.panicked.CompareAndSwap(nil, &text)
		}
	}()
	j.run(worker)
}

// inline is the number of elementary operations below which sharing costs more
// than it saves.
const inline = 1 << 13

// split calls f(lo, hi) over disjoint parts of 0..n-1. work is the cost of one
// index in elementary operations; small jobs run on the caller.
func (w *Workers) split(n, work int, f func(lo, hi int)) {
	if w.n == 1 || n*work < inline {
		f(0, n)
		return
	}
	// Four parts a worker even out the load where processors are shared; parts of a
	// microsecond or less would cost more than that.
	parts := min(n, 4*w.n, 4*n*work/inline)
	w.Do(parts, func(_, t int) { f(n*t/parts, n*(t+1)/parts) })
}
