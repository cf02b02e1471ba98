package nifti

import (
	"fmt"
	"unsafe"
)

// DataType is the NIfTI code of the stored type of a voxel.
type DataType int16

// The types that have a real value for each voxel.
const (
	Uint8   DataType = 2
	Int16   DataType = 4
	Int32   DataType = 8
	Float32 DataType = 16
	Float64 DataType = 64
	Int8    DataType = 256
	Uint16  DataType = 512
	Uint32  DataType = 768
	Int64   DataType = 1024
	Uint64  DataType = 1280
)

type typeInfo struct {
	name string
	size int // bytes a voxel
	real bool
}

var types = map[DataType]typeInfo{
	Uint8:   {"uint8", 1, true},
	Int16:   {"int16", 2, true},
	Int32:   {"int32", 4, true},
	Float32: {"float32", 4, true},
	Float64: {"float64", 8, true},
	Int8:    {"int8", 1, true},
	Uint16:  {"uint16", 2, true},
	Uint32:  {"uint32", 4, true},
	Int64:   {"int64", 8, true},
	Uint64:  {"uint64", 8, true},
	32:      {"complex64", 8, false},
	128:     {"RGB24", 3, false},
	1536:    {"float128", 16, false},
	1792:    {"complex128", 16, false},
	2048:    {"complex256", 32, false},
	2304:    {"RGBA32", 4, false},
}

// String is the name of the type as numpy says it, or "type N" for a code that the
// format does not define.
func (t DataType) String() string {
	if info, ok := types[t]; ok {
		return info.name
	}
	return fmt.Sprintf("type %d", int16(t))
}

// Size is the number of bytes of a voxel, 0 for an unknown type.
func (t DataType) Size() int { return types[t].size }

// Float is a type that voxel values can be read as.
type Float interface{ float32 | float64 }

// Voxel is a type that voxels can be stored as.
type Voxel interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

// TypeOf is the NIfTI code of a Go type.
func TypeOf[S Voxel]() DataType {
	var s S
	switch any(s).(type) {
	case int8:
		return Int8
	case int16:
		return Int16
	case int32:
		return Int32
	case int64:
		return Int64
	case uint8:
		return Uint8
	case uint16:
		return Uint16
	case uint32:
		return Uint32
	case uint64:
		return Uint64
	case float32:
		return Float32
	default:
		return Float64
	}
}

// scaling is the map from stored to real values: slope*v + inter when on.
type scaling struct {
	on           bool
	slope, inter float64
}

// decode converts the voxels of raw, which are in native byte order, to dst. With
// pick it converts only the voxels at those positions.
func decode[T Float](dst []T, raw []byte, pick []int, t DataType, s scaling) {
	switch t {
	case Int8:
		convert(dst, cast[int8](raw), pick, s)
	case Int16:
		convert(dst, cast[int16](raw), pick, s)
	case Int32:
		convert(dst, cast[int32](raw), pick, s)
	case Int64:
		convert(dst, cast[int64](raw), pick, s)
	case Uint8:
		convert(dst, cast[uint8](raw), pick, s)
	case Uint16:
		convert(dst, cast[uint16](raw), pick, s)
	case Uint32:
		convert(dst, cast[uint32](raw), pick, s)
	case Uint64:
		convert(dst, cast[uint64](raw), pick, s)
	case Float32:
		convert(dst, cast[float32](raw), pick, s)
	case Float64:
		convert(dst, cast[float64](raw), pick, s)
	}
}

func convert[T Float, S Voxel](dst []T, src []S, pick []int, s scaling) {
	switch {
	case pick == nil && !s.on:
		for i, v := range src[:len(dst)] {
			dst[i] = T(v)
		}
	case pick == nil:
		for i, v := range src[:len(dst)] {
			// The inner conversion keeps the product from being fused into the sum.
			dst[i] = T(float64(float64(v)*s.slope) + s.inter)
		}
	case !s.on:
		for i, p := range pick {
			dst[i] = T(src[p])
		}
	default:
		for i, p := range pick {
			dst[i] = T(float64(float64(src[p])*s.slope) + s.inter)
		}
	}
}

// cast views bytes as voxels. The caller's buffers are aligned to 8 bytes because
// they are allocated as []uint64.
func cast[S Voxel](raw []byte) []S {
	if len(raw) == 0 {
		return nil
	}
	var s S
	return unsafe.Slice((*S)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/int(unsafe.Sizeof(s)))
}

// alignedBytes returns n bytes that start at a multiple of 8.
func alignedBytes(n int) []byte {
	words := make([]uint64, (n+7)/8)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}

// swapBytes reverses the bytes of each voxel in place.
func swapBytes(raw []byte, size int) {
	switch size {
	case 2:
		for i := 0; i+1 < len(raw); i += 2 {
			raw[i], raw[i+1] = raw[i+1], raw[i]
		}
	case 4, 8:
		for i := 0; i+size <= len(raw); i += size {
			v := raw[i : i+size]
			for a, b := 0, size-1; a < b; a, b = a+1, b-1 {
				v[a], v[b] = v[b], v[a]
			}
		}
	}
}
