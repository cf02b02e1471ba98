package hdf5

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

const (
	// maxFill bounds the bytes of fill values, which no bytes in the file
	// vouch for, that one read may return.
	maxFill = 64 << 20
	// maxDeflate is the most that deflate can expand.
	maxDeflate = 1032
	// blockBytes is how much of a contiguous dataset is read at a time.
	blockBytes = 1 << 20
)

// plan is a read made ready: which chunks it touches and what it takes of each.
type plan struct {
	d     *Dataset
	chunk []uint64 // shape of a chunk
	axes  [][]axisChunk
	out   []uint64 // shape of the result
	tasks uint64   // chunks touched
	total uint64   // elements of the result
	index *chunkIndex
}

// plan checks a selection against what the file holds, before memory is taken for
// the result.
func (s *Selection) plan() (*plan, error) {
	d := s.d
	if d.defect != nil {
		return nil, d.defect
	}
	p := &plan{d: d, out: s.counts(), tasks: 1}
	var err error
	if p.total, err = product(p.out); err != nil || p.total == 0 {
		return p, err
	}
	if p.total > uint64(maxInt/max(d.stride(), 8)) {
		return nil, formatErr("%d elements", p.total)
	}
	if err = p.source(); err != nil {
		return nil, err
	}
	for i, runs := range s.axes {
		p.tasks *= touched(runs, p.chunk[i])
		if p.tasks > uint64(len(p.index.stored))+maxFill/64 && p.index.regular == nil {
			return nil, p.tooMuchFill()
		}
	}
	p.tasks = 1
	for i, runs := range s.axes {
		p.axes = append(p.axes, splitAxis(runs, p.chunk[i]))
		p.tasks *= uint64(len(p.axes[i]))
	}
	return p, p.check()
}

const maxInt = int(^uint(0) >> 1)

func (p *plan) tooMuchFill() error {
	return unsupported("more than %d MiB of fill values for chunks never written; read a smaller slab", maxFill>>20)
}

// source finds where the chunks are. Compact and contiguous values are treated as
// unfiltered chunks of whole rows.
func (p *plan) source() error {
	d := p.d
	if d.layout.class == chunked {
		p.chunk = d.layout.chunk
		var err error
		p.index, err = d.chunks()
		return err
	}
	all, err := product(d.shape)
	if err != nil {
		return err
	}
	size := uint64(d.stride())
	p.chunk = append([]uint64(nil), d.shape...)
	if d.layout.class == compact {
		if all*size > uint64(len(d.layout.data)) {
			return formatErr("%d elements of %d bytes in %d compact bytes", all, size, len(d.layout.data))
		}
		p.index = &chunkIndex{regular: func(uint64) chunkRef { return chunkRef{} }}
		return nil
	}
	if d.layout.addr == noAddr { // never written
		p.index = &chunkIndex{}
		p.rowBlocks(size)
		return nil
	}
	if all*size > d.layout.size {
		return formatErr("%d elements of %d bytes in %d bytes of data", all, size, d.layout.size)
	}
	if err := d.f.within(d.layout.addr, all*size); err != nil {
		return err
	}
	p.rowBlocks(size)
	grid := make([]uint64, len(d.shape))
	for i := range grid {
		grid[i] = ceilDiv(d.shape[i], p.chunk[i])
	}
	p.index = &chunkIndex{regular: func(place uint64) chunkRef {
		at := make([]uint64, len(grid))
		coordinates(place, grid, at)
		var off uint64
		for i := range at {
			off = off*d.shape[i] + at[i]*p.chunk[i]
		}
		return chunkRef{addr: d.layout.addr + off*size, size: ^uint64(0)}
	}}
	return nil
}

// rowBlocks cuts a contiguous shape into stretches of about blockBytes.
func (p *plan) rowBlocks(size uint64) {
	inner := size
	for i := len(p.chunk) - 1; i >= 0; i-- {
		rows := min(p.chunk[i], max(1, blockBytes/inner))
		inner *= p.chunk[i]
		p.chunk[i] = rows
	}
	// Only stretches of neighbours are contiguous: once an axis is cut, those
	// before it go one by one.
	cut := false
	for i := len(p.chunk) - 1; i >= 0; i-- {
		if cut {
			p.chunk[i] = 1
		}
		cut = cut || p.chunk[i] < p.d.shape[i]
	}
}

// grid is the number of chunks along an axis of the dataset.
func (p *plan) grid(axis int) uint64 { return ceilDiv(p.d.shape[axis], p.chunk[axis]) }

// at returns the chunk that a task reads: its parts along the axes and its place.
func (p *plan) at(task uint64, parts []*axisChunk) (place uint64) {
	for i := len(p.axes) - 1; i >= 0; i-- {
		n := uint64(len(p.axes[i]))
		parts[i] = &p.axes[i][task%n]
		task /= n
	}
	for i, part := range parts {
		place = place*p.grid(i) + part.at
	}
	return place
}

// check adds up what the touched chunks store: they cannot hold more than the
// file, nor expand beyond what deflate can.
func (p *plan) check() error {
	if p.index.regular != nil {
		return nil // source checked that the file holds all of it
	}
	d := p.d
	bytes := uint64(d.stride())
	for _, n := range p.chunk {
		bytes *= n
	}
	var fill uint64
	parts := make([]*axisChunk, len(p.axes))
	for t := range p.tasks {
		ref, ok := p.index.lookup(p.at(t, parts))
		if !ok {
			if fill += max(bytes, 64); fill > maxFill {
				return p.tooMuchFill()
			}
			continue
		}
		if err := d.checkChunk(ref, bytes); err != nil {
			return err
		}
	}
	return nil
}

