package artifacts

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Artifact is an immutable directory of files under a manifest. It is safe for
// concurrent use.
type Artifact struct {
	dir      string
	manifest Manifest
	checked  *checks
	memory   *contents // of an artifact in memory
}

// Open reads the manifest of the artifact in dir, and checks its digest and that
// every file is there with its size. The content of a file is checked when it is
// first read.
func Open(dir string) (*Artifact, error) { return open(dir, &checks{}) }

func open(dir string, checked *checks) (*Artifact, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	a := &Artifact{dir: dir, manifest: m, checked: checked}
	for _, f := range m.Files {
		if _, err := a.stat(f); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Digest names the artifact by its content and provenance.
func (a *Artifact) Digest() Digest { return a.manifest.Digest }

// Manifest returns what manifest.json says. The caller must not change it.
func (a *Artifact) Manifest() Manifest { return a.manifest }

// Dir returns the directory of the artifact.
func (a *Artifact) Dir() string { return a.dir }

// Has reports whether the artifact has a file of that name.
func (a *Artifact) Has(name string) bool { _, ok := a.file(name); return ok }

// Files returns the names of the files that match a pattern (path.Match), in order.
func (a *Artifact) Files(pattern string) []string {
	spec := Schema{Files: []FileSpec{{Name: pattern}}}
	var names []string
	for _, f := range a.manifest.Files {
		if _, ok := spec.Spec(f.Name); ok {
			names = append(names, f.Name)
		}
	}
	return names
}

// Size returns the bytes of all files, the manifest not counted.
func (a *Artifact) Size() int64 {
	var n int64
	for _, f := range a.manifest.Files {
		n += f.Size
	}
	return n
}

// Verify reads every file and compares it with the manifest, whatever was checked
// before, and refuses files that the manifest does not list.
func (a *Artifact) Verify() error {
	if a.memory != nil {
		return nil
	}
	if _, err := open(a.dir, a.checked); err != nil {
		return err
	}
	if err := a.checkStrays(); err != nil {
		return err
	}
	for _, f := range a.manifest.Files {
		if err := a.verifyFile(f); err != nil {
			return err
		}
	}
	return nil
}

// Check is Verify for readers that take files by their paths: it hashes those files
// that reads reports (all when it is nil) and that this process has not hashed since
// they last changed.
func (a *Artifact) Check(reads func(name string) bool) error {
	if err := a.checkStrays(); err != nil {
		return err
	}
	for _, f := range a.manifest.Files {
		if reads != nil && !reads(f.Name) {
			continue
		}
		file, err := a.openFile(f.Name)
		if err != nil {
			return err
		}
		file.Close()
	}
	return nil
}

// Path returns the path of a file whose content has been checked.
func (a *Artifact) Path(name string) (string, error) {
	f, err := a.openFile(name)
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

func (a *Artifact) file(name string) (FileInfo, bool) {
	i, ok := slices.BinarySearchFunc(a.manifest.Files, name, func(f FileInfo, name string) int {
		return strings.Compare(f.Name, name)
	})
	if !ok {
		return FileInfo{}, false
	}
	return a.manifest.Files[i], true
}

func (a *Artifact) path(name string) string { return filepath.Join(a.dir, filepath.FromSlash(name)) }

func (a *Artifact) damage(name, reason string, err error) error {
	return &DamageError{Digest: a.manifest.Digest, Path: a.path(name), Reason: reason, Err: err}
}

// stat checks that a file is a plain file of the right size.
func (a *Artifact) stat(f FileInfo) (fs.FileInfo, error) {
	info, err := os.Lstat(a.path(f.Name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, a.damage(f.Name, "missing", err)
	case err != nil:
		return nil, a.damage(f.Name, "cannot be read", err)
	case !info.Mode().IsRegular():
		return nil, a.damage(f.Name, "not a plain file", nil)
	case info.Size() != f.Size:
		return nil, a.damage(f.Name, fmt.Sprintf("has %d bytes, the manifest says %d", info.Size(), f.Size), nil)
	}
	return info, nil
}

// openFile opens a file and checks its content, unless this very file was checked
// before. Every reader goes through it.
func (a *Artifact) openFile(name string) (_ *os.File, err error) {
	if a.memory != nil {
		return nil, fmt.Errorf("artifacts: %s: is in memory, %s is no file", a.dir, name)
	}
	want, ok := a.file(name)
	if !ok {
		return nil, fmt.Errorf("artifacts: %s has no file %q: %w", a.dir, name, ErrNotFound)
	}
	if _, err := a.stat(want); err != nil {
		return nil, err
	}
	f, err := os.Open(a.path(name))
	if err != nil {
		return nil, a.damage(name, "cannot be read", err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, a.damage(name, "cannot be read", err)
	}
	id, settled := identify(info, a.checked.lag)
	if a.checked.has(id, want.SHA256) {
		return f, nil
	}
	sum, err := hashFile(f, info.Size())
	if err != nil {
		return nil, a.damage(name, "cannot be read", err)
	}
	if sum != want.SHA256 {
		return nil, a.damage(name, fmt.Sprintf("has SHA-256 %s, the manifest says %s", sum, want.SHA256), nil)
	}
	if settled {
		a.checked.add(id, sum)
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

func (a *Artifact) verifyFile(f FileInfo) error {
	b := Artifact{dir: a.dir, manifest: a.manifest, checked: &checks{lag: a.checked.lag}}
	file, err := b.openFile(f.Name)
	if err != nil {
		return err
	}
	return file.Close()
}

// checkStrays refuses files that the manifest does not list.
func (a *Artifact) checkStrays() error {
	return filepath.WalkDir(a.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return &DamageError{Digest: a.manifest.Digest, Path: path, Reason: "cannot be read", Err: err}
		}
		name, err := filepath.Rel(a.dir, path)
		if err != nil || d.IsDir() || name == ManifestName {
			return err
		}
		if !a.Has(filepath.ToSlash(name)) {
			return &DamageError{Digest: a.manifest.Digest, Path: path, Reason: "is not listed in the manifest"}
		}
		return nil
	})
}

// hashFile returns the SHA-256 of f, which has size bytes or so, in hexadecimal digits.
func hashFile(f io.Reader, size int64) (string, error) {
	h := sha256.New()
	buffer := make([]byte, min(max(size, 1), 256<<10))
	if _, err := io.CopyBuffer(h, struct{ io.Reader }{f}, buffer); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// checks remembers which files had which SHA-256, so that a process hashes a file
// once.
type checks struct {
	lag time.Duration // of the clock that stamps the files
	mu  sync.Mutex
	sum map[fileID]string
}

func (c *checks) has(id fileID, sum string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sum[id] == sum
}

func (c *checks) add(id fileID, sum string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sum == nil {
		c.sum = map[fileID]string{}
	}
	c.sum[id] = sum
}
