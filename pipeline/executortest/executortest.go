package executortest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/step"
)

// Run checks an executor made by newExecutor. Main must know one of its name.
func Run(t *testing.T, newExecutor func(t *testing.T) pipeline.Executor) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, *bench)
	}{
		{"SameArtifactAsLocal", sameAsLocal},
		{"StageErrorComesBack", stageError},
		{"PanicComesBack", stagePanic},
		{"CancelLeavesNothing", cancelled},
		{"SideBySide", sideBySide},
		{"InputsArePassedInOrder", inOrder},
		{"SwappedProgram", swapped},
		{"SwappedProgramThatFails", swappedFails},
		{"ProvenanceIsTheTasks", otherProvenance},
		{"Wide", wide},
		{"KilledHead", killedHead},
		{"FullDisk", fullDisk},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, newBench(t, newExecutor(t))) })
	}
}

// bench is one executor with a store of its own.
type bench struct {
	executor pipeline.Executor
	store    *artifacts.Store
	dir      string
}

func newBench(t *testing.T, e pipeline.Executor) *bench {
	t.Helper()
	dir := t.TempDir()
	store, err := artifacts.OpenStore(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if faults := store.Check(); len(faults) > 0 {
			t.Errorf("the store is not clean: %v", errors.Join(faults...))
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{e, store, dir}
}

// task makes a task of a toy stage.
func (b *bench) task(t *testing.T, key, stageName, params string, in ...*artifacts.Artifact) step.Task {
	t.Helper()
	return NewTask(t, b.dir, key, stageName, params, in...)
}

// NewTask makes a task of a toy stage whose scratch is below dir.
func NewTask(t testing.TB, dir, key, stageName, params string, in ...*artifacts.Artifact) step.Task {
	t.Helper()
	st, ok := Registry().Get(stageName)
	if !ok {
		t.Fatalf("no toy stage %s", stageName)
	}
	canonical, err := st.Canonical(json.RawMessage(params))
	if err != nil {
		t.Fatal(err)
	}
	ingredients := step.NewIngredients(st, Code(stageName), canonical)
	task := step.NewTask(st, canonical)
	task.Node, task.Key, task.Scratch = key, key, filepath.Join(dir, "scratch", key)
	for _, a := range in {
		task.In["numbers"] = append(task.In["numbers"], a)
		ingredients.Inputs["numbers"] = append(ingredients.Inputs["numbers"], a.Digest())
	}
	task.Provenance = ingredients.Provenance(st)
	return task
}

func (b *bench) run(t *testing.T, task step.Task) *artifacts.Artifact {
	t.Helper()
	a, err := b.executor.Run(t.Context(), b.store, task)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(); err != nil {
		t.Fatal(err)
	}
	got, ok, err := b.store.Lookup(task.Key)
	if err != nil || !ok || got.Digest() != a.Digest() {
		t.Fatalf("the store does not know the key: %v %v", ok, err)
	}
	return a
}

// absent fails when the store knows the key.
func (b *bench) absent(t *testing.T, key string) {
	t.Helper()
	if _, ok, err := b.store.Lookup(key); ok || err != nil {
		t.Fatalf("a task that did not succeed left an artifact (%v)", err)
	}
}

func sameAsLocal(t *testing.T, b *bench) {
	local := newBench(t, pipeline.Local{})
	here := b.run(t, b.task(t, "n", "numbers", `{"n":5,"seed":3}`))
	there := local.run(t, local.task(t, "n", "numbers", `{"n":5,"seed":3}`))
	if here.Digest() != there.Digest() {
		t.Fatalf("digest %s, the local executor gives %s", here.Digest(), there.Digest())
	}
	sum := b.run(t, b.task(t, "s", "sum", `{}`, here))
	if want := local.run(t, local.task(t, "s", "sum", `{}`, there)); sum.Digest() != want.Digest() {
		t.Fatalf("digest %s, the local executor gives %s", sum.Digest(), want.Digest())
	}
}

func stageError(t *testing.T, b *bench) {
	_, err := b.executor.Run(t.Context(), b.store, b.task(t, "f", "fail", `{"message":"voxel 17 is on fire"}`))
	if err == nil || !strings.Contains(err.Error(), "voxel 17 is on fire") {
		t.Fatalf("got %v, want the stage's own words", err)
	}
	b.absent(t, "f")
}

func stagePanic(t *testing.T, b *bench) {
	_, err := b.executor.Run(t.Context(), b.store, b.task(t, "p", "fail", `{"message":"broken","panics":true}`))
	if err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Fatalf("got %v, want an internal error", err)
	}
	b.absent(t, "p")
}

func cancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	started := time.Now()
	_, err := b.executor.Run(ctx, b.store, b.task(t, "w", "wait", `{}`))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if wall := time.Since(started); wall > 15*time.Second {
		t.Fatalf("took %v to stop", wall)
	}
	b.absent(t, "w")
}

