package kernels

// Winograd's filtering on bfloat16: F(2x2, 3x3), with 16 products in the place of 36 and
// 4 of direct convolution's 9 a pixel. Its transforms only add and halve, so that rounded
// values lose little more than those of a direct sum; see doc.go. Transforms round as
// they write, and operands stay in the form that the products read.

// filters2 reports a convolution that BF16 computes so. The condition is one of shape
// alone: it decides which values round.
func (c Conv) filters2() bool {
	return c.K == 3 && c.Stride == 1 && c.Pad <= 2 && c.Cin%16 == 0 && c.Cout%16 == 0 &&
		min(c.Cin, c.Cout) >= 256 && c.OutH()*c.OutW() > 16 && c.N*c.OutH()*c.OutW() >= 256
}

const (
	// tiles2Block is about the number of tiles whose products, for columns2 output
	// channels, stay in the last cache level (6 MB) until they are transformed.
	tiles2Block = 784
	columns2    = 128
	// terms2 is the number of tiles or channels that are transformed before they are
	// rounded to panels.
	terms2 = 16
)

func (b *blocked) winograd2Forward(y, x, w []float32, c Conv) {
	t := tilesOf(c, 2)
	v := b.roundedTiles(image{x, c.H, c.W, c.Cin}, c.Pad, t)
	b.winograd2Product(y, image{h: c.OutH(), w: c.OutW(), c: c.Cout}, v, t, c.Cin, func(j, n int) filters {
		return filters{w[j:], c.Cin, n, c.Cin * c.Cout, c.Cout}
	})
}

func (b *blocked) winograd2BackwardData(dx, dy, w []float32, c Conv) {
	back := Conv{N: c.N, H: c.OutH(), W: c.OutW(), Cin: c.Cout, Cout: c.Cin, K: 3, Stride: 1, Pad: 2 - c.Pad}
	t := tilesOf(back, 2)
	v := b.roundedTiles(image{dy, back.H, back.W, back.Cin}, back.Pad, t)
	b.winograd2Product(dx, image{h: c.H, w: c.W, c: c.Cin}, v, t, c.Cout, func(j, n int) filters {
		return b.rotatedFilters(w, c, j, n)
	})
}

// wordsLd is the distance of the rows of a list of tiles with c rounded channels.
func (s *isa) wordsLd(c int) int { return s.words(c) + skew }

// roundedTiles transforms the tiles of an image to 16 lists of tiles x channels.
func (b *blocked) roundedTiles(im image, pad int, t tiles) []float32 {
	points, ld := b.two.points(), b.wordsLd(im.c)
	list := (t.count + b.height()) * ld
	out := b.scratch.all(slotData, points*list)
	b.pool.Do(t.count/t.cols, func(worker, row int) {
		memory := b.scratch.of(worker, slotTile, points*im.c)
		values := b.scratch.of(worker, slotC, points*im.c)
		for k := row * t.cols; k < (row+1)*t.cols; k++ {
			n, i, j := t.place(k)
			src, rs, cs := im.patch(n, 2*i-pad, 2*j-pad, 4, 0, im.c, memory)
			if b.operands == pairs16 {
				b.bf16.input(src, rs, cs, &out[k*ld], int64(4*list), int64(im.c/b.lanes))
				continue
			}
			b.two.input(src, rs, cs, &values[0], int64(4*im.c), int64(im.c/b.lanes))
			for e := range points {
				b.roundRow(out[e*list+k*ld:], values[e*im.c:], im.c)
			}
		}
	})
	return out
}

// winograd2Product is winogradProduct on rounded operands.
func (b *blocked) winograd2Product(y []float32, out image, v []float32, t tiles, k int, weights func(j, n int) filters) {
	points, ld, perImage := b.two.points(), b.wordsLd(k), t.rows*t.cols
	images := max(1, tiles2Block/perImage)
	for j0 := 0; j0 < out.c; j0 += columns2 {
		n := min(columns2, out.c-j0)
		u, uList := b.roundedFilters(weights(j0, n))
		for i0 := 0; i0*perImage < t.count; i0 += images {
			part := t
			part.count = min(images*perImage, t.count-i0*perImage)
			list := b.listLen(part, n)
			prod := b.scratch.all(slotProd, points*list)
			rows := 8 * b.height()
			chunks := (part.count + rows - 1) / rows
			b.pool.Do(points*chunks, func(_, task int) {
				e, r0 := task/chunks, task%chunks*rows
				a := v[e*(t.count+b.height())*ld+(i0*perImage+r0)*ld:]
				for k0 := 0; k0 < k; k0 += b.depthByRows() {
					depth := min(b.depthByRows(), k-k0)
					right := dense(u[e*uList+b.panelsAt(k0, n):])
					b.mulRows(a[b.words(k0):], ld, min(rows, part.count-r0), depth, right, n, prod[e*list+r0*ldOf(n):], ldOf(n), int64(min(k0, 1)))
				}
			})
			b.writeTiles(y[i0*out.h*out.w*out.c:], out, prod, part, b.two.output, j0, n)
		}
	}
}

// panelsAt is where the dense panels of n columns begin for term k0, a multiple of the
// depth of a block.
func (s *isa) panelsAt(k0, n int) int {
	w := s.width()
	return s.words(k0) * ((n + w - 1) / w * w)
}

