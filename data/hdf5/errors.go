package hdf5

import (
	"errors"
	"fmt"
)

var (
	// ErrNotHDF5 is returned when no HDF5 signature is found at offset 0, 512,
	// 1024, 2048 and so on.
	ErrNotHDF5 = errors.New("not an HDF5 file")

	// ErrFormat is returned when the file contradicts the specification, itself
	// or its own size: it is damaged, cut off or hostile.
	ErrFormat = errors.New("damaged HDF5 file")

	// ErrChecksum is returned when stored and computed checksum differ. It wraps
	// ErrFormat.
	ErrChecksum = fmt.Errorf("%w: checksum differs", ErrFormat)

	// ErrUnsupported is returned when the file uses a construct that this reader
	// does not know. The message names the construct and the object.
	ErrUnsupported = errors.New("unsupported HDF5 construct")

	// ErrNotFound is returned when a path names no object, or one of another
	// kind than asked.
	ErrNotFound = errors.New("no such HDF5 object")

	// ErrType is returned when values of the stored type cannot be read as the
	// type asked for (strings as numbers, floats as integers).
	ErrType = errors.New("HDF5 type does not match")

	// ErrRange is returned when a stored value cannot be held by the type asked
	// for: an integer that the float would round, a float64 beyond float32, an
	// index outside the shape.
	ErrRange = errors.New("value out of range")
)

func formatErr(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

func wrapChecksum(what string, stored, computed uint32) error {
	return fmt.Errorf("%w: %s: stored %08x, computed %08x", ErrChecksum, what, stored, computed)
}
