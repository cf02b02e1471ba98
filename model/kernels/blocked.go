package kernels

// isa is an instruction set: a vector width and the assembly written for it.
type isa struct {
	name  string
	lanes int  // float32 in a vector
	half  *isa // the same with vectors half as wide, or nil
	// GEMM tiles, tallest first; see tileFunc.
	byRows, byColumns []tileKernel
	bf16              *pairISA // products of bfloat16, or nil
	operands          operands

	four     filtering  // F(4x4, 3x3)
	filtered [2]rounded // F(2x2, 3x3) for bfloat16, with stride 1 and 2

	// Over rows of n vectors; see gen/rows.go for the formulas.
	columnSum           func(x, sum *float32, rows, n int64)
	columnSquares       func(x, mean, sum *float32, rows, n int64)
	affine, affineReLU  func(y, x, scale, shift *float32, rows, n int64)
	affineRes           func(y, x, res, scale, shift *float32, rows, n int64)
	affineResReLU       func(y, x, res, scale, shift *float32, rows, n int64)
	normSums            func(dy, x, mean, sumD, sumDX *float32, rows, n int64)
	normSumsReLU        func(dy, x, y, mean, sumD, sumDX *float32, rows, n int64)
	normGradient        func(dx, dy, x, mean, a, b, c *float32, rows, n int64)
	normGradientReLU    func(dx, dy, x, y, mean, a, b, c *float32, rows, n int64)
	normGradientRes     func(dx, dres, dy, x, mean, a, b, c *float32, rows, n int64)
	normGradientResReLU func(dx, dres, dy, x, y, mean, a, b, c *float32, rows, n int64)

	// Over lists of n vectors; see gen/flat.go.
	add, addReLU   func(y, a, b *float32, n int64)
	relu           func(y, x *float32, n int64)
	reluMask       func(dx, dy, y *float32, n int64)
	adam           func(p, m, v, g, k *float32, n int64)
	transpose      func(dst *float32, ldd int64, src *float32, lds, n int64)
	windowMax      func(y, x *float32, down, rows, right, cols, n int64)
	windowGradient func(dy, y, dx, x *float32, down, rows, right, cols, n int64)
	// dots multiplies four rows of x with dotRows rows of w.
	dots    func(x *float32, ldx int64, w *float32, ldw int64, out *float32, n int64)
	dotRows int
}

// tileKernel is the pair of micro-kernels of one tile height, two vectors and
// one vector wide.
type tileKernel struct {
	rows       int
	wide, half tileFunc
}

// tileFunc multiplies one tile, C (+)= A B over k. A's rows (byRows) or columns
// (byColumns) are lda bytes apart, B's rows ldb bytes, C's rows ldc bytes. Only
// m rows and n columns are stored, and added to C if acc is 1; A is read for
// all rows of the tile and B for its whole width.
type tileFunc func(k int64, a *float32, lda int64, b *float32, ldb int64, c *float32, ldc, m, n, acc int64)

// transformFunc is a Winograd transform of n vectors of channels; strides are
// in bytes.
type transformFunc func(src *float32, rs, cs int64, dst *float32, es, n int64)

// filtering is the set of transforms of one tile size. input and gradient make a list
// of a tile of the image or of dy, filter of a filter; output and weights make a tile of
// the output or a filter of a list.
type filtering struct{ input, gradient, filter, output, weights transformFunc }

// width is the number of columns of a full tile.
func (s *isa) width() int { return 2 * s.lanes }

// dividing is the widest of s and its halves whose vectors c channels fill, or
// nil.
func (s *isa) dividing(c int) *isa {
	for s != nil && c%s.lanes != 0 {
		s = s.half
	}
	return s
}

// height is the number of rows of the tallest tile.
func (s *isa) height() int { return s.byRows[0].rows }

// blocked is the backend on vector kernels: cache blocking, packing and the
// choice of algorithm in Go, the innermost loops in assembly.
type blocked struct {
	*isa
	generic[float32]
	scratch scratch
	solo    []*blocked // one a worker, for tasks that are kernels themselves
	full    *blocked   // the same in float32, for what does not round; nil where nothing rounds
}

func newBlocked(s *isa, w *Workers) *blocked {
	b := &blocked{isa: s, generic: generic[float32]{pool: w}}
	b.scratch.worker = make([][slots][]float32, w.Count())
	for range b.scratch.worker {
		alone := &blocked{isa: s, generic: generic[float32]{pool: single}}
		alone.scratch.worker = make([][slots][]float32, 1)
		b.solo = append(b.solo, alone)
	}
	return b
}

func (b *blocked) Name() string { return b.isa.name }

func (b *blocked) ScratchBytes() int {
	n := b.scratch.bytes()
	for _, s := range b.solo {
		n += s.ScratchBytes()
	}
	if b.full != nil {
		n += b.full.ScratchBytes()
	}
	return n
}

// scratch is memory that grows to the largest need and is then kept.
type scratch struct {
	shared [slots][]float32
	worker [][slots][]float32
}

// Uses of scratch memory.
const (
	slotA       = iota // packed or gathered block of A
	slotB              // packed block of B
	slotC              // block of C
	slotTile           // one Winograd tile
	slotData           // transformed inputs
	slotGrad           // transformed gradients
	slotProd           // products in the Winograd domain
	slotFlip           // weights flipped for the backward pass
	slotSums           // partial sums
	slotColumns        // operands of one value per channel
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
