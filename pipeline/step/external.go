package step

import (
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
	"syscall"

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
}

// ErrNoFiles is returned when an external folder has no file that a study needs.
var ErrNoFiles = errors.New("no file matches")

// NewExternal digests a folder. Contents are hashed once and again only when
// size, time or inode of a file change; the facts lie in cacheDir.
func NewExternal(name, dir string, patterns []string, cacheDir string) (External, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return External{}, err
	}
	files, err := catalogue.List(abs, patterns)
	if err != nil {
		return External{}, fmt.Errorf("data %s: %w", name, err)
	}
	if len(files) == 0 {
		return External{}, fmt.Errorf("data %s: %s: %w %s", name, dir, ErrNoFiles, strings.Join(patterns, ", "))
	}
	facts := loadFacts(cacheDir, abs)
	h := sha256.New()
	for _, f := range files {
		sum, err := facts.digest(filepath.Join(abs, filepath.FromSlash(f)))
		if err != nil {
			return External{}, fmt.Errorf("data %s: %w", name, err)
		}
		fmt.Fprintf(h, "%d %s %s\n", len(f), f, sum)
	}
	if err := facts.save(); err != nil {
		return External{}, err
	}
	return External{Name: name, Path: abs, Files: patterns, Digest: "sha256:" + hex.EncodeToString(h.Sum(nil))}, nil
}

// facts remember the digest of files whose size, time and inode are unchanged.
type facts struct {
	mu   sync.Mutex
	file string
	Sums map[string]fact `json:"sums"`
}

type fact struct {
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime"`
	Inode uint64 `json:"inode"`
	Sum   string `json:"sum"`
}

func loadFacts(cacheDir, dir string) *facts {
	name := sha256.Sum256([]byte(dir))
	f := &facts{Sums: map[string]fact{}}
	if cacheDir != "" {
		f.file = filepath.Join(cacheDir, hex.EncodeToString(name[:8])+".json")
		if text, err := os.ReadFile(f.file); err == nil && json.Unmarshal(text, f) != nil {
			f.Sums = map[string]fact{} // damaged: hash again
		}
	}
	return f
}

func (f *facts) save() error {
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

func (f *facts) digest(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	now := fact{Size: info.Size(), MTime: info.ModTime().UnixNano()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		now.Inode = sys.Ino
	}
	f.mu.Lock()
	known, ok := f.Sums[file]
	f.mu.Unlock()
	if now.Sum = known.Sum; ok && now == known {
		return known.Sum, nil
	}
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	now.Sum = hex.EncodeToString(h.Sum(nil))
	f.mu.Lock()
	f.Sums[file] = now
	f.mu.Unlock()
	return now.Sum, nil
}
