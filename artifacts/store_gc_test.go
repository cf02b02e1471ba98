package artifacts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGC(t *testing.T) {
	dir := t.TempDir()
	maker := openStore(t, dir)
	var digests []Digest
	for _, k := range []string{"a", "b", "c"} {
		digests = append(digests, put(t, maker, k).Digest())
	}
	must(t, maker.Remember("run/1", digests[:1]))
	must(t, maker.Remember("2", digests[1:2]))
	if err := maker.Remember("3", []Digest{NewDigest(nil)}); !errors.Is(err, ErrNotFound) {
		t.Errorf("remembering what is not there: %v", err)
	}
	collector := openStore(t, dir)
	has := func(want string) {
		t.Helper()
		got := ""
		for i, d := range digests {
			if isOccupied(maker.object(d)) {
				got += string("abc"[i])
			}
		}
		if got != want {
			t.Errorf("the store has %q, want %q", got, want)
		}
		mustClean(t, collector)
	}
	gc := func(s *Store, dry bool, want int) {
		t.Helper()
		n, bytes, err := s.GC(dry)
		must(t, err)
		if n != want || (bytes > 0) != (want > 0) {
			t.Errorf("GC(%v) counts %d, %d bytes; want %d", dry, n, bytes, want)
		}
	}
	gc(collector, false, 0) // the maker lives and may use all
	has("abc")
	must(t, maker.Close())
	gc(collector, true, 1)
	has("abc")
	gc(collector, false, 1)
	has("ab")
	must(t, collector.Forget("run/1"))
	gc(collector, false, 1)
	has("b")
	if err := collector.Forget("run/1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgetting twice: %v", err)
	}
	if _, ok, err := collector.Lookup("a"); ok || err != nil {
		t.Errorf("key of what was collected: %v %v", ok, err)
	}
	runs, err := collector.Runs()
	must(t, err)
	if diff := cmp.Diff(map[string][]Digest{"2": digests[1:2]}, runs); diff != "" {
		t.Error(diff)
	}

	// What dead processes and Quarantine left.
	must(t, os.MkdirAll(maker.path("tmp", "dead", "x"), 0o755))
	must(t, os.WriteFile(maker.path("tmp", "dead", "x", "y"), []byte("y"), 0o644))
	must(t, os.WriteFile(maker.path("pins", "1-dead"), []byte(digests[1].Hex()), 0o644))
	living, err := maker.Create(scores)
	must(t, err)
	defer living.Abort()
	must(t, os.Truncate(filepath.Join(maker.object(digests[1]), "scores.parquet"), 3))
	must(t, maker.Quarantine(digests[1]))
	must(t, maker.Forget("2"))
	_, _, err = collector.GC(false)
	must(t, err)
	for _, d := range []string{"objects", "quarantine", "keys", "pins", "locks", "facts", "runs"} {
		if left, _ := os.ReadDir(maker.path(d)); len(left) > 0 && (d != "pins" || len(left) > 1) {
			t.Errorf("%s: left %v", d, left)
		}
	}
	if left, _ := os.ReadDir(maker.path("tmp")); len(left) != 2 {
		t.Errorf("tmp: %v, want the living writer's folder and its lock", left)
	}
}

func TestGCStopsAtAnUnreadableRun(t *testing.T) {
	s := openStore(t, t.TempDir())
	a := put(t, s, "k")
	must(t, os.WriteFile(s.path("runs", "run-x"), []byte("{"), 0o644))
	if _, _, err := s.GC(false); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "run-x") {
		t.Errorf("got %v, want damage that names run-x", err)
	}
	if !isOccupied(a.Dir()) {
		t.Error("removed what the unreadable run may need")
	}
}
