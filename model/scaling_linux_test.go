package model

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"realnet/model/kernels"
)

// threadTime is the processor time of this thread: what else the machine does is not in
// it, but reading it takes a call of the system.
func threadTime() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}

// A training step must scale: what no second worker can take over is at most 5 % of it,
// in the narrow network too. The machine of the tests may have two processors, so the
// split is simulated. What else the machine does only adds to what a piece of the work
// takes, so the least of many runs counts, piece by piece. REALNET_SCALING=step measures
// the full network in one run of each; minutes.
func TestStepHasLittleSerialWork(t *testing.T) {
	started := time.Now()
	name, runs, clock := "step-narrow", 20, func() time.Duration { return time.Since(started) }
	if asked := os.Getenv("REALNET_SCALING"); asked != "" {
		name, runs, clock = asked, 1, threadTime
	} else if testing.Short() {
		t.Skip("seconds")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	reading := time.Hour
	for range 1000 {
		begun := clock()
		reading = min(reading, clock()-begun)
	}
	for _, n := range []int{2, 8, 32} {
		w, err := NewWorkload(name, Compute{Workers: n})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Run(); err != nil { // packs what later steps find packed
			t.Fatal(err)
		}
		split := w.engine.k.Workers().Simulate(clock)
		var least []kernels.Share
		var after time.Duration
		for run := range runs {
			split.Begin()
			if err := w.Run(); err != nil {
				t.Fatal(err)
			}
			split.End()
			if run == 0 {
				least, after = split.Shares, split.After
				continue
			}
			after = min(after, split.After)
			for i, s := range split.Shares {
				least[i].Before = min(least[i].Before, s.Before)
				for j, took := range s.Tasks {
					least[i].Tasks[j] = min(least[i].Tasks[j], took)
				}
			}
		}
		serial, one, span := after, after, after
		for _, s := range least {
			s.Before -= min(s.Before, reading)
			serial, one, span = serial+s.Before, one+s.Before, span+s.Before
			for j := range s.Tasks {
				s.Tasks[j] -= min(s.Tasks[j], reading)
				one += s.Tasks[j]
			}
			span += s.Span()
		}
		t.Logf("%s, %2d workers: %7.1f ms of %7.1f, %5.2f times as fast; serial %4.1f %%",
			name, n, span.Seconds()*1e3, one.Seconds()*1e3, one.Seconds()/span.Seconds(), 100*serial.Seconds()/one.Seconds())
		if serial > one/20 {
			t.Errorf("%d workers: %v of %v are serial, want at most 5 %%", n, serial, one)
		}
	}
}
