package kernels

// Block sizes. A row tile (14 x rowDepth) stays in the first cache level while
// it meets panels of B; a block of B (rowDepth x columnBlock) stays in the
// second. They are fixed: how sums are cut decides how they round.
const (
	rowDepth    = 512 // k of a block with A by rows
	columnDepth = 384 // k of a block with A by columns
	columnBlock = 256 // columns of B that stay in cache
)

// depthByRows is the k of a block with A by rows: as many words as in float32.
func (s *isa) depthByRows() int {
	if s.operands == exact32 {
		return rowDepth
	}
	return 2 * rowDepth
}

// depthByColumns is the same with A by columns.
func (s *isa) depthByColumns() int {
	if s.operands == exact32 {
		return columnDepth
	}
	return 2 * columnDepth
}

// skew is added to the leading dimension of blocks, so that their rows do not
// all fall on the same cache sets.
const skew = 16

// pick returns the shortest kernel that covers m rows, or the tallest, or the
// second where a row or two more than the tallest are better halved.
func pick(kernels []tileKernel, m int) tileKernel {
	k := kernels[0]
	if m > k.rows && m <= 2*kernels[1].rows {
		return kernels[1]
	}
	for _, next := range kernels[1:] {
		if next.rows >= m {
			k = next
		}
	}
	return k
}

// operand is a matrix of a product: packed into panels (ld 0), or unpacked
// with rows ld apart. Unpacked, it must be readable in whole vectors.
type operand struct {
	values []float32
	ld     int
	dense  bool // panels follow each other without a gap; else each takes the floats of unrounded values
}

// panelRows is the number of rows from one panel of an operand to the next.
func (s *isa) panelRows(o operand, depth int) int {
	if o.dense {
		return s.words(depth)
	}
	return depth
}

// packed is a matrix in panels.
func packed(panels []float32) operand { return operand{values: panels} }

// dense is a matrix in panels without a gap between them.
func dense(panels []float32) operand { return operand{values: panels, dense: true} }

// unpacked is a matrix with rows ld apart.
func unpacked(rows []float32, ld int) operand { return operand{values: rows, ld: ld} }

// tileRow multiplies one tile's height of A with the columns j0..j1 of B.
func (s *isa) tileRow(t tileKernel, depth int, a []float32, lda int, b operand, c []float32, ldc, m, j0, j1 int, acc int64) {
	w := s.width()
	for j := j0; j < j1; j += w {
		n := min(w, j1-j)
		f, at, ldb := t.wide, j*s.panelRows(b, depth), w
		if n <= s.lanes {
			f, ldb = t.half, s.lanes
		}
		if b.ld > 0 {
			at, ldb = j, b.ld
		}
		f(int64(s.words(depth)), &a[0], int64(4*lda), &b.values[at], int64(4*ldb), &c[j], int64(4*ldc), int64(m), int64(n), acc)
	}
}

// mulRows computes C (+)= A B for m rows of A (row-major, lda apart, readable
// up to a whole tile) and B, depth x n.
func (s *isa) mulRows(a []float32, lda, m, depth int, b operand, n int, c []float32, ldc int, acc int64) {
	for j := 0; j < n; j += columnBlock {
		for r := 0; r < m; {
			t := pick(s.byRows, m-r)
			rows := min(t.rows, m-r)
			s.tileRow(t, depth, a[r*lda:], lda, b, c[r*ldc:], ldc, rows, j, min(j+columnBlock, n), acc)
			r += rows
		}
	}
}

// mulColumns computes C (+)= A' B for m columns of A, depth long and packed by
// packColumns or, where m is even, unpacked; B is depth x n.
func (s *isa) mulColumns(a operand, m, depth int, b operand, n int, c []float32, ldc int, acc int64) {
	h := s.height()
	for j := 0; j < n; j += columnBlock {
		for r := 0; r < m; {
			t, at, lda := pick(s.byColumns, min(h, m-r)), r*s.panelRows(a, depth), h
			if a.ld > 0 {
				t, at, lda = exact(s.byColumns, m-r), r, a.ld
			}
			rows := min(t.rows, m-r)
			s.tileRow(t, depth, a.values[at:], lda, b, c[r*ldc:], ldc, rows, j, min(j+columnBlock, n), acc)
			r += rows
		}
	}
}

