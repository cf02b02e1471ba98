package artifacts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := OpenStore(dir)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// put makes the artifact that key stands for: 10 scores, of values that depend on key.
func put(t testing.TB, s *Store, key string) *Artifact {
	t.Helper()
	a, err := putScores(s, key)
	must(t, err)
	return a
}

func putScores(s *Store, key string) (*Artifact, error) {
	w, err := s.Create(scores)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := WriteTable(w, "scores.parquet", scoresOf(key)); err != nil {
		return nil, err
	}
	return s.Put(key, w, Provenance{Stage: "score", Code: key})
}

func scoresOf(key string) []score {
	rows := manyScores(10)
	for i := range rows {
		rows[i].Subject = key
	}
	return rows
}

func mustClean(t *testing.T, s *Store) {
	t.Helper()
	for _, err := range s.Check() {
		t.Error(err)
	}
}

func TestStoreFindsWhatWasPut(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	if _, ok, err := s.Lookup("k"); ok || err != nil {
		t.Fatalf("empty store: %v %v", ok, err)
	}
	a := put(t, s, "k")
	for range 2 { // the second time by the facts
		other := openStore(t, dir)
		b, ok, err := other.Lookup("k")
		must(t, err)
		if !ok || b.Digest() != a.Digest() {
			t.Fatalf("another process would not find it: %v", ok)
		}
		rows, err := ReadTable[score](b, "scores.parquet")
		must(t, err)
		if !cmp.Equal(rows, scoresOf("k")) {
			t.Error("other values")
		}
		time.Sleep(2 * tick)
	}
	c, err := s.Get(a.Digest())
	must(t, err)
	must(t, c.Verify())
	list, err := s.List()
	must(t, err)
	if len(list) != 1 {
		t.Errorf("List has %d", len(list))
	}
	if _, err := s.Get(NewDigest(nil)); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get of nothing: %v", err)
	}
	again := put(t, s, "k")
	if again.Digest() != a.Digest() || again.Dir() != a.Dir() {
		t.Error("the same artifact was stored twice")
	}
	if left, _ := os.ReadDir(s.path("tmp")); len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
	mustClean(t, s)
}

func TestOpenStoreRefuses(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "thesis.doc"), nil, 0o644))
	if _, err := OpenStore(dir); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "thesis.doc") {
		t.Errorf("a folder with other things: %v", err)
	}
	dir = t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "format"), []byte("realnet artifact store 99\n"), 0o644))
	if _, err := OpenStore(dir); err == nil {
		t.Error("a store of another format was opened")
	}
}

// TestStoreDamage damages the stored artifact in every way; Lookup names the file, and
// after Quarantine the node is made again.
func TestStoreDamage(t *testing.T) {
	table := func(a *Artifact) string { return filepath.Join(a.Dir(), "scores.parquet") }
	manifest := func(a *Artifact) string { return filepath.Join(a.Dir(), ManifestName) }
	flip := func(path string) {
		data, err := os.ReadFile(path)
		must(t, err)
		info, err := os.Stat(path)
		must(t, err)
		must(t, os.Chmod(path, 0o644))
		data[len(data)/2] ^= 1
		must(t, os.WriteFile(path, data, 0o644))
		must(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
	}
	for name, tt := range map[string]struct {
		file func(*Artifact) string
		do   func(path string)
	}{
		"byte of a table":    {table, flip},
		"byte of a manifest": {manifest, flip},
		"table cut":          {table, func(p string) { must(t, os.Truncate(p, 10)) }},
		"table missing":      {table, func(p string) { must(t, os.Remove(p)) }},
		"manifest missing":   {manifest, func(p string) { must(t, os.Remove(p)) }},
		"manifest empty":     {manifest, func(p string) { must(t, os.Truncate(p, 0)) }},
		"artifact missing":   {func(a *Artifact) string { return a.Dir() }, func(p string) { must(t, os.RemoveAll(p)) }},
		"another's manifest": {manifest, func(p string) {
			other := makeArtifact(t, filepath.Join(t.TempDir(), "x"), 1, Provenance{})
			data, err := os.ReadFile(filepath.Join(other.Dir(), ManifestName))
			must(t, err)
			must(t, os.WriteFile(p, data, 0o644))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, t.TempDir())
			a := put(t, s, "k")
			time.Sleep(2 * tick)
			_, _, err := s.Lookup("k") // records the facts
			must(t, err)
			tt.do(tt.file(a))
			_, ok, err := s.Lookup("k")
			var damage *DamageError
			if ok || !errors.As(err, &damage) || damage.Digest != a.Digest() || !strings.HasPrefix(damage.Path, a.Dir()) {
				t.Fatalf("got %v, %v, want damage of %s", ok, err, a.Digest())
			}
			if name != "another's manifest" && !strings.HasPrefix(damage.Path, tt.file(a)) {
				t.Errorf("names %s, damaged is %s", damage.Path, tt.file(a))
			}
			if len(s.Check()) == 0 {
				t.Error("Check sees nothing")
			}
			must(t, s.Quarantine(damage.Digest))
			if _, ok, err := s.Lookup("k"); ok || err != nil {
				t.Fatalf("after Quarantine: %v, %v", ok, err)
			}
			put(t, s, "k")
			if _, ok, err := s.Lookup("k"); !ok || err != nil {
				t.Fatalf("made again: %v, %v", ok, err)
			}
			mustClean(t, s)
		})
	}
}

