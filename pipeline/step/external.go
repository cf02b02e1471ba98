package step

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"realnet/artifacts"
	"realnet/data/catalogue"
)

// External is a folder outside the store that a node reads, such as a dataset
// that the user has. Its digest covers the names and contents of the files that
// match, so that one changed byte re-runs what depends on it.
type External struct {
	Name   string   `json:"name"`
	Path   string   `json:"path"`
	Files  []string `json:"files,omitempty"` // patterns of path.Match, relative; none: every file
	Digest string   `json:"digest"`

	hashes *hashCache
}

// ErrNoFiles is returned when an external folder has no file that a study needs.
var ErrNoFiles = errors.New("no file matches")

// ErrChanged is returned when the files of an external folder changed while a
// stage read them.
var ErrChanged = errors.New("files changed while they were read")

// NewExternal digests a folder. Contents are hashed once and again only when
// size, times or inode of a file change; the hashes are cached in cacheDir, if it is
// not "".
func NewExternal(ctx context.Context, name, dir string, patterns []string, cacheDir string) (External, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return External{}, err
	}
	e := External{Name: name, Path: abs, Files: patterns, hashes: loadHashCache(cacheDir, abs)}
	if e.Digest, err = e.digest(ctx); err != nil {
		return External{}, err
	}
	return e, e.hashes.save()
}

// Unchanged reports files that are not as they were when NewExternal digested
// them. What a stage made of such files must not be kept under that digest.
func (e External) Unchanged(ctx context.Context) error {
	now, err := e.digest(ctx)
	if err != nil {
		return err
	}
	if now != e.Digest {
		return fmt.Errorf("data %s: %s: %w: run the same command again", e.Name, e.Path, ErrChanged)
	}
	return nil
}

func (e External) digest(ctx context.Context) (string, error) {
	files, err := catalogue.List(e.Path, e.Files)
	if err != nil {
		return "", fmt.Errorf("data %s: %w", e.Name, err)
	}
	if len(files) == 0 {
		return "", fmt.Errorf("data %s: %s: %w %s", e.Name, e.Path, ErrNoFiles, strings.Join(e.Files, ", "))
	}
	h := sha256.New()
	for _, f := range files {
		sum, err := e.hashes.digest(ctx, filepath.Join(e.Path, filepath.FromSlash(f)))
		if err != nil {
			return "", fmt.Errorf("data %s: %w", e.Name, err)
		}
		fmt.Fprintf(h, "%d %s %s\n", len(f), f, sum)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// hashCache remembers the digest of files whose size, times and inode are unchanged.
type hashCache struct {
	mu   sync.Mutex
	file string
	Sums map[string]fileHash `json:"sums"`
}

type fileHash struct {
	artifacts.FileState
	Sum string `json:"sum"`
}

func loadHashCache(cacheDir, dir string) *hashCache {
	name := sha256.Sum256([]byte(dir))
	f := &hashCache{Sums: map[string]fileHash{}}
	if cacheDir != "" {
		f.file = filepath.Join(cacheDir, hex.EncodeToString(name[:8])+".json")
		if text, err := os.ReadFile(f.file); err == nil && json.Unmarshal(text, f) != nil {
			f.Sums = map[string]fileHash{} // damaged: hash again
		}
	}
	return f
}

func (f *hashCache) save() error {
	if f.file == "" {
		return nil
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.file), 0o755); err != nil {
		return err
	}
	return artifacts.ReplaceFile(f.file, text)
}

func (f *hashCache) digest(ctx context.Context, file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	state, settled := artifacts.StateOf(info)
	f.mu.Lock()
	known, ok := f.Sums[file]
	f.mu.Unlock()
	if ok && known.FileState == state {
		return known.Sum, nil
	}
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, catalogue.Interruptible(ctx, in)); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if settled {
		f.mu.Lock()
		f.Sums[file] = fileHash{state, sum}
		f.mu.Unlock()
	}
	return sum, nil
}
