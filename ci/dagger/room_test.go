package main

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Nodes run side by side while places and memory last, and a node that asks for more
// than there is runs alone.
func TestRoom(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		places int
		memory int64
		needs  []int64
		most   int64 // that may be inside together
	}{
		{2, 10 * gib, []int64{0, 0, 0, 0}, 2},
		{8, 10 * gib, []int64{4 * gib, 4 * gib, 4 * gib, 4 * gib}, 2},
		{8, 10 * gib, []int64{40 * gib, 40 * gib, gib}, 1},
		{8, 10 * gib, []int64{5 * gib, 5 * gib, 0, 0}, 4},
	} {
		r := newRoom(c.places, c.memory)
		var inside, most, sum atomic.Int64
		var all sync.WaitGroup
		for _, n := range c.needs {
			all.Go(func() {
				leave, err := r.enter(context.Background(), need{Memory: n})
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				now := inside.Add(1)
				for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
				}
				if sum.Add(min(n, c.memory)) > c.memory {
					t.Errorf("%+v: more memory in use than there is", c)
				}
				time.Sleep(5 * time.Millisecond)
				sum.Add(-min(n, c.memory))
				inside.Add(-1)
			})
		}
		all.Wait()
		if most.Load() > c.most {
			t.Errorf("%d places, %d bytes, needs %v: %d side by side, want %d at most", c.places, c.memory, c.needs, most.Load(), c.most)
		}
	}
}

func TestRoomGivesUp(t *testing.T) {
	r := newRoom(1, 1)
	if _, err := r.enter(context.Background(), need{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.enter(ctx, need{}); err == nil {
		t.Error("a cancelled call entered a full room")
	}
}

func TestAmountsOfMemory(t *testing.T) {
	for text, want := range map[string]int64{
		"12GB": 12e9, "1.5GiB": 3 << 29, "900 MiB": 900 << 20, "1000": 1000, " 2TB ": 2e12, "7B": 7,
		"": 0, "much": 0, "-1GB": 0, "0": 0, "NaN": 0, "1e30GB": 0,
	} {
		if got, err := bytesOf(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	if got := available(strings.NewReader("MemTotal: 100 kB\nMemAvailable:   42 kB\n")); got != 42<<10 {
		t.Errorf("available %d", got)
	}
}
