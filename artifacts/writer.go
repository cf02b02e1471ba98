package artifacts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Writer collects the files of one artifact in a temporary directory beside its
// final place. It may be used by several goroutines, each file by one.
type Writer struct {
	schema Schema
	dir    string    // where Commit puts the artifact; "" in a store
	temp   string    // where the files are until then
	lock   tempLock  // on temp
	memory *contents // instead of temp, of an artifact in memory

	mu    sync.Mutex
	files map[string]bool // name -> closed
	err   error           // first failure of a file
	done  bool
}

// Create starts an artifact that Commit will put at dir, which must not exist (or be
// an empty directory). Missing parents are made. The remains of writers of the same
// dir that were killed are removed.
func Create(dir string, schema Schema) (*Writer, error) {
	if err := schema.validate(); err != nil {
		return nil, fmt.Errorf("artifacts: schema %q: %w", schema.Name, err)
	}
	dir = filepath.Clean(dir)
	if err := checkFree(dir); err != nil {
		return nil, err
	}
	parent, base := filepath.Split(dir)
	if parent == "" {
		parent = "."
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	prefix := "." + base + ".partial-"
	if _, _, err := removeStale(filepath.Join(escapeGlob(parent), escapeGlob(prefix)+"*"), false); err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	temp, lock, err := tempDir(parent, prefix+"*")
	if err != nil {
		return nil, fmt.Errorf("artifacts: %w", err)
	}
	return &Writer{schema: schema, dir: dir, temp: temp, lock: lock, files: map[string]bool{}}, nil
}

func checkFree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("artifacts: %s: %w: %w", dir, ErrExists, err)
	}
	return fmt.Errorf("artifacts: %s: %w; remove it or choose another place", dir, ErrExists)
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// Schema returns the schema that the artifact is written for.
func (w *Writer) Schema() Schema { return w.schema }

// File starts a raw file. Its name may be nested, as in "figures/x.svg". It is
// finished when it is closed.
func (w *Writer) File(name string) (io.WriteCloser, error) {
	if w.memory != nil {
		_, err := w.start(name, KindRaw)
		return &memoryFile{w: w, name: name}, err
	}
	f, _, err := w.create(name, KindRaw)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// create starts a file of a kind that the schema gives that name.
func (w *Writer) create(name string, kind Kind) (*fileWriter, FileSpec, error) {
	fail := func(err error) (*fileWriter, FileSpec, error) {
		return nil, FileSpec{}, fmt.Errorf("artifacts: write %s of %s: %w", name, w.schema.Ref(), err)
	}
	spec, err := w.admit(name, kind)
	if err != nil {
		return fail(err)
	}
	path := filepath.Join(w.temp, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fail(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fail(err)
	}
	return &fileWriter{File: f, w: w, name: name}, spec, nil
}

// admit checks that the artifact takes a file of that name and kind, and notes it.
func (w *Writer) admit(name string, kind Kind) (FileSpec, error) {
	if err := checkName(name); err != nil {
		return FileSpec{}, err
	}
	spec, ok := w.schema.Spec(name)
	if !ok {
		return spec, fmt.Errorf("%w: the schema has no such file", ErrSchema)
	}
	if spec.Kind != kind {
		return spec, fmt.Errorf("%w: the schema says it is a %s file, not %s", ErrSchema, spec.Kind, kind)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return spec, ErrClosed
	}
	if _, twice := w.files[name]; twice {
		return spec, ErrExists
	}
	w.files[name] = false
	return spec, nil
}

// fileWriter is a file of an artifact under way. A failed write fails the artifact.
type fileWriter struct {
	*os.File
	w    *Writer
	name string
	err  error
}

func (f *fileWriter) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.note(err)
	return n, err
}

// ReadFrom keeps io.Copy from going past Write's bookkeeping.
func (f *fileWriter) ReadFrom(r io.Reader) (int64, error) {
	n, err := f.File.ReadFrom(r)
	f.note(err)
	return n, err
}

func (f *fileWriter) note(err error) {
	if err != nil && f.err == nil {
		f.err = err
	}
}

// Close finishes the file.
func (f *fileWriter) Close() error {
	err := f.File.Close()
	if errors.Is(err, os.ErrClosed) {
		return f.err
	}
	f.note(err)
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.files[f.name] = true
	if f.err != nil && f.w.err == nil {
		f.w.err = f.err
	}
	return f.err
}

// finish closes the file and returns the first error, which also fails the artifact.
func (f *fileWriter) finish(err error) error {
	f.note(err)
	return f.Close()
}

// Commit checks the files against the schema, writes the manifest, flushes all to
// the disk and renames the directory to its final name. When it fails, nothing is at
// the final place and the temporary files are removed.
func (w *Writer) Commit(p Provenance) (*Artifact, error) {
	if w.memory != nil {
		return w.commitMemory(p)
	}
	if w.dir == "" {
		return nil, fmt.Errorf("artifacts: a writer of a store is committed with Store.Put")
	}
	defer w.Abort()
	checked := &checks{}
	m, err := w.seal(p, checked)
	if err != nil {
		return nil, fmt.Errorf("artifacts: commit %s: %w", w.dir, err)
	}
	err = w.place(w.dir)
	if err == nil {
		err = flush(filepath.Dir(w.dir))
	}
	if err != nil {
		return nil, fmt.Errorf("artifacts: commit %s: %w", w.dir, err)
	}
	return &Artifact{dir: w.dir, manifest: m, checked: checked}, nil
}

// Abort removes the temporary files. It does nothing after Commit or a second time.
func (w *Writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return
	}
	w.done = true
	if w.memory != nil {
		return
	}
	_ = os.RemoveAll(w.temp) // what stays is swept by the next writer or by gc
	w.lock.release()
}