// TestPutHealsDamage puts an artifact whose stored copy is damaged.
func TestPutHealsDamage(t *testing.T) {
	s := openStore(t, t.TempDir())
	a := put(t, s, "k")
	must(t, os.Truncate(filepath.Join(a.Dir(), "scores.parquet"), 5))
	put(t, s, "other key, other code")
	put(t, s, "k")
	if _, ok, err := s.Lookup("k"); !ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
	mustClean(t, s)
}

func TestTornMemoIsAMiss(t *testing.T) {
	s := openStore(t, t.TempDir())
	put(t, s, "k")
	path := s.path("keys", hashName("k"))
	must(t, os.Truncate(path, 7))
	if _, ok, err := s.Lookup("k"); ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
	if len(s.Check()) != 1 {
		t.Errorf("Check: %v", s.Check())
	}
	put(t, s, "k")
	mustClean(t, s)
}

func TestAdoptImportExport(t *testing.T) {
	s := openStore(t, t.TempDir())
	outside := filepath.Join(t.TempDir(), "out")
	a := makeArtifact(t, outside, 1, someProvenance)
	b, err := s.Import(outside)
	must(t, err)
	c, err := s.Adopt("k", outside)
	must(t, err)
	if a.Digest() != b.Digest() || a.Digest() != c.Digest() {
		t.Error("other digests")
	}
	if got, ok, err := s.Lookup("k"); !ok || err != nil || got.Digest() != a.Digest() {
		t.Errorf("Lookup: %v %v", ok, err)
	}
	back := filepath.Join(t.TempDir(), "deep", "back")
	must(t, s.Export(a.Digest(), back))
	d, err := Open(back)
	must(t, err)
	must(t, d.Verify())
	if err := s.Export(a.Digest(), back); !errors.Is(err, ErrExists) {
		t.Errorf("export over something: %v", err)
	}
	must(t, os.Chmod(filepath.Join(back, "weights.arrow"), 0o644))
	must(t, os.Truncate(filepath.Join(back, "weights.arrow"), 40))
	for name, err := range map[string]error{
		"damaged": second(s.Adopt("x", back)),
		"nothing": second(s.Adopt("x", filepath.Join(back, "none"))),
	} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("adopt %s: %v", name, err)
		}
	}
	mustClean(t, s)
	must(t, s.Close())
	fresh := openStore(t, t.TempDir())
	moved := filepath.Join(t.TempDir(), "moved")
	makeArtifact(t, moved, 1, someProvenance)
	_, err = fresh.Adopt("k", moved)
	must(t, err)
	if isOccupied(moved) {
		t.Error("adopted by copy though a rename would do")
	}
	mustClean(t, fresh)
}

func second[T any](_ T, err error) error { return err }

// TestAdoptChecksTheSchema: a program that claims a schema must keep it.
func TestAdoptChecksTheSchema(t *testing.T) {
	loose := everything
	loose.Files = []FileSpec{{Name: "*", Kind: KindRaw}} // same name, not defined
	dir := filepath.Join(t.TempDir(), "a")
	w, err := Create(dir, loose)
	must(t, err)
	f, err := w.File("hello.txt")
	must(t, err)
	must(t, f.Close())
	_, err = w.Commit(Provenance{})
	must(t, err)
	s := openStore(t, t.TempDir())
	if _, err := s.Adopt("k", dir); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "hello.txt") {
		t.Errorf("got %v, want ErrSchema that names hello.txt", err)
	}
}

func TestLockExcludes(t *testing.T) {
	dir := t.TempDir()
	inside, most := 0, 0
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 8 {
		s := openStore(t, dir)
		group.Go(func() {
			for range 5 {
				unlock, err := s.Lock("k")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				inside--
				mu.Unlock()
				unlock()
			}
		})
	}
	group.Wait()
	if most != 1 {
		t.Errorf("%d at a time", most)
	}
	s := openStore(t, dir)
	unlock, err := s.Lock("k")
	must(t, err)
	defer unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.LockContext(ctx, "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	other, err := s.Lock("another key")
	must(t, err)
	other()
}

func ExampleStore() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := OpenStore(dir)
	if err != nil {
		panic(err)
	}
	defer func() { _ = store.Close() }()

	unlock, err := store.Lock("node 1")
	if err != nil {
		panic(err)
	}
	defer unlock()
	a, found, err := store.Lookup("node 1")
	if err != nil {
		panic(err)
	}
	if !found {
		w, err := store.Create(scores)
		if err != nil {
			panic(err)
		}
		defer w.Abort()
		if err := WriteTable(w, "scores.parquet", []score{{"sub-01", "IT", 0, 0.25}}); err != nil {
			panic(err)
		}
		if a, err = store.Put("node 1", w, Provenance{Stage: "rsa", Machine: "linux/amd64"}); err != nil {
			panic(err)
		}
	}
	rows, err := ReadTable[score](a, "scores.parquet")
	fmt.Println(a.Digest().Short(), rows, err)
	// Output: 5feca39f6cda [{sub-01 IT 0 0.25}] <nil>
}
