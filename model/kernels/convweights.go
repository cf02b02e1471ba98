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
	if c.WeightLen() > largeResult || pixels < segments/2*columnDepth {
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
	b.inSegments(dw, g.width*n, pixels, min(segments, pixels/columnDepth), func(worker int, out []float32, lo, hi int) {
		for p0 := lo; p0 < hi; p0 += columnDepth {
			p1 := min(p0+columnDepth, hi)
			right := operand{dy[p0*n:], n}
			if !b.usableUnpacked(n) {
				right = packed(b.scratch.of(worker, slotB, (n+b.width())*columnDepth))
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
	for p0 := 0; p0 < pixels; p0 += columnDepth {
		p1 := min(p0+columnDepth, pixels)
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
		b.mulColumns(operand{g.src[p0*g.c+k0:], g.c}, k1-k0, depth, right, n, out, n, int64(acc))
		return
	}
	strip := 8 * h // columns gathered at a time
	for k := k0; k < k1; k += strip {
		m := min(strip, k1-k)
		ap := b.scratch.of(worker, slotA, 8*h*columnDepth)
		if g.plain() {
			b.packColumns(ap, g.src[p0*g.c+k:], g.c, depth, m)
		} else {
			rows := b.scratch.of(worker, slotC, (strip+2*skew)*columnDepth)
			g.fill(rows, strip+2*skew, p0, p1, k, k+m)
			if b.usableUnpacked(n) && m%2 == 0 {
				b.mulColumns(operand{rows, strip + 2*skew}, m, depth, right, n, out[(k-k0)*n:], n, int64(acc))
				continue
			}
			b.packColumns(ap, rows, strip+2*skew, depth, m)
		}
		b.mulColumns(packed(ap), m, depth, right, n, out[(k-k0)*n:], n, int64(acc))
	}
}
