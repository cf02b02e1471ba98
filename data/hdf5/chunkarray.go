package hdf5

import "math/bits"

// chunkArray reads the elements of a fixed or an extensible array: addresses of
// chunks, with stored size and filter mask where chunks are filtered.
type chunkArray struct {
	d        *Dataset
	filtered bool
	elemSize int
	pageBits int
	visit    func(place uint64, ref chunkRef) error
}

// head reads what both arrays' headers begin with.
func (a *chunkArray) head(c *cursor, sig string) {
	c.signature(sig)
	if version := c.u8(); c.err == nil && version != 0 {
		c.err = unsupported("chunk array version %d", version)
	}
	a.filtered = c.u8() == 1
	a.elemSize = c.u8()
	want := a.d.f.offSize
	if a.filtered {
		want += 4 + 1
	}
	if c.err == nil && (a.elemSize < want || a.elemSize > a.d.f.offSize+12 || a.filtered != (len(a.d.filters) > 0)) {
		c.fail("elements of %d bytes", a.elemSize)
	}
}

// elements visits n elements, of which the first has the given place.
func (a *chunkArray) elements(c *cursor, first uint64, n int) error {
	for i := range n {
		ref := chunkRef{addr: c.addr(), size: a.d.chunkBytes()}
		if a.filtered {
			ref.size = c.uint(a.elemSize - a.d.f.offSize - 4)
			ref.mask = uint32(c.u32())
		}
		if c.err != nil {
			return c.err
		}
		if ref.addr == noAddr {
			continue
		}
		if err := a.visit(first+uint64(i), ref); err != nil {
			return err
		}
	}
	return nil
}

// pages visits n elements in pages, each with its checksum; pages whose bit (the
// highest first) is not set were never written.
func (a *chunkArray) pages(addr uint64, written []byte, firstBit int, first, n uint64) error {
	perPage := uint64(1) << a.pageBits
	for i := uint64(0); i < n; i += perPage {
		count := min(perPage, n-i)
		bit := firstBit + int(i>>a.pageBits)
		if bit/8 >= len(written) {
			return formatErr("chunk array: page %d has no bit", bit)
		}
		size := count*uint64(a.elemSize) + 4
		if written[bit/8]&(0x80>>(bit%8)) != 0 {
			if err := a.block(addr, size, func(c *cursor) error {
				return a.elements(c, first+i, int(count))
			}); err != nil {
				return err
			}
		}
		addr += perPage*uint64(a.elemSize) + 4
	}
	return nil
}

// block reads size bytes that end with a checksum and hands over those before.
func (a *chunkArray) block(addr, size uint64, parse func(c *cursor) error) error {
	f := a.d.f
	if err := f.within(addr, size); err != nil {
		return err
	}
	raw, err := f.read(addr, int(size))
	if err != nil {
		return err
	}
	if err := f.verify(raw, "chunk array"); err != nil {
		return err
	}
	c := f.cursor(raw[:len(raw)-4], "chunk array")
	if err := parse(c); err != nil {
		return err
	}
	return c.err
}

func (d *Dataset) indexFixed(x *chunkIndex) error {
	limit := d.maxGrid()
	all, err := product(limit)
	if err != nil {
		return err
	}
	at := make([]uint64, len(limit))
	a := &chunkArray{d: d, visit: func(place uint64, ref chunkRef) error {
		coordinates(place, limit, at)
		return x.add(at, ref)
	}}
	f := d.f
	var count, data uint64
	err = a.block(d.layout.addr, uint64(8+f.lenSize+f.offSize+4), func(c *cursor) error {
		a.head(c, "FAHD")
		a.pageBits = c.u8()
		count, data = c.size(), c.addr()
		if c.err == nil && (count != all || a.pageBits > 32) {
			c.fail("%d elements for %d chunks", count, all)
		}
		return c.err
	})
	if err != nil || data == noAddr {
		return err
	}
	if count > uint64(f.size) {
		return formatErr("chunk array of %d elements", count)
	}
	prefix := uint64(6 + f.offSize)
	if count <= 1<<a.pageBits {
		return a.block(data, prefix+count*uint64(a.elemSize)+4, func(c *cursor) error {
			c.signature("FADB")
			c.skip(2 + f.offSize)
			return a.elements(c, 0, int(count))
		})
	}
	pages := ceilDiv(count, 1<<a.pageBits)
	size := prefix + ceilDiv(pages, 8) + 4
	var written []byte
	err = a.block(data, size, func(c *cursor) error {
		c.signature("FADB")
		c.skip(2 + f.offSize)
		written = c.bytes(c.left())
		return nil
	})
	if err != nil {
		return err
	}
	return a.pages(data+size, written, 0, 0, count)
}

// extensible is the header of an extensible array: an index block, then data
// blocks of doubling size, the later ones listed in super blocks.
type extensible struct {
	chunkArray
	maxBits    int    // bits of the largest place
	indexElems int    // elements in the index block itself
	minElems   uint64 // elements of the smallest data block
	minPtrs    uint64 // data blocks of the smallest super block
	used       uint64 // places at and beyond were never set
	index      uint64
}

