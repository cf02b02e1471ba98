package npy

import (
	"errors"
	"fmt"
	"strconv"

	"realnet/data/array"
)

// Errors of the package.
var (
	// ErrType is returned for element types that the package does not read:
	// complex numbers, dates, structured and padded types, long double.
	ErrType = errors.New("npy: element type not supported")
	// ErrFormat is returned when a file is no well-formed .npy or .npz.
	ErrFormat = errors.New("npy: damaged or not a numpy file")
)

// parseDType reads a type string such as "<f4", "|u1" or "U5". Without a byte order
// it is little-endian.
func parseDType(s string) (array.DType, error) {
	dt := array.DType{}
	t := s
	if t != "" {
		switch t[0] {
		case '<', '|', '=':
			t = t[1:]
		case '>':
			dt.Big = true
			t = t[1:]
		}
	}
	if t == "O" || t == "O8" || t == "O4" {
		return array.DType{Kind: array.Object}, nil
	}
	if t == "?" {
		t = "b1"
	}
	if len(t) < 2 {
		return dt, fmt.Errorf("%w: %q", ErrType, s)
	}
	size, err := strconv.ParseUint(t[1:], 10, 28)
	if err != nil {
		return dt, fmt.Errorf("%w: %q", ErrType, s)
	}
	dt.Size = int(size)
	switch t[0] {
	case 'b':
		dt.Kind = array.Bool
	case 'i':
		dt.Kind = array.Int
	case 'u':
		dt.Kind = array.Uint
	case 'f':
		dt.Kind = array.Float
	case 'S', 'a':
		dt.Kind = array.Bytes
	case 'U':
		dt.Kind = array.Unicode
		dt.Size *= 4
	case 'c':
		return dt, fmt.Errorf("%w: complex numbers (%q); save real and imaginary parts as two arrays", ErrType, s)
	case 'M', 'm':
		return dt, fmt.Errorf("%w: dates (%q); save them as integers or strings", ErrType, s)
	default:
		return dt, fmt.Errorf("%w: %q", ErrType, s)
	}
	if dt.Valid() != nil {
		return dt, fmt.Errorf("%w: %q", ErrType, s)
	}
	return dt, nil
}

// descr is the inverse of parseDType for the types that are written.
func descr(dt array.DType) (string, error) {
	switch {
	case dt.Kind == array.Bool:
		return "|b1", nil
	case dt.Kind == array.Uint && dt.Size == 1:
		return "|u1", nil
	case dt.Kind == array.Int && dt.Size == 1:
		return "|i1", nil
	case dt.Kind == array.Int:
		return fmt.Sprintf("<i%d", dt.Size), nil
	case dt.Kind == array.Uint:
		return fmt.Sprintf("<u%d", dt.Size), nil
	case dt.Kind == array.Float:
		return fmt.Sprintf("<f%d", dt.Size), nil
	}
	return "", fmt.Errorf("%w: %s cannot be written", ErrType, dt)
}
