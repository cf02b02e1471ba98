package step

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/stages/stage"
)

// With a file for the facts, an artifact that is made twice has the same bytes.
func TestBytesWithoutHostAndTimes(t *testing.T) {
	st := stage.New(stage.Spec{Name: "toy", Out: dataset.Schema}, struct{}{}, func(_ context.Context, env *stage.Env, _ struct{}) error {
		time.Sleep(3 * time.Millisecond)
		return artifacts.WriteTable(env.Out, dataset.FilesTable, []dataset.File{})
	})
	dir := t.TempDir()
	manifest := func(name, facts string) string {
		t.Helper()
		a, err := Flags{Out: filepath.Join(dir, name), Facts: facts}.Run(t.Context(), st, "code:toy")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(a.Dir(), artifacts.ManifestName))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := artifacts.Open(a.Dir()); err != nil || again.Verify() != nil {
			t.Fatalf("the artifact does not open: %v", err)
		}
		return string(text)
	}
	facts := filepath.Join(dir, "facts.json")
	if manifest("a", facts) != manifest("b", facts) {
		t.Error("the same artifact has other bytes")
	}
	if manifest("c", "") == manifest("d", "") {
		t.Error("the manifest lacks host and times although no file takes them")
	}
	text, err := os.ReadFile(facts)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Host artifacts.HostFacts `json:"host"`
		Wall time.Duration       `json:"wall_ns"`
	}
	if err := json.Unmarshal(text, &got); err != nil || got.Host.CPUs == 0 || got.Wall < 3*time.Millisecond {
		t.Errorf("facts %s (%v)", text, err)
	}
}
