package inflate

import (
	"errors"
	"fmt"
)

// Errors of the package. A stream that ends early is io.ErrUnexpectedEOF.
var (
	// ErrCorrupt is returned for bytes that are no DEFLATE stream.
	ErrCorrupt = errors.New("invalid DEFLATE data")
	// ErrHeader is returned where a gzip or zlib header should be and is not.
	ErrHeader = errors.New("no header of compressed data")
	// ErrChecksum is returned when what came out is not what went in.
	ErrChecksum = errors.New("checksum of the uncompressed data differs")
)

func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }
