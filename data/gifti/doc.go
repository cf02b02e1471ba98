// Package gifti reads GIFTI files (.gii): arrays on the vertices of a surface, such as
// the time series of a hemisphere (.func.gii) or the regions of a parcellation
// (.label.gii).
//
// All encodings of the format are read: ASCII, base64, base64 of zlib-compressed data,
// and external files; both byte orders, both index orders, and every numeric type of
// NIfTI that Go has. Values come as nibabel gives them, in row-major order.
//
// Memory grows with the file, never with the dimensions that it declares. Nothing is
// written, and meshes are read as the arrays that they are.
package gifti

import "errors"

var (
	// ErrFormat is returned when a file is no well-formed GIFTI.
	ErrFormat = errors.New("damaged or not a GIFTI file")

	// ErrType is returned for values of a type that is not read.
	ErrType = errors.New("unsupported type of values")
)
