package kernels

// Linear layers. The encoders multiply 16 rows of up to 200704 values with
// 100 MB of weights: all three passes are bound by reading or writing them
// once.

// dotLength is the part of a row that inner products are formed over before
// the next row of weights is read.
const dotLength = 4096

// dotStrip is the number of rows of weights that one task takes.
const dotStrip = 64

func (b *blocked) LinearForward(y, x, w, bias []float32, l Linear) {
	checkLinear("LinearForward", x, y, w, l)
	if b.full != nil {
		b.full.LinearForward(y, x, w, bias, l)
		return
	}
	if bias != nil {
		need("LinearForward", "b", bias, l.Out)
	}
	if l.In < b.lanes || l.Out < b.dotRows {
		b.generic.LinearForward(y, x, w, bias, l)
		return
	}
	chunks, strips := (l.In+dotLength-1)/dotLength, (l.Out+dotStrip-1)/dotStrip
	size := l.N * l.Out
	partial := b.scratch.all(slotSums, chunks*size)
	pool := b.pool
	if size*l.In < inline {
		pool = single
	}
	pool.Do(chunks*strips, func(worker, task int) {
		k, s := task/strips, task%strips
		k0, k1 := k*dotLength, min((k+1)*dotLength, l.In)
		b.dotChunk(worker, partial[k*size:], x, w, l, s*dotStrip, min((s+1)*dotStrip, l.Out), k0, k1)
	})
	for n := range l.N {
		for o := range l.Out {
			var s float32
			if bias != nil {
				s = bias[o]
			}
			for k := range chunks {
				s += partial[k*size+n*l.Out+o]
			}
			y[n*l.Out+o] = s
		}
	}
}

// dotChunk forms the inner products of all rows of x with rows o0..o1 of w over
// the columns k0..k1. Tiles at the end overlap the ones before.
func (b *blocked) dotChunk(worker int, out, x, w []float32, l Linear, o0, o1, k0, k1 int) {
	vectors := (k1 - k0) / b.lanes
	rest := k0 + vectors*b.lanes
	lanes := b.scratch.of(worker, slotTile, 4*b.dotRows*b.lanes)
	ldx, rows := l.In, 4
	if l.N < 4 { // one row at a time
		ldx, rows = 0, 1
	}
	for o := o0; o < o1; o += b.dotRows {
		o = min(o, l.Out-b.dotRows)
		for n := 0; n < l.N; n += rows {
			n = min(n, l.N-rows)
			clear(lanes)
			if vectors > 0 {
				b.dots(&x[n*l.In+k0], int64(4*ldx), &w[o*l.In+k0], int64(4*l.In), &lanes[0], int64(vectors))
			}
			for i := range rows {
				for j := range b.dotRows {
					var s float32
					for _, v := range lanes[(i*b.dotRows+j)*b.lanes:][:b.lanes] {
						s += v
					}
					if rest < k1 {
						s += dot(x[(n+i)*l.In+rest:(n+i)*l.In+k1], w[(o+j)*l.In+rest:])
					}
					out[(n+i)*l.Out+o+j] = s
				}
			}
		}
	}
}

// LinearBackwardData is a product with w in place, cut by columns.
func (b *blocked) LinearBackwardData(dx, dy, w []float32, l Linear) {
	checkLinear("LinearBackwardData", dx, dy, w, l)
	if b.full != nil {
		b.full.LinearBackwardData(dx, dy, w, l)
		return
	}
	b.stripes(l.In, l.N*l.Out, func(worker, j0, j1 int) {
		n := j1 - j0
		for k := 0; k < l.Out; k += rowDepth {
			depth := min(rowDepth, l.Out-k)
			bp := b.scratch.of(worker, slotB, (columnBlock+b.width())*rowDepth)
			b.packPanels(bp, w[k*l.In+j0:], l.In, depth, n)
			lda := depth + skew
			a := b.scratch.of(worker, slotA, (l.N+b.height())*lda)
			for r := range l.N {
				copy(a[r*lda:][:depth], dy[r*l.Out+k:])
			}
			b.mulRows(a, lda, l.N, depth, packed(bp), n, dx[j0:], l.In, int64(min(k, 1)))
		}
	})
}

// LinearBackwardWeights is a product over the batch, cut by columns.
func (b *blocked) LinearBackwardWeights(dw, db, x, dy []float32, l Linear) {
	checkLinear("LinearBackwardWeights", x, dy, dw, l)
	if b.full != nil {
		b.full.LinearBackwardWeights(dw, db, x, dy, l)
		return
	}
	b.stripes(l.In, l.N*l.Out, func(worker, j0, j1 int) {
		n := j1 - j0
		for p := 0; p < l.N; p += columnDepth {
			depth := min(columnDepth, l.N-p)
			bp := b.scratch.of(worker, slotB, (columnBlock+b.width())*depth)
			b.packPanels(bp, x[p*l.In+j0:], l.In, depth, n)
			ap := b.scratch.of(worker, slotA, b.packedColumns(l.Out, depth))
			b.packColumns(ap, dy[p*l.Out:], l.Out, depth, l.Out)
			b.mulColumns(packed(ap), l.Out, depth, packed(bp), n, dw[j0:], l.In, int64(min(p, 1)))
		}
	})
	biasGradient(db, dy, l)
}

// stripes cuts n columns into stripes of columnBlock.
func (b *blocked) stripes(n, work int, f func(worker, j0, j1 int)) {
	pool := b.pool
	if n*work < inline {
		pool = single
	}
	pool.Do((n+columnBlock-1)/columnBlock, func(worker, s int) {
		f(worker, s*columnBlock, min((s+1)*columnBlock, n))
	})
}