// seal makes the temporary directory a whole artifact.
func (w *Writer) seal(p Provenance, checked *checks) (Manifest, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return Manifest{}, ErrClosed
	}
	if w.err != nil {
		return Manifest{}, w.err
	}
	for name, closed := range w.files {
		if !closed {
			return Manifest{}, fmt.Errorf("%s: is still open; close it first", name)
		}
	}
	return sealDir(w.temp, w.schema, p, checked)
}

// place renames the temporary directory.
func (w *Writer) place(dir string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := checkFree(dir); err != nil {
		return err
	}
	if err := os.Rename(w.temp, dir); err != nil {
		return err
	}
	w.done = true
	w.lock.release()
	return nil
}

// Seal makes an artifact of the files that are already in dir, for programs that
// write Parquet and Arrow files by other means: it checks them against the schema and
// adds the manifest. An older manifest is replaced.
func Seal(dir string, schema Schema, p Provenance) (*Artifact, error) {
	checked := &checks{}
	m, err := sealDir(dir, schema, p, checked)
	if err != nil {
		return nil, fmt.Errorf("artifacts: seal %s: %w", dir, err)
	}
	return &Artifact{dir: dir, manifest: m, checked: checked}, nil
}

func sealDir(dir string, schema Schema, p Provenance, checked *checks) (Manifest, error) {
	p, err := p.normalise()
	if err != nil {
		return Manifest{}, err
	}
	names, err := listFiles(dir)
	if err != nil {
		return Manifest{}, err
	}
	if err := schema.conform(dir, names); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Format: formatVersion, Schema: schema.Ref(), Provenance: p, Files: make([]FileInfo, len(names))}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() (err error) {
			m.Files[i], err = sealFile(dir, name, checked)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Manifest{}, err
	}
	if m.Digest, err = m.computeDigest(); err != nil {
		return Manifest{}, err
	}
	text, err := m.encode()
	if err != nil {
		return Manifest{}, err
	}
	if err := replaceFile(filepath.Join(dir, ManifestName), text, false); err != nil {
		return Manifest{}, err
	}
	return m, flushTree(dir)
}

// sealFile makes one file read-only and hashes it.
func sealFile(dir, name string, checked *checks) (FileInfo, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return FileInfo{}, err
	}
	defer f.Close()
	if err := f.Chmod(0o444); err != nil {
		return FileInfo{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return FileInfo{}, err
	}
	id, settled := identify(info, checked.lag)
	sum, err := hashFile(f, info.Size())
	if err != nil {
		return FileInfo{}, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	if settled {
		checked.add(id, sum)
	}
	return FileInfo{Name: name, Size: info.Size(), SHA256: sum}, nil
}

// flushTree flushes all files and directories under dir at once: the disk then makes
// one round for all of them.
func flushTree(dir string) error {
	var group errgroup.Group
	group.SetLimit(16)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			group.Go(func() error { return flush(path) })
		}
		return err
	})
	return errors.Join(err, group.Wait())
}

// listFiles returns the files under dir by their slash-separated names, sorted. The
// manifest is left out.
func listFiles(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || d.IsDir() || name == ManifestName {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s: is not a plain file", path)
		}
		names = append(names, filepath.ToSlash(name))
		return checkName(filepath.ToSlash(name))
	})
	slices.Sort(names)
	return names, err
}

// replaceFile gives path a new content in one step for every reader, and with last
// one that survives a power cut.
func replaceFile(path string, text []byte, last bool) error {
	temp, err := os.CreateTemp(filepath.Dir(path), newPrefix+"*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // nothing is there after the rename
	_, err = temp.Write(text)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if err == nil && last {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(temp.Name(), path)
}

const newPrefix = ".new-"

// isNew reports whether a name is of a file that replaceFile has not finished.
func isNew(name string) bool { return strings.HasPrefix(name, newPrefix) }
