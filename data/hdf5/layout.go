package hdf5

type layoutClass int

const (
	compact layoutClass = iota
	contiguous
	chunked
)

// Chunk indices of layout 4; a version 1 B-tree has none of these numbers.
const (
	indexBtree1     = 0
	indexSingle     = 1
	indexImplicit   = 2
	indexFixed      = 3
	indexExtensible = 4
	indexBtree2     = 5
)

// layout says where a dataset's values are.
type layout struct {
	class layoutClass
	data  []byte // compact: the values themselves
	addr  uint64 // contiguous: the values; chunked: the index
	size  uint64 // contiguous: bytes

	chunk      []uint64 // chunked: the chunk's shape
	index      int
	pageBits   int    // fixed array: log2 of a page's elements
	singleSize uint64 // single chunk: stored bytes, 0 when not filtered
	singleMask uint32
}

func (f *File) parseLayout(b []byte) (*layout, error) {
	c := f.cursor(b, "layout message")
	version := c.u8()
	if c.err == nil && (version < 1 || version > 4) {
		return nil, unsupported("data layout version %d", version)
	}
	if version < 3 {
		return f.layout1(c)
	}
	class := c.u8()
	l := &layout{class: layoutClass(class)}
	switch {
	case class == 0:
		l.data = c.bytes(c.u16())
	case class == 1:
		l.addr, l.size = c.addr(), c.size()
	case class == 2 && version == 3:
		rank := c.u8()
		l.addr = c.addr()
		l.chunkShape(c, rank, 4)
	case class == 2:
		f.layout4(l, c)
	case class == 3:
		return nil, unsupported("virtual dataset")
	default:
		return nil, unsupported("data layout class %d", class)
	}
	return l, c.err
}

// layout1 reads versions 1 and 2, which HDF5 wrote before 1.6.3.
func (f *File) layout1(c *cursor) (*layout, error) {
	rank, class := c.u8(), c.u8()
	c.skip(5)
	l := &layout{class: layoutClass(class)}
	switch class {
	case 0:
		c.skip(4 * rank)
		n := c.u32()
		if n > uint64(c.left()) {
			c.fail("%d compact bytes, has %d", n, c.left())
		}
		l.data = c.bytes(int(n))
	case 1: // the lengths are cut to 32 bits: the dataspace says how much there is
		l.addr, l.size = c.addr(), noSize
	case 2:
		l.addr = c.addr()
		l.chunkShape(c, rank, 4)
	default:
		return nil, unsupported("data layout class %d", class)
	}
	return l, c.err
}

// noSize is the size of contiguous values where the layout does not say it.
const noSize = ^uint64(0)

// chunkShape reads rank lengths, of which the last is the size of an element.
func (l *layout) chunkShape(c *cursor, rank, width int) {
	if c.err == nil && (rank < 2 || rank > maxRank+1) {
		c.fail("chunks of rank %d", rank-1)
	}
	if c.err != nil {
		return
	}
	shape := make([]uint64, rank)
	for i := range shape {
		if shape[i] = c.uint(width); shape[i] == 0 && c.err == nil {
			c.fail("chunk of length 0")
		}
	}
	// The library keeps chunks below 4 GiB; so they fit an int, too.
	if n, err := product(shape); c.err == nil && (err != nil || n >= 1<<32) {
		c.fail("chunk of shape %v", shape)
	}
	l.chunk = shape[:rank-1]
}

func (f *File) layout4(l *layout, c *cursor) {
	flags, rank, width := c.u8(), c.u8(), c.u8()
	if c.err == nil && (width < 1 || width > 8) {
		c.fail("chunk lengths of %d bytes", width)
	}
	l.chunkShape(c, rank, width)
	if flags&1 != 0 && c.err == nil {
		c.err = unsupported("edge chunks without filters")
	}
	switch l.index = c.u8(); l.index {
	case indexSingle:
		if flags&2 != 0 {
			l.singleSize, l.singleMask = c.size(), uint32(c.u32())
		}
	case indexImplicit:
	case indexFixed:
		l.pageBits = c.u8()
	case indexExtensible:
		c.skip(5) // repeated in the array's header
	case indexBtree2:
		c.skip(6)
	default:
		if c.err == nil {
			c.err = unsupported("chunk index of type %d", l.index)
		}
	}
	l.addr = c.addr()
}
