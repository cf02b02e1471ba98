package hdf5

import (
	"bytes"
	"errors"
	"io"

	"realnet/data/internal/inflate"
)

// inflater decompresses zlib streams whose size is known.
type inflater struct {
	src bytes.Reader
	z   *inflate.Reader
}

// inflate fills dst from a zlib stream; one that holds more or less is an error.
func (x *inflater) inflate(dst, src []byte) error {
	x.src.Reset(src)
	var err error
	if x.z == nil {
		x.z, err = inflate.NewZlib(&x.src)
	} else {
		err = x.z.Reset(&x.src)
	}
	if err != nil {
		return formatErr("gzip: %v", err)
	}
	if _, err := io.ReadFull(x.z, dst); err != nil {
		return formatErr("gzip: %v", err)
	}
	var more [1]byte
	n, err := x.z.Read(more[:])
	for n == 0 && err == nil {
		n, err = x.z.Read(more[:])
	}
	if n > 0 {
		return formatErr("gzip: more than the chunk's %d bytes", len(dst))
	}
	if !errors.Is(err, io.EOF) { // the checksum is verified at the end
		return formatErr("gzip: %v", err)
	}
	return nil
}
