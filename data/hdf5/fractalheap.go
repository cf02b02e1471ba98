package hdf5

import "math/bits"

// fractalHeap holds the links of a dense group or the attributes of an object
// that has many: blocks of doubling size in one linear address space.
type fractalHeap struct {
	f           *File
	addr        uint64
	idSize      int
	checked     bool   // direct blocks carry a checksum
	maxManaged  uint64 // longer objects are "huge"
	hugeTree    uint64
	width       int    // blocks in a row
	start       uint64 // size of the blocks of the first two rows
	maxDirect   uint64 // largest direct block; beyond it rows are indirect
	offsetSize  int    // bytes of an offset in the heap
	lengthSize  int    // bytes of an object's length in its ID
	root        uint64
	rows        int // rows of the root; 0 means the root is a direct block
	hugeObjects map[uint64]block
	sound       map[uint64]bool // direct blocks whose checksum was compared
}

func (f *File) fractalHeap(addr uint64) (*fractalHeap, error) {
	raw, err := f.read(addr, 4+1+2+2+1+4+12*f.lenSize+3*f.offSize+2+2+2+2+4)
	if err != nil {
		return nil, err
	}
	c := f.cursor(raw, "fractal heap")
	c.signature("FRHP")
	h := &fractalHeap{f: f, addr: addr, sound: map[uint64]bool{}}
	version := c.u8()
	h.idSize = c.u16()
	filters := c.u16()
	h.checked = c.u8()&2 != 0
	h.maxManaged = c.u32()
	c.size()
	h.hugeTree = c.addr()
	c.size()
	c.addr()
	c.skip(8 * f.lenSize)
	h.width = c.u16()
	h.start = c.size()
	h.maxDirect = c.size()
	heapBits := c.u16()
	c.skip(2)
	h.root = c.addr()
	h.rows = c.u16()
	if c.err != nil {
		return nil, c.err
	}
	if version != 0 {
		return nil, unsupported("fractal heap version %d", version)
	}
	if filters != 0 {
		return nil, unsupported("fractal heap with filters")
	}
	if err := f.verify(raw, "fractal heap"); err != nil {
		return nil, err
	}
	powers := bits.OnesCount64(h.start) == 1 && bits.OnesCount64(h.maxDirect) == 1 && bits.OnesCount(uint(h.width)) == 1
	if !powers || h.maxDirect < h.start || h.maxDirect > 1<<31 || heapBits == 0 || heapBits > 64 {
		return nil, formatErr("fractal heap: %d blocks of %d to %d bytes in %d bits", h.width, h.start, h.maxDirect, heapBits)
	}
	h.offsetSize = (heapBits + 7) / 8
	h.lengthSize = min((bits.Len64(h.maxDirect)+6)/8, encodedSize(h.maxManaged))
	return h, nil
}

// object returns the bytes of the object with the given ID.
func (h *fractalHeap) object(id []byte) ([]byte, error) {
	if len(id) < h.idSize || h.idSize < 2 {
		return nil, formatErr("fractal heap: ID of %d bytes instead of %d", len(id), h.idSize)
	}
	id = id[:h.idSize]
	c := h.f.cursor(id, "fractal heap ID")
	head := c.u8()
	switch head >> 4 & 3 {
	case 0:
		at, n := c.uint(h.offsetSize), c.uint(h.lengthSize)
		if c.err != nil {
			return nil, c.err
		}
		return h.managed(at, n)
	case 1:
		return h.huge(c)
	case 2:
		n := head&15 + 1
		if h.idSize-1 > 16 {
			n = (head&15<<8 | c.u8()) + 1
		}
		return c.bytes(n), c.err
	}
	return nil, formatErr("fractal heap: ID of unknown type %#x", head)
}

