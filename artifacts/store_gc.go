package artifacts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Remember notes that the run of that name needs these artifacts, in place of those it
// needed before, and makes them last through a power cut. GC keeps them.
func (s *Store) Remember(run string, digests []Digest) error {
	if run == "" {
		return fmt.Errorf("artifacts: a run needs a name")
	}
	text, err := json.MarshalIndent(runMemo{run, digests}, "", "  ")
	if err != nil {
		return fmt.Errorf("artifacts: %w", err)
	}
	return s.shared(func() error {
		for _, d := range digests {
			if _, err := ParseDigest(string(d)); err != nil {
				return fmt.Errorf("artifacts: run %s: %w", run, err)
			}
			if !isOccupied(s.object(d)) {
				return fmt.Errorf("artifacts: run %s needs %s: %w in store %s", run, d, ErrNotFound, s.dir)
			}
		}
		for _, dir := range []string{"objects", "keys"} {
			if err := flush(s.path(dir)); err != nil {
				return fmt.Errorf("artifacts: run %s: %w", run, err)
			}
		}
		if err := replaceFile(s.runPath(run), text, true); err != nil {
			return fmt.Errorf("artifacts: run %s: %w", run, err)
		}
		return flush(s.path("runs"))
	})
}

// Forget drops a run. Its artifacts stay until GC finds that nobody needs them.
func (s *Store) Forget(run string) error {
	err := os.Remove(s.runPath(run))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("artifacts: run %q: %w in store %s", run, ErrNotFound, s.dir)
	}
	return err
}

// Runs returns what each remembered run needs.
func (s *Store) Runs() (map[string][]Digest, error) {
	entries, err := os.ReadDir(s.path("runs"))
	if err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	runs := map[string][]Digest{}
	for _, e := range entries {
		if isNew(e.Name()) {
			continue
		}
		path := s.path("runs", e.Name())
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // forgotten meanwhile
		}
		var m runMemo
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		if err == nil && s.runPath(m.Run) != path {
			err = fmt.Errorf("is of another run, %q", m.Run)
		}
		if err != nil {
			return nil, &DamageError{Path: path, Reason: "not the memory of a run", Err: err}
		}
		runs[m.Run] = m.Digests
	}
	return runs, nil
}

type runMemo struct {
	Run     string   `json:"run"`
	Digests []Digest `json:"digests"`
}

func (s *Store) runPath(run string) string { return s.path("runs", "run-"+url.PathEscape(run)) }

