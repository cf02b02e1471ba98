package artifacts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Create starts an artifact that Put will add to the store.
func (s *Store) Create(schema Schema) (*Writer, error) {
	if err := schema.validate(); err != nil {
		return nil, fmt.Errorf("artifacts: schema %q: %w", schema.Name, err)
	}
	temp, lock, err := tempDir(s.path("tmp"), schema.Name+"-*")
	if err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	return &Writer{schema: schema, temp: temp, lock: lock, files: map[string]bool{}}, nil
}

// Workspace makes a folder on the store's file system, for what becomes an artifact
// by Adopt without being copied. GC leaves it as long as this process lives.
func (s *Store) Workspace(name string) (dir string, remove func(), err error) {
	dir, lock, err := tempDir(s.path("tmp"), name+"-*")
	if err != nil {
		return "", nil, fmt.Errorf("artifacts: %w", err)
	}
	return dir, func() {
		_ = os.RemoveAll(dir) // what stays is swept by GC
		lock.release()
	}, nil
}

// Put commits an artifact started with Create and remembers it as what the node called
// key made. When the store has the same artifact already, that one is kept. The files
// are flushed to the disk; their names are by Remember. A power cut may thus lose, but
// never damage, what no run remembers yet; a killed process loses nothing.
func (s *Store) Put(key string, w *Writer, p Provenance) (*Artifact, error) {
	defer w.Abort()
	if w.dir != "" || filepath.Dir(w.temp) != s.path("tmp") {
		return nil, fmt.Errorf("artifacts: put %q: the writer is not of store %s", key, s.dir)
	}
	m, err := w.seal(p, s.checked)
	if err != nil {
		return nil, fmt.Errorf("artifacts: put %q: %w", key, err)
	}
	return s.install(m.Digest, key, w.place)
}

// Adopt moves an artifact that another program wrote at dir into the store, as what
// the node called key made. Every file is verified, and checked against the schema if
// it is a defined one. When dir cannot be renamed into the store, it is copied and left.
func (s *Store) Adopt(key, dir string) (*Artifact, error) {
	a, err := s.admit(dir)
	if err != nil {
		return nil, fmt.Errorf("artifacts: adopt %s: %w", dir, err)
	}
	err = protect(dir)
	if err == nil {
		err = flushTree(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("artifacts: adopt %s: %w", dir, err)
	}
	place := func(to string) error {
		if err := os.Rename(dir, to); err == nil || isOccupied(to) {
			return err
		}
		return s.copyIn(a, to)
	}
	return s.install(a.Digest(), key, place)
}

// Link takes the artifact at dir as what the node called key made, and leaves it
// where it is: the store points there. Every file is verified.
func (s *Store) Link(key, dir string) (*Artifact, error) {
	a, err := s.admit(dir)
	if err != nil {
		return nil, fmt.Errorf("artifacts: link %s: %w", dir, err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("artifacts: link %s: %w", dir, err)
	}
	return s.install(a.Digest(), key, func(to string) error { return os.Symlink(abs, to) })
}

// Import copies the artifact at dir into the store.
func (s *Store) Import(dir string) (*Artifact, error) {
	a, err := s.admit(dir)
	if err != nil {
		return nil, fmt.Errorf("artifacts: import %s: %w", dir, err)
	}
	return s.install(a.Digest(), "", func(to string) error { return s.copyIn(a, to) })
}

// Export copies an artifact out of the store to dir, which must not exist.
func (s *Store) Export(d Digest, dir string) error {
	a, err := s.Get(d)
	if err != nil {
		return err
	}
	if err := a.Verify(); err != nil {
		return err
	}
	if err := checkFree(dir); err != nil {
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("artifacts: export: %w", err)
	}
	temp, lock, err := tempDir(parent, "."+filepath.Base(dir)+".partial-*")
	if err != nil {
		return fmt.Errorf("artifacts: export: %w", err)
	}
	defer lock.release()
	defer func() { _ = os.RemoveAll(temp) }() // nothing is there after the rename
	if err = copyTree(a, temp); err == nil {
		err = os.Rename(temp, dir)
	}
	if err != nil {
		return fmt.Errorf("artifacts: export %s: %w", d, err)
	}
	return flush(parent)
}

// admit verifies an artifact from outside.
func (s *Store) admit(dir string) (*Artifact, error) {
	a, err := Open(dir)
	if err != nil {
		return nil, err
	}
	if err := a.Verify(); err != nil {
		return nil, err
	}
	if schema, ok := LookupRef(a.manifest.Schema); ok {
		return a, a.Conforms(schema)
	}
	return a, nil
}

// install makes place put an artifact at its name in the store, unless it is there,
// and remembers it under key if there is one.
func (s *Store) install(d Digest, key string, place func(to string) error) (*Artifact, error) {
	to := s.object(d)
	for try := 0; ; try++ {
		var a *Artifact
		err := s.shared(func() (err error) {
			if !isOccupied(to) {
				err = place(to)
				if err != nil && !isOccupied(to) { // else another process was quicker
					return err
				}
			}
			if a, err = s.open(d); err != nil || key == "" {
				return err
			}
			return s.writeKey(key, d)
		})
		var damage *DamageError
		if errors.As(err, &damage) && isOccupied(to) && try < 3 {
			if err := s.Quarantine(d); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("artifacts: store %s: %w", s.dir, err)
		}
		return a, nil
	}
}

func isOccupied(path string) bool { _, err := os.Lstat(path); return err == nil }

func (s *Store) writeKey(key string, d Digest) error {
	text, err := json.Marshal(memo{key, d})
	if err != nil {
		return err
	}
	return replaceFile(s.path("keys", hashName(key)), text, false)
}

// copyIn copies an artifact to its name in the store by way of tmp.
func (s *Store) copyIn(a *Artifact, to string) error {
	temp, lock, err := tempDir(s.path("tmp"), "copy-*")
	if err != nil {
		return err
	}
	defer lock.release()
	defer func() { _ = os.RemoveAll(temp) }() // nothing is there after the rename
	if err := copyTree(a, temp); err != nil {
		return err
	}
	return os.Rename(temp, to)
}

// copyTree copies manifest and files of an artifact and flushes them.
func copyTree(a *Artifact, to string) error {
	names := []string{ManifestName}
	for _, f := range a.manifest.Files {
		names = append(names, f.Name)
	}
	for _, name := range names {
		target := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := copyFile(a.path(name), target); err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	if b, err := Open(to); err != nil || b.Digest() != a.Digest() {
		return fmt.Errorf("copy of %s changed underway: %w", a.dir, errors.Join(ErrDamaged, err))
	}
	if err := protect(to); err != nil {
		return err
	}
	return flushTree(to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// protect makes the files under dir read-only.
func protect(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o444)
	})
}
