package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
)

// skim walks over a struct in Thrift's compact protocol, in which Parquet writes its
// footer and the headers of its pages, and checks that no text or list claims more than
// the bytes that follow: the library takes memory for what they claim. integer, unless it
// is nil, is called with the whole numbers of the struct and of structs within it, and
// the numbers of their fields. io.ErrUnexpectedEOF says that the bytes end before.
type skim struct {
	b       []byte
	at      int
	integer func(path []int16, v int64)
}

// Types of the compact protocol.
const (
	stop       = 0
	boolTrue   = 1
	boolFalse  = 2
	oneByte    = 3
	shortest   = 4 // i16, i32 and i64 are variable-length numbers
	longest    = 6
	double     = 7
	binaryText = 8
	list       = 9
	set        = 10
	structType = 12
)

// deepest bounds the nesting.
const deepest = 32

func (s *skim) next(n int) error {
	if n < 0 || n > len(s.b)-s.at {
		return io.ErrUnexpectedEOF
	}
	s.at += n
	return nil
}

func (s *skim) number() (uint64, error) {
	v, n := binary.Uvarint(s.b[s.at:])
	if n == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if n < 0 {
		return 0, fmt.Errorf("%w: a number of more than 64 bits", ErrFormat)
	}
	s.at += n
	return v, nil
}

func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// fields walks over a struct.
func (s *skim) fields(path []int16) error {
	if len(path) > deepest {
		return fmt.Errorf("%w: nested more than %d deep", ErrFormat, deepest)
	}
	id := int16(0)
	for {
		if err := s.next(1); err != nil {
			return err
		}
		head := s.b[s.at-1]
		kind := head & 15
		if kind == stop {
			return nil
		}
		if delta := int16(head >> 4); delta > 0 {
			id += delta
		} else {
			v, err := s.number()
			if err != nil {
				return err
			}
			id = int16(zigzag(v))
		}
		if err := s.value(kind, append(path, id), false); err != nil {
			return err
		}
	}
}

func (s *skim) value(kind byte, path []int16, inList bool) error {
	switch {
	case kind == boolTrue || kind == boolFalse:
		if inList {
			return s.next(1)
		}
		return nil
	case kind == oneByte:
		return s.next(1)
	case kind >= shortest && kind <= longest:
		v, err := s.number()
		if err == nil && s.integer != nil && !inList {
			s.integer(path, zigzag(v))
		}
		return err
	case kind == double:
		return s.next(8)
	case kind == binaryText:
		n, err := s.number()
		if err != nil {
			return err
		}
		return s.next(int(min(n, uint64(len(s.b)+1))))
	case kind == list || kind == set:
		return s.elements(path)
	case kind == structType:
		return s.fields(path)
	}
	return fmt.Errorf("%w: type %d in its description", ErrFormat, kind)
}

func (s *skim) elements(path []int16) error {
	if err := s.next(1); err != nil {
		return err
	}
	head := s.b[s.at-1]
	n := uint64(head >> 4)
	if n == 15 {
		var err error
		if n, err = s.number(); err != nil {
			return err
		}
	}
	if n > uint64(len(s.b)-s.at) { // each takes a byte at least
		return io.ErrUnexpectedEOF
	}
	for range n {
		if err := s.value(head&15, path, true); err != nil {
			return err
		}
	}
	return nil
}
