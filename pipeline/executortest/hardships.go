package executortest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"realnet/artifacts"
)

// wide gives an executor more siblings at once than it can run.
func wide(t *testing.T, b *bench) {
	const n = 60
	if got, want := result(t, b.store, b.executor, n, 1), LocalResult(t, n, 1); got != want {
		t.Fatalf("the sum of %d siblings is %s, the local executor gives %s", n, got, want)
	}
}

// killedHead kills the process of the executor at several moments and runs it again on
// what it left behind.
func killedHead(t *testing.T, b *bench) {
	const n, milliseconds = 6, 150
	want := "result " + string(LocalResult(t, n, milliseconds))
	for i, after := range []time.Duration{50, 300, 700, 1500} {
		dir := filepath.Join(b.dir, fmt.Sprint("killed", i))
		cmd, _ := HeadCommand(b.executor.Name(), n, milliseconds, dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		cmd, out := HeadCommand(b.executor.Name(), n, milliseconds, dir)
		if err := cmd.Run(); err != nil || !strings.Contains(out.String(), want) {
			t.Fatalf("killed after %d ms and started again: %v, want %s\n%s", after, err, want, out)
		}
		store, err := artifacts.OpenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range store.Check() {
			t.Errorf("killed after %d ms and started again: %v", after, fault)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// otherProvenance has a program that writes the manifest of another artifact: what it was
// made from is what the executor gave it, whatever it says.
func otherProvenance(t *testing.T, b *bench) {
	made := b.run(t, b.task(t, "o", "numbers", `{"n":4,"seed":9}`))
	task := b.task(t, "copy", "numbers", `{"n":4,"seed":1}`)
	task.Program = Script(t, parseOut+`cp -r "`+made.Dir()+`" "$out" && chmod -R u+w "$out"`)
	task.Provenance.Code = task.Program.Digest
	a, err := b.executor.Run(t.Context(), b.store, task)
	if err != nil {
		b.absent(t, "copy") // refused
		return
	}
	p, want := a.Manifest().Provenance, task.Provenance
	if p.Code != want.Code || string(p.Params) != string(want.Params) || p.Stage != want.Stage {
		t.Errorf("in the store with the provenance %s %s %s, want %s %s %s", p.Stage, p.Code, p.Params, want.Stage, want.Code, want.Params)
	}
}

// fullDisk fills the file system of the store. The error says so, and when there is room
// again the same task succeeds.
func fullDisk(t *testing.T, b *bench) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %s", out)
	}
	defer exec.Command("umount", "-l", dir).Run() //nolint:errcheck // the folder goes with the machine
	store, err := artifacts.OpenStore(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := b.executor.Run(t.Context(), store, b.task(t, "first", "numbers", `{"n":1}`)); err != nil { // what is written once is written
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	_ = exec.Command("dd", "if=/dev/zero", "of="+filler, "bs=64k").Run() // until there is no room
	if err := os.Truncate(filler, max(0, size(t, filler)-256<<10)); err != nil {
		t.Fatal(err)
	}
	large := b.task(t, "large", "numbers", `{"n":200000,"seed":5}`) // 1.6 MB
	_, err = b.executor.Run(t.Context(), store, large)
	if err == nil || !strings.Contains(err.Error(), "no space left") && !strings.Contains(err.Error(), "is full") {
		t.Errorf("on a full file system: %v", err)
	}
	if _, ok, _ := store.Lookup("large"); ok {
		t.Error("a task that failed left an artifact")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	a, err := b.executor.Run(t.Context(), store, large)
	if err != nil {
		t.Fatalf("after there was room again: %v", err)
	}
	if err := a.Verify(); err != nil {
		t.Error(err)
	}
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
