package pickle

import (
	"encoding/binary"
	"fmt"
	"io"
)

// input reads a pickle forward through a window and can leave long byte strings
// where they are.
type input struct {
	r        io.ReaderAt
	off, end int64 // next byte, and one past the last
	window   []byte
	start    int64 // offset of window[0]
	buf      []byte
}

const windowSize = 1 << 15

// take returns the next n bytes, valid until the next call.
func (in *input) take(n int64) ([]byte, error) {
	if n < 0 || n > in.end-in.off {
		return nil, fmt.Errorf("%w: %d bytes wanted at %d, %d left", ErrCorrupt, n, in.off, in.end-in.off)
	}
	if at := in.off - in.start; at >= 0 && at+n <= int64(len(in.window)) {
		in.off += n
		return in.window[at : at+n], nil
	}
	size := min(max(n, windowSize), in.end-in.off)
	if int64(cap(in.buf)) < size || int64(cap(in.buf)) > max(size, windowSize) {
		in.buf = make([]byte, size)
	}
	in.window = in.buf[:size]
	if k, err := in.r.ReadAt(in.window, in.off); int64(k) < size {
		in.window = nil
		return nil, fmt.Errorf("%w: %d of %d bytes at %d: %w", ErrCorrupt, k, size, in.off, err)
	}
	in.start = in.off
	in.off += n
	return in.window[:n], nil
}

func (in *input) byte() (byte, error) {
	b, err := in.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// uint reads a little-endian unsigned number of the given width in bytes.
func (in *input) uint(width int64) (int64, error) {
	b, err := in.take(width)
	if err != nil {
		return 0, err
	}
	var full [8]byte
	copy(full[:], b)
	v := binary.LittleEndian.Uint64(full[:])
	if v > 1<<62 {
		return 0, fmt.Errorf("%w: length %d", ErrCorrupt, v)
	}
	return int64(v), nil
}

// maxDigits bounds the numbers and names of the line-based codes of protocol 0.
// CPython, too, refuses integers of more digits.
const maxDigits = 4300

// line reads up to the end of the line, which has at most limit characters.
func (in *input) line(limit int64) (string, error) {
	var out []byte
	for int64(len(out)) <= limit {
		c, err := in.byte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return string(out), nil
		}
		out = append(out, c)
	}
	return "", fmt.Errorf("%w: a line of more than %d characters at %d", ErrUnsupported, limit, in.off)
}

// text reads a str whose length is a number of the given width.
func (in *input) text(width int64) (string, error) {
	n, err := in.uint(width)
	if err != nil {
		return "", err
	}
	b, err := in.take(n)
	return string(b), err
}

// bytes reads a bytes object whose length is a number of the given width; its
// content stays in the file.
func (in *input) bytes(width int64) (Bytes, error) {
	n, err := in.uint(width)
	if err != nil {
		return Bytes{}, err
	}
	if n > in.end-in.off {
		return Bytes{}, fmt.Errorf("%w: bytes of length %d at %d, %d left", ErrCorrupt, n, in.off, in.end-in.off)
	}
	b := Bytes{R: in.r, Off: in.off, N: n}
	in.off += n
	return b, nil
}