func (d *Dataset) indexExtensible(x *chunkIndex) error {
	limit := d.maxGrid()
	grow := -1
	for i, n := range limit {
		if n == 0 && d.limit[i] == 0 {
			grow = i
		}
	}
	if grow < 0 {
		return formatErr("extensible array for a dataset that cannot grow")
	}
	// The axis that grows varies slowest in the array.
	order := append([]uint64{0}, limit[:grow]...)
	order = append(order, limit[grow+1:]...)
	for _, n := range order[1:] {
		if n == 0 {
			return formatErr("extensible array for a dataset that grows along two axes")
		}
	}
	at, turned := make([]uint64, len(limit)), make([]uint64, len(limit))
	e := &extensible{}
	e.d = d
	e.visit = func(place uint64, ref chunkRef) error {
		coordinates(place, order, turned)
		at[grow] = turned[0]
		copy(at[:grow], turned[1:grow+1])
		copy(at[grow+1:], turned[grow+1:])
		return x.add(at, ref)
	}
	f := d.f
	err := e.block(d.layout.addr, uint64(12+6*f.lenSize+f.offSize+4), func(c *cursor) error {
		e.head(c, "EAHD")
		e.maxBits, e.indexElems = c.u8(), c.u8()
		e.minElems, e.minPtrs = uint64(c.u8()), uint64(c.u8())
		e.pageBits = c.u8()
		c.skip(4 * f.lenSize)
		e.used = c.size()
		c.size()
		e.index = c.addr()
		pow2 := bits.OnesCount64(e.minElems) == 1 && bits.OnesCount64(e.minPtrs) == 1
		if c.err == nil && (!pow2 || e.maxBits > 64 || e.pageBits > 32 || e.maxBits < bits.Len64(e.minElems)) {
			c.fail("extensible array of %d bits, blocks of %d and %d", e.maxBits, e.minElems, e.minPtrs)
		}
		return c.err
	})
	if err != nil || e.index == noAddr {
		return err
	}
	return e.walk()
}

// walk visits the elements in the order of their places.
func (e *extensible) walk() error {
	f := e.d.f
	supers := e.maxBits - bits.Len64(e.minElems) + 2 // super blocks, real or not
	inIndex := 2 * (bits.Len64(e.minPtrs) - 1)       // whose data blocks the index lists itself
	inIndex = min(inIndex, supers)
	dataBlocks := 2 * (int(e.minPtrs) - 1)
	var dataAddr, superAddr []uint64
	size := 6 + f.offSize + e.indexElems*e.elemSize + (dataBlocks+supers-inIndex)*f.offSize + 4
	err := e.block(e.index, uint64(size), func(c *cursor) error {
		c.signature("EAIB")
		c.skip(2 + f.offSize)
		if err := e.elements(c, 0, e.indexElems); err != nil {
			return err
		}
		for range dataBlocks {
			dataAddr = append(dataAddr, c.addr())
		}
		for range supers - inIndex {
			superAddr = append(superAddr, c.addr())
		}
		return c.err
	})
	if err != nil {
		return err
	}
	first := uint64(e.indexElems)
	for s := 0; s < supers && first < e.used; s++ {
		blocks := uint64(1) << (s / 2)
		elems := e.minElems << ((s + 1) / 2)
		if s < inIndex {
			for range blocks {
				if len(dataAddr) == 0 {
					return formatErr("extensible array: too few data blocks")
				}
				if err := e.dataBlock(dataAddr[0], first, elems, nil, 0); err != nil {
					return err
				}
				dataAddr = dataAddr[1:]
				first += elems
			}
			continue
		}
		if err := e.superBlock(superAddr[s-inIndex], first, blocks, elems); err != nil {
			return err
		}
		first += blocks * elems
	}
	return nil
}

func (e *extensible) offsetSize() int { return (e.maxBits + 7) / 8 }

func (e *extensible) superBlock(addr, first, blocks, elems uint64) error {
	if addr == noAddr {
		return nil
	}
	f := e.d.f
	pages := 0
	var written []byte
	var mask uint64
	if elems > 1<<e.pageBits {
		pages = int(elems >> e.pageBits)
		mask = blocks * ceilDiv(uint64(pages), 8)
	}
	if blocks > uint64(f.size) || mask > uint64(f.size) {
		return formatErr("extensible array: super block of %d blocks", blocks)
	}
	var addrs []uint64
	size := uint64(6+f.offSize+e.offsetSize()) + mask + blocks*uint64(f.offSize) + 4
	err := e.block(addr, size, func(c *cursor) error {
		c.signature("EASB")
		c.skip(2 + f.offSize + e.offsetSize())
		written = c.bytes(int(mask))
		for range blocks {
			addrs = append(addrs, c.addr())
		}
		return c.err
	})
	if err != nil {
		return err
	}
	for i, a := range addrs {
		if err := e.dataBlock(a, first+uint64(i)*elems, elems, written, i*pages); err != nil {
			return err
		}
	}
	return nil
}

func (e *extensible) dataBlock(addr, first, elems uint64, written []byte, firstBit int) error {
	if addr == noAddr || first >= e.used {
		return nil
	}
	f := e.d.f
	prefix := uint64(6 + f.offSize + e.offsetSize())
	if elems > uint64(f.size) {
		return formatErr("extensible array: data block of %d elements", elems)
	}
	if elems <= 1<<e.pageBits {
		return e.block(addr, prefix+elems*uint64(e.elemSize)+4, func(c *cursor) error {
			c.signature("EADB")
			c.skip(2 + f.offSize + e.offsetSize())
			return e.elements(c, first, int(elems))
		})
	}
	err := e.block(addr, prefix+4, func(c *cursor) error {
		c.signature("EADB")
		return nil
	})
	if err != nil {
		return err
	}
	return e.pages(addr+prefix+4, written, firstBit, first, elems)
}
