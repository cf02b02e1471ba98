package model

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is the processor time of this thread: what else the machine does is not in it.
func threadTime() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}

// A training step must scale: what no second worker can take over is at most 5 % of that
// of the full network, which is what many cores are for, and 10 % of that of the narrow
// one, which takes 25 ms. The machine of the tests may have two processors, so the split
// is simulated. REALNET_SCALING=step measures the full one, up to 32 workers; minutes.
func TestStepHasLittleSerialWork(t *testing.T) {
	name, workers, runs, most := "step-narrow", []int{2, 8}, 5, 0.10
	if asked := os.Getenv("REALNET_SCALING"); asked != "" {
		name, workers, runs, most = asked, []int{2, 8, 32}, 1, 0.05
	} else if testing.Short() {
		t.Skip("seconds")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begun := threadTime()
	for range 1000 {
		threadTime()
	}
	reading := (threadTime() - begun) / 1000
	for _, n := range workers {
		w, err := NewWorkload(name, Compute{Workers: n})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Run(); err != nil { // packs what later steps find packed
			t.Fatal(err)
		}
		split := w.engine.k.Workers().Simulate(threadTime)
		best, serial, one := time.Duration(0), time.Duration(0), time.Duration(0)
		for range runs {
			split.Tasks, split.Span, split.Count = 0, 0, 0
			begun := threadTime()
			if err := w.Run(); err != nil {
				t.Fatal(err)
			}
			all := threadTime() - begun
			// Of two readings of the clock a task, half is inside of what they measure.
			outside := time.Duration(split.Count) * reading
			rest := max(0, all-split.Tasks-outside)
			all -= outside
			if took := rest + split.Span; best == 0 || took < best {
				best, serial, one = took, rest, all
			}
		}
		t.Logf("%s, %2d workers: %7.1f ms of %7.1f, %5.2f times as fast; serial %4.1f %%",
			name, n, best.Seconds()*1e3, one.Seconds()*1e3, one.Seconds()/best.Seconds(), 100*serial.Seconds()/one.Seconds())
		if serial.Seconds() > most*one.Seconds() {
			t.Errorf("%d workers: %v of %v are serial, want at most %.0f %%", n, serial, one, 100*most)
		}
	}
}