func sideBySide(t *testing.T, b *bench) {
	var wg sync.WaitGroup
	for _, key := range []string{"a", "b", "c", "d"} {
		task := b.task(t, key, "numbers", `{"n":3,"seed":`+map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}[key]+`}`)
		wg.Go(func() {
			if _, err := b.executor.Run(t.Context(), b.store, task); err != nil {
				t.Errorf("%s: %v", task.Key, err)
			}
		})
	}
	wg.Wait()
}

func inOrder(t *testing.T, b *bench) {
	first := b.run(t, b.task(t, "1", "numbers", `{"n":1,"seed":1}`))
	second := b.run(t, b.task(t, "2", "numbers", `{"n":1,"seed":2}`))
	ab := b.run(t, b.task(t, "ab", "sum", `{}`, first, second))
	ba := b.run(t, b.task(t, "ba", "sum", `{}`, second, first))
	a, b1 := Totals(t, ab), Totals(t, ba)
	if a[0] != b1[1] || a[1] != b1[0] || a[0] == a[1] {
		t.Fatalf("inputs lost their order: %v and %v", a, b1)
	}
}

// Script writes an executable shell script that replaces the stage numbers.
func Script(t testing.TB, text string) *step.Program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	_, p, err := step.ParseSwap("numbers=" + file)
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

// parseOut leaves the value of --out in $out.
const parseOut = `while [ $# -gt 0 ]; do case $1 in --out) out=$2; shift 2;; *) shift;; esac; done
`

func swapped(t *testing.T, b *bench) {
	made := b.run(t, b.task(t, "o", "numbers", `{"n":4,"seed":9}`))
	table, err := made.Path(Table)
	if err != nil {
		t.Fatal(err)
	}
	task := b.task(t, "swap", "numbers", `{"n":4,"seed":1}`)
	task.Program = Script(t, parseOut+`mkdir "$out" && cp "`+table+`" "$out/"`)
	task.Provenance.Code = task.Program.Digest
	got := b.run(t, task)
	if a, o := Totals(t, got), Totals(t, made); a[0] != o[0] {
		t.Fatalf("the swapped program's output is %v, want %v", a, o)
	}
}

func swappedFails(t *testing.T, b *bench) {
	for _, c := range []struct{ name, text, want string }{
		{"exit code", "echo no such voxel >&2; exit 3", "no such voxel"},
		{"writes nothing", "exit 0", step.ErrNoOutput.Error()},
		{"another schema", parseOut + `mkdir "$out"; echo '{"schema":{"name":"rdms","version":1}}' > "$out/manifest.json"`, "schema mismatch"},
		{"not a table", parseOut + `mkdir "$out"; echo hello > "$out/` + Table + `"`, Table},
		{"a file too many", parseOut + `mkdir "$out"; echo hello > "$out/other.txt"`, "schema mismatch"},
	} {
		task := b.task(t, "bad", "numbers", `{"n":1}`)
		task.Program = Script(t, c.text)
		task.Provenance.Code = task.Program.Digest
		_, err := b.executor.Run(t.Context(), b.store, task)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		b.absent(t, "bad")
	}
}
