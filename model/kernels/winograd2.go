package kernels

// Winograd's filtering on bfloat16: F(2x2, 3x3), with 16 products in the place of 36 with
// stride 1 and 25 with stride 2. Its transforms only add and halve, so that rounded values
// lose little more than those of a direct sum; see doc.go. Transforms round as they write,
// and operands stay in the form that the products read.

// filters2 reports a convolution that BF16 computes so. It does not depend on the number of
// images: it decides which values round. With stride 1 float32's F(4x4, 3x3) has only an
// eighth more to do, unless its larger tiles reach beyond the image or the filters, of
// which it makes 36 values, are as large as the images. With stride 2, odd sides would
// leave too much of the tiles empty.
func (c Conv) filters2() bool {
	channels := min(c.Cin, c.Cout)
	if c.K != 3 || c.Cin%16 != 0 || c.Cout%16 != 0 || channels < 256 || c.OutH()*c.OutW() <= 16 {
		return false
	}
	if c.Stride == 1 && c.Pad <= 2 {
		two, four := tilesOf(c, 2), tilesOf(c, 4)
		return channels >= 1024 || 36*four.rows*four.cols > 10*two.rows*two.cols
	}
	return c.Stride == 2 && c.Pad == 1 && c.OutH()%2 == 0 && c.OutW()%2 == 0
}

// rounded is the filtering of one stride.
type rounded struct {
	points          int     // of a list
	input           patches // of the image
	back, gradient  patches // of dy, for the gradients of the image and of the weights
	filter, weights transformFunc
	output, image   placed
}

// patches are size x size values, step apart, and their transform to lists.
type patches struct {
	size, step int
	f          transformFunc
}

// placed is the transform of a list to a tile of side x side pixels.
type placed struct {
	side int
	f    transformFunc
}

const (
	// tiles2Block is about the number of tiles whose products, for columns2 output
	// channels, stay in the last cache level (6 to 10 MB) until they are transformed.
	tiles2Block = 784
	columns2    = 128
	// terms2 is the number of tiles or channels that are transformed before they are
	// rounded to panels.
	terms2 = 16
)

// filteredBy is the filtering of a convolution.
func (b *blocked) filteredBy(c Conv) *rounded { return &b.filtered[c.Stride-1] }

func (b *blocked) winograd2Forward(y, x, w []float32, c Conv) {
	s, t := b.filteredBy(c), tilesOf(c, 2)
	v := b.roundedTiles(s.points, s.input, b.pairsInput(c, false), image{x, c.H, c.W, c.Cin}, c.Pad, t)
	b.winograd2Product(s, y, image{h: c.OutH(), w: c.OutW(), c: c.Cout}, s.output, v, t, c.Cin, func(j, n int) filters {
		return filters{w[j:], c.Cin, n, c.Cin * c.Cout, c.Cout}
	})
}

// winograd2BackwardData covers the image by tiles: with stride 2 a tile begins at the
// pixel under the middle of a filter, and its patch of dy at that filter's output.
func (b *blocked) winograd2BackwardData(dx, dy, w []float32, c Conv) {
	s := b.filteredBy(c)
	t, pad := tilesOver(c.N, c.H, c.W, s.image.side), 0
	if c.Stride == 1 {
		pad = 2 - c.Pad
	}
	v := b.roundedTiles(s.points, s.back, b.pairsInput(c, true), image{dy, c.OutH(), c.OutW(), c.Cout}, pad, t)
	b.winograd2Product(s, dx, image{h: c.H, w: c.W, c: c.Cin}, s.image, v, t, c.Cout, func(j, n int) filters {
		return b.rotatedFilters(w, c, j, n)
	})
}

// pairsInput is the transform of the forward or the backward pass that writes pairs, or
// nil.
func (b *blocked) pairsInput(c Conv, back bool) transformFunc {
	switch {
	case b.operands != pairs16:
		return nil
	case back:
		return b.bf16.back[c.Stride-1]
	}
	return b.bf16.input[c.Stride-1]
}

// wordsLd is the distance of the rows of a list of tiles with c rounded channels.
func (s *isa) wordsLd(c int) int { return s.words(c) + skew }

// roundedTiles transforms the patches of an image, the first at (-pad, -pad), to lists of
// tiles x channels; pairs does both transform and rounding unless it is nil.
func (b *blocked) roundedTiles(points int, p patches, pairs transformFunc, im image, pad int, t tiles) []float32 {
	ld := b.wordsLd(im.c)
	list := (t.count + b.height()) * ld
	out := b.scratch.all(slotData, points*list)
	b.pool.Do(t.count/t.cols, func(worker, row int) {
		memory := b.scratch.of(worker, slotTile, p.size*p.size*im.c)
		values := b.scratch.of(worker, slotC, points*im.c)
		for k := row * t.cols; k < (row+1)*t.cols; k++ {
			n, i, j := t.place(k)
			src, rs, cs := im.patch(n, p.step*i-pad, p.step*j-pad, p.size, 0, im.c, memory)
			if pairs != nil {
				pairs(src, rs, cs, &out[k*ld], int64(4*list), int64(im.c/b.lanes))
				continue
			}
			p.f(src, rs, cs, &values[0], int64(4*im.c), int64(im.c/b.lanes))
			for e := range points {
				b.roundRow(out[e*list+k*ld:], values[e*im.c:], im.c)
			}
		}
	})
	return out
}

