package hdf5

import "fmt"

type linkKind int

const (
	linkHard linkKind = iota
	linkSoft
	linkExternal
)

// link is a name in a group.
type link struct {
	name   string
	kind   linkKind
	addr   uint64 // object header of a hard link
	target string // path of a soft link
}

// parseLink reads a link message.
func (f *File) parseLink(b []byte) (link, error) {
	c := f.cursor(b, "link message")
	version, flags := c.u8(), c.u8()
	if c.err == nil && version != 1 {
		return link{}, unsupported("link message version %d", version)
	}
	kind := 0
	if flags&0x08 != 0 {
		kind = c.u8()
	}
	if flags&0x04 != 0 {
		c.skip(8) // creation order
	}
	if flags&0x10 != 0 {
		c.skip(1) // character set of the name
	}
	n := c.uint(1 << (flags & 3))
	if n > uint64(c.left()) {
		c.fail("name of %d bytes", n)
	}
	l := link{name: string(c.bytes(int(n)))}
	switch kind {
	case 0:
		l.addr = c.addr()
	case 1:
		l.kind = linkSoft
		l.target = string(c.bytes(c.u16()))
	default: // 64 is an external link, others are a user's own
		l.kind = linkExternal
	}
	if c.err == nil && l.name == "" {
		c.fail("empty name")
	}
	return l, c.err
}

// symbolTable reads the links of an old-style group: a B-tree of symbol nodes
// whose names are in a local heap.
func (f *File) symbolTable(m message) ([]link, error) {
	c := f.cursor(m.data, "symbol table message")
	tree, heap := c.addr(), c.addr()
	if c.err != nil {
		return nil, c.err
	}
	names, err := f.localHeap(heap)
	if err != nil {
		return nil, err
	}
	var links []link
	err = f.walkBtree1(tree, btreeGroup, 0, func(_ []byte, child uint64) error {
		more, err := f.symbolNode(child, names)
		links = append(links, more...)
		return err
	})
	return links, err
}

// symbolNode reads one leaf of a symbol table.
func (f *File) symbolNode(addr uint64, names []byte) ([]link, error) {
	head, err := f.read(addr, 8)
	if err != nil {
		return nil, err
	}
	c := f.cursor(head, "symbol node")
	c.signature("SNOD")
	c.skip(2)
	count := c.u16()
	if c.err != nil {
		return nil, c.err
	}
	raw, err := f.read(addr+8, count*(2*f.offSize+24))
	if err != nil {
		return nil, err
	}
	c = f.cursor(raw, "symbol node")
	links := make([]link, 0, count)
	for range count {
		nameAt := c.uint(f.offSize)
		l := link{addr: c.addr()}
		cache := c.u32()
		c.skip(4)
		scratch := c.bytes(16)
		if c.err != nil {
			return nil, c.err
		}
		if l.name, err = heapString(names, nameAt); err != nil {
			return nil, err
		}
		if l.name == "" {
			return nil, formatErr("symbol node at %d: empty name", addr)
		}
		if cache == 2 {
			l.kind = linkSoft
			at := f.cursor(scratch, "symbol node").u32()
			if l.target, err = heapString(names, at); err != nil {
				return nil, err
			}
		}
		links = append(links, l)
	}
	return links, nil
}

// denseLinks reads the links that a link info message keeps in a fractal heap.
func (f *File) denseLinks(m message) ([]link, error) {
	c := f.cursor(m.data, "link info message")
	version, flags := c.u8(), c.u8()
	if c.err == nil && version != 0 {
		return nil, unsupported("link info version %d", version)
	}
	if flags&1 != 0 {
		c.skip(8)
	}
	heapAddr, tree := c.addr(), c.addr()
	if c.err != nil || heapAddr == noAddr {
		return nil, c.err
	}
	heap, err := f.fractalHeap(heapAddr)
	if err != nil {
		return nil, fmt.Errorf("dense links: %w", err)
	}
	var links []link
	var total uint64
	err = f.walkBtree2(tree, 5, func(rec []byte) error {
		if len(rec) < 4 {
			return formatErr("dense link record of %d bytes", len(rec))
		}
		obj, err := heap.object(rec[4:]) // after the hash of the name
		if err != nil {
			return err
		}
		if total += uint64(len(obj)); total > uint64(f.size) {
			return formatErr("dense links are longer than the file")
		}
		l, err := f.parseLink(obj)
		links = append(links, l)
		return err
	})
	return links, err
}
