package kernels

// The gradient of the weights is dW = G' dY over all output pixels: a long sum
// with a small result.

// largeResult is the size of dW above which a copy of it for every segment of
// the sum would cost more memory traffic than it saves.
const largeResult = 1 << 18

// segments is into how many parts a sum is cut at most where dW is small.
const segments = 16

func (b *blocked) ConvBackwardWeights(dw, x, dy []float32, c Conv) {
	checkConv("ConvBackwardWeights", x, dy, dw, c)
	if b.full != nil && !c.rounds() {
		b.full.ConvBackwardWeights(dw, x, dy, c)
		return
	}
	if b.full != nil && c.filters2() {
		b.winograd2BackwardWeights(dw, x, dy, c)
		return
	}
	if b.useWinograd(c) {
		b.winogradBackwardWeights(dw, x, dy, c)
		return
	}
	if b.tinyImage(c) {
		b.tinyBackwardWeights(dw, x, dy, c)
		return
	}
	if fewChannels(c) {
		b.weightsRows(dw, x, dy, c)
		return
	}
	g := forwardGather(x, c)
	pixels := c.N * c.OutH() * c.OutW()
	if c.WeightLen() > largeResult || pixels < segments/2*b.depthByColumns() {
		b.weightsByColumns(dw, &g, dy, pixels, c.Cout)
		return
	}
	b.weightsBySegments(dw, &g, dy, pixels, c.Cout)
}

// inSegments cuts n terms of the sum dw in parts: every part has its own sum,
// formed by f over the terms lo..hi, and these are added in order.
func (b *blocked) inSegments(dw []float32, size, n, parts int, f func(worker int, out []float32, lo, hi int)) {
	length := (n + parts - 1) / parts
	parts = (n + length - 1) / length
	out := dw
	if parts > 1 {
		out = b.scratch.all(slotProd, parts*size)
	}
	b.pool.Do(parts, func(worker, s int) {
		f(worker, out[s*size:][:size], s*length, min((s+1)*length, n))
	})
	if parts > 1 {
		b.pool.split(size, parts, func(lo, hi int) {
			sum := dw[lo:hi]
			copy(sum, out[lo:])
			for s := 1; s < parts; s++ {
				b.addTo(sum, out[s*size+lo:])
			}
		})
	}
}

// weightsBySegments cuts the pixels.
func (b *blocked) weightsBySegments(dw []float32, g *gather, dy []float32, pixels, n int) {
	b.inSegments(dw, g.width*n, pixels, min(segments, pixels/b.depthByColumns()), func(worker int, out []float32, lo, hi int) {
		for p0 := lo; p0 < hi; p0 += b.depthByColumns() {
			p1 := min(p0+b.depthByColumns(), hi)
			right := unpacked(dy[p0*n:], n)
			if !b.usableUnpacked(n) {
				right = packed(b.scratch.of(worker, slotB, (n+b.width())*b.depthByColumns()))
				b.packPanels(right.values, dy[p0*n:], n, p1-p0, n)
			}
			b.weightsBlock(worker, g, p0, p1, 0, g.width, right, n, out, min(p0-lo, 1))
		}
	})
}

// weightsByColumns cuts the rows of dW, which are columns of the gather.
func (b *blocked) weightsByColumns(dw []float32, g *gather, dy []float32, pixels, n int) {
	h := b.height()
	block := h * min(max(g.width/12/h, 1), 112/h)
	tasks := (g.width + block - 1) / block
	pool := b.pool
	if g.width*n*pixels < inline {
		pool = single
	}
	gradient := b.rowsOf(dy, n)
	for p0 := 0; p0 < pixels; p0 += b.depthByColumns() {
		p1 := min(p0+b.depthByColumns(), pixels)
		right := gradient(pool, p0, p1-p0)
		pool.Do(tasks, func(worker, t int) {
			k0, k1 := t*block, min((t+1)*block, g.width)
			b.weightsBlock(worker, g, p0, p1, k0, k1, right, n, dw[k0*n:], min(p0, 1))
		})
	}
}

// weightsBlock adds (acc 1) or writes (acc 0) rows k0..k1 of dW for pixels
// p0..p1 whose dy is right.
func (b *blocked) weightsBlock(worker int, g *gather, p0, p1, k0, k1 int, right operand, n int, out []float32, acc int) {
	depth, h := p1-p0, b.height()
	if g.plain() && b.usableUnpacked(g.c) && (k1-k0)%2 == 0 {
		b.mulColumns(unpacked(g.src[p0*g.c+k0:], g.c), k1-k0, depth, right, n, out, n, int64(acc))
		return
	}
	strip := 8 * h // columns gathered at a time
	for k := k0; k < k1; k += strip {
		m := min(strip, k1-k)
		ap := b.scratch.of(worker, slotA, 8*h*b.depthByColumns())
		switch {
		case b.operands != exact32:
			b.roundStrips(worker, ap, g, p0, p1, k, m)
			b.mulColumns(dense(ap), m, depth, right, n, out[(k-k0)*n:], n, int64(acc))
			continue
		case g.plain():
			b.packColumns(ap, g.src[p0*g.c+k:], g.c, depth, m)
		default:
			rows := b.scratch.of(worker, slotC, (strip+2*skew)*columnDepth)
			g.fill(rows, strip+2*skew, p0, p1, k, k+m)
			if b.usableUnpacked(n) && m%2 == 0 {
				b.mulColumns(unpacked(rows, strip+2*skew), m, depth, right, n, out[(k-k0)*n:], n, int64(acc))
				continue
			}
			b.packColumns(ap, rows, strip+2*skew, depth, m)
		}
		b.mulColumns(packed(ap), m, depth, right, n, out[(k-k0)*n:], n, int64(acc))
	}
}

// gathered is the number of rows that are gathered before they are rounded: they stay in
// cache, and each is a part of a block of any depth.
const gathered = 64

// roundStrips rounds m columns of a gather from column k, over rows p0..p1, to dense
// strips of the tile's height.
func (b *blocked) roundStrips(worker int, ap []float32, g *gather, p0, p1, k, m int) {
	h, words := b.height(), b.words(p1-p0)
	ld := m + 2*skew
	copies := b.scratch.of(worker, slotC, gathered*ld)
	for p := p0; p < p1; p += gathered {
		n := min(gathered, p1-p)
		rows, ldr := copies, ld
		if g.plain() {
			rows, ldr = g.src[p*g.c+k:], g.c
		} else {
			g.fill(rows, ld, p, p+n, k, k+m)
		}
		for r := 0; r < m; r += h {
			b.roundTerms(ap[r*words+b.words(p-p0)*h:], h, rows[r:], ldr, min(h, m-r), n)
		}
	}
}
