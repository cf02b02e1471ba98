package hdf5

// Message types of an object header that a reader needs.
const (
	msgDataspace    = 0x01
	msgLinkInfo     = 0x02
	msgDatatype     = 0x03
	msgFillOld      = 0x04
	msgFill         = 0x05
	msgLink         = 0x06
	msgExternal     = 0x07
	msgLayout       = 0x08
	msgFilters      = 0x0b
	msgAttribute    = 0x0c
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
	msgAttrInfo     = 0x15
	msgLast         = 0x17
)

const (
	flagShared        = 0x02
	flagFailIfUnknown = 0x80
)

type message struct {
	kind  int
	flags int
	data  []byte
}

// header is an object header: the messages that describe a group or a dataset.
type header struct {
	addr     uint64
	messages []message
}

func (h *header) has(kind int) bool {
	_, ok := h.find(kind)
	return ok
}

func (h *header) find(kind int) (message, bool) {
	for _, m := range h.messages {
		if m.kind == kind {
			return m, true
		}
	}
	return message{}, false
}

// block is a piece of an object header: the first or a continuation.
type block struct {
	addr, size uint64
}

func (f *File) readHeader(addr uint64) (*header, error) {
	prefix, err := f.upTo(addr, 16)
	if err != nil {
		return nil, err
	}
	if len(prefix) >= 4 && string(prefix[:4]) == "OHDR" {
		return f.readHeader2(addr)
	}
	return f.readHeader1(addr, prefix)
}

func (f *File) readHeader1(addr uint64, prefix []byte) (*header, error) {
	c := f.cursor(prefix, "object header")
	version := c.u8()
	c.skip(1)
	count := c.u16()
	c.skip(4)
	size := c.u32()
	c.skip(4)
	if c.err == nil && version != 1 {
		return nil, formatErr("object header at %d: version %d", addr, version)
	}
	if c.err != nil {
		return nil, c.err
	}
	h := &header{addr: addr}
	err := f.readBlocks(block{addr + 16, size}, func(i int, b block) ([]block, error) {
		raw, err := f.read(b.addr, int(b.size))
		if err != nil {
			return nil, err
		}
		c := f.cursor(raw, "object header")
		var more []block
		for c.err == nil && len(h.messages) < count && c.left() >= 8 {
			m := message{kind: c.u16()}
			n := c.u16()
			m.flags = c.u8()
			c.skip(3)
			m.data = c.bytes(n)
			more = f.addMessage(h, m, c, more)
		}
		return more, c.err
	})
	return h, err
}

func (f *File) readHeader2(addr uint64) (*header, error) {
	head, err := f.upTo(addr, 4+2+16+4+8)
	if err != nil {
		return nil, err
	}
	c := f.cursor(head, "object header")
	c.signature("OHDR")
	version, flags := c.u8(), c.u8()
	if c.err == nil && version != 2 {
		return nil, unsupported("object header version %d", version)
	}
	if flags&0x20 != 0 {
		c.skip(16) // times
	}
	if flags&0x10 != 0 {
		c.skip(4) // limits between compact and dense attributes
	}
	size := c.uint(1 << (flags & 3))
	if c.err != nil {
		return nil, c.err
	}
	start := uint64(c.pos)
	if size > uint64(f.size) {
		return nil, formatErr("object header at %d: size %d", addr, size)
	}
	h := &header{addr: addr}
	err = f.readBlocks(block{addr, start + size + 4}, func(i int, b block) ([]block, error) {
		raw, err := f.read(b.addr, int(b.size))
		if err != nil {
			return nil, err
		}
		if err := f.verify(raw, "object header"); err != nil {
			return nil, err
		}
		c := f.cursor(raw[:len(raw)-4], "object header")
		if i == 0 {
			c.skip(int(start))
		} else {
			c.signature("OCHK")
		}
		messageHead := 4
		if flags&0x04 != 0 {
			messageHead = 6
		}
		var more []block
		for c.err == nil && c.left() >= messageHead {
			m := message{kind: c.u8()}
			n := c.u16()
			m.flags = c.u8()
			c.skip(messageHead - 4)
			m.data = c.bytes(n)
			more = f.addMessage(h, m, c, more)
		}
		return more, c.err
	})
	return h, err
}

// readBlocks calls parse for the first block and every continuation it names.
// Blocks of one header cannot be longer than the file together, which also ends
// a header that continues in itself.
func (f *File) readBlocks(first block, parse func(i int, b block) ([]block, error)) error {
	queue := []block{first}
	var total uint64
	for i := 0; i < len(queue); i++ {
		if err := f.within(queue[i].addr, queue[i].size); err != nil {
			return err
		}
		if total += max(queue[i].size, 8); total > uint64(f.size) {
			return formatErr("object header at %d continues in itself", first.addr)
		}
		more, err := parse(i, queue[i])
		if err != nil {
			return err
		}
		queue = append(queue, more...)
	}
	return nil
}

func (f *File) addMessage(h *header, m message, c *cursor, more []block) []block {
	if c.err != nil {
		return more
	}
	h.messages = append(h.messages, m) // all are kept: version 1 counts them
	switch {
	case m.kind == msgContinuation:
		p := f.cursor(m.data, "header continuation")
		b := block{p.addr(), p.size()}
		c.err = p.err
		more = append(more, b)
	case m.kind > msgLast && m.flags&flagFailIfUnknown != 0:
		c.err = unsupported("header message of type %#x", m.kind)
	}
	return more
}

// body returns a message's data, following it to another object header when it
// is shared (a named type).
func (f *File) body(m message) ([]byte, error) {
	if m.flags&flagShared == 0 {
		return m.data, nil
	}
	return f.shared(m.data, m.kind)
}

// shared resolves a shared-message reference to a message of the given type.
func (f *File) shared(ref []byte, kind int) ([]byte, error) {
	c := f.cursor(ref, "shared message")
	version, where := c.u8(), c.u8()
	switch version {
	case 1:
		c.skip(6 + f.lenSize) // reserved, and the offset of a name in a local heap
	case 2:
	case 3:
		if where != 2 {
			return nil, unsupported("message in the file's shared-message heap")
		}
	default:
		return nil, unsupported("shared message version %d", version)
	}
	addr := c.addr()
	if c.err != nil {
		return nil, c.err
	}
	h, err := f.readHeader(addr)
	if err != nil {
		return nil, err
	}
	m, ok := h.find(kind)
	if !ok || m.flags&flagShared != 0 {
		return nil, formatErr("shared message at %d is not there", addr)
	}
	return m.data, nil
}
