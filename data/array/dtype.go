package array

import (
	"errors"
	"fmt"
)

// ErrType is returned when values are asked for in a type that cannot hold them.
var ErrType = errors.New("array: element type does not convert")

// Kind is the family of an element type.
type Kind uint8

// The kinds of element that the readers know.
const (
	Bool    Kind = iota + 1 // one byte, 0 or 1
	Int                     // two's complement
	Uint                    // unsigned
	Float                   // IEEE 754: 2, 4 or 8 bytes
	BFloat                  // bfloat16: the upper half of a float32
	Bytes                   // S: fixed number of bytes, padded with zeros
	Unicode                 // U: fixed number of UTF-32 code points, padded with zeros
	Object                  // Python objects, held in Array.Objects
)

// DType is an element type: its kind, its size in bytes, and whether the bytes
// are stored big end first.
type DType struct {
	Kind Kind
	Size int
	Big  bool
}

// Common little-endian element types.
var (
	Bool8    = DType{Kind: Bool, Size: 1}
	Uint8    = DType{Kind: Uint, Size: 1}
	Int32    = DType{Kind: Int, Size: 4}
	Int64    = DType{Kind: Int, Size: 8}
	Float16  = DType{Kind: Float, Size: 2}
	Float32  = DType{Kind: Float, Size: 4}
	Float64  = DType{Kind: Float, Size: 8}
	BFloat16 = DType{Kind: BFloat, Size: 2}
)

// String returns the name that numpy and torch give the type, without its byte
// order: "float32", "bfloat16", "uint8", "bool", "string", "object".
func (d DType) String() string {
	switch d.Kind {
	case Bool:
		return "bool"
	case Int:
		return fmt.Sprintf("int%d", 8*d.Size)
	case Uint:
		return fmt.Sprintf("uint%d", 8*d.Size)
	case Float:
		return fmt.Sprintf("float%d", 8*d.Size)
	case BFloat:
		return "bfloat16"
	case Bytes, Unicode:
		return "string"
	case Object:
		return "object"
	}
	return fmt.Sprintf("kind(%d)", d.Kind)
}

// Numeric reports whether values of the type are numbers (bool counts).
func (d DType) Numeric() bool { return d.Kind >= Bool && d.Kind <= BFloat }

// Valid returns an error unless the kind exists in the given size.
func (d DType) Valid() error {
	ok := false
	switch d.Kind {
	case Bool:
		ok = d.Size == 1
	case Int, Uint:
		ok = d.Size == 1 || d.Size == 2 || d.Size == 4 || d.Size == 8
	case Float:
		ok = d.Size == 2 || d.Size == 4 || d.Size == 8
	case BFloat:
		ok = d.Size == 2
	case Bytes:
		ok = d.Size >= 0
	case Unicode:
		ok = d.Size >= 0 && d.Size%4 == 0
	case Object:
		ok = true
	}
	if !ok {
		return fmt.Errorf("%w: there is no %d-byte element of kind %d", ErrType, d.Size, d.Kind)
	}
	return nil
}
