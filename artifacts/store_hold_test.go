package artifacts

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What is held survives GC although no process uses it, until it is released or the
// time has come.
func TestHold(t *testing.T) {
	dir := t.TempDir()
	make := func() Digest {
		t.Helper()
		s, err := OpenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		w, err := s.Create(Schema{Name: "hold-toy", Version: 1, Files: []FileSpec{{Name: "a.txt", Kind: KindRaw}}})
		if err != nil {
			t.Fatal(err)
		}
		f, err := w.File("a.txt")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("held")); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		a, err := s.Put("k", w, Provenance{Stage: "toy", Machine: "m", Params: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		return a.Digest()
	}
	collect := func() int {
		t.Helper()
		s, err := OpenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		n, _, err := s.GC(false)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	d := make()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Hold("slurm/k 1", time.Now().Add(time.Hour), []Digest{d}); err != nil {
		t.Fatal(err)
	}
	if n := collect(); n != 0 {
		t.Fatalf("%d held artifacts were removed", n)
	}
	if err := s.Hold("slurm/k 1", time.Now().Add(-time.Second), []Digest{d}); err != nil {
		t.Fatal(err)
	}
	if n := collect(); n != 1 {
		t.Errorf("%d removed after the time had come, want 1", n)
	}
	d = make()
	if err := s.Hold("x", time.Now().Add(time.Hour), []Digest{d}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Release("x"); err != nil {
			t.Fatal(err)
		}
	}
	if n := collect(); n != 1 {
		t.Errorf("%d removed after the release, want 1", n)
	}
	if err := s.Hold("y", time.Now().Add(time.Hour), []Digest{d}); err == nil {
		t.Error("an artifact that is not there can be held")
	}
}

func TestProbe(t *testing.T) {
	dir := t.TempDir()
	if err := Probe(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v stays", left)
	}
	path := filepath.Join(dir, "lock")
	release, err := HoldLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := ProbeLock(path); err != nil || !seen {
		t.Errorf("a held lock is not seen (%v)", err)
	}
	release()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if seen, err := ProbeLock(path); err != nil || seen {
		t.Errorf("a free lock is seen as held (%v)", err)
	}
	if name, _, _ := FileSystem(dir); name == "" || name == "unknown" {
		t.Errorf("file system %q", name)
	}
}

// A folder whose maker lives stays, also for a collector that opens its lock only now;
// one whose maker died goes, with its lock.
func TestTemporaryFoldersAreToldApart(t *testing.T) {
	dir := t.TempDir()
	living, lock, err := tempDir(dir, "x-*")
	if err != nil {
		t.Fatal(err)
	}
	dead, deadLock, err := tempDir(dir, "x-*")
	if err != nil {
		t.Fatal(err)
	}
	deadLock.file.Close() // as when its process ends
	n, _, err := removeStale(filepath.Join(dir, "*"), false)
	if err != nil || n != 1 {
		t.Errorf("%d removed (%v), want 1", n, err)
	}
	if isOccupied(dead) || isOccupied(dead+lockSuffix) || !isOccupied(living) || !isOccupied(living+lockSuffix) {
		t.Error("the wrong folder was removed, or a lock stays")
	}
	os.RemoveAll(living)
	lock.release()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v stays", left)
	}
}
