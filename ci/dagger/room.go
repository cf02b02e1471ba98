package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// need is what a node asks of a machine.
type need struct {
	Memory int64 `json:"memory"` // peak bytes; 0: little
}

// room admits nodes while places and memory last. A request larger than all memory is
// cut to it, so that every node can run alone.
type room struct {
	mu         sync.Mutex
	change     chan struct{} // closed and replaced when a node leaves
	places     int
	all, bytes int64 // of memory: in total, and free
}

func newRoom(places int, bytes int64) *room {
	return &room{change: make(chan struct{}), places: places, all: bytes, bytes: bytes}
}

// enter waits for room; leave gives it back.
func (r *room) enter(ctx context.Context, n need) (leave func(), err error) {
	memory := min(n.Memory, r.all)
	for {
		r.mu.Lock()
		if r.places > 0 && r.bytes >= memory {
			r.places--
			r.bytes -= memory
			r.mu.Unlock()
			return func() { r.leave(memory) }, nil
		}
		change := r.change
		r.mu.Unlock()
		select {
		case <-change:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (r *room) leave(memory int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.places++
	r.bytes += memory
	close(r.change)
	r.change = make(chan struct{})
}

// memory is what the containers may need together: as given, else nine tenths of what
// the engine's machine has free. This function runs there, in a container that sees
// the machine's memory.
func (r *Realnet) memory() int64 {
	if r.Memory > 0 {
		return r.Memory
	}
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return unknownMemory
	}
	defer f.Close()
	return available(f) / 10 * 9
}

const unknownMemory = 4 << 30

// sayRoom says what the engine's machine has for the run: what fills it up later is then
// no surprise.
func (s *run) sayRoom() {
	const giga = 1e9
	fmt.Fprintf(os.Stderr, "%d nodes; at most %d side by side in %.1f GB of memory", len(s.plan.Nodes), s.Jobs, float64(s.memory())/giga)
	var disk syscall.Statfs_t
	if syscall.Statfs("/", &disk) == nil { // the engine's disk: this container is on it
		fmt.Fprintf(os.Stderr, "; %.1f GB of the engine's disk are free", float64(disk.Bavail)*float64(disk.Bsize)/giga)
	}
	fmt.Fprintln(os.Stderr)
}

// available reads MemAvailable of /proc/meminfo.
func available(meminfo io.Reader) int64 {
	for s := bufio.NewScanner(meminfo); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "MemAvailable:"); ok {
			var kb int64
			if _, err := fmt.Sscan(rest, &kb); err == nil {
				return kb << 10
			}
		}
	}
	return unknownMemory
}

// bytesOf reads an amount such as 12GB, 900MiB or 500000.
func bytesOf(text string) (int64, error) {
	units := []struct {
		name string
		size int64
	}{
		{"KiB", 1 << 10},
		{"MiB", 1 << 20},
		{"GiB", 1 << 30},
		{"TiB", 1 << 40},
		{"KB", 1e3},
		{"MB", 1e6},
		{"GB", 1e9},
		{"TB", 1e12},
		{"B", 1},
		{"", 1},
	}
	for _, u := range units {
		number, ok := strings.CutSuffix(strings.TrimSpace(text), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(n*float64(u.size) >= 1 && n*float64(u.size) < 1<<62) {
			break
		}
		return int64(n * float64(u.size)), nil
	}
	return 0, fmt.Errorf("%q: want an amount of memory, such as 12GB", text)
}
