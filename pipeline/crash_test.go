package pipeline_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realnet/pipeline"
	"realnet/pipeline/executortest"
)

// crashEnv makes the test binary run the plan of TestKilledRunsResume in the
// store that it names.
const crashEnv = "REALNET_TEST_CRASH_STORE"

// slowPlan has 24 nodes of a few milliseconds in three levels.
func slowPlan(t testing.TB) *pipeline.Plan {
	p := pipeline.NewPlan("slow", executortest.Registry())
	add := func(id, stage, params string, in ...pipeline.Input) pipeline.Input {
		if _, err := p.Add(id, stage, json.RawMessage(params), in...); err != nil {
			t.Fatal(err)
		}
		return pipeline.From("numbers", id)
	}
	var sums []pipeline.Input
	for i := range 5 {
		var in []pipeline.Input
		for j := range 4 {
			in = append(in, add(fmt.Sprintf("n/%d/%d", i, j), "numbers", fmt.Sprintf(`{"n":2000,"seed":%d,"sleep_ns":5000000}`, i*4+j)))
		}
		sums = append(sums, add(fmt.Sprintf("sum/%d", i), "sum", `{}`, in...))
	}
	add("report", "report", `{}`, sums...)
	return p
}

// TestCrashChild runs the plan and prints a line when it starts and after every
// node that it made.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashEnv)
	if dir == "" {
		t.Skip("is started by TestKilledRunsResume")
	}
	plan := slowPlan(t)
	r := newRunner(t, dir, executortest.Sources())
	r.Events = func(e pipeline.Event) {
		if e.Phase == pipeline.Done {
			fmt.Println(crashMade, e.Node)
		}
	}
	fmt.Println(crashStarts)
	if _, err := r.Run(context.Background(), plan); err != nil {
		t.Fatal(err)
	}
}

const (
	crashStarts = "crash child starts"
	crashMade   = "crash child made"
)

// killOne starts a run, kills it at the given time after its start, and returns
// the nodes that it said it made.
func killOne(t *testing.T, dir string, after time.Duration) (made []string, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == crashStarts { // a loaded machine may take its time until here
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // perhaps it has ended
		}
		if node, ok := strings.CutPrefix(lines.Text(), crashMade+" "); ok {
			made = append(made, node)
		}
	}
	return made, cmd.Wait() != nil
}

// TestKilledRunsResume kills a run at 50 random moments (kill -9). Whatever was
// hit, the store is whole, what was finished is not lost, and the next run ends
// with the right artifacts.
func TestKilledRunsResume(t *testing.T) {
	reference := newRunner(t, filepath.Join(t.TempDir(), "store"), executortest.Sources())
	started := time.Now()
	want, err := reference.Run(context.Background(), slowPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	whole := time.Since(started) // of a run from nothing, at this machine's present speed
	rng := rand.New(rand.NewPCG(1, 2))
	dir := filepath.Join(t.TempDir(), "store")
	finished := map[string]bool{}
	killed, between := 0, 0
	for range 50 {
		made, wasKilled := killOne(t, dir, time.Duration(rng.Int64N(int64(whole))))
		for _, node := range made {
			finished[node] = true
		}
		r := newRunner(t, dir, executortest.Sources())
		for _, fault := range r.Store.Check() {
			t.Errorf("after kill %d: %v", killed, fault)
		}
		status, err := r.Status(slowPlan(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range status {
			if finished[s.ID] && s.State != "cached" {
				t.Errorf("after kill %d: %s was finished and is lost: %s", killed, s.ID, s.Reason)
			}
		}
		if wasKilled {
			killed++
			if len(finished) > 0 && len(finished) < len(status) {
				between++
			}
		}
		if rng.IntN(3) == 0 || len(finished) == len(status) { // begin anew, so that all moments are hit
			if _, _, err := r.Store.GC(false); err != nil {
				t.Fatal(err)
			}
			clear(finished)
		}
		if err := r.Store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := newRunner(t, dir, executortest.Sources()).Run(context.Background(), slowPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if got[i].Digest != want[i].Digest {
			t.Errorf("%s: digest %s, want %s", want[i].ID, got[i].Digest, want[i].Digest)
		}
	}
	t.Logf("of 50 runs %d were killed before their end, %d of them between their first and last node", killed, between)
	if between < 10 {
		t.Errorf("only %d of 50 kills hit a run between its first and last node", between)
	}
}
