package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"realnet/stages/stage"
)

// Nodes that share divide the free cores among those that wait; one that comes alone gets
// all, and one that finds a single core free does not wait for another.
func TestNodesShareCores(t *testing.T) {
	for _, c := range []struct {
		cpus, nodes int
		want        map[int]int // how many nodes by their cores
	}{
		{2, 1, map[int]int{2: 1}},
		{2, 2, map[int]int{1: 2}},
		{2, 5, map[int]int{1: 5}},
		{16, 3, map[int]int{5: 2, 6: 1}},
		{16, 40, map[int]int{1: 40}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRoom(c.cpus, 100)
			got := make(chan int, c.nodes)
			var arrivals []func()
			for range c.nodes {
				arrivals = append(arrivals, r.expect())
			}
			for i, arrived := range arrivals {
				go func() {
					time.Sleep(time.Duration(i) * time.Millisecond) // looks in the store
					cpus, leave, err := r.enter(t.Context(), stage.Need{Shares: true, Memory: 1}, arrived)
					if err != nil {
						t.Error(err)
						return
					}
					defer leave()
					time.Sleep(time.Minute + time.Duration(i)*time.Second)
					got <- cpus
				}()
			}
			count := map[int]int{}
			for range c.nodes {
				count[<-got]++
			}
			for cpus, n := range c.want {
				if count[cpus] != n {
					t.Errorf("%d cores, %d nodes: %v nodes by their cores, want %v", c.cpus, c.nodes, count, c.want)
					break
				}
			}
		})
	}
}

// Nodes that want all cores do not make the parts of the others smaller: they cannot use
// what is left.
func TestWholeMachineLeavesPartsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(16, 100)
		_, leave, err := r.enter(t.Context(), stage.Need{}, r.expect())
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		for range 10 {
			go r.enter(ctx, stage.Need{}, r.expect()) //nolint:errcheck // never enters
		}
		got := make(chan int)
		for range 2 {
			go func() {
				cpus, _, err := r.enter(ctx, stage.Need{Shares: true}, r.expect())
				if err != nil {
					t.Error(err)
				}
				got <- cpus
			}()
		}
		synctest.Wait()
		r.mu.Lock()
		r.freeCPUs-- // one stays taken, so that only a part can enter
		r.mu.Unlock()
		leave()
		if a, b := <-got, <-got; a+b != 15 || a < 7 || b < 7 {
			t.Errorf("%d and %d cores of 15, want half each", a, b)
		}
		stop()
		synctest.Wait()
	})
}

// A node that shares does not wait long for nodes that look in the store, and one that
// does not share waits until all cores are free.
func TestRoomWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(2, 100)
		never := r.expect()
		defer never()
		begun := time.Now()
		cpus, leave, err := r.enter(t.Context(), stage.Need{Shares: true}, r.expect())
		if err != nil || cpus != 2 || time.Since(begun) != settle {
			t.Errorf("%d cores after %v, %v; want 2 after %v", cpus, time.Since(begun), err, settle)
		}
		time.AfterFunc(time.Minute, leave)
		cpus, leave, err = r.enter(t.Context(), stage.Need{}, r.expect())
		if err != nil || cpus != 2 || time.Since(begun) != settle+time.Minute {
			t.Errorf("%d cores after %v, %v; want 2 after the other has left", cpus, time.Since(begun), err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, _, err := r.enter(ctx, stage.Need{CPUs: 1}, r.expect()); err == nil {
			t.Error("entered a full room")
		}
		leave()
	})
}
