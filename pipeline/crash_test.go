package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"realnet/artifacts"
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

func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashEnv)
	if dir == "" {
		t.Skip("is started by TestKilledRunsResume")
	}
	if _, err := newRunner(t, dir, executortest.Sources()).Run(context.Background(), slowPlan(t)); err != nil {
		t.Fatal(err)
	}
}

// TestKilledRunsResume kills a run at 50 random moments (kill -9). Whatever was
// hit, the next run ends with the right artifacts, and the store is whole.
func TestKilledRunsResume(t *testing.T) {
	reference := newRunner(t, filepath.Join(t.TempDir(), "store"), executortest.Sources())
	want, err := reference.Run(context.Background(), slowPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	dir := filepath.Join(t.TempDir(), "store")
	killed := 0
	for range 50 {
		cmd := exec.Command(self, "-test.run=^TestCrashChild$")
		cmd.Env = append(os.Environ(), crashEnv+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+rng.IntN(230)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			killed++
		}
		store, err := artifacts.OpenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range store.Check() {
			t.Errorf("after kill %d: %v", killed, fault)
		}
		if rng.IntN(4) == 0 { // now and then begin anew, so that all moments are hit
			if _, _, err := store.GC(false); err != nil {
				t.Fatal(err)
			}
		}
		store.Close()
	}
	got, err := newRunner(t, dir, executortest.Sources()).Run(context.Background(), slowPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if got[i].Digest != want[i].Digest {
			t.Errorf("%s: digest %s, want %s", want[i].Node.ID, got[i].Digest, want[i].Digest)
		}
	}
	t.Logf("%d of 50 runs were killed before their end", killed)
	if killed < 10 {
		t.Errorf("only %d of 50 runs were killed before their end: the test kills too late", killed)
	}
}
