package nifti

import (
	"errors"
	"fmt"
	"io"
)

var (
	// ErrNotNIfTI is returned when a file has no NIfTI-1 or NIfTI-2 header.
	ErrNotNIfTI = errors.New("not a NIfTI file")

	// ErrHeader is returned when a header contradicts itself, the format or the
	// size of its file.
	ErrHeader = errors.New("invalid header")

	// ErrType is returned when voxels are of a type that has no single real value
	// (complex, RGB) or that Go cannot represent (128-bit floats).
	ErrType = errors.New("unsupported voxel type")

	// ErrTruncated is returned when a file ends before what its header declares.
	ErrTruncated = errors.New("truncated file")

	// ErrCorrupt is returned when compressed data fail their checksum or cannot be
	// inflated.
	ErrCorrupt = errors.New("corrupt gzip data")

	// ErrShape is returned when two images that must share a grid do not, or when
	// data do not fit the shape of a header.
	ErrShape = errors.New("shapes differ")

	// ErrInternal is returned when reading panicked: a bug, not bad input.
	ErrInternal = errors.New("internal error (please report it)")

	// ErrEmptyMask is returned when a mask selects no voxel.
	ErrEmptyMask = errors.New("mask selects no voxel")
)

// readError names the file and turns the many ways in which a stream can end too
// early into ErrTruncated.
func readError(path string, err error, doing string, args ...any) error {
	what := fmt.Sprintf(doing, args...)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w: %s", path, ErrTruncated, what)
	}
	return fmt.Errorf("%s: %s: %w", path, what, err)
}
