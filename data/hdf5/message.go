package hdf5

import "math/bits"

// maxRank is HDF5's own limit.
const maxRank = 32

// parseDataspace returns the shape and the maximal shape (0 is unlimited). A
// scalar has rank 0, the null space the shape [0].
func (f *File) parseDataspace(b []byte) (shape, limit []uint64, err error) {
	c := f.cursor(b, "dataspace message")
	version, rank, flags := c.u8(), c.u8(), c.u8()
	null := false
	switch version {
	case 1:
		c.skip(5)
	case 2:
		null = c.u8() == 2
	default:
		if c.err == nil {
			return nil, nil, unsupported("dataspace version %d", version)
		}
	}
	if null {
		return []uint64{0}, []uint64{0}, c.err
	}
	if rank > maxRank {
		return nil, nil, formatErr("dataspace of rank %d", rank)
	}
	shape, limit = make([]uint64, rank), make([]uint64, rank)
	for i := range shape {
		shape[i] = c.size()
	}
	copy(limit, shape)
	if flags&1 != 0 {
		for i := range limit {
			limit[i] = c.size()
			if c.err == nil && limit[i] < shape[i] {
				return nil, nil, formatErr("an axis of %d that may grow to %d", shape[i], limit[i])
			}
			if limit[i] == 1<<(8*f.lenSize-1)<<1-1 {
				limit[i] = 0
			}
		}
	}
	if _, err := product(shape); err != nil {
		return nil, nil, err
	}
	return shape, limit, c.err
}

// product multiplies the lengths of a shape; more than 2^47 elements are an error.
func product(shape []uint64) (uint64, error) {
	n := uint64(1)
	for _, d := range shape {
		hi, lo := bits.Mul64(n, d)
		if d >= 1<<47 || hi != 0 || lo >= 1<<47 {
			return 0, formatErr("shape %v has too many elements", shape)
		}
		n = lo
	}
	return n, nil
}

// parseFill returns the bytes of one fill value, nil for zeros.
func (f *File) parseFill(m message) ([]byte, error) {
	c := f.cursor(m.data, "fill value message")
	defined := true
	if m.kind == msgFill {
		switch version := c.u8(); version {
		case 1, 2:
			c.skip(2)
			defined = c.u8() != 0 || version == 1
		case 3:
			defined = c.u8()&0x20 != 0
		default:
			if c.err == nil {
				return nil, unsupported("fill value version %d", version)
			}
		}
	}
	if !defined || c.err != nil {
		return nil, c.err
	}
	n := c.u32()
	if n > uint64(c.left()) {
		c.fail("%d bytes, has %d", n, c.left())
	}
	v := c.bytes(int(n))
	if len(v) == 0 {
		v = nil
	}
	return v, c.err
}

// Filters that chunks may have passed through.
const (
	filterDeflate  = 1
	filterShuffle  = 2
	filterFletcher = 3
	filterLZF      = 32000
)

var filterNames = map[int]string{4: "szip", 5: "n-bit", 6: "scale-offset", 307: "bzip2", filterLZF: "lzf", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32015: "zstd"}

// filter is one step of the pipeline, in the order of writing.
type filter struct {
	id     int
	values []uint64
}

func (f *File) parseFilters(b []byte) ([]filter, error) {
	c := f.cursor(b, "filter message")
	version, count := c.u8(), c.u8()
	if c.err == nil && version != 1 && version != 2 {
		return nil, unsupported("filter message version %d", version)
	}
	if version == 1 {
		c.skip(6)
	}
	if count > 32 {
		c.fail("%d filters", count)
	}
	var filters []filter
	for range count {
		s := filter{id: c.u16()}
		name := 0
		if version == 1 || s.id >= 256 {
			name = c.u16()
		}
		c.skip(2)
		n := c.u16()
		if version == 1 {
			name = (name + 7) &^ 7
		}
		c.skip(name)
		for i := 0; i < n && c.err == nil; i++ {
			s.values = append(s.values, c.u32())
		}
		if version == 1 && n%2 == 1 {
			c.skip(4)
		}
		if c.err != nil {
			return nil, c.err
		}
		filters = append(filters, s)
	}
	return filters, c.err
}
