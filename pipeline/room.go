package pipeline

import (
	"context"
	"sync"

	"realnet/model"
	"realnet/stages/stage"
)

// room admits nodes while cores and memory last. Requests larger than the
// machine are cut to it, so that every node can run alone.
type room struct {
	mu             sync.Mutex
	change         chan struct{} // closed and replaced when something leaves
	cpus, freeCPUs int
	mem, freeMem   int64
}

func newRoom(cpus int, mem int64) *room {
	return &room{change: make(chan struct{}), cpus: cpus, freeCPUs: cpus, mem: mem, freeMem: mem}
}

// enter waits for room and returns the number of cores that the node may use.
func (r *room) enter(ctx context.Context, need stage.Need) (cpus int, leave func(), err error) {
	cpus = need.CPUs
	if cpus <= 0 || cpus > r.cpus {
		cpus = r.cpus
	}
	mem := min(need.Memory, r.mem)
	for {
		r.mu.Lock()
		if r.freeCPUs >= cpus && r.freeMem >= mem {
			r.freeCPUs -= cpus
			r.freeMem -= mem
			r.mu.Unlock()
			return cpus, func() { r.leave(cpus, mem) }, nil
		}
		change := r.change
		r.mu.Unlock()
		select {
		case <-change:
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		}
	}
}

func (r *room) leave(cpus int, mem int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.freeCPUs += cpus
	r.freeMem += mem
	close(r.change)
	r.change = make(chan struct{})
}

// freeMemory is what new work can have by the machine and its control groups, 4 GiB
// where nothing says.
func freeMemory() int64 {
	if free, ok := model.AvailableMemory(); ok {
		return free
	}
	return 4 << 30
}
