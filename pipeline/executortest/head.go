package executortest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/identity"
)

// headEnv makes a test binary a head, a process that runs a plan with an executor: the
// executor's name, how many siblings there are, how many milliseconds each takes, and the
// folder of the store.
const headEnv = "REALNET_TEST_HEAD"

// Heads are executors by name, as a process of its own makes them.
type Heads map[string]func() (pipeline.Executor, error)

// Main runs the tests of an executor, or makes the test binary what they start: a stage
// (StageMain) or a head with one of the executors.
//
//	func TestMain(m *testing.M) { os.Exit(executortest.Main(m, heads)) }
func Main(m *testing.M, heads Heads) int {
	if code, ok := StageMain(); ok {
		return code
	}
	if text := os.Getenv(headEnv); text != "" {
		if err := head(text, heads); err != nil {
			fmt.Fprintln(os.Stderr, "head:", err)
			return 1
		}
		return 0
	}
	return m.Run()
}

// Siblings is a plan of n nodes that take some milliseconds each, and their sum.
func Siblings(n, milliseconds int) (*pipeline.Plan, error) {
	plan := pipeline.NewPlan("siblings", Registry())
	var in []pipeline.Input
	for i := range n {
		id := fmt.Sprintf("n/%d", i)
		if _, err := plan.Add(id, "numbers", json.RawMessage(fmt.Sprintf(`{"n":2,"seed":%d,"sleep_ns":%d}`, i, milliseconds*1e6))); err != nil {
			return nil, err
		}
		in = append(in, pipeline.From("numbers", id))
	}
	_, err := plan.Add("sum", "sum", json.RawMessage(`{}`), in...)
	return plan, err
}

// NewRunner walks plans of the toy stages.
func NewRunner(store *artifacts.Store, e pipeline.Executor) (*pipeline.Runner, error) {
	code, err := identity.New(Sources())
	if err != nil {
		return nil, err
	}
	return &pipeline.Runner{Registry: Registry(), Code: code, Store: store, Executor: e, Log: zerolog.New(os.Stderr).Level(zerolog.WarnLevel)}, nil
}

func head(text string, heads Heads) error {
	var name, dir string
	var n, milliseconds int
	if _, err := fmt.Sscanf(text, "%s %d %d %q", &name, &n, &milliseconds, &dir); err != nil {
		return err
	}
	newExecutor, ok := heads[name]
	if !ok {
		return fmt.Errorf("no executor %q", name)
	}
	e, err := newExecutor()
	if err != nil {
		return err
	}
	plan, err := Siblings(n, milliseconds)
	if err != nil {
		return err
	}
	store, err := artifacts.OpenStore(dir)
	if err != nil {
		return err
	}
	defer store.Close()
	r, err := NewRunner(store, e)
	if err != nil {
		return err
	}
	r.Events = func(e pipeline.Event) {
		if e.Phase == pipeline.Done {
			fmt.Println("made", e.Node)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out, err := r.Run(ctx, plan)
	if remote, ok := e.(interface{ Calls() (sbatch, squeue int64) }); ok {
		sbatch, squeue := remote.Calls()
		fmt.Println("calls", sbatch, squeue)
	}
	if err != nil {
		return err
	}
	fmt.Println("result", out[len(out)-1].Digest)
	return nil
}

// HeadCommand is a head with the named executor on a store, which runs Siblings, prints
// "made NODE" for each node and "result DIGEST" in the end.
func HeadCommand(name string, n, milliseconds int, dir string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d %q", headEnv, name, n, milliseconds, dir))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// LocalResult is the digest of the sum of Siblings that a local run gives.
func LocalResult(t testing.TB, n int, milliseconds int) artifacts.Digest {
	t.Helper()
	store, err := artifacts.OpenStore(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	return result(t, store, pipeline.Local{}, n, milliseconds)
}

// result runs Siblings and returns the digest of the sum.
func result(t testing.TB, store *artifacts.Store, e pipeline.Executor, n, milliseconds int) artifacts.Digest {
	t.Helper()
	plan, err := Siblings(n, milliseconds)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRunner(store, e)
	if err != nil {
		t.Fatal(err)
	}
	if _, local := e.(pipeline.Local); local {
		r.Jobs = 64 // they sleep
	}
	out, err := r.Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	return out[len(out)-1].Digest
}
