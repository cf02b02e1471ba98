package dense

import "slices"

// Blocks is a matrix that is read in blocks, as gram.Source is.
type Blocks interface {
	// Block copies rows [r0,r1) and columns [c0,c1) to dst, row by row, stride values
	// apart.
	Block(dst []float64, stride, r0, r1, c0, c1 int) error
}

// Matrix is a matrix in memory, its rows Stride values apart.
type Matrix struct {
	Data   []float64
	Stride int
}

// Block implements Blocks.
func (m Matrix) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	for r := r0; r < r1; r++ {
		copy(dst[(r-r0)*stride:], m.Data[r*m.Stride+c0:r*m.Stride+c1])
	}
	return nil
}

// Transposed reads a matrix in memory by its columns.
type Transposed Matrix

// Block implements Blocks: rows [r0,r1) are columns of the matrix.
func (m Transposed) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	for r := r0; r < r1; r++ {
		out := dst[(r-r0)*stride:][:c1-c0]
		at := c0*m.Stride + r
		for i := range out {
			out[i] = m.Data[at]
			at += m.Stride
		}
	}
	return nil
}

// Panels is a k x n operand cut in panels of columns, each row after row; missing
// columns of the last are zero.
type Panels struct {
	k, n, width int
	data        []float64
}

// PackLeft reads columns [c0,c1) of the k x n matrix b as the left operand of a product:
// its columns give the rows of the result. The memory of p is used again.
func (p *Panels) PackLeft(b Blocks, k, c0, c1 int) error { return p.pack(b, k, c0, c1, best.mr) }

// PackRight does the same for the right operand.
func (p *Panels) PackRight(b Blocks, k, c0, c1 int) error { return p.pack(b, k, c0, c1, best.nr) }

// packRows is how many rows are read before the next panel: a few pages of memory.
const packRows = 16

func (p *Panels) pack(b Blocks, k, c0, c1, width int) error {
	p.k, p.n, p.width = k, c1-c0, width
	size := (p.n + width - 1) / width * width * k
	p.data = slices.Grow(p.data[:0], size)[:size]
	for r0 := 0; r0 < k; r0 += packRows {
		r1 := min(r0+packRows, k)
		for c := c0; c < c1; c += width {
			panel := p.panel(c-c0, r0)
			used := min(width, c1-c)
			if used < width {
				clear(panel[:(r1-r0)*width])
			}
			if err := b.Block(panel, width, r0, r1, c, c+used); err != nil {
				return err
			}
		}
	}
	return nil
}

// panel is the panel that begins at column c, from row k0 on.
func (p *Panels) panel(c, k0 int) []float64 { return p.data[c*p.k+k0*p.width:] }
