package array

import (
	"encoding/binary"
	"math"
	"unsafe"
)

var hostLittle = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

func order(dt DType) binary.ByteOrder {
	if dt.Big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// unit is the number of bytes that the byte order concerns.
func (d DType) unit() int {
	switch d.Kind {
	case Unicode:
		return 4
	case Bytes:
		return 1
	}
	return d.Size
}

// decode converts len(dst) stored values. raw holds exactly that many.
func decode[T float32 | float64 | int64](dst []T, raw []byte, dt DType) {
	bo := order(dt)
	switch dt.Kind {
	case Bool:
		for i := range dst {
			dst[i] = 0
			if raw[i] != 0 {
				dst[i] = 1
			}
		}
	case BFloat:
		for i := range dst {
			dst[i] = T(math.Float32frombits(uint32(bo.Uint16(raw[2*i:])) << 16))
		}
	case Float:
		decodeFloat(dst, raw, dt, bo)
	case Int:
		for i := range dst {
			switch dt.Size {
			case 1:
				dst[i] = T(int8(raw[i]))
			case 2:
				dst[i] = T(int16(bo.Uint16(raw[2*i:])))
			case 4:
				dst[i] = T(int32(bo.Uint32(raw[4*i:])))
			case 8:
				dst[i] = T(int64(bo.Uint64(raw[8*i:])))
			}
		}
	case Uint:
		for i := range dst {
			switch dt.Size {
			case 1:
				dst[i] = T(raw[i])
			case 2:
				dst[i] = T(bo.Uint16(raw[2*i:]))
			case 4:
				dst[i] = T(bo.Uint32(raw[4*i:]))
			case 8:
				dst[i] = T(bo.Uint64(raw[8*i:]))
			}
		}
	}
}

func decodeFloat[T float32 | float64 | int64](dst []T, raw []byte, dt DType, bo binary.ByteOrder) {
	switch dt.Size {
	case 2:
		for i := range dst {
			dst[i] = T(half(bo.Uint16(raw[2*i:])))
		}
	case 4:
		if d, ok := any(dst).([]float32); ok && hostLittle && !dt.Big {
			copy(littleBytes(d), raw)
			return
		}
		if !dt.Big {
			for i := range dst {
				dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
			}
			return
		}
		for i := range dst {
			dst[i] = T(math.Float32frombits(bo.Uint32(raw[4*i:])))
		}
	case 8:
		if d, ok := any(dst).([]float64); ok && hostLittle && !dt.Big {
			copy(littleBytes(d), raw)
			return
		}
		if !dt.Big {
			for i := range dst {
				dst[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
			}
			return
		}
		for i := range dst {
			dst[i] = T(math.Float64frombits(bo.Uint64(raw[8*i:])))
		}
	}
}

// half converts an IEEE 754 binary16.
func half(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp, frac := uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0: // zero and subnormals: frac * 2^-24, exact in float32
		v := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// littleBytes returns the bytes of v, little end first: v's own memory on a
// little-endian machine, else a copy.
func littleBytes[T float32 | float64 | int64 | int32 | uint8](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(v[0]))
	if hostLittle {
		return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*size)
	}
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(err) // T is a fixed-size number
	}
	return b
}