// exact is pick for rows of which none may be read beyond the m-th, m being even.
func exact(kernels []tileKernel, m int) tileKernel {
	if m > kernels[0].rows && m <= 2*kernels[1].rows {
		return kernels[1]
	}
	for _, t := range kernels {
		if t.rows <= m {
			return t
		}
	}
	panic("kernels: odd number of rows")
}

// usableUnpacked reports that products read rows of n columns in place as fast
// as packed: they fill vectors, and rows do not fall on the same cache sets.
func (s *isa) usableUnpacked(n int) bool { return s.operands == exact32 && n%s.lanes == 0 && n <= 256 }

// packPanels copies depth x n values of a row-major B into panels: columns
// j..j+w in the order of their rows at bp[j*depth:], w being the tile's width
// or, when no more than half remain, half of it. Missing columns are zero.
func (s *isa) packPanels(bp, b []float32, ldb, depth, n int) {
	w := s.width()
	for j := 0; j < n; j += w {
		s.packRounded(bp[j*depth:], b[j:], ldb, depth, min(w, n-j))
	}
}

// packRounded is packPanel and the rounding of the operand.
func (s *isa) packRounded(p, b []float32, ldb, depth, n int) {
	w := s.panelWidth(n)
	if s.operands == exact32 || n < w {
		s.packPanel(p, b, ldb, depth, n)
		s.roundColumns(p, w, depth)
		return
	}
	s.roundTerms(p, w, b, ldb, n, depth)
}

func (s *isa) packPanel(p, b []float32, ldb, depth, n int) {
	w := s.panelWidth(n)
	switch {
	case n == 32:
		for k := range depth {
			*(*[32]float32)(p[k*32:]) = *(*[32]float32)(b[k*ldb:])
		}
	case n == 16 && w == 16:
		for k := range depth {
			*(*[16]float32)(p[k*16:]) = *(*[16]float32)(b[k*ldb:])
		}
	default:
		for k := range depth {
			row := p[k*w:][:w]
			copy(row, b[k*ldb:][:n])
			clear(row[n:])
		}
	}
}

// panelWidth is the width of a panel of which n columns are used.
func (s *isa) panelWidth(n int) int {
	if n <= s.lanes {
		return s.lanes
	}
	return 2 * s.lanes
}

// packTransposedPanel is packPanel for B = (bt)', bt being n x depth, ldb apart.
func (s *isa) packTransposedPanel(p, bt []float32, ldb, depth, n int) {
	w := s.panelWidth(n)
	s.transposed(p, w, bt, ldb, n, depth)
	if n < w {
		for k := range depth {
			clear(p[k*w+n : (k+1)*w])
		}
	}
}

// transposed writes the transpose of m x n values, rows lds apart, to rows ldd
// apart.
func (s *isa) transposed(dst []float32, ldd int, src []float32, lds, m, n int) {
	i, whole := 0, n/8*8
	for ; i+8 <= m && whole > 0; i += 8 {
		s.transpose(&dst[i], int64(4*ldd), &src[i*lds], int64(4*lds), int64(n/8))
		for r := i; r < i+8; r++ {
			for k := whole; k < n; k++ {
				dst[k*ldd+r] = src[r*lds+k]
			}
		}
	}
	for ; i < m; i++ {
		for k, v := range src[i*lds:][:n] {
			dst[k*ldd+i] = v
		}
	}
}

// packedColumns is the length of what packColumns writes.
func (s *isa) packedColumns(m, depth int) int {
	h := s.height()
	return (m + h - 1) / h * h * depth
}

// packColumns copies m columns of a row-major A, depth rows lda apart, into
// strips of the tile's height, each strip row after row.
func (s *isa) packColumns(ap, a []float32, lda, depth, m int) {
	h := s.height()
	for r := 0; r < m; r += h {
		p, n := ap[r*depth:], min(h, m-r)
		switch n {
		case 14:
			for k := range depth {
				*(*[14]float32)(p[k*14:]) = *(*[14]float32)(a[k*lda+r:])
			}
		case 6:
			for k := range depth {
				*(*[6]float32)(p[k*h:]) = *(*[6]float32)(a[k*lda+r:])
			}
		default:
			for k := range depth {
				row := p[k*h:][:h]
				copy(row, a[k*lda+r:][:n])
				clear(row[n:])
			}
		}
	}
}
