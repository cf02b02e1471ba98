package hdf5

import (
	"encoding/binary"
	"fmt"
)

// deflated reports whether a chunk with that mask was compressed. LZF gains less than
// gzip can.
func (d *Dataset) deflated(mask uint32) bool {
	for i, s := range d.filters {
		if (s.id == filterDeflate || s.id == filterLZF) && mask&(1<<i) == 0 {
			return true
		}
	}
	return false
}

func (s filter) known() bool {
	return s.id == filterDeflate || s.id == filterShuffle || s.id == filterFletcher || s.id == filterLZF
}

// decoder undoes the filters of chunks, one at a time, in buffers of its own.
type decoder struct {
	stored []byte
	bufs   [2][]byte
	infl   inflater
}

// chunk returns the decoded bytes of a chunk, valid until the next call.
func (x *decoder) chunk(d *Dataset, ref chunkRef) ([]byte, error) {
	x.stored = resize(x.stored, int(ref.size))
	if err := d.f.readInto(x.stored, ref.addr); err != nil {
		return nil, err
	}
	want := int(d.chunkBytes())
	b := x.stored
	for i := len(d.filters) - 1; i >= 0; i-- {
		if ref.mask&(1<<i) != 0 {
			continue
		}
		s := d.filters[i]
		var err error
		switch s.id {
		case filterFletcher:
			b, err = checkFletcher(b)
		case filterDeflate, filterLZF:
			var n int
			if n, err = d.sizeAt(i, ref.mask, want); err != nil {
				return nil, err
			}
			out := x.buffer(b, n)
			if s.id == filterLZF {
				err = expandLZF(out, b)
			} else {
				err = x.infl.inflate(out, b)
			}
			b = out
		case filterShuffle:
			if len(s.values) < 1 || s.values[0] == 0 || s.values[0] > uint64(want) {
				return nil, formatErr("shuffle filter without the size of an element")
			}
			out := x.buffer(b, len(b))
			unshuffle(out, b, int(s.values[0]))
			b = out
		}
		if err != nil {
			return nil, err
		}
	}
	if len(b) != want {
		return nil, formatErr("chunk of %d bytes instead of %d", len(b), want)
	}
	return b, nil
}

// buffer returns whichever of two buffers b is not in.
func (x *decoder) buffer(b []byte, n int) []byte {
	i := 0
	if len(b) > 0 && len(x.bufs[0]) > 0 && &b[0] == &x.bufs[0][0] {
		i = 1
	}
	x.bufs[i] = resize(x.bufs[i], n)
	return x.bufs[i]
}

func resize(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// sizeAt is the size of a chunk before filter i was applied: that of the chunk
// and a checksum for every fletcher32 before it.
func (d *Dataset) sizeAt(i int, mask uint32, chunk int) (int, error) {
	for j, s := range d.filters[:i] {
		switch {
		case mask&(1<<j) != 0 || s.id == filterShuffle:
		case s.id == filterFletcher:
			chunk += 4
		default:
			return 0, unsupported("filter %d (%s) before compression", s.id, filterNames[s.id])
		}
	}
	return chunk, nil
}

func checkFletcher(b []byte) ([]byte, error) {
	if len(b) < 4 {
		return nil, formatErr("chunk of %d bytes with a checksum", len(b))
	}
	body := b[:len(b)-4]
	stored, computed := binary.LittleEndian.Uint32(b[len(body):]), fletcher32(body)
	// HDF5 before 1.6.3 wrote the two bytes of each half the other way round.
	old := computed&0x00ff00ff<<8 | computed>>8&0x00ff00ff
	if stored != computed && stored != old {
		return nil, fmt.Errorf("%w: fletcher32: stored %08x, computed %08x", ErrChecksum, stored, computed)
	}
	return body, nil
}

// unshuffle undoes the shuffle filter: src holds the first bytes of all elements,
// then the second ones, and so on; what is left over is copied.
func unshuffle(dst, src []byte, size int) {
	n := len(src) / size
	switch size {
	case 4:
		a, b, c, d := src[:n], src[n:2*n], src[2*n:3*n], src[3*n:4*n]
		for i := range n {
			v := uint32(a[i]) | uint32(b[i])<<8 | uint32(c[i])<<16 | uint32(d[i])<<24
			binary.LittleEndian.PutUint32(dst[4*i:], v)
		}
	case 8:
		for half := range 2 {
			s := src[4*half*n:]
			a, b, c, d := s[:n], s[n:2*n], s[2*n:3*n], s[3*n:4*n]
			for i := range n {
				v := uint32(a[i]) | uint32(b[i])<<8 | uint32(c[i])<<16 | uint32(d[i])<<24
				binary.LittleEndian.PutUint32(dst[8*i+4*half:], v)
			}
		}
	default:
		for j := range size {
			for i, v := range src[j*n : (j+1)*n] {
				dst[i*size+j] = v
			}
		}
	}
	copy(dst[n*size:], src[n*size:])
}
