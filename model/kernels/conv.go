package kernels

// Convolution as a matrix product over a gathered matrix, and the choice
// between that and Winograd.

func (b *blocked) ConvForward(y, x, w []float32, c Conv) {
	checkConv("ConvForward", x, y, w, c)
	if b.full != nil && !c.rounds() {
		b.full.ConvForward(y, x, w, c)
		return
	}
	if b.full != nil && c.filters2() {
		b.winograd2Forward(y, x, w, c)
		return
	}
	if b.useWinograd(c) {
		b.winogradForward(y, x, w, c)
		return
	}
	if b.tinyImage(c) {
		b.tinyForward(y, x, w, c)
		return
	}
	if fewChannels(c) {
		b.forwardRows(y, x, c, func(a int) []float32 { return w[a*c.K*c.Cin*c.Cout:] })
		return
	}
	g := forwardGather(x, c)
	b.product(&g, c.N*c.OutH()*c.OutW(), c.Cout, b.rowsOf(w, c.Cout), y, nil)
}

// ConvBackwardData is a convolution of dy for each of the Stride x Stride
// phases of the input: pixels of one phase meet the same taps, one step apart.
func (b *blocked) ConvBackwardData(dx, dy, w []float32, c Conv) {
	checkConv("ConvBackwardData", dx, dy, w, c)
	if b.full != nil && !c.rounds() {
		b.full.ConvBackwardData(dx, dy, w, c)
		return
	}
	if b.full != nil && c.filters2() {
		b.winograd2BackwardData(dx, dy, w, c)
		return
	}
	if b.useWinograd(c) && c.Pad <= 2 {
		b.winogradBackwardData(dx, dy, w, c)
		return
	}
	if b.tinyImage(c) {
		b.tinyBackwardData(dx, dy, w, c)
		return
	}
	back := Conv{N: c.N, H: c.OutH(), W: c.OutW(), Cin: c.Cout, Cout: c.Cin, K: c.K, Stride: 1, Pad: c.K - 1 - c.Pad}
	if c.Stride == 1 && back.Pad >= 0 && fewChannels(back) {
		flipped := b.flippedFilter(w, c)
		b.forwardRows(dx, dy, back, func(a int) []float32 { return flipped[a*c.K*c.Cin*c.Cout:] })
		return
	}
	for ph := range c.Stride {
		for pw := range c.Stride {
			b.phase(dx, dy, w, c, ph, pw)
		}
	}
}

// phase computes dx at the pixels (ph + Stride*i, pw + Stride*j).
func (b *blocked) phase(dx, dy, w []float32, c Conv, ph, pw int) {
	if ph >= c.H || pw >= c.W {
		return
	}
	rows, cols := (c.H-ph+c.Stride-1)/c.Stride, (c.W-pw+c.Stride-1)/c.Stride
	var runs []run
	var taps []int // offset in w of every tap
	for i := c.K - 1; i >= 0; i-- {
		if (ph+c.Pad-i)%c.Stride != 0 {
			continue
		}
		r := run{dh: (ph + c.Pad - i) / c.Stride}
		for j := c.K - 1; j >= 0; j-- {
			if (pw+c.Pad-j)%c.Stride != 0 {
				continue
			}
			if r.taps == 0 {
				r.dw = (pw + c.Pad - j) / c.Stride
			}
			r.taps++
			taps = append(taps, (i*c.K+j)*c.Cin*c.Cout)
		}
		if r.taps > 0 {
			runs = append(runs, r)
		}
	}
	place := &grid{h: c.H, w: c.W, gh: rows, gw: cols, ph: ph, pw: pw, step: c.Stride}
	if len(runs) == 0 {
		place.clear(b.pool, dx, c.N, c.Cin)
		return
	}
	if c.Stride == 1 {
		place = nil
	}
	g := newGather(dy, c.OutH(), c.OutW(), c.Cout, rows, cols, 1, runs)
	weights := b.packing(c.Cin, func(bp []float32, k0, depth, j, n int) {
		for k := k0; k < k0+depth; { // tap by tap
			in := k % c.Cout
			d := min(c.Cout-in, k0+depth-k)
			b.packTransposedPanel(bp[(k-k0)*b.panelWidth(n):], w[taps[k/c.Cout]+j*c.Cout+in:], c.Cout, d, n)
			k += d
		}
		b.roundColumns(bp, b.panelWidth(n), depth)
	})
	b.product(&g, c.N*rows*cols, c.Cin, weights, dx, place)
}

// flippedFilter is the filter rotated by 180 degrees, with its channels exchanged.
func (b *blocked) flippedFilter(w []float32, c Conv) []float32 {
	size := c.Cin * c.Cout
	out := b.scratch.all(slotGrad, c.WeightLen())
	for tap := range c.K * c.K {
		b.transposed(out[(c.K*c.K-1-tap)*size:], c.Cin, w[tap*size:], c.Cout, c.Cin, c.Cout)
	}
	return out
}

