package pipeline

import (
	"context"
	"sync"
	"time"

	"realnet/model"
	"realnet/stages/stage"
)

// room admits nodes while cores and memory last. Requests larger than the
// machine are cut to it, so that every node can run alone.
type room struct {
	mu             sync.Mutex
	change         chan struct{} // closed and replaced when something changes
	cpus, freeCPUs int
	mem, freeMem   int64
	coming         int // nodes that are ready and have not asked yet: most are in the store
	waiting        int // nodes that have asked for a part of the cores
}

// settle is how long a node that shares waits at most to learn how many come with it.
const settle = time.Second

func newRoom(cpus int, mem int64) *room {
	return &room{change: make(chan struct{}), cpus: cpus, freeCPUs: cpus, mem: mem, freeMem: mem}
}

// expect announces a node that may enter. It must call arrived once: when it enters, or
// when it will not.
func (r *room) expect() (arrived func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.coming++
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.coming--
		r.changed()
	})
}

// enter waits for room and returns the number of cores that the node may use. It calls
// arrived once it waits.
func (r *room) enter(ctx context.Context, need stage.Need, arrived func()) (cpus int, leave func(), err error) {
	asks := 0 // a node that wants all cores cannot use those that others leave free
	if need.Shares || need.CPUs > 0 && need.CPUs < r.cpus {
		asks = 1
	}
	r.mu.Lock()
	r.waiting += asks
	r.mu.Unlock()
	arrived()
	known := time.NewTimer(settle)
	defer known.Stop()
	alone := false
	for {
		r.mu.Lock()
		cpus, mem := r.part(need), min(need.Memory, r.mem)
		if (!need.Shares || r.coming == 0 || alone) && r.freeCPUs >= cpus && r.freeMem >= mem {
			r.freeCPUs -= cpus
			r.freeMem -= mem
			r.waiting -= asks
			r.mu.Unlock()
			return cpus, func() { r.leave(cpus, mem) }, nil
		}
		change := r.change
		r.mu.Unlock()
		select {
		case <-change:
		case <-known.C:
			alone = true
		case <-ctx.Done():
			r.mu.Lock()
			defer r.mu.Unlock()
			r.waiting -= asks
			r.changed() // those that stay may take a larger part
			return 0, nil, ctx.Err()
		}
	}
}

// part is the number of cores for a node: what it asks, or for one that shares its part
// of the free ones.
func (r *room) part(need stage.Need) int {
	cpus := need.CPUs
	if cpus <= 0 || cpus > r.cpus {
		cpus = r.cpus
	}
	if need.Shares {
		return max(1, min(cpus, r.freeCPUs/max(r.waiting, 1)))
	}
	return cpus
}

func (r *room) leave(cpus int, mem int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.freeCPUs += cpus
	r.freeMem += mem
	r.changed()
}

// changed wakes those that wait. The caller holds the lock.
func (r *room) changed() {
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
