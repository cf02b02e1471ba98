package array

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A Source is the stored bytes of an array, readable from any offset as often as
// asked. Size is what it really holds, so that no reader allocates for a shape
// that the file only claims. What was read counts only when Close, too, returns
// no error: a checksum may be known by then alone.
type Source interface {
	Open(offset int64) (io.ReadCloser, error)
	Size() int64
}

// Section is the Source of n bytes at off in r.
func Section(r io.ReaderAt, off, n int64) Source { return section{r, off, n} }

// Memory is the Source of bytes held in memory.
func Memory(b []byte) Source { return section{bytes.NewReader(b), 0, int64(len(b))} }

type section struct {
	r      io.ReaderAt
	off, n int64
}

func (s section) Size() int64 { return s.n }

func (s section) Open(offset int64) (io.ReadCloser, error) {
	if offset < 0 || offset > s.n {
		return nil, fmt.Errorf("array: offset %d is outside the %d bytes stored", offset, s.n)
	}
	return io.NopCloser(io.NewSectionReader(s.r, s.off+offset, s.n-offset)), nil
}

// ReaderAt returns random access to the bytes of a source. It reopens the source
// for each read, which costs nothing for Section and Memory.
func ReaderAt(s Source) io.ReaderAt { return readerAt{s} }

type readerAt struct{ s Source }

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	rc, err := r.s.Open(off)
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(rc, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	if e := rc.Close(); e != nil {
		return 0, e
	}
	return n, err
}
