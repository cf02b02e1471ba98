package stagetest

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/stages/stage"
)

// In is the input of a run: artifacts by port. A value of type string is a
// plain folder.
type In map[string]any

// Run runs a stage and returns its artifact.
func Run(t testing.TB, s stage.Stage, params any, in In) *artifacts.Artifact {
	t.Helper()
	a, err := Try(t, s, params, in, 2)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Try runs a stage with a number of workers and returns its artifact or its
// error.
func Try(t testing.TB, s stage.Stage, params any, in In, workers int) (*artifacts.Artifact, error) {
	t.Helper()
	raw, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w, err := artifacts.Create(filepath.Join(dir, "out"), s.Out)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	env := &stage.Env{
		In: map[string][]*artifacts.Artifact{}, Folders: map[string]string{}, Out: w, Workers: workers, Log: zerolog.Nop(),
		Progress: func(int64, int64, string) {}, Scratch: filepath.Join(dir, "scratch"),
	}
	for port, v := range in {
		switch v := v.(type) {
		case *artifacts.Artifact:
			env.In[port] = []*artifacts.Artifact{v}
		case []*artifacts.Artifact:
			env.In[port] = v
		case string:
			env.Folders[port] = v
		default:
			t.Fatalf("port %s: %T is neither an artifact nor a folder", port, v)
		}
	}
	if err := s.Run(context.Background(), env, raw); err != nil {
		return nil, err
	}
	canonical, err := s.Canonical(raw)
	if err != nil {
		t.Fatal(err)
	}
	return w.Commit(artifacts.Provenance{Stage: s.Name, Params: canonical, Machine: artifacts.ThisMachine()})
}

// SameForAnyWorkers runs a stage with 1, 2 and 5 workers and fails unless the
// artifacts are bit-identical. It returns the first.
func SameForAnyWorkers(t testing.TB, s stage.Stage, params any, in In) *artifacts.Artifact {
	t.Helper()
	var first *artifacts.Artifact
	for _, workers := range []int{1, 2, 5} {
		a, err := Try(t, s, params, in, workers)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = a
		} else if a.Digest() != first.Digest() {
			t.Errorf("stage %s: %d workers give another artifact than 1", s.Name, workers)
		}
	}
	return first
}

// Refuses fails unless the run ends with an error that has the wanted text.
func Refuses(t testing.TB, s stage.Stage, params any, in In, want string) {
	t.Helper()
	_, err := Try(t, s, params, in, 2)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("stage %s: got error %v, want %q", s.Name, err, want)
	}
}

// Make writes an artifact of a schema manually.
func Make(t testing.TB, schema artifacts.Schema, write func(w *artifacts.Writer) error) *artifacts.Artifact {
	t.Helper()
	w, err := artifacts.Create(filepath.Join(t.TempDir(), schema.Name), schema)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := write(w); err != nil {
		t.Fatal(err)
	}
	a, err := w.Commit(artifacts.Provenance{Stage: "test", Params: json.RawMessage(`{}`), Machine: artifacts.ThisMachine()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
