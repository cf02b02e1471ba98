package catalogue

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// RecordName is the file in a dataset's folder that keeps size and SHA-256 of what
// was downloaded, for files whose digest the catalogue does not know.
const RecordName = ".realnet-fetched.json"

// Sum is the size and the digests of a file, hexadecimal.
type Sum struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	MD5    string `json:"-"`
}

// Check compares the sum of a file with what the catalogue says of it: ErrMismatch
// when they differ. A SHA-256 of the catalogue may be the first digits alone.
func (f File) Check(s Sum) error {
	switch {
	case f.Size > 0 && s.Size != f.Size:
		return fmt.Errorf("%w: %d bytes, want %d", ErrMismatch, s.Size, f.Size)
	case !strings.HasPrefix(s.SHA256, f.SHA256):
		return fmt.Errorf("%w: SHA-256 is %s, want %s", ErrMismatch, s.SHA256, f.SHA256)
	case f.MD5 != "" && s.MD5 != f.MD5:
		return fmt.Errorf("%w: MD5 is %s, want %s", ErrMismatch, s.MD5, f.MD5)
	}
	return nil
}

// Hash computes the Sum of what is written to it.
type Hash struct {
	n        int64
	sha, md5 hash.Hash
}

// NewHash returns a Hash of nothing.
func NewHash() *Hash { return &Hash{sha: sha256.New(), md5: md5.New()} }

// Write implements io.Writer; it never fails.
func (h *Hash) Write(p []byte) (int, error) {
	h.n += int64(len(p))
	h.sha.Write(p)
	h.md5.Write(p)
	return len(p), nil
}

// Sum returns the sum of what was written so far.
func (h *Hash) Sum() Sum {
	return Sum{Size: h.n, SHA256: hex.EncodeToString(h.sha.Sum(nil)), MD5: hex.EncodeToString(h.md5.Sum(nil))}
}

// record is the content of RecordName.
type record struct {
	mu   sync.Mutex
	path string
	sums map[string]Sum
}

func readRecord(dir string) (*record, error) {
	r := &record{path: filepath.Join(dir, RecordName), sums: map[string]Sum{}}
	text, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &r.sums); err != nil {
		return nil, fmt.Errorf("%s is damaged: delete it, and it is made again: %w", r.path, err)
	}
	return r, nil
}

// complete adds to what the catalogue says of a file what was recorded.
func (r *record) complete(f File) File {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum, ok := r.sums[f.Path]
	if !ok || len(f.SHA256) == 2*sha256.Size || f.MD5 != "" || !strings.HasPrefix(sum.SHA256, f.SHA256) {
		return f
	}
	f.Size, f.SHA256 = sum.Size, sum.SHA256
	return f
}

// has reports whether a file was downloaded, or taken for right.
func (r *record) has(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.sums[path]
	return ok
}

// add writes the record anew, whole under a temporary name first.
func (r *record) add(path string, sum Sum) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sums[path].SHA256 == sum.SHA256 {
		return nil
	}
	r.sums[path] = sum
	text, err := json.MarshalIndent(r.sums, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.path+PartSuffix, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(r.path+PartSuffix, r.path)
}

// State says how a file of a dataset is found in a folder.
type State string

// The states of a file.
const (
	Missing    State = "missing"
	Whole      State = "whole"      // size and digest are right
	Unchecked  State = "unchecked"  // there, but no digest is known
	Damaged    State = "damaged"    // size or digest differ
	Incomplete State = "incomplete" // a part of it was downloaded
)

// Verify compares a file in dir with the catalogue and with the record of its
// download. The error says what differs.
func Verify(ctx context.Context, f File, dir string) (State, error) {
	if err := checkPath(f.Path); err != nil {
		return Missing, err
	}
	r, err := readRecord(dir)
	if err != nil {
		return Missing, err
	}
	path := filepath.Join(dir, filepath.FromSlash(f.Path))
	want := r.complete(f)
	switch _, err := check(ctx, path, want); {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(path + PartSuffix); err == nil {
			return Incomplete, nil
		}
		return Missing, nil
	case errors.Is(err, ErrMismatch):
		return Damaged, err
	case err != nil:
		return Missing, err
	case want.SHA256 == "" && want.MD5 == "":
		return Unchecked, nil
	}
	return Whole, nil
}

// Present says in which of the states missing, incomplete, damaged (by its size)
// and unchecked a file is, without reading it.
func Present(f File, dir string) State {
	path := filepath.Join(dir, filepath.FromSlash(f.Path))
	info, err := os.Stat(path)
	if err != nil {
		if _, err := os.Stat(path + PartSuffix); err == nil {
			return Incomplete
		}
		return Missing
	}
	if f.Size > 0 && info.Size() != f.Size {
		return Damaged
	}
	return Unchecked
}

// check reads the file at path and compares it with what is known of it.
func check(ctx context.Context, path string, f File) (Sum, error) {
	in, err := os.Open(path)
	if err != nil {
		return Sum{}, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return Sum{}, err
	}
	if f.Size > 0 && info.Size() != f.Size {
		return Sum{}, fmt.Errorf("%s: %w: %d bytes, want %d", path, ErrMismatch, info.Size(), f.Size)
	}
	h := NewHash()
	if _, err := io.Copy(h, Interruptible(ctx, in)); err != nil {
		return Sum{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Check(h.Sum()); err != nil {
		return Sum{}, fmt.Errorf("%s: %w", path, err)
	}
	return h.Sum(), nil
}

// Interruptible returns a reader that ends a long read when the context does.
func Interruptible(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

// contextReader is what Interruptible returns.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
