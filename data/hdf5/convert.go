package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

type number interface{ float32 | float64 | int64 }

// ReadFloat32 returns the values in row-major order of the selection's shape.
// Floats of 8 bytes are rounded to the nearest float32; a finite one beyond
// float32, and an integer that float32 cannot hold exactly, fail with ErrRange.
// Enumerations give their numbers. Other types fail with ErrType.
func (s *Selection) ReadFloat32() ([]float32, error) { return readNumbers[float32](s) }

// ReadFloat64 returns the values in row-major order of the selection's shape.
// An integer that float64 cannot hold exactly fails with ErrRange.
func (s *Selection) ReadFloat64() ([]float64, error) { return readNumbers[float64](s) }

// ReadInt64 returns integers and enumerations in row-major order of the
// selection's shape. Floats fail with ErrType.
func (s *Selection) ReadInt64() ([]int64, error) { return readNumbers[int64](s) }

func readNumbers[T number](s *Selection) ([]T, error) {
	d := s.d
	wrap := func(err error) error { return fmt.Errorf("%s: %w", d.name, err) }
	if err := convert([]T{}, nil, d.typ); err != nil { // can it be, before memory is taken
		return nil, wrap(err)
	}
	p, err := s.plan()
	if err != nil {
		return nil, wrap(err)
	}
	per := uint64(d.per())
	out := make([]T, p.total*per)
	err = p.scan(func(dst uint64, raw []byte) error {
		raw = d.fieldOf(raw)
		n := len(raw) / d.typ.Size
		return convert(out[dst*per:dst*per+uint64(n)], raw, d.typ)
	})
	if err != nil {
		return nil, wrap(err)
	}
	return out, nil
}

// fieldOf gathers the field of every compound in raw; without one it is raw.
func (d *Dataset) fieldOf(raw []byte) []byte {
	if d.part == nil {
		return raw
	}
	stride, size := d.record.Size, d.typ.Size*d.per()
	out := make([]byte, 0, len(raw)/stride*size)
	for i := d.part.offset; i < len(raw); i += stride {
		out = append(out, raw[i:i+size]...)
	}
	return out
}

// convert decodes len(dst) elements of type t.
func convert[T number](dst []T, src []byte, t *Type) error {
	if t.odd != "" {
		return unsupported("%s", t.odd)
	}
	var zero T
	_, wantInt := any(zero).(int64)
	signed := t.Kind == Int
	switch t.Kind {
	case Enum:
		signed = t.Base.Kind == Int
	case Int, Uint:
	case Float:
		if wantInt {
			return fmt.Errorf("%w: %s as integers", ErrType, t)
		}
		return convertFloats(dst, src, t)
	default:
		return fmt.Errorf("%w: %s as numbers", ErrType, t)
	}
	if t.Size <= 2 { // every type holds them
		small(dst, src, t, signed)
		return nil
	}
	precision := 63 // bits of an integer that T holds exactly
	switch any(zero).(type) {
	case float32:
		precision = 24
	case float64:
		precision = 53
	}
	for i := range dst {
		u := element(src[i*t.Size:], t)
		neg := signed && int64(u) < 0
		size := u
		if neg {
			size = -u
		}
		if size>>precision != 0 && (wantInt && size != 1<<63 || wantInt && !neg ||
			!wantInt && bits.Len64(size)-bits.TrailingZeros64(size) > precision) {
			if neg {
				return fmt.Errorf("%w: %d does not fit %T", ErrRange, int64(u), zero)
			}
			return fmt.Errorf("%w: %d does not fit %T", ErrRange, u, zero)
		}
		if neg || wantInt {
			dst[i] = T(int64(u))
		} else {
			dst[i] = T(u)
		}
	}
	return nil
}

// small decodes integers of one or two bytes.
func small[T number](dst []T, src []byte, t *Type, signed bool) {
	switch {
	case t.Size == 1 && signed:
		for i := range dst {
			dst[i] = T(int8(src[i]))
		}
	case t.Size == 1:
		for i := range dst {
			dst[i] = T(src[i])
		}
	default:
		var order binary.ByteOrder = binary.LittleEndian
		if t.BigEndian {
			order = binary.BigEndian
		}
		if signed && !t.BigEndian {
			for i := range dst {
				dst[i] = T(int16(binary.LittleEndian.Uint16(src[2*i:])))
			}
			return
		}
		for i := range dst {
			if v := order.Uint16(src[2*i:]); signed {
				dst[i] = T(int16(v))
			} else {
				dst[i] = T(v)
			}
		}
	}
}

// element reads one integer, sign-extended when the type is signed.
func element(b []byte, t *Type) uint64 {
	signed := t.Kind == Int || t.Kind == Enum && t.Base.Kind == Int
	var u uint64
	switch t.Size {
	case 1:
		if u = uint64(b[0]); signed {
			u = uint64(int8(u))
		}
	case 2:
		v := binary.LittleEndian.Uint16(b)
		if t.BigEndian {
			v = bits.ReverseBytes16(v)
		}
		if u = uint64(v); signed {
			u = uint64(int16(v))
		}
	case 4:
		v := binary.LittleEndian.Uint32(b)
		if t.BigEndian {
			v = bits.ReverseBytes32(v)
		}
		if u = uint64(v); signed {
			u = uint64(int32(v))
		}
	case 8:
		if u = binary.LittleEndian.Uint64(b); t.BigEndian {
			u = bits.ReverseBytes64(u)
		}
	}
	return u
}

func convertFloats[T number](dst []T, src []byte, t *Type) error {
	switch t.Size {
	case 2:
		for i := range dst {
			v := binary.LittleEndian.Uint16(src[2*i:])
			if t.BigEndian {
				v = bits.ReverseBytes16(v)
			}
			dst[i] = T(half(v))
		}
	case 4:
		if t.BigEndian {
			for i := range dst {
				dst[i] = T(math.Float32frombits(binary.BigEndian.Uint32(src[4*i:])))
			}
			return nil
		}
		for i := range dst {
			dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
		}
	case 8:
		for i := range dst {
			u := binary.LittleEndian.Uint64(src[8*i:])
			if t.BigEndian {
				u = bits.ReverseBytes64(u)
			}
			v := math.Float64frombits(u)
			dst[i] = T(v)
			if math.IsInf(float64(dst[i]), 0) && !math.IsInf(v, 0) {
				return fmt.Errorf("%w: %g does not fit %T", ErrRange, v, dst[i])
			}
		}
	}
	return nil
}

// half is an IEEE 754 float of two bytes.
func half(v uint16) float32 {
	sign := uint32(v>>15) << 31
	exp, man := uint32(v>>10&31), uint32(v&1023)
	switch exp {
	case 0: // zero or subnormal: man * 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(man)/(1<<24)))
	case 31:
		return math.Float32frombits(sign | 255<<23 | man<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | man<<13)
}