// winograd2Product is winogradProduct on rounded operands, to tiles of an image out.
func (b *blocked) winograd2Product(s *rounded, y []float32, out image, to placed, v []float32, t tiles, k int, weights func(j, n int) filters) {
	ld, perImage := b.wordsLd(k), t.rows*t.cols
	images := max(1, tiles2Block/perImage)
	for j0 := 0; j0 < out.c; j0 += columns2 {
		n := min(columns2, out.c-j0)
		u, uList := b.roundedFilters(s, weights(j0, n))
		for i0 := 0; i0*perImage < t.count; i0 += images {
			part := t
			part.count = min(images*perImage, t.count-i0*perImage)
			list := b.listLen(part, n)
			prod := b.scratch.all(slotProd, s.points*list)
			rows := 8 * b.height()
			chunks := (part.count + rows - 1) / rows
			b.pool.Do(s.points*chunks, func(_, task int) {
				e, r0 := task/chunks, task%chunks*rows
				a := v[e*(t.count+b.height())*ld+(i0*perImage+r0)*ld:]
				for k0 := 0; k0 < k; k0 += b.depthByRows() {
					depth := min(b.depthByRows(), k-k0)
					right := dense(u[e*uList+b.panelsAt(k0, n):])
					b.mulRows(a[b.words(k0):], ld, min(rows, part.count-r0), depth, right, n, prod[e*list+r0*ldOf(n):], ldOf(n), int64(min(k0, 1)))
				}
			})
			b.writeTiles(y[i0*out.h*out.w*out.c:], out, prod, part, to.f, j0, n)
		}
	}
}

// panelsAt is where the dense panels of n columns begin for term k0, a multiple of the
// depth of a block.
func (s *isa) panelsAt(k0, n int) int {
	w := s.width()
	return s.words(k0) * ((n + w - 1) / w * w)
}

// roundedFilters writes the dense panels of the matrices of f, list apart.
func (b *blocked) roundedFilters(s *rounded, f filters) (u []float32, list int) {
	points, w := s.points, b.width()
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
				s.filter(&f.w[k*f.ld+j], int64(12*f.tap), int64(4*f.tap), &values[(k-lo)*points*w], int64(4*w), int64(n/b.lanes))
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
	s, t := b.filteredBy(c), tilesOf(c, 2)
	points := s.points
	v := b.roundedPanels(slotData, points, s.input, image{x, c.H, c.W, c.Cin}, c.Pad, t, b.height(), false)
	d := b.roundedPanels(slotGrad, points, s.gradient, image{dy, c.OutH(), c.OutW(), c.Cout}, 0, t, b.width(), true)
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
				s.weights(&prod[k*n], int64(12*c.Cin*c.Cout), int64(4*c.Cin*c.Cout), &dw[k*c.Cout+j0], int64(4*list), int64(n/b.lanes))
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

// roundedPanels transforms the patches of an image, the first at (-pad, -pad), to lists in
// panels of width channels, with tiles as terms. With narrow, a last panel of few channels
// is half as wide, as those of a right operand are.
func (b *blocked) roundedPanels(slot, points int, p patches, im image, pad int, t tiles, width int, narrow bool) panelLists {
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
		p0 := lo / l.depth * l.depth
		words := b.words(min(l.depth, t.count-p0))
		memory := b.scratch.of(worker, slotTile, p.size*p.size*channels)
		values := b.scratch.of(worker, slotC, terms2*points*channels+b.width())
		for c0 := 0; c0 < im.c; c0 += channels {
			n := min(channels, im.c-c0)
			for k := lo; k < hi; k++ {
				img, i, j := t.place(k)
				src, rs, cs := im.patch(img, p.step*i-pad, p.step*j-pad, p.size, c0, n, memory)
				p.f(src, rs, cs, &values[(k-lo)*points*n], int64(4*n), int64(n/b.lanes))
			}
			for e := range points {
				block := l.at(e, p0)
				for j := 0; j < n; j += width {
					m := min(width, n-j)
					pw := width
					if narrow {
						pw = b.panelWidth(m)
					}
					b.roundTerms(block[(c0+j)*words+b.words(lo-p0)*pw:], pw, values[e*n+j:], points*n, m, hi-lo)
				}
			}
		}
	})
	return l
}
