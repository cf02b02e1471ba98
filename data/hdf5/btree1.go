package hdf5

// Node types of version 1 B-trees.
const (
	btreeGroup  = 0
	btreeChunks = 1
)

// walkBtree1 calls visit with every key and child of the leaves of a version 1
// B-tree, in order. A key is that to the left of the child. dims is the rank of a
// chunk's offset, element size included, and unused for groups.
func (f *File) walkBtree1(addr uint64, kind, dims int, visit func(key []byte, child uint64) error) error {
	keySize := f.lenSize
	if kind == btreeChunks {
		keySize = 8 + 8*dims
	}
	w := btree1{f: f, kind: kind, keySize: keySize, seen: map[uint64]bool{}, visit: visit}
	return w.node(addr, -1)
}

type btree1 struct {
	f       *File
	kind    int
	keySize int
	seen    map[uint64]bool // a node met twice means a loop
	visit   func(key []byte, child uint64) error
}

// node walks the subtree at addr; level is the one its parent expects, -1 for the
// root.
func (w *btree1) node(addr uint64, level int) error {
	if w.seen[addr] {
		return formatErr("B-tree: node at %d is met twice", addr)
	}
	w.seen[addr] = true
	headSize := 8 + 2*w.f.offSize
	head, err := w.f.read(addr, headSize)
	if err != nil {
		return err
	}
	c := w.f.cursor(head, "B-tree node")
	c.signature("TREE")
	kind, at, count := c.u8(), c.u8(), c.u16()
	switch {
	case c.err != nil:
		return c.err
	case kind != w.kind:
		return formatErr("B-tree node at %d: type %d instead of %d", addr, kind, w.kind)
	case level >= 0 && at != level:
		return formatErr("B-tree node at %d: level %d instead of %d", addr, at, level)
	}
	raw, err := w.f.read(addr+uint64(headSize), count*(w.keySize+w.f.offSize)+w.keySize)
	if err != nil {
		return err
	}
	c = w.f.cursor(raw, "B-tree node")
	for range count {
		key := c.bytes(w.keySize)
		child := c.addr()
		if c.err != nil {
			return c.err
		}
		if at > 0 {
			err = w.node(child, at-1)
		} else {
			err = w.visit(key, child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
