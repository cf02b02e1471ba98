package matfile

import (
	"errors"
	"fmt"
)

var (
	// ErrNotMAT is returned when the file is no .mat file.
	ErrNotMAT = errors.New("not a MATLAB .mat file of version 4, 5 or 7.3")
	// ErrFormat is returned when the file contradicts itself or is cut off.
	ErrFormat = errors.New("damaged .mat file")
	// ErrUnsupported is returned for kinds of values that are not read.
	ErrUnsupported = errors.New("unsupported MATLAB value")
	// ErrNotFound is returned when there is no such variable, field or element.
	ErrNotFound = errors.New("no such MATLAB value")
	// ErrType is returned when an array is of another class than asked for, or
	// holds a value that the type asked for cannot.
	ErrType = errors.New("MATLAB class does not match")
)

func formatErr(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// sparse says what a sparse array needs.
const sparse = "sparse array: save it as full(x)"

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}
