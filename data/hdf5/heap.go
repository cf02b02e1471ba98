package hdf5

import (
	"bytes"
	"fmt"
)

// localHeap returns the data segment of a local heap: the names of a group.
func (f *File) localHeap(addr uint64) ([]byte, error) {
	raw, err := f.read(addr, 8+2*f.lenSize+f.offSize)
	if err != nil {
		return nil, err
	}
	c := f.cursor(raw, "local heap")
	c.signature("HEAP")
	c.skip(4)
	size := c.size()
	c.size()
	data := c.addr()
	if c.err != nil {
		return nil, c.err
	}
	if err := f.within(data, size); err != nil {
		return nil, err
	}
	return f.read(data, int(size))
}

func heapString(heap []byte, at uint64) (string, error) {
	if at >= uint64(len(heap)) {
		return "", formatErr("name at %d of a local heap of %d bytes", at, len(heap))
	}
	n := bytes.IndexByte(heap[at:], 0)
	if n < 0 {
		return "", formatErr("name without end in a local heap")
	}
	return string(heap[at : at+uint64(n)]), nil
}

// globalHeap is one collection: variable-length values by index. The values are
// parts of one string, so that many references to one cost nothing.
type globalHeap struct {
	values map[int]string
}

// maxHeaps bounds how many collections are kept; values are read in file order,
// so a few are enough.
const maxHeaps = 16

// heapValue returns the value that a global heap reference names.
func (f *File) heapValue(addr uint64, index int) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h, ok := f.heaps[addr]
	if !ok {
		var err error
		if h, err = f.readGlobalHeap(addr); err != nil {
			return "", fmt.Errorf("global heap at %d: %w", addr, err)
		}
		if f.heaps == nil || len(f.heaps) >= maxHeaps {
			f.heaps = map[uint64]*globalHeap{}
		}
		f.heaps[addr] = h
	}
	v, ok := h.values[index]
	if !ok {
		return "", formatErr("global heap at %d has no value %d", addr, index)
	}
	return v, nil
}

func (f *File) readGlobalHeap(addr uint64) (*globalHeap, error) {
	head, err := f.read(addr, 8+f.lenSize)
	if err != nil {
		return nil, err
	}
	c := f.cursor(head, "global heap")
	c.signature("GCOL")
	version := c.u8()
	c.skip(3)
	size := c.size()
	if c.err != nil {
		return nil, c.err
	}
	if version != 1 {
		return nil, unsupported("global heap version %d", version)
	}
	if err := f.within(addr, size); err != nil {
		return nil, err
	}
	raw, err := f.read(addr, int(size))
	if err != nil {
		return nil, err
	}
	text := string(raw)
	h := &globalHeap{values: map[int]string{}}
	c = f.cursor(raw, "global heap")
	c.skip(8 + f.lenSize)
	for c.err == nil && c.left() >= 8+f.lenSize {
		index := c.u16()
		c.skip(6)
		n := c.size()
		if index == 0 { // the free space at the end
			break
		}
		if n > uint64(c.left()) {
			c.fail("value of %d bytes, %d left", n, c.left())
			break
		}
		h.values[index] = text[c.pos : c.pos+int(n)]
		c.skip(min(int(n+7)&^7, c.left()))
	}
	return h, c.err
}