// GC removes the artifacts that no remembered run needs, nothing holds and no other
// living Store has been handed, and what dead processes and Quarantine left. What this Store itself has
// handed out is not kept: do not collect while still using it. With dryRun it only
// counts. Runs that are named count as forgotten. It waits until no process is adding
// anything.
func (s *Store) GC(dryRun bool, forgotten ...string) (removed int, bytes int64, err error) {
	err = s.locked(lockExclusive, func() error {
		keep, err := s.needed(dryRun, forgotten)
		if err != nil {
			return err
		}
		digests, err := s.digests()
		if err != nil {
			return err
		}
		unreferenced := map[Digest]bool{}
		for _, d := range digests {
			if !keep[d] {
				unreferenced[d] = true
				bytes += dirSize(s.object(d))
			}
		}
		removed = len(unreferenced)
		if !dryRun {
			// References to an artifact are removed before it: a killed GC leaves no key without one.
			if err := s.sweepMemos(unreferenced); err != nil {
				return err
			}
			for d := range unreferenced {
				// Renamed first: a crash must not leave half an artifact under its name.
				gone := s.path("tmp", "gone-"+d.Hex())
				if err := errors.Join(os.RemoveAll(gone), os.Rename(s.object(d), gone)); err != nil {
					return err
				}
			}
		}
		for _, left := range []string{"tmp", "quarantine"} {
			n, size, err := removeStale(filepath.Join(escapeGlob(s.path(left)), "*"), dryRun)
			if err != nil {
				return err
			}
			if dryRun || left == "quarantine" {
				removed, bytes = removed+n, bytes+size
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("artifacts: gc of store %s: %w", s.dir, err)
	}
	return removed, bytes, err
}

// needed collects what runs and living processes need.
func (s *Store) needed(dryRun bool, forgotten []string) (map[Digest]bool, error) {
	runs, err := s.Runs()
	if err != nil {
		return nil, err // what an unreadable run needs is unknown, so nothing is removed
	}
	for _, run := range forgotten {
		if _, ok := runs[run]; !ok {
			return nil, fmt.Errorf("run %q: %w", run, ErrNotFound)
		}
		delete(runs, run)
	}
	keep := map[Digest]bool{}
	for _, digests := range runs {
		for _, d := range digests {
			keep[d] = true
		}
	}
	held, err := s.held(dryRun)
	if err != nil {
		return nil, err
	}
	for _, d := range held {
		keep[d] = true
	}
	pins, err := filepath.Glob(filepath.Join(escapeGlob(s.path("pins")), "*"))
	if err != nil {
		return nil, err
	}
	own := s.ownPin()
	for _, path := range pins {
		if path == own {
			continue
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0) // NFS locks only what is open for writing
		if errors.Is(err, fs.ErrNotExist) {
			continue // just closed
		}
		if err != nil {
			return nil, err
		}
		alive := flock(f, lockTry) != nil
		f.Close()
		if !alive {
			if !dryRun {
				err = os.Remove(path)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, hex := range strings.Fields(string(text)) {
			keep[Digest(digestPrefix+hex)] = true
		}
	}
	return keep, nil
}

func (s *Store) ownPin() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pin == nil {
		return ""
	}
	return s.pin.Name()
}

// sweepMemos removes keys and facts of artifacts that are gone or unreferenced, unused locks,
// and half-written memos.
func (s *Store) sweepMemos(unreferenced map[Digest]bool) error {
	gone := func(path string) bool {
		switch dir := filepath.Base(filepath.Dir(path)); {
		case isNew(filepath.Base(path)):
			return true
		case dir == "keys":
			m, err := readMemo(path)
			return err != nil || unreferenced[m.Digest] || !isOccupied(s.object(m.Digest))
		case dir == "facts":
			d := Digest(digestPrefix + filepath.Base(path))
			return unreferenced[d] || !isOccupied(s.object(d))
		case dir == "locks":
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				return false
			}
			defer f.Close()
			if flock(f, lockTry) == nil {
				_ = os.Remove(path) // while we hold it; who waits for it notices
			}
		}
		return false
	}
	for _, dir := range []string{"keys", "facts", "runs", "holds", "locks", "tmp"} {
		entries, err := os.ReadDir(s.path(dir))
		if err != nil {
			return err
		}
		for _, e := range entries {
			path := s.path(dir, e.Name())
			if !gone(path) {
				continue
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// Quarantine moves a damaged artifact aside and forgets the keys that lead to it, so
// that it is made again. It is no error if the artifact is gone altogether.
func (s *Store) Quarantine(d Digest) error {
	if _, err := ParseDigest(string(d)); err != nil {
		return fmt.Errorf("artifacts: quarantine: %w", err)
	}
	err := s.locked(lockExclusive, func() error {
		if a, err := open(s.object(d), s.checked); err == nil && a.Digest() == d && a.Verify() == nil {
			return nil // another process has made it again meanwhile
		}
		entries, err := os.ReadDir(s.path("keys"))
		if err != nil {
			return err
		}
		for _, e := range entries {
			path := s.path("keys", e.Name())
			if m, err := readMemo(path); err == nil && m.Digest == d {
				if err := os.Remove(path); err != nil {
					return err
				}
			}
		}
		if isOccupied(s.object(d)) {
			aside, err := os.MkdirTemp(s.path("quarantine"), d.Hex()+"-*")
			if err != nil {
				return err
			}
			if err := os.Rename(s.object(d), filepath.Join(aside, d.Hex())); err != nil {
				return err
			}
		}
		err = os.Remove(s.path("facts", d.Hex()))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("artifacts: quarantine %s: %w", d, err)
	}
	return nil
}

// Check reads the whole store and returns everything that is wrong with it: artifacts
// that are damaged or misnamed, keys and runs that lead nowhere.
func (s *Store) Check() []error {
	var wrong []error
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	note(s.shared(func() error {
		digests, err := s.digests()
		if err != nil {
			return err
		}
		for _, d := range digests {
			a, err := open(s.object(d), s.checked)
			if err == nil && a.Digest() != d {
				err = &DamageError{Digest: d, Path: a.dir, Reason: fmt.Sprintf("holds artifact %s", a.Digest())}
			}
			if err == nil {
				err = a.Verify()
			}
			note(err)
		}
		entries, err := os.ReadDir(s.path("keys"))
		if err != nil {
			return err
		}
		for _, e := range entries {
			path := s.path("keys", e.Name())
			if isNew(e.Name()) {
				continue // being written, or left by a dead process; GC removes it
			}
			m, err := readMemo(path)
			if err == nil && !isOccupied(s.object(m.Digest)) {
				err = fmt.Errorf("%s: key %q leads to %s, which is not there", path, m.Key, m.Digest)
			}
			note(err)
		}
		runs, err := s.Runs()
		note(err)
		for run, digests := range runs {
			for _, d := range digests {
				if !isOccupied(s.object(d)) {
					note(fmt.Errorf("%s: run %q needs %s, which is not there", s.runPath(run), run, d))
				}
			}
		}
		return nil
	}))
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return wrong
}
