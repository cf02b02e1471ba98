package hdf5

// cursor walks over a block of the file. It keeps the first error: after one
// every read gives zero, so a parser may check once, before it uses what it read.
type cursor struct {
	b        []byte
	pos      int
	err      error
	offSize  int // bytes of an address
	lenSize  int // bytes of a length
	whatPart string
}

func (f *File) cursor(b []byte, what string) *cursor {
	return &cursor{b: b, offSize: f.offSize, lenSize: f.lenSize, whatPart: what}
}

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = formatErr(c.whatPart+": "+format, args...)
	}
}

func (c *cursor) left() int { return len(c.b) - c.pos }

func (c *cursor) bytes(n int) []byte {
	if c.err == nil && (n < 0 || n > c.left()) {
		c.fail("needs %d bytes at %d, has %d", n, c.pos, c.left())
	}
	if c.err != nil {
		return nil
	}
	c.pos += n
	return c.b[c.pos-n : c.pos : c.pos]
}

func (c *cursor) skip(n int) { c.bytes(n) }

// uint reads a little-endian unsigned integer of n <= 8 bytes.
func (c *cursor) uint(n int) uint64 {
	b := c.bytes(n)
	var v uint64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

func (c *cursor) u8() int      { return int(c.uint(1)) }
func (c *cursor) u16() int     { return int(c.uint(2)) }
func (c *cursor) u32() uint64  { return c.uint(4) }
func (c *cursor) u64() uint64  { return c.uint(8) }
func (c *cursor) size() uint64 { return c.uint(c.lenSize) }

// addr reads an address; the undefined one (all bits set) becomes noAddr.
func (c *cursor) addr() uint64 {
	v := c.uint(c.offSize)
	if c.offSize < 8 && v == 1<<(8*c.offSize)-1 {
		return noAddr
	}
	return v
}

func (c *cursor) signature(want string) {
	if got := c.bytes(len(want)); c.err == nil && string(got) != want {
		c.fail("signature %q instead of %q", got, want)
	}
}

// cstring reads up to and including a zero byte.
func (c *cursor) cstring() string {
	if c.err != nil {
		return ""
	}
	for i := c.pos; i < len(c.b); i++ {
		if c.b[i] == 0 {
			s := string(c.b[c.pos:i])
			c.pos = i + 1
			return s
		}
	}
	c.fail("string without end at %d", c.pos)
	return ""
}

// noAddr is the undefined address: nothing is stored there.
const noAddr = ^uint64(0)
