package hdf5

import (
	"errors"
	"io"
)

const signature = "\x89HDF\r\n\x1a\n"

// readSuperblock finds the superblock at offset 0, 512, 1024, ... (what is
// before it is the user block) and takes the sizes and the root object from it.
func (f *File) readSuperblock() error {
	buf := make([]byte, 96)
	for off := int64(0); off+8 <= f.size; off = max(512, 2*off) {
		n, err := f.r.ReadAt(buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n >= 9 && string(buf[:8]) == signature {
			f.base = uint64(off)
			return f.parseSuperblock(buf[:n])
		}
	}
	return ErrNotHDF5
}

func (f *File) parseSuperblock(b []byte) error {
	c := f.cursor(b, "superblock")
	c.skip(8)
	version := c.u8()
	switch version {
	case 0, 1:
		c.skip(4) // versions of free space, root entry, reserved, shared header
		f.offSize, f.lenSize = c.u8(), c.u8()
		c.skip(1 + 2 + 2 + 4)
		if version == 1 {
			c.skip(4)
		}
	case 2, 3:
		f.offSize, f.lenSize = c.u8(), c.u8()
		c.skip(1)
	default:
		return unsupported("superblock version %d", version)
	}
	if err := errors.Join(c.err, checkSizes(f.offSize, f.lenSize)); err != nil {
		return err
	}
	c.offSize, c.lenSize = f.offSize, f.lenSize
	base := c.addr()
	c.addr() // free space or superblock extension: nothing a reader needs
	end := c.addr()
	driver := noAddr
	if version < 2 {
		driver = c.addr()
		c.size() // offset of the root's name
	}
	f.root = c.addr()
	if version >= 2 {
		c.skip(4)
		if c.err == nil {
			c.err = f.verify(b[:c.pos], "superblock")
		}
	}
	if c.err != nil {
		return c.err
	}
	if driver != noAddr {
		return unsupported("file driver information (a file split over several)")
	}
	// A base address other than the superblock's own place means that a user
	// block was added or taken away afterwards; the library then trusts the place.
	if base != f.base && base != 0 {
		return unsupported("base address %d in a superblock at %d", base, f.base)
	}
	if have := uint64(f.size) - f.base; end != noAddr && end > f.base+have && end > have {
		return formatErr("cut off: the superblock says %d bytes, the file has %d", end, f.size)
	}
	return nil
}

func checkSizes(offSize, lenSize int) error {
	for _, n := range []int{offSize, lenSize} {
		if n != 2 && n != 4 && n != 8 {
			return formatErr("superblock: addresses and lengths of %d and %d bytes", offSize, lenSize)
		}
	}
	return nil
}
