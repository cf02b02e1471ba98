package kernels

// isa is an instruction set: a vector width and the assembly written for it.
type isa struct {
	name  string
	lanes int // float32 in a vector
	// GEMM tiles, tallest first; see tileFunc.
	byRows, byColumns []tileKernel

	winogradInput, winogradGradient, winogradFilter, winogradOutput, winogradWeights transformFunc
}

// tileKernel is the pair of micro-kernels of one tile height, two vectors and
// one vector wide.
type tileKernel struct {
	rows       int
	wide, half tileFunc
}

// tileFunc multiplies one tile, C (+)= A B over k. B is a panel, one row of the
// tile's width after the other. A's rows (byRows) or columns (byColumns) are
// lda bytes apart, C's rows ldc bytes. Only m rows and n columns are stored,
// and added to C if acc is 1. A is read for all rows of the tile.
type tileFunc func(k int64, a *float32, lda int64, b, c *float32, ldc, m, n, acc int64)

// transformFunc is a Winograd transform of n vectors of channels; strides are
// in bytes.
type transformFunc func(src *float32, rs, cs int64, dst *float32, es, n int64)

// width is the number of columns of a full tile.
func (s *isa) width() int { return 2 * s.lanes }

// height is the number of rows of the tallest tile.
func (s *isa) height() int { return s.byRows[0].rows }

// blocked is the backend on vector kernels: cache blocking, packing and the
// choice of algorithm in Go, the innermost loops in assembly.
type blocked struct {
	*isa
	generic[float32]
	scratch scratch
}

func newBlocked(s *isa, w *Workers) *blocked {
	b := &blocked{isa: s, generic: generic[float32]{pool: w}}
	b.scratch.worker = make([][slots][]float32, w.Count())
	return b
}

func (b *blocked) Name() string      { return b.isa.name }
func (b *blocked) ScratchBytes() int { return b.scratch.bytes() }

// scratch is memory that grows to the largest need and is then kept.
type scratch struct {
	shared [slots][]float32
	worker [][slots][]float32
}

// Uses of scratch memory.
const (
	slotA    = iota // packed or gathered block of A
	slotB           // packed block of B
	slotC           // block of C
	slotTile        // one Winograd tile
	slotData        // transformed inputs
	slotGrad        // transformed gradients
	slotProd        // products in the Winograd domain
	slotFlip        // weights flipped for the backward pass
	slots
)

func grow(s *[]float32, n int) []float32 {
	if len(*s) < n {
		*s = make([]float32, n)
	}
	return (*s)[:n]
}

// all returns n floats that all workers share.
func (s *scratch) all(slot, n int) []float32 { return grow(&s.shared[slot], n) }

// of returns n floats of one worker.
func (s *scratch) of(worker, slot, n int) []float32 { return grow(&s.worker[worker][slot], n) }

func (s *scratch) bytes() int {
	n := 0
	for _, b := range s.shared {
		n += 4 * len(b)
	}
	for _, w := range s.worker {
		for _, b := range w {
			n += 4 * len(b)
		}
	}
	return n
}