// grid places the rows of a product on every step-th pixel of an image.
type grid struct{ h, w, gh, gw, ph, pw, step int }

// at is the pixel of row r.
func (p *grid) at(r int) int {
	n, i, j := r/(p.gh*p.gw), r/p.gw%p.gh, r%p.gw
	return (n*p.h+i*p.step+p.ph)*p.w + j*p.step + p.pw
}

func (p *grid) clear(w *Workers, dx []float32, n, c int) {
	w.split(n*p.gh*p.gw, c, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			clear(dx[p.at(r)*c:][:c])
		}
	})
}

// rowBlock is the number of rows that one task takes: tasks enough to even out
// the load of a dozen processors, of eight tiles at most.
func (s *isa) rowBlock(m int) int {
	h := s.height()
	tiles := (m/24 + h - 1) / h
	return h * min(max(tiles, 1), 112/h)
}

// rowSource gives rows k0..k0+depth of the right matrix of a product.
type rowSource func(pool *Workers, k0, depth int) operand

// rowsOf is the row-major matrix w with n columns.
func (b *blocked) rowsOf(w []float32, n int) rowSource {
	if b.usableUnpacked(n) {
		return func(_ *Workers, k0, _ int) operand { return unpacked(w[k0*n:], n) }
	}
	return b.packing(n, func(bp []float32, k0, depth, j, width int) {
		b.packRounded(bp, w[k0*n+j:], n, depth, width)
	})
}

// packing is a matrix with n columns given by a function that packs rows
// k0..k0+depth of the panel at column j, rounded.
func (b *blocked) packing(n int, pack func(bp []float32, k0, depth, j, width int)) rowSource {
	w := b.width()
	panels := (n + w - 1) / w
	return func(pool *Workers, k0, depth int) operand {
		bp := b.scratch.all(slotB, panels*w*depth)
		pool.split(panels, w*depth, func(lo, hi int) {
			for p := lo; p < hi; p++ {
				pack(bp[p*w*depth:], k0, depth, p*w, min(w, n-p*w))
			}
		})
		return packed(bp)
	}
}

// product computes C = G W, G being the m x K matrix of a gather and W having n
// columns. With place, row r of C goes to pixel place.at(r) instead of r.
func (b *blocked) product(g *gather, m, n int, weights rowSource, c []float32, place *grid) {
	block := b.rowBlock(m)
	tasks := (m + block - 1) / block
	pool := b.pool
	if m*n*g.width < inline {
		pool = single
	}
	direct := g.plain() && g.c%1024 != 0 && b.operands == exact32
	for k0 := 0; k0 < g.width; k0 += b.depthByRows() {
		depth := min(b.depthByRows(), g.width-k0)
		right := weights(pool, k0, depth)
		acc := int64(min(k0, 1))
		pool.Do(tasks, func(worker, task int) {
			r0 := task * block
			r1 := min(r0+block, m)
			var a []float32
			lda := b.words(depth) + skew
			if direct && (r1-r0)%b.height() == 0 {
				a, lda = g.src[r0*g.c+k0:], g.c
			} else {
				a = b.scratch.of(worker, slotA, (block+b.height())*lda)
				b.gatherRows(worker, a, lda, g, r0, r1, k0, depth)
			}
			if place == nil {
				b.mulRows(a, lda, r1-r0, depth, right, n, c[r0*n:], n, acc)
				return
			}
			out := b.scratch.of(worker, slotC, block*n)
			b.mulRows(a, lda, r1-r0, depth, right, n, out, n, 0)
			for r := r0; r < r1; r++ {
				to := c[place.at(r)*n:][:n]
				if acc == 0 {
					copy(to, out[(r-r0)*n:])
				} else {
					b.addTo(to, out[(r-r0)*n:])
				}
			}
		})
	}
}

// gatherRows copies rows r0..r1 of a gather from column k0, rounded as operands asks. It
// goes by the rows of a tile, which stay in the first cache level.
func (b *blocked) gatherRows(worker int, a []float32, lda int, g *gather, r0, r1, k0, depth int) {
	switch {
	case b.operands == exact32:
		g.fill(a, lda, r0, r1, k0, k0+depth)
	case g.plain():
		b.roundRows(a, lda, g.src[r0*g.c+k0:], g.c, r1-r0, depth)
	default:
		h := b.height()
		rows := b.scratch.of(worker, slotTile, h*(depth+skew))
		for r := r0; r < r1; r += h {
			n := min(h, r1-r)
			g.fill(rows, depth+skew, r, r+n, k0, k0+depth)
			b.roundRows(a[(r-r0)*lda:], lda, rows, depth+skew, n, depth)
		}
	}
}

// single runs tasks too small to share.
var single = NewWorkers(1)
