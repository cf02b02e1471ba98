package kernels

// Convolutions of few channels (the first layer: 3) spend their time gathering
// short runs. In a padded image the K*Cin values under one row of the filter
// lie side by side, and the next output pixel's start Stride*Cin further on:
// one output row is a product of the image itself with each filter row.

// shortRun is the K*Cin up to which that is done.
const shortRun = 64

// few reports a convolution to compute by rows.
func few(c Conv) bool { return c.K > 1 && c.K*c.Cin <= shortRun }

// padded copies the image with its border of zeros, and enough values behind
// it for a whole tile to be read at the last pixel.
func (b *blocked) padded(x []float32, c Conv) (xp []float32, width int) {
	width = (c.W + 2*c.Pad) * c.Cin
	h := c.H + 2*c.Pad
	xp = b.scratch.all(slotData, c.N*h*width+b.height()*c.Stride*c.Cin+c.K*c.Cin)
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

// forwardRows computes y from weights packed by filter row.
func (b *blocked) forwardRows(y, x []float32, c Conv, pack func(bp []float32, a int)) {
	xp, width := b.padded(x, c)
	depth, w := c.K*c.Cin, b.width()
	size := depth * ((c.Cout + w - 1) / w * w)
	bp := b.scratch.all(slotB, c.K*size)
	for a := range c.K {
		pack(bp[a*size:], a)
	}
	ow := c.OutW()
	b.pool.split(c.N*c.OutH(), ow*c.Cout*depth*c.K/16, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			for a := range c.K {
				b.mulRows(xp[c.source(r, a, width):], c.Stride*c.Cin, ow, depth, bp[a*size:], c.Cout, y[r*ow*c.Cout:], c.Cout, int64(min(a, 1)))
			}
		}
	})
}

// weightsRows computes dw; the output rows are cut into segments as in
// weightsBySegments.
func (b *blocked) weightsRows(dw, x, dy []float32, c Conv) {
	xp, width := b.padded(x, c)
	rows, ow, depth := c.N*c.OutH(), c.OutW(), c.K*c.Cin
	b.inSegments(dw, c.WeightLen(), rows, min(segments, (rows*ow+columnDepth-1)/columnDepth), func(worker int, out []float32, r0, r1 int) {
		clear(out)
		bp := b.scratch.of(worker, slotB, ow*(c.Cout+b.width()))
		for r := r0; r < r1; r++ {
			b.packPanels(bp, dy[r*ow*c.Cout:], c.Cout, ow, c.Cout)
			for a := range c.K {
				at := c.source(r, a, width)
				for k := 0; k < depth; {
					t := pick(b.byColumns, depth-k)
					m := min(t.rows, depth-k)
					b.tileRow(t, ow, xp[at+k:], c.Stride*c.Cin, bp, out[(a*depth+k)*c.Cout:], c.Cout, m, 0, c.Cout, 1)
					k += m
				}
			}
		}
	})
}
