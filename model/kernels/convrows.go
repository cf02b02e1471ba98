package kernels

// Convolutions of few channels (the first layer: 3) spend their time gathering
// short runs. In a padded image the K*Cin values under one row of the filter
// are adjacent, and those of the next output pixel start Stride*Cin later:
// one output row is a product of the image itself with each filter row.

// shortRun is the K*Cin up to which that is done.
const shortRun = 64

// fewChannels reports a convolution to compute by rows.
func fewChannels(c Conv) bool { return c.K > 1 && c.K*c.Cin <= shortRun }

// padded copies the image with its border of zeros, and enough values behind
// it for a whole tile, or whole vectors, to be read at the last pixel.
func (b *blocked) padded(x []float32, c Conv) (xp []float32, width int) {
	width = (c.W + 2*c.Pad) * c.Cin
	h := c.H + 2*c.Pad
	xp = b.scratch.all(slotData, c.N*h*width+2*b.height()*c.Stride*c.Cin+c.K*c.Cin+b.width())
	b.pool.split(c.N*h, width, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			row := xp[r*width:][:width]
			i := r%h - c.Pad
			if i < 0 || i >= c.H {
				clear(row)
				continue
			}
			clear(row[:c.Pad*c.Cin])
			copy(row[c.Pad*c.Cin:], x[(r/h*c.H+i)*c.W*c.Cin:][:c.W*c.Cin])
			clear(row[(c.Pad+c.W)*c.Cin:])
		}
	})
	return xp, width
}

// source is where the values under filter row a for output row r begin.
func (c Conv) source(r, a, width int) int {
	n, i := r/c.OutH(), r%c.OutH()
	return (n*(c.H+2*c.Pad) + i*c.Stride + a) * width
}

// forwardRows computes y; filterRow gives row a of the filter, K*Cin x Cout.
func (b *blocked) forwardRows(y, x []float32, c Conv, filterRow func(a int) []float32) {
	xp, width := b.padded(x, c)
	// Few output channels leave a vector half empty: it then holds two pixels
	// side by side, whose taps are those of a filter that is Stride wider.
	pixels := 1
	if 2*c.Cout <= b.lanes && c.OutW()%2 == 0 {
		pixels = 2
	}
	ow, n, step := c.OutW()/pixels, c.Cout*pixels, c.Stride*c.Cin
	depth, w := c.K*c.Cin+(pixels-1)*step, b.width()
	size := depth * ((n + w - 1) / w * w)
	bp := b.scratch.all(slotB, c.K*size)
	taps := b.scratch.all(slotFlip, depth*n)
	for a := range c.K {
		clear(taps)
		for i := range pixels {
			for k, row := 0, filterRow(a); k < c.K*c.Cin; k++ {
				copy(taps[(i*step+k)*n+i*c.Cout:], row[k*c.Cout:][:c.Cout])
			}
		}
		b.packPanels(bp[a*size:], taps, n, depth, n)
	}
	b.pool.split(c.N*c.OutH(), ow*n*depth*c.K/16, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			for a := range c.K {
				b.mulRows(xp[c.source(r, a, width):], pixels*step, ow, depth, packed(bp[a*size:]), n, y[r*ow*n:], n, int64(min(a, 1)))
			}
		}
	})
}

// weightsRows computes dw; the output rows are cut into segments as in
// weightsBySegments.
func (b *blocked) weightsRows(dw, x, dy []float32, c Conv) {
	xp, width := b.padded(x, c)
	rows, ow, depth := c.N*c.OutH(), c.OutW(), c.K*c.Cin
	parts := min(segments, (rows*ow+columnDepth-1)/columnDepth)
	if c.Cout <= b.lanes && c.Cout%2 == 0 {
		// The rows of the result would not fill vectors; its columns do.
		flat := b.scratch.all(slotFlip, c.WeightLen())
		b.inSegments(flat, c.WeightLen(), rows, parts, func(_ int, out []float32, r0, r1 int) {
			for r := r0; r < r1; r++ {
				gradient := unpacked(dy[r*ow*c.Cout:], c.Cout)
				for a := range c.K {
					image := unpacked(xp[c.source(r, a, width):], c.Stride*c.Cin)
					b.mulColumns(gradient, c.Cout, ow, image, depth, out[a*c.Cout*depth:], depth, int64(min(r-r0, 1)))
				}
			}
		})
		for a := range c.K {
			b.transposed(dw[a*depth*c.Cout:], c.Cout, flat[a*c.Cout*depth:], depth, c.Cout, depth)
		}
		return
	}
	b.inSegments(dw, c.WeightLen(), rows, parts, func(worker int, out []float32, r0, r1 int) {
		clear(out)
		bp := b.scratch.of(worker, slotB, ow*(c.Cout+b.width()))
		for r := r0; r < r1; r++ {
			b.packPanels(bp, dy[r*ow*c.Cout:], c.Cout, ow, c.Cout)
			for a := range c.K {
				at := c.source(r, a, width)
				for k := 0; k < depth; {
					t := pick(b.byColumns, depth-k)
					m := min(t.rows, depth-k)
					b.tileRow(t, ow, xp[at+k:], c.Stride*c.Cin, packed(bp), out[(a*depth+k)*c.Cout:], c.Cout, m, 0, c.Cout, 1)
					k += m
				}
			}
		}
	})
}
