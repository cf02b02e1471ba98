package kernels

import (
	"slices"
	"time"
)

// Split says how the work of a pool would be shared by its workers, found by doing every
// task by itself: what a machine with that many processors is expected to take, where
// there is none. Waiting for memory that the processors share is not in it.
type Split struct {
	Tasks time.Duration // all tasks, one after the other
	Span  time.Duration // the tasks as the workers would share them
	Count int           // of tasks: the clock was read twice as often

	clock func() time.Duration
}

// Simulate makes the pool do its tasks one after the other on the caller and record how
// its workers would have shared them, by a clock such as the processor time of the
// caller's thread. It cannot be undone.
func (w *Workers) Simulate(clock func() time.Duration) *Split {
	w.simulated = &Split{clock: clock}
	return w.simulated
}

// do runs the tasks of one call of Do. Tasks are taken in order, each by the worker that
// is free first.
func (s *Split) do(workers, tasks int, f func(worker, task int)) {
	busy := make([]time.Duration, workers)
	for t := range tasks {
		first := 0
		for i, b := range busy {
			if b < busy[first] {
				first = i
			}
		}
		begun := s.clock()
		f(first, t)
		took := s.clock() - begun
		s.Tasks += took
		s.Count++
		busy[first] += took
	}
	s.Span += slices.Max(busy)
}
