package hdf5

import "math/bits"

// maxBtree2Depth is far above what 64-bit addresses can need.
const maxBtree2Depth = 32

// btree2 is a version 2 B-tree: fixed-size records, in the inner nodes as well
// as in the leaves.
type btree2 struct {
	f         *File
	kind      int
	nodeSize  int
	recSize   int
	countSize int   // bytes that hold the number of records of a child
	totalSize []int // bytes that hold the number below a child at that depth
	maxRecs   []int // records a node at that depth can hold
	seen      map[uint64]bool
	visit     func(rec []byte) error
}

// walkBtree2 calls visit with every record of the tree. The order within a node
// is the tree's; that between inner nodes and leaves is not.
func (f *File) walkBtree2(addr uint64, kind int, visit func(rec []byte) error) error {
	raw, err := f.read(addr, 4+1+1+4+2+2+1+1+f.offSize+2+f.lenSize+4)
	if err != nil {
		return err
	}
	if err := f.verify(raw, "B-tree header"); err != nil {
		return err
	}
	c := f.cursor(raw, "B-tree header")
	c.signature("BTHD")
	version, got := c.u8(), c.u8()
	t := btree2{f: f, kind: kind, seen: map[uint64]bool{}, visit: visit}
	t.nodeSize = int(c.u32())
	t.recSize = c.u16()
	depth := c.u16()
	c.skip(2)
	root := c.addr()
	count := c.u16()
	switch {
	case c.err != nil:
		return c.err
	case version != 0:
		return unsupported("version 2 B-tree of version %d", version)
	case got != kind:
		return formatErr("B-tree at %d: type %d instead of %d", addr, got, kind)
	case depth > maxBtree2Depth || t.recSize == 0 || t.nodeSize < 10+t.recSize:
		return formatErr("B-tree at %d: depth %d, nodes of %d, records of %d bytes", addr, depth, t.nodeSize, t.recSize)
	case root == noAddr:
		return nil
	}
	t.layOut(depth)
	return t.node(root, count, depth)
}

// layOut computes how wide the counts in the child pointers are.
func (t *btree2) layOut(depth int) {
	const overhead = 4 + 1 + 1 + 4
	t.maxRecs = []int{(t.nodeSize - overhead) / t.recSize}
	t.totalSize = []int{0}
	t.countSize = encodedSize(uint64(t.maxRecs[0]))
	total := uint64(t.maxRecs[0])
	for d := 1; d <= depth; d++ {
		ptr := t.f.offSize + t.countSize + t.totalSize[d-1]
		n := max(0, (t.nodeSize-overhead-ptr)/(t.recSize+ptr))
		t.maxRecs = append(t.maxRecs, n)
		hi, lo := bits.Mul64(uint64(n)+1, total)
		if total = lo + uint64(n); hi != 0 || total < lo {
			total = ^uint64(0)
		}
		t.totalSize = append(t.totalSize, encodedSize(total))
	}
}

// encodedSize is the number of bytes that hold values up to n.
func encodedSize(n uint64) int { return (max(bits.Len64(n), 1)-1)/8 + 1 }

func (t *btree2) node(addr uint64, count, depth int) error {
	if t.seen[addr] {
		return formatErr("B-tree: node at %d is met twice", addr)
	}
	t.seen[addr] = true
	if count > t.maxRecs[depth] {
		return formatErr("B-tree node at %d: %d records where %d fit", addr, count, t.maxRecs[depth])
	}
	size := 6 + count*t.recSize + 4
	sig := "BTLF"
	ptr := t.f.offSize + t.countSize
	if depth > 0 {
		sig = "BTIN"
		ptr += t.totalSize[depth-1]
		size += (count + 1) * ptr
	}
	raw, err := t.f.read(addr, size)
	if err != nil {
		return err
	}
	if err := t.f.verify(raw, "B-tree node"); err != nil {
		return err
	}
	c := t.f.cursor(raw, "B-tree node")
	c.signature(sig)
	c.skip(1)
	if kind := c.u8(); c.err == nil && kind != t.kind {
		c.fail("type %d instead of %d", kind, t.kind)
	}
	for range count {
		rec := c.bytes(t.recSize)
		if c.err != nil {
			return c.err
		}
		if err := t.visit(rec); err != nil {
			return err
		}
	}
	if depth == 0 {
		return c.err
	}
	for range count + 1 {
		child := c.addr()
		n := int(c.uint(t.countSize))
		c.skip(t.totalSize[depth-1])
		if c.err != nil {
			return c.err
		}
		if err := t.node(child, n, depth-1); err != nil {
			return err
		}
	}
	return nil
}
