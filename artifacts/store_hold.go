package artifacts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"
)

// hold is the content of holds/NAME.
type hold struct {
	Name    string    `json:"name"`
	Until   time.Time `json:"until"`
	Digests []Digest  `json:"digests"`
}

func (s *Store) holdPath(name string) string { return s.path("holds", "hold-"+url.PathEscape(name)) }

// Hold keeps artifacts from GC until they are released or the time has come, in place
// of what that name held before. Unlike what a Store has handed out, it outlives the
// process: for jobs that a queue runs although who submitted them is gone.
func (s *Store) Hold(name string, until time.Time, digests []Digest) error {
	text, err := json.Marshal(hold{name, until.UTC(), digests})
	if err != nil {
		return fmt.Errorf("artifacts: hold %s: %w", name, err)
	}
	err = s.shared(func() error {
		for _, d := range digests {
			if _, err := ParseDigest(string(d)); err != nil {
				return err
			}
			if !isOccupied(s.object(d)) {
				return fmt.Errorf("%s: %w in store %s", d, ErrNotFound, s.dir)
			}
		}
		return replaceFile(s.holdPath(name), text, true)
	})
	if err != nil {
		return fmt.Errorf("artifacts: hold %s: %w", name, err)
	}
	return nil
}

// Release ends a hold. It is no error if there is none.
func (s *Store) Release(name string) error {
	if err := os.Remove(s.holdPath(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("artifacts: release %s: %w", name, err)
	}
	return nil
}

// held lists what is held, and removes the holds whose time has come.
func (s *Store) held(dryRun bool) ([]Digest, error) {
	entries, err := os.ReadDir(s.path("holds"))
	if err != nil {
		return nil, err
	}
	var list []Digest
	for _, e := range entries {
		path := s.path("holds", e.Name())
		if isNew(e.Name()) {
			continue // being written, or left by a dead process; swept with the others
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // released meanwhile
		}
		var h hold
		if err == nil {
			err = json.Unmarshal(text, &h)
		}
		if err != nil {
			return nil, &DamageError{Path: path, Reason: "not a hold; what it keeps is unknown: remove it if nothing of this store is queued", Err: err}
		}
		if time.Now().After(h.Until) {
			if !dryRun {
				os.Remove(path)
			}
			continue
		}
		list = append(list, h.Digests...)
	}
	return list, nil
}
