package array

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Checked is the Source of size bytes of which a checksum is known. Open returns
// them from the start and fails at their end when the checksum differs, as
// archive/zip does. Values are handed out only of bytes that were checked: a read
// of all of them is checked as it streams, a read of a part once everything was
// read for its checksum. direct, if it is not nil, is the same bytes at random
// access, and is what later reads use.
func Checked(open func() (io.ReadCloser, error), size int64, direct io.ReaderAt) Source {
	return &checked{open: open, size: size, direct: direct}
}

type checked struct {
	open   func() (io.ReadCloser, error)
	size   int64
	direct io.ReaderAt
	sound  atomic.Bool
}

func (c *checked) Size() int64 { return c.size }

func (c *checked) Open(offset int64) (io.ReadCloser, error) {
	if offset < 0 || offset > c.size {
		return nil, fmt.Errorf("array: offset %d is outside the %d bytes stored", offset, c.size)
	}
	if c.direct != nil && c.sound.Load() {
		return io.NopCloser(io.NewSectionReader(c.direct, offset, c.size-offset)), nil
	}
	rc, err := c.open()
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, rc, offset); err != nil {
		rc.Close()
		return nil, fmt.Errorf("array: %w", err)
	}
	return &checkedReader{of: c, rc: rc}, nil
}

// checkedReader reads to the end before it is closed, once.
type checkedReader struct {
	of  *checked
	rc  io.ReadCloser
	err error
}

func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.rc.Read(p)
	r.keep(err)
	return n, err
}

func (r *checkedReader) keep(err error) {
	if errors.Is(err, io.EOF) {
		r.of.sound.Store(true)
	}
	if r.err == nil {
		r.err = err
	}
}

// Close returns the error of the bytes that nobody read.
func (r *checkedReader) Close() error {
	if !r.of.sound.Load() && r.err == nil {
		if _, err := io.Copy(io.Discard, r.rc); err != nil {
			r.keep(err)
		} else {
			r.keep(io.EOF)
		}
	}
	err := r.rc.Close()
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		return fmt.Errorf("array: %w", r.err)
	}
	return err
}

// After is a source without its first bytes.
func After(s Source, skip int64) Source { return after{s, skip} }

type after struct {
	s    Source
	skip int64
}

func (a after) Size() int64 { return a.s.Size() - a.skip }

func (a after) Open(offset int64) (io.ReadCloser, error) { return a.s.Open(a.skip + offset) }