// managed finds the direct block that holds the heap's offset at.
func (h *fractalHeap) managed(at, n uint64) ([]byte, error) {
	if h.rows == 0 {
		return h.fromDirect(h.root, h.start, at, n)
	}
	addr, rows, off := h.root, h.rows, at
	for {
		row, col, inBlock, size := h.locate(off)
		if row >= rows {
			return nil, formatErr("fractal heap: offset %d is beyond %d rows", at, rows)
		}
		child, err := h.indirectEntry(addr, rows, row, col)
		if err != nil {
			return nil, err
		}
		if size <= h.maxDirect {
			return h.fromDirect(child, size, inBlock, n)
		}
		// Sizes halve at least on the way down, so this ends.
		addr, off = child, inBlock
		rows = bits.Len64(size) - bits.Len64(h.start*uint64(h.width)) + 1
	}
}

// locate returns the place of an offset in the doubling table: row, column, the
// offset inside the block and the block's size.
func (h *fractalHeap) locate(off uint64) (row, col int, inBlock, size uint64) {
	width := uint64(h.width)
	size = h.start
	if blocks := off / h.start / width; blocks > 0 {
		row = bits.Len64(blocks)
		size = h.start << (row - 1)
		off -= size * width
	}
	return row, int(off / size), off % size, size
}

func (h *fractalHeap) indirectEntry(addr uint64, rows, row, col int) (uint64, error) {
	head := 5 + h.f.offSize + h.offsetSize
	raw, err := h.f.read(addr, head+rows*h.width*h.f.offSize+4)
	if err != nil {
		return 0, err
	}
	if err := h.f.verify(raw, "fractal heap indirect block"); err != nil {
		return 0, err
	}
	c := h.f.cursor(raw, "fractal heap indirect block")
	c.signature("FHIB")
	c.skip(head - 4 + (row*h.width+col)*h.f.offSize)
	return c.addr(), c.err
}

func (h *fractalHeap) fromDirect(addr, size, at, n uint64) ([]byte, error) {
	if at > size || n > size-at {
		return nil, formatErr("fractal heap: object of %d bytes at %d of a block of %d", n, at, size)
	}
	if err := h.f.within(addr, size); err != nil {
		return nil, err
	}
	if !h.sound[addr] {
		if err := h.verifyDirect(addr, int(size)); err != nil {
			return nil, err
		}
		h.sound[addr] = true
	}
	return h.f.read(addr+at, int(n))
}

// verifyDirect compares the checksum of a direct block, which is in its head and was
// computed with zeros in its place.
func (h *fractalHeap) verifyDirect(addr uint64, size int) error {
	const what = "fractal heap direct block"
	raw, err := h.f.read(addr, size)
	if err != nil {
		return err
	}
	c := h.f.cursor(raw, what)
	c.signature("FHDB")
	c.skip(1 + h.f.offSize + h.offsetSize)
	at := c.pos
	if !h.checked || c.err != nil {
		return c.err
	}
	stored := uint32(c.u32())
	if c.err != nil {
		return c.err
	}
	clear(raw[at : at+4])
	if computed := lookup3(raw); stored != computed && !h.f.trust {
		return wrapChecksum(what, stored, computed)
	}
	return nil
}

// huge returns an object too long for the blocks: its ID is the key of a record
// in a B-tree, or says itself where the object is.
func (h *fractalHeap) huge(c *cursor) ([]byte, error) {
	if h.idSize-1 >= h.f.offSize+h.f.lenSize {
		addr, n := c.addr(), c.size()
		if c.err != nil {
			return nil, c.err
		}
		return h.readHuge(block{addr, n})
	}
	if h.hugeObjects == nil {
		h.hugeObjects = map[uint64]block{}
		err := h.f.walkBtree2(h.hugeTree, 1, func(rec []byte) error {
			c := h.f.cursor(rec, "huge object")
			b := block{c.addr(), c.size()}
			h.hugeObjects[c.size()] = b
			return c.err
		})
		if err != nil {
			return nil, err
		}
	}
	key := c.uint(min(h.idSize-1, h.f.lenSize, 8))
	b, ok := h.hugeObjects[key]
	if !ok {
		return nil, formatErr("fractal heap: no huge object %d", key)
	}
	return h.readHuge(b)
}

func (h *fractalHeap) readHuge(b block) ([]byte, error) {
	if err := h.f.within(b.addr, b.size); err != nil {
		return nil, err
	}
	return h.f.read(b.addr, int(b.size))
}
