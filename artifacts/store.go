package artifacts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Store keeps artifacts by digest, and remembers which one the node of a plan made.
// Several goroutines and processes may use the same directory at once.
//
//	format            marks the directory as a store
//	objects/HEX/      the artifacts, named by digest
//	keys/HEX          SHA-256 of a key -> {"key", "digest"}
//	facts/HEX         what the files of an artifact looked like when they were last hashed
//	runs/NAME         the artifacts that a named run needs
//	pins/PID-*        the artifacts that a living process has been handed
//	holds/NAME        the artifacts that something outside any process needs, such as a job in a queue
//	locks/HEX         one for each key that was locked
//	tmp/              artifacts under way, each with NAME.lock beside it
//	quarantine/       damaged artifacts
//	gc.lock           shared by all that add or use artifacts, exclusive for GC
//
// A Store pins every artifact that it hands out, so that another process's GC leaves
// it, until Close or the end of the process.
type Store struct {
	dir     string
	checked *checks

	mu     sync.Mutex
	pin    *os.File
	pinned map[Digest]bool
}

const storeFormat = "realnet artifact store 1\n"

// OpenStore opens the store in dir, and makes it when dir is absent or empty.
func OpenStore(dir string) (*Store, error) {
	s := &Store{dir: filepath.Clean(dir), checked: &checks{}, pinned: map[Digest]bool{}}
	if err := s.init(); err != nil {
		return nil, fmt.Errorf("artifacts: store %s: %w", dir, err)
	}
	s.checked.lag = clockLag(s.path("tmp"))
	return s, nil
}

func (s *Store) init() error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	text, err := os.ReadFile(s.path("format"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") && e.Name() != "format" {
				return fmt.Errorf("%w: it holds %s and is no store", ErrExists, e.Name())
			}
		}
		if err := replaceFile(s.path("format"), []byte(storeFormat), true); err != nil {
			return err
		}
	case err != nil:
		return err
	case string(text) != storeFormat:
		return fmt.Errorf("format is %q, this program reads %q", text, storeFormat)
	}
	for _, d := range []string{"objects", "keys", "facts", "runs", "pins", "holds", "locks", "tmp", "quarantine"} {
		if err := os.MkdirAll(s.path(d), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// Dir returns the directory of the store.
func (s *Store) Dir() string { return s.dir }

// Close gives up the pins. Artifacts stay readable until someone collects them.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pin == nil {
		return nil
	}
	err := os.Remove(s.pin.Name())
	s.pin.Close()
	s.pin, s.pinned = nil, map[Digest]bool{}
	return err
}

func (s *Store) path(elem ...string) string { return filepath.Join(s.dir, filepath.Join(elem...)) }

func (s *Store) object(d Digest) string { return s.path("objects", d.Hex()) }

// Lookup returns the artifact that the node called key made. It is quick: files whose
// size, inode and times are as they were when last hashed are taken as sound, others
// are hashed. (Readers hash every file once a process all the same.) An artifact that
// is missing or damaged is a *DamageError; Quarantine its digest and make it again.
func (s *Store) Lookup(key string) (*Artifact, bool, error) {
	var a *Artifact
	err := s.shared(func() (err error) {
		d, ok := s.readKey(key)
		if !ok {
			return nil
		}
		a, err = s.open(d)
		return err
	})
	return a, a != nil && err == nil, err
}

// Get returns the artifact of a digest, checked as by Lookup, or ErrNotFound.
func (s *Store) Get(d Digest) (*Artifact, error) {
	if _, err := ParseDigest(string(d)); err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	var a *Artifact
	err := s.shared(func() (err error) {
		if _, err := os.Stat(s.object(d)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("artifacts: %s in store %s: %w", d, s.dir, ErrNotFound)
		}
		a, err = s.open(d)
		return err
	})
	return a, err
}

// List returns every sound artifact, by digest, and the damage of the others as one
// error.
func (s *Store) List() ([]*Artifact, error) {
	digests, err := s.digests()
	if err != nil {
		return nil, err
	}
	var list []*Artifact
	var bad []error
	for _, d := range digests {
		a, err := s.Get(d)
		switch {
		case err == nil:
			list = append(list, a)
		case !errors.Is(err, ErrNotFound): // collected meanwhile
			bad = append(bad, err)
		}
	}
	return list, errors.Join(bad...)
}

// digests lists the objects.
func (s *Store) digests() ([]Digest, error) {
	entries, err := os.ReadDir(s.path("objects"))
	if err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	var list []Digest
	for _, e := range entries {
		d, err := ParseDigest(digestPrefix + e.Name())
		if err != nil {
			return nil, fmt.Errorf("artifacts: %s does not belong in a store: %w", s.path("objects", e.Name()), err)
		}
		list = append(list, d)
	}
	return list, nil
}

