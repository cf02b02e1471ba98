package slurm

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrDynamic is returned for a program that needs libraries of the machine that it was
// built on.
var ErrDynamic = errors.New("the program is dynamically linked")

// static reports programs that run on any machine of their kind.
func static(file string) (bool, error) {
	f, err := elf.Open(file)
	if err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return !slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }), nil
}

// installProgram copies the program into the store by its digest: jobs that wait for
// days run the bytes that their key was made of.
func installProgram(base, file string, anyLibC bool) (string, error) {
	ok, err := static(file)
	if err != nil {
		return "", err
	}
	if !ok && !anyLibC {
		return "", fmt.Errorf("%s: %w: build it with CGO_ENABLED=0 go build, or say --slurm libc=same if the nodes have the same libraries", file, ErrDynamic)
	}
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", err
	}
	dir := filepath.Join(base, "programs", hex.EncodeToString(h.Sum(nil)))
	to := filepath.Join(dir, "realnet")
	if _, err := os.Stat(to); err == nil {
		now := time.Now()
		return to, os.Chtimes(dir, now, now) // in use: not to be swept
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	out, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, in)
	err = errors.Join(err, out.Chmod(0o555), out.Sync(), out.Close())
	if err != nil {
		return "", fmt.Errorf("copy %s: %w", file, err)
	}
	return to, os.Rename(out.Name(), to)
}

// Files that are no longer needed are kept this long, so that a failure can be examined.
const (
	keepBatches  = 24 * time.Hour
	keepPrograms = 7 * 24 * time.Hour
	keepAttempts = 30 * 24 * time.Hour
)

// sweep removes attempts that have been over for long, and batches and programs that no
// other attempt names. What cannot be removed stays for the next time.
func sweep(base string) {
	old := func(path string, age time.Duration) bool {
		info, err := os.Stat(path)
		return err == nil && time.Since(info.ModTime()) > age
	}
	used := map[string]bool{} // tokens of batches, digests of programs
	attempts, _ := filepath.Glob(filepath.Join(escape(base), "jobs", "*", "*"))
	for _, dir := range attempts {
		if old(filepath.Join(dir, "over"), keepAttempts) {
			os.RemoveAll(dir)
			os.Remove(filepath.Dir(dir)) // if it was the node's last
			continue
		}
		if text, err := os.ReadFile(filepath.Join(dir, "batch")); err == nil {
			token, _, _ := strings.Cut(string(text), " ")
			used[token] = true
		}
		if text, err := os.ReadFile(filepath.Join(dir, "run")); err == nil {
			if _, rest, ok := strings.Cut(string(text), filepath.Join("slurm", "programs")+string(filepath.Separator)); ok {
				digest, _, _ := strings.Cut(rest, string(filepath.Separator))
				used[digest] = true
			}
		}
	}
	for folder, age := range map[string]time.Duration{"batches": keepBatches, "programs": keepPrograms} {
		entries, _ := os.ReadDir(filepath.Join(base, folder))
		for _, e := range entries {
			if path := filepath.Join(base, folder, e.Name()); !used[e.Name()] && old(path, age) {
				os.RemoveAll(path)
			}
		}
	}
}

func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