// checkChunk fails when a stored chunk cannot be one of that many bytes.
func (d *Dataset) checkChunk(ref chunkRef, bytes uint64) error {
	if err := d.f.within(ref.addr, ref.size); err != nil {
		return err
	}
	for i, f := range d.filters {
		if !f.known() && ref.mask&(1<<i) == 0 {
			return unsupported("filter %d (%s)", f.id, filterNames[f.id])
		}
	}
	limit := ref.size
	if d.deflated(ref.mask) {
		limit = maxDeflate * (ref.size + 1)
	}
	if bytes > limit {
		return formatErr("chunk of %d bytes stored in %d", bytes, ref.size)
	}
	return nil
}

// scan reads the selection. put receives stretches of elements that are
// neighbours in the file and in the result, and where they go; it is called from
// several goroutines, each place once.
func (p *plan) scan(put func(dst uint64, raw []byte) error) error {
	workers := uint64(p.d.f.Workers)
	if workers == 0 {
		workers = uint64(runtime.GOMAXPROCS(0))
	}
	workers = min(workers, p.tasks)
	if p.total == 0 {
		return nil
	}
	var next atomic.Uint64
	var failed atomic.Bool
	errs := make([]taskError, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			g := &gatherer{plan: p, put: put, parts: make([]*axisChunk, len(p.axes))}
			for !failed.Load() {
				t := next.Add(1) - 1
				if t >= p.tasks {
					return
				}
				if err := guard(func() error { return g.task(t) }); err != nil {
					errs[w] = taskError{t, err}
					failed.Store(true)
				}
			}
		}()
	}
	wg.Wait()
	// Tasks are handed out in order, so the first that fails is always reached:
	// the error, too, does not depend on the number of workers.
	first := taskError{}
	for _, e := range errs {
		if e.err != nil && (first.err == nil || e.task < first.task) {
			first = e
		}
	}
	return first.err
}

// guard turns a panic of a worker into an error: it would end the program, whatever
// the caller does.
func guard(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while reading: %v\n%s", r, debug.Stack())
		}
	}()
	return work()
}

type taskError struct {
	task uint64
	err  error
}

// gatherer is one worker: its buffers and the chunk it works on.
type gatherer struct {
	*plan
	put   func(dst uint64, raw []byte) error
	parts []*axisChunk
	dec   decoder
	fill  []byte
	buf   []byte
}

func (g *gatherer) task(t uint64) error {
	place := g.at(t, g.parts)
	raw, skipped, err := g.load(place)
	if err != nil {
		return fmt.Errorf("chunk %d: %w", place, err)
	}
	// inner is the axis from which on the chunk and the result agree, so that
	// one stretch covers them all.
	inner := len(g.parts) - 1
	unit := uint64(1)
	for inner > 0 && g.whole(inner) {
		unit *= g.out[inner]
		inner--
	}
	return g.gather(0, inner, 0, 0, unit, raw, skipped)
}

// whole reports whether an axis of the chunk is taken whole and is all there is
// of that axis in the result.
func (g *gatherer) whole(axis int) bool {
	p := g.parts[axis].pieces
	return len(p) == 1 && p[0].n == g.chunk[axis] && p[0].n == g.out[axis]
}

// gather descends the axes to inner; src and dst are element offsets so far.
func (g *gatherer) gather(axis, inner int, src, dst, unit uint64, raw []byte, skipped uint64) error {
	size := uint64(g.d.stride())
	for _, p := range g.parts[axis].pieces {
		if axis == inner {
			from := ((src*g.chunk[axis]+p.src)*unit)*size - skipped
			if err := g.put((dst*g.out[axis]+p.dst)*unit, raw[from:from+p.n*unit*size]); err != nil {
				return err
			}
			continue
		}
		for i := range p.n {
			err := g.gather(axis+1, inner, src*g.chunk[axis]+p.src+i, dst*g.out[axis]+p.dst+i, unit, raw, skipped)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// load returns the bytes of a chunk, of which the first skipped were not needed
// and are left out.
func (g *gatherer) load(place uint64) (raw []byte, skipped uint64, err error) {
	d := g.d
	if d.layout.class == compact {
		return d.layout.data, 0, nil
	}
	ref, ok := g.index.lookup(place)
	switch {
	case !ok:
		return g.filled(), 0, nil
	case len(d.filters) > 0:
		raw, err = g.dec.chunk(d, ref)
		return raw, 0, err
	}
	lo, hi := g.span()
	if n := hi - lo; uint64(cap(g.buf)) < n {
		g.buf = make([]byte, n)
	}
	g.buf = g.buf[:hi-lo]
	return g.buf, lo, d.f.readInto(g.buf, ref.addr+lo)
}

// span is the range of bytes of the chunk that the result needs.
func (g *gatherer) span() (lo, hi uint64) {
	for i, part := range g.parts {
		first, last := ^uint64(0), uint64(0)
		for _, p := range part.pieces {
			first, last = min(first, p.src), max(last, p.src+p.n-1)
		}
		lo, hi = lo*g.chunk[i]+first, hi*g.chunk[i]+last
	}
	size := uint64(g.d.stride())
	return lo * size, (hi + 1) * size
}

// filled is a chunk that was never written.
func (g *gatherer) filled() []byte {
	if g.fill == nil {
		n := uint64(g.d.stride())
		for _, c := range g.chunk {
			n *= c
		}
		g.fill = make([]byte, n)
		for i := 0; g.d.fill != nil && i < len(g.fill); {
			i += copy(g.fill[i:], g.d.fill)
		}
	}
	return g.fill
}
