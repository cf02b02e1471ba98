package kernels

import (
	"slices"
	"time"
)

// Split records how a pool's work falls into tasks, by doing every task on its own: from
// it follows what a machine with that many processors is expected to take, where there
// is none. Waiting for memory that the processors share is not in it.
type Split struct {
	Shares []Share       // since Begin, one for each call of Do
	After  time.Duration // what the caller did alone after the last of them, until End

	clock func() time.Duration
	last  time.Duration
}

// Share is one call of Do.
type Share struct {
	Before  time.Duration   // what the caller did alone before it
	Workers int             // that take part
	Tasks   []time.Duration // what each takes
}

// Simulate makes the pool do its tasks one after the other on the caller and record them
// by a clock. It cannot be undone.
func (w *Workers) Simulate(clock func() time.Duration) *Split {
	w.simulated = &Split{clock: clock}
	return w.simulated
}

// Begin forgets what was recorded.
func (s *Split) Begin() {
	s.Shares = nil
	s.last = s.clock()
}

// End closes the record.
func (s *Split) End() { s.After = s.clock() - s.last }

func (s *Split) do(workers, tasks int, f func(worker, task int)) {
	now := s.clock()
	share := Share{now - s.last, workers, make([]time.Duration, tasks)}
	for t := range tasks {
		f(t%workers, t)
		then := s.clock()
		share.Tasks[t] = then - now
		now = then
	}
	s.Shares = append(s.Shares, share)
	s.last = s.clock()
}

// Span is how long the workers would take: tasks are taken in order, each by the worker
// that is free first.
func (s Share) Span() time.Duration {
	busy := make([]time.Duration, s.Workers)
	for _, took := range s.Tasks {
		first := 0
		for i, b := range busy {
			if b < busy[first] {
				first = i
			}
		}
		busy[first] += took
	}
	return slices.Max(busy)
}