// open opens and pins an object. The caller holds the shared lock.
func (s *Store) open(d Digest) (*Artifact, error) {
	a, err := open(s.object(d), s.checked)
	var damage *DamageError
	if errors.As(err, &damage) {
		damage.Digest = d
	}
	if err != nil {
		return nil, err
	}
	if a.Digest() != d {
		return nil, &DamageError{Digest: d, Path: filepath.Join(a.dir, ManifestName), Reason: fmt.Sprintf("is of artifact %s", a.Digest())}
	}
	if err := s.checkFacts(a); err != nil {
		return nil, err
	}
	return a, s.addPin(d)
}

// checkFacts hashes those files of an artifact that do not look as when they were
// last hashed.
func (s *Store) checkFacts(a *Artifact) error {
	path := s.path("facts", a.Digest().Hex())
	known := map[string]fileID{}
	if text, err := os.ReadFile(path); err == nil && json.Unmarshal(text, &known) != nil {
		known = map[string]fileID{} // torn; it only saves time
	}
	changed := false
	for _, f := range a.manifest.Files {
		info, err := a.stat(f)
		if err != nil {
			return err
		}
		id, settled := identify(info, s.checked.lag)
		id.Dev = 0 // a client's own number on NFS
		if known[f.Name] == id {
			continue
		}
		if err := a.verifyFile(f); err != nil {
			return err
		}
		if settled {
			known[f.Name] = id
			changed = true
		}
	}
	if !changed {
		return nil
	}
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	_ = replaceFile(path, text, false) // a store that cannot be written can still be read
	return nil
}

// memo is the content of keys/HEX.
type memo struct {
	Key    string `json:"key"`
	Digest Digest `json:"digest"`
}

func hashName(key string) string { return NewDigest([]byte(key)).Hex() }

// readKey returns the digest of a key. A torn or foreign memo counts as none: the node
// is made again and the memo rewritten.
func (s *Store) readKey(key string) (Digest, bool) {
	m, err := readMemo(s.path("keys", hashName(key)))
	return m.Digest, err == nil && m.Key == key
}

func readMemo(path string) (memo, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return memo{}, err
	}
	var m memo
	if err := json.Unmarshal(text, &m); err != nil {
		return memo{}, fmt.Errorf("%s: %w", path, err)
	}
	if hashName(m.Key) != filepath.Base(path) {
		return memo{}, fmt.Errorf("%s: is of another key, %q", path, m.Key)
	}
	if _, err := ParseDigest(string(m.Digest)); err != nil {
		return memo{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// shared runs f while no GC or Quarantine runs.
func (s *Store) shared(f func() error) error { return s.locked(lockShared, f) }

func (s *Store) locked(how int, f func() error) error {
	lock, err := lockFile(s.path("gc.lock"), how)
	if err != nil {
		return fmt.Errorf("artifacts: %w", err)
	}
	defer lock.Close()
	return f()
}

// addPin notes that this process uses an artifact.
func (s *Store) addPin(d Digest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pinned[d] {
		return nil
	}
	if s.pin == nil {
		f, err := os.CreateTemp(s.path("pins"), fmt.Sprintf("%d-*", os.Getpid()))
		if err == nil {
			err = flock(f, lockTry)
		}
		if err != nil {
			return fmt.Errorf("artifacts: pin: %w", err)
		}
		s.pin = f
	}
	if _, err := s.pin.WriteString(d.Hex() + "\n"); err != nil {
		return fmt.Errorf("artifacts: pin: %w", err)
	}
	s.pinned[d] = true
	return nil
}

// Lock waits until nobody else, in this process or another, has the lock of key. Hold
// it from Lookup to Put, so that no two compute the same node. The lock of a process
// that dies is free.
func (s *Store) Lock(key string) (unlock func(), err error) {
	return s.LockContext(context.Background(), key)
}

// LockContext is Lock that gives up when ctx ends.
func (s *Store) LockContext(ctx context.Context, key string) (unlock func(), err error) {
	path := s.path("locks", hashName(key))
	for wait := time.Millisecond; ; wait = min(wait*3/2, 2*time.Second) { // hundreds may wait on a file server
		f, err := lockFile(path, lockTry)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("artifacts: lock %q: %w", key, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("artifacts: lock %q: held by another: %w", key, ctx.Err())
		case <-time.After(wait):
		}
	}
}
