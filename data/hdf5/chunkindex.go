package hdf5

import "fmt"

// chunkRef says where a chunk is stored and which filters it skipped.
type chunkRef struct {
	addr uint64
	size uint64
	mask uint32
}

// chunkIndex finds the chunks of a dataset by their place in the grid of chunks.
type chunkIndex struct {
	grid    []uint64            // chunks along each axis of the current shape
	stored  map[uint64]chunkRef // by row-major place in the grid
	regular func(place uint64) chunkRef
	room    uint64 // bytes of the file that no chunk has taken yet
}

// lookup returns the chunk at a row-major place; false means that it was never
// written.
func (x *chunkIndex) lookup(place uint64) (chunkRef, bool) {
	if x.regular != nil {
		return x.regular(place), true
	}
	ref, ok := x.stored[place]
	return ref, ok
}

// place returns the row-major place of coordinates; false when they are outside
// the current shape (the dataset was shrunk).
func (x *chunkIndex) place(at []uint64) (uint64, bool) {
	var p uint64
	for i, c := range at {
		if c >= x.grid[i] {
			return 0, false
		}
		p = p*x.grid[i] + c
	}
	return p, true
}

func (x *chunkIndex) add(at []uint64, ref chunkRef) error {
	p, ok := x.place(at)
	if !ok || ref.addr == noAddr {
		return nil
	}
	if _, twice := x.stored[p]; twice {
		return formatErr("chunk %v is indexed twice", at)
	}
	if ref.size > x.room {
		return formatErr("chunks overlap: they store more than the file has")
	}
	x.room -= ref.size
	x.stored[p] = ref
	return nil
}

func ceilDiv(a, b uint64) uint64 { return a/b + min(a%b, 1) }

// readChunkIndex reads the whole index of a chunked dataset: about 50 bytes of
// memory a chunk.
func (d *Dataset) readChunkIndex() (*chunkIndex, error) {
	x := &chunkIndex{grid: make([]uint64, len(d.shape)), stored: map[uint64]chunkRef{}, room: uint64(d.f.size)}
	for i, n := range d.shape {
		x.grid[i] = ceilDiv(n, d.layout.chunk[i])
	}
	if d.layout.addr == noAddr {
		return x, nil // nothing was ever written
	}
	var err error
	switch d.layout.index {
	case indexBtree1:
		err = d.indexBtree1(x)
	case indexSingle:
		ref := chunkRef{d.layout.addr, d.chunkBytes(), d.layout.singleMask}
		if d.layout.singleSize != 0 {
			ref.size = d.layout.singleSize
		}
		err = x.add(make([]uint64, len(x.grid)), ref)
	case indexImplicit:
		err = d.indexImplicit(x)
	case indexFixed:
		err = d.indexFixed(x)
	case indexExtensible:
		err = d.indexExtensible(x)
	case indexBtree2:
		err = d.indexBtree2(x)
	}
	if err != nil {
		return nil, fmt.Errorf("chunk index: %w", err)
	}
	return x, nil
}

func (d *Dataset) indexBtree1(x *chunkIndex) error {
	rank := d.rank
	at := make([]uint64, len(d.shape))
	return d.f.walkBtree1(d.layout.addr, btreeChunks, rank+1, func(key []byte, child uint64) error {
		c := d.f.cursor(key, "chunk key")
		ref := chunkRef{addr: child, size: c.u32(), mask: uint32(c.u32())}
		for i := range rank {
			off := c.u64()
			if off%d.layout.chunk[i] != 0 {
				return formatErr("chunk at offset %d, not a multiple of %d", off, d.layout.chunk[i])
			}
			at[i] = off / d.layout.chunk[i]
		}
		if c.err != nil {
			return c.err
		}
		return x.add(at, ref)
	})
}

func (d *Dataset) indexBtree2(x *chunkIndex) error {
	rank := d.rank
	at := make([]uint64, len(d.shape))
	kind := 10
	if len(d.filters) > 0 {
		kind = 11
	}
	return d.f.walkBtree2(d.layout.addr, kind, func(rec []byte) error {
		c := d.f.cursor(rec, "chunk record")
		ref := chunkRef{addr: c.addr(), size: d.chunkBytes()}
		if kind == 11 {
			n := len(rec) - d.f.offSize - 4 - 8*rank
			if n < 1 || n > 8 {
				return formatErr("chunk record of %d bytes", len(rec))
			}
			ref.size, ref.mask = c.uint(n), uint32(c.u32())
		}
		for i := range rank {
			at[i] = c.u64()
		}
		if c.err != nil {
			return c.err
		}
		return x.add(at, ref)
	})
}

// maxGrid returns the chunks along each axis of the maximal shape: 0 where it is
// unlimited. Arrays of chunks are laid out for that shape.
func (d *Dataset) maxGrid() []uint64 {
	grid := make([]uint64, len(d.limit))
	for i, n := range d.limit {
		grid[i] = ceilDiv(n, d.layout.chunk[i])
	}
	return grid
}

// coordinates splits a row-major place in grid; the first axis takes the rest, so
// its length may be unknown.
func coordinates(place uint64, grid, at []uint64) {
	for i := len(grid) - 1; i > 0; i-- {
		at[i] = place % grid[i]
		place /= grid[i]
	}
	at[0] = place
}

// indexImplicit: every chunk in order, none filtered. The library has it for shapes
// that cannot grow without end only, so the file vouches for every chunk.
func (d *Dataset) indexImplicit(x *chunkIndex) error {
	limit := d.maxGrid()
	for i, n := range limit {
		if n < x.grid[i] {
			return formatErr("implicit index of an axis that may grow without end")
		}
	}
	all, err := product(limit)
	if err != nil {
		return err
	}
	bytes := d.chunkBytes()
	if all > uint64(d.f.size)/bytes+1 {
		return formatErr("%d chunks of %d bytes in a file of %d", all, bytes, d.f.size)
	}
	if err := d.f.within(d.layout.addr, all*bytes); err != nil {
		return err
	}
	x.regular = func(place uint64) chunkRef {
		at := make([]uint64, len(x.grid))
		coordinates(place, x.grid, at)
		var p uint64
		for i := range at {
			p = p*limit[i] + at[i]
		}
		return chunkRef{addr: d.layout.addr + p*bytes, size: bytes}
	}
	return nil
}
