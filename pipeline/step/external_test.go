package step

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/stages/stage"
)

// folder is a data folder of the user with a memory of its digests.
type folder struct {
	t          *testing.T
	dir, cache string
}

func newFolder(t *testing.T) folder { return folder{t, t.TempDir(), t.TempDir()} }

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) external() External {
	f.t.Helper()
	e, err := NewExternal(f.t.Context(), "d", f.dir, []string{"*.tsv"}, f.cache)
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

func TestExternalFolder(t *testing.T) {
	f := newFolder(t)
	f.write("a.tsv", "one")
	first := f.external().Digest
	if f.external().Digest != first {
		t.Error("an unchanged folder has another digest")
	}
	f.write("notes.txt", "not part of the study")
	if f.external().Digest != first {
		t.Error("a file that no pattern matches changed the digest")
	}
	// At once, so that size and perhaps times are those of the file before.
	for _, text := range []string{"onE", "oNe", "One"} {
		before := f.external().Digest
		f.write("a.tsv", text)
		if f.external().Digest == before {
			t.Errorf("%s: a changed byte went unseen", text)
		}
	}
	f.write("a.tsv", "one")
	if f.external().Digest != first {
		t.Error("the first content has another digest")
	}
	if _, err := NewExternal(t.Context(), "d", f.dir, []string{"*.nii"}, ""); !errors.Is(err, ErrNoFiles) {
		t.Errorf("got %v, want ErrNoFiles", err)
	}
}

// A byte that changes under the file's old modification time, as tools that keep
// times leave it, is seen all the same.
func TestExternalSeesContentUnderAnOldTime(t *testing.T) {
	f := newFolder(t)
	past := time.Now().Add(-time.Hour)
	age := func() {
		if err := os.Chtimes(f.path("a.tsv"), past, past); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // so that the facts are remembered
	}
	f.write("a.tsv", "one")
	age()
	first := f.external().Digest
	f.write("a.tsv", "onE")
	age()
	if f.external().Digest == first {
		t.Error("a changed byte went unseen")
	}
}

// What a stage made of a folder that changed meanwhile is not kept: it would
// stand under the digest of the content before.
func TestFolderThatChangesWhileItIsRead(t *testing.T) {
	for _, changes := range []bool{false, true} {
		f := newFolder(t)
		f.write("a.tsv", "one")
		st := stage.New(stage.Spec{
			Name: "read", In: []stage.Port{{Name: "source", Schemas: []string{stage.Folder}}}, Out: dataset.Schema,
		}, struct{}{}, func(_ context.Context, env *stage.Env, _ struct{}) error {
			if changes {
				f.write("a.tsv", "two")
			}
			return artifacts.WriteTable(env.Out, dataset.FilesTable, []dataset.File{})
		})
		s := NewTask(st, []byte("{}"))
		s.Externals["source"] = f.external()
		out := filepath.Join(t.TempDir(), "out")
		_, err := s.Run(t.Context(), out)
		if changes != errors.Is(err, ErrChanged) {
			t.Errorf("changes %v: got %v", changes, err)
		}
		if _, err := os.Stat(out); changes == (err == nil) {
			t.Errorf("changes %v: the output: %v", changes, err)
		}
	}
}
