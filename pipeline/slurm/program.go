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
		return to, nil
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

// sweep removes batches that no attempt names and that are old enough for nobody to be
// writing them. What cannot be removed stays for the next time.
func sweep(base string) {
	used := map[string]bool{}
	batches, _ := filepath.Glob(filepath.Join(escape(base), "jobs", "*", "*", "batch"))
	for _, b := range batches {
		if text, err := os.ReadFile(b); err == nil {
			token, _, _ := strings.Cut(string(text), " ")
			used[token] = true
		}
	}
	entries, _ := os.ReadDir(filepath.Join(base, "batches"))
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !used[e.Name()] && time.Since(info.ModTime()) > 24*time.Hour {
			os.RemoveAll(filepath.Join(base, "batches", e.Name()))
		}
	}
}

func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