// roundedFilters writes the dense panels of the 16 matrices of f, list apart.
func (b *blocked) roundedFilters(f filters) (u []float32, list int) {
	points, w := b.two.points(), b.width()
	list = b.panelsAt(f.k+f.k%2, f.n) + skew
	u = b.scratch.all(slotB, points*list)
	b.pool.Do((f.k+terms2-1)/terms2, func(worker, group int) {
		lo, hi := group*terms2, min((group+1)*terms2, f.k)
		k0 := lo / b.depthByRows() * b.depthByRows()
		depth := min(b.depthByRows(), f.k-k0)
		values := b.scratch.of(worker, slotC, terms2*points*w)
		for j := 0; j < f.n; j += w {
			n := min(w, f.n-j)
			for k := lo; k < hi; k++ {
				b.two.filter(&f.w[k*f.ld+j], int64(12*f.tap), int64(4*f.tap), &values[(k-lo)*points*w], int64(4*w), int64(n/b.lanes))
			}
			at, pw := b.panelsAt(k0, f.n)+j*b.words(depth), b.panelWidth(n)
			for e := range points {
				b.roundTerms(u[e*list+at+b.words(lo-k0)*pw:], pw, values[e*w:], points*w, n, hi-lo)
			}
		}
	})
	return u, list
}

// winograd2BackwardWeights is F(3x3, 2x2): sums over tiles, which are the terms of the
// products, for panels of channels of x and of dy.
func (b *blocked) winograd2BackwardWeights(dw, x, dy []float32, c Conv) {
	t := tilesOf(c, 2)
	points := b.two.points()
	v := b.roundedPanels(slotData, b.two.input, 4, image{x, c.H, c.W, c.Cin}, c.Pad, t, b.height(), false)
	d := b.roundedPanels(slotGrad, b.two.gradient, 2, image{dy, c.OutH(), c.OutW(), c.Cout}, 0, t, b.width(), true)
	step := max(columns2*1024/c.Cin/columns2, 1) * columns2
	rows := 16 * b.height()
	strips := (c.Cin + rows - 1) / rows
	for j0 := 0; j0 < c.Cout; j0 += step {
		n := min(step, c.Cout-j0)
		list := c.Cin*n + skew
		prod := b.scratch.all(slotProd, points*list)
		b.pool.Do(points*strips, func(_, task int) {
			e, r0 := task/strips, task%strips*rows
			for p := 0; p < t.count; p += b.depthByColumns() {
				depth := min(b.depthByColumns(), t.count-p)
				words := b.words(depth)
				left, right := v.at(e, p), d.at(e, p)
				b.mulColumns(dense(left[r0*words:]), min(rows, c.Cin-r0), depth, dense(right[j0*words:]), n, prod[e*list+r0*n:], n, int64(min(p, 1)))
			}
		})
		b.pool.split(c.Cin, points*n, func(lo, hi int) {
			for k := lo; k < hi; k++ {
				b.two.weights(&prod[k*n], int64(12*c.Cin*c.Cout), int64(4*c.Cin*c.Cout), &dw[k*c.Cout+j0], int64(4*list), int64(n/b.lanes))
			}
		})
	}
}

// panelLists are lists of tiles in dense panels of channels, block by block of
// depth tiles.
type panelLists struct {
	values             []float32
	list, block, depth int // floats of a list, and of a block of it of depth tiles
}

// at is list e from tile p, a multiple of depth.
func (l panelLists) at(e, p int) []float32 { return l.values[e*l.list+p/l.depth*l.block:] }

// roundedPanels transforms the size x size patches of an image to lists in panels of
// width channels, with tiles as terms. With narrow, a last panel of few channels is half
// as wide, as those of a right operand are.
func (b *blocked) roundedPanels(slot int, f transformFunc, size int, im image, pad int, t tiles, width int, narrow bool) panelLists {
	points := b.two.points()
	channels := width // of a tile at a time: whole vectors and whole panels
	for channels%16 != 0 || channels < 96 {
		channels += width
	}
	across := (im.c + width - 1) / width * width // floats of a term in all panels
	l := panelLists{block: b.words(b.depthByColumns()) * across, depth: b.depthByColumns()}
	l.list = b.words(t.count)*across + b.width()
	l.values = b.scratch.all(slot, points*l.list)
	b.pool.Do((t.count+terms2-1)/terms2, func(worker, group int) {
		lo, hi := group*terms2, min((group+1)*terms2, t.count)
		p := lo / b.depthByColumns() * b.depthByColumns()
		words := b.words(min(b.depthByColumns(), t.count-p))
		memory := b.scratch.of(worker, slotTile, size*size*channels)
		values := b.scratch.of(worker, slotC, terms2*points*channels+b.width())
		for c0 := 0; c0 < im.c; c0 += channels {
			n := min(channels, im.c-c0)
			for k := lo; k < hi; k++ {
				img, i, j := t.place(k)
				src, rs, cs := im.patch(img, 2*i-pad, 2*j-pad, size, c0, n, memory)
				f(src, rs, cs, &values[(k-lo)*points*n], int64(4*n), int64(n/b.lanes))
			}
			for e := range points {
				block := l.at(e, p)
				for j := 0; j < n; j += width {
					m := min(width, n-j)
					pw := width
					if narrow {
						pw = b.panelWidth(m)
					}
					b.roundTerms(block[(c0+j)*words+b.words(lo-p)*pw:], pw, values[e*n+j:], points*n, m, hi-lo)
				}
			}
		}
	})
	return l
}
