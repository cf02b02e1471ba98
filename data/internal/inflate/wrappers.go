package inflate

import (
	"encoding/binary"
	"errors"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"io"
)

// Reader decompresses a gzip file, with all its members, or a zlib stream.
type Reader struct {
	d    decoder
	sum  hash.Hash32
	gzip bool
	size uint32 // of the member so far
	err  error
}

// NewGzip reads the header of the first member from r.
func NewGzip(r io.Reader) (*Reader, error) {
	z := &Reader{gzip: true, sum: crc32.NewIEEE()}
	z.d.reset(r)
	return z, z.gzipHeader()
}

// NewZlib reads a zlib header from r.
func NewZlib(r io.Reader) (*Reader, error) {
	z := &Reader{sum: adler32.New()}
	return z, z.Reset(r)
}

// Reset starts on another stream of the same kind, with the memory of the last.
func (z *Reader) Reset(r io.Reader) error {
	z.d.reset(r)
	z.err = nil
	if z.gzip {
		return z.gzipHeader()
	}
	return z.zlibHeader()
}

// Read implements io.Reader.
func (z *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for z.err == nil {
		n, err := z.d.read(p)
		if n > 0 {
			_, _ = z.sum.Write(p[:n])
			z.size += uint32(n)
			return n, nil
		}
		if errors.Is(err, io.EOF) {
			if err = z.trailer(); err == nil && z.gzip {
				err = z.gzipHeader() // io.EOF if there is no more
			} else if err == nil {
				err = io.EOF
			}
		}
		z.err = err
	}
	return 0, z.err
}

// trailer compares what the wrapper says of the stream.
func (z *Reader) trailer() error {
	var b [8]byte
	if !z.gzip {
		if err := z.d.bytes(b[:4]); err != nil {
			return err
		}
		if binary.BigEndian.Uint32(b[:]) != z.sum.Sum32() {
			return ErrChecksum
		}
		return nil
	}
	if err := z.d.bytes(b[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[:]) != z.sum.Sum32() || binary.LittleEndian.Uint32(b[4:]) != z.size {
		return ErrChecksum
	}
	return nil
}

func (z *Reader) zlibHeader() error {
	var b [2]byte
	if err := z.d.bytes(b[:]); err != nil {
		return err
	}
	// Method 8, a window of at most 32 kB, no dictionary.
	if b[0]&15 != 8 || b[0]>>4 > 7 || b[1]&0x20 != 0 || binary.BigEndian.Uint16(b[:])%31 != 0 {
		return ErrHeader
	}
	z.sum.Reset()
	return nil
}

// gzipHeader begins a member; io.EOF where the source ends.
func (z *Reader) gzipHeader() error {
	var b [10]byte
	if err := z.d.bytes(b[:1]); errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	} else if err != nil {
		return err
	}
	if err := z.d.bytes(b[1:]); err != nil {
		return err
	}
	const (
		checked = 1 << (1 + iota)
		extra
		name
		comment
	)
	flags := b[3]
	if b[0] != 0x1f || b[1] != 0x8b || b[2] != 8 || flags&0xe0 != 0 {
		return ErrHeader
	}
	sum := crc32.ChecksumIEEE(b[:])
	next := func(p []byte) error {
		err := z.d.bytes(p)
		sum = crc32.Update(sum, crc32.IEEETable, p)
		return err
	}
	if flags&extra != 0 {
		if err := next(b[:2]); err != nil {
			return err
		}
		for range binary.LittleEndian.Uint16(b[:]) {
			if err := next(b[:1]); err != nil {
				return err
			}
		}
	}
	for _, text := range []byte{name, comment} { // each ends with a zero byte
		if flags&text == 0 {
			continue
		}
		for {
			if err := next(b[:1]); err != nil {
				return err
			}
			if b[0] == 0 {
				break
			}
		}
	}
	if flags&checked != 0 {
		want := uint16(sum)
		if err := z.d.bytes(b[:2]); err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(b[:]) != want {
			return ErrHeader
		}
	}
	z.sum.Reset()
	z.size = 0
	z.d.begin()
	return nil
}
