package kernels

// Winograd's minimal filtering for 3x3 filters with stride 1 (Lavin & Gray
// 2016): tiles of 4x4 outputs cost 36 products instead of 144. See doc.go.

// Products in the Winograd domain are formed for as many output channels at a
// time as keep the transformed weights below this many floats (64 MiB).
const winogradWeightsMax = 1 << 24

// Where the transformed image has no more floats than this (1 MiB), it stays in
// cache and the weights are what is large: they go through it panel by panel,
// each the task of one worker.
const winogradImageSmall = 1 << 18

// eachPanel calls f for disjoint ranges of output channels that make n columns
// of products with k rows, image being the size of the transformed image.
func (b *blocked) eachPanel(image, k, n int, f func(b *blocked, j0, n int)) {
	w := b.width()
	if image <= winogradImageSmall {
		b.pool.Do((n+w-1)/w, func(worker, p int) { f(b.solo[worker], p*w, min(w, n-p*w)) })
		return
	}
	step := max(winogradWeightsMax/(36*k)/w, 1) * w
	for j0 := 0; j0 < n; j0 += step {
		f(b, j0, min(step, n-j0))
	}
}

// useWinograd tells where it pays: channels fill vectors and are many enough
// to outweigh the transforms, and tiles are not mostly padding.
func (b *blocked) useWinograd(c Conv) bool {
	if c.K != 3 || c.Stride != 1 || c.Pad > 2 || c.Cin%b.lanes != 0 || c.Cout%b.lanes != 0 {
		return false
	}
	t := tilesOf(c, 4)
	direct := 9 * c.OutH() * c.OutW()
	return 36*t.rows*t.cols*5 < direct*3 && min(c.Cin, c.Cout) >= 32 && t.count >= 16
}

// tiles is the cover of an output by tiles of side x side; tile t starts at the output
// pixel (side*row, side*col) and at the input pixel pad before.
type tiles struct{ side, rows, cols, count int }

func tilesOf(c Conv, side int) tiles { return tilesOver(c.N, c.OutH(), c.OutW(), side) }

// tilesOver covers n images of h x w pixels.
func tilesOver(n, h, w, side int) tiles {
	rows, cols := (h+side-1)/side, (w+side-1)/side
	return tiles{side, rows, cols, n * rows * cols}
}

// place is the image, row and column of tile k.
func (t tiles) place(k int) (n, row, col int) {
	return k / (t.rows * t.cols), k / t.cols % t.rows, k % t.cols
}

// image is a channels-last batch whose tiles are transformed.
type image struct {
	data    []float32
	h, w, c int
}

// ldOf is the leading dimension of a list of tiles with c channels.
func ldOf(c int) int { return c + skew }

// patch is the size x size pixels of channels c0..c0+n that start at pixel (h, w) of
// image k, with the strides between rows and columns in bytes: the image itself, or a
// copy in the memory given where it reaches beyond the border.
func (im *image) patch(k, h, w, size, c0, n int, memory []float32) (src *float32, rs, cs int64) {
	if h >= 0 && w >= 0 && h+size <= im.h && w+size <= im.w {
		return &im.data[((k*im.h+h)*im.w+w)*im.c+c0], int64(4 * im.w * im.c), int64(4 * im.c)
	}
	g := gather{src: im.data, h: im.h, w: im.w, c: im.c}
	for y := range size {
		if n == im.c {
			g.fillRun(memory[y*size*n:][:size*n], k, h+y, w, 0, size*n)
			continue
		}
		for x := range size {
			to := memory[(y*size+x)*n:][:n]
			if h+y < 0 || h+y >= im.h || w+x < 0 || w+x >= im.w {
				clear(to)
				continue
			}
			copy(to, im.data[((k*im.h+h+y)*im.w+w+x)*im.c+c0:])
		}
	}
	return &memory[0], int64(4 * size * n), int64(4 * n)
}

// listLen is the floats between two of the 36 lists, with a whole GEMM tile of
// rows to spare.
func (b *blocked) listLen(t tiles, c int) int { return (t.count + b.height()) * ldOf(c) }

// transformTiles transforms the size x size patches of an image at (4*row-pad,
// 4*col-pad) to 36 lists of tiles x channels.
func (b *blocked) transformTiles(slot int, f transformFunc, size int, im image, pad int, t tiles) []float32 {
	list := b.listLen(t, im.c)
	out := b.scratch.all(slot, 36*list)
	b.pool.Do(t.count/t.cols, func(worker, row int) {
		memory := b.scratch.of(worker, slotTile, size*size*im.c)
		for k := row * t.cols; k < (row+1)*t.cols; k++ {
			n, i, j := t.place(k)
			src, rs, cs := im.patch(n, 4*i-pad, 4*j-pad, size, 0, im.c, memory)
			f(src, rs, cs, &out[k*ldOf(im.c)], int64(4*list), int64(im.c/b.lanes))
		}
	})
	return out
}

// filters gives the 3x3 filters of rows k and columns j..j+n as a grid: the
// first filter's address and the stride between taps.
type filters struct {
	w    []float32
	k, n int // rows (inputs of the product) and columns (outputs)
	tap  int // floats between taps
	ld   int // floats between rows
}

// winogradProduct computes, for an image transformed to v, the output of the
// filters: 36 products, then the tiles of y.
func (b *blocked) winogradProduct(y []float32, out image, v []float32, t tiles, k int, weights func(b *blocked, j, n int) filters) {
	b.eachPanel(36*b.listLen(t, k), k, out.c, func(b *blocked, j0, n int) {
		w := b.width()
		width := (n + w - 1) / w * w
		list := k*width + skew
		u := b.scratch.all(slotB, 36*list)
		b.transformFilters(u, weights(b, j0, n), width, list)
		prod := b.scratch.all(slotProd, 36*b.listLen(t, n))
		b.winogradMultiply(prod, v, u, t, k, n, list)
		b.writeTiles(y, out, prod, t, b.four.output, j0, n)
	})
}

// transformFilters writes the panels of the 36 matrices k x width, list apart.
func (b *blocked) transformFilters(u []float32, f filters, width, list int) {
	w := b.width()
	b.pool.split(f.k, 36*f.n, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			k0 := k / rowDepth * rowDepth
			depth := min(rowDepth, f.k-k0)
			for j := 0; j < f.n; j += w {
				n := min(w, f.n-j)
				dst := &u[k0*width+j*depth+(k-k0)*b.panelWidth(n)]
				b.four.filter(&f.w[k*f.ld+j], int64(12*f.tap), int64(4*f.tap), dst, int64(4*list), int64(n/b.lanes))
			}
		}
	})
}

// winogradMultiply forms the 36 products prod = v u, the matrices of u being
// uList apart.
func (b *blocked) winogradMultiply(prod, v, u []float32, t tiles, k, n, uList int) {
	w := b.width()
	width := (n + w - 1) / w * w
	list, lists := b.listLen(t, k), b.listLen(t, n)
	b.pool.Do(36, func(_, e int) {
		for k0 := 0; k0 < k; k0 += rowDepth {
			depth := min(rowDepth, k-k0)
			b.mulRows(v[e*list+k0:], ldOf(k), t.count, depth, packed(u[e*uList+k0*width:]), n, prod[e*lists:], ldOf(n), int64(min(k0, 1)))
		}
	})
}

// writeTiles transforms the products to the channels j0..j0+n of the output.
func (b *blocked) writeTiles(y []float32, out image, prod []float32, t tiles, f transformFunc, j0, n int) {
	list := b.listLen(t, n)
	b.pool.Do(t.count/t.cols, func(worker, row int) {
		memory := b.scratch.of(worker, slotTile, t.side*t.side*n)
		for k := row * t.cols; k < (row+1)*t.cols; k++ {
			img, i, j := t.place(k)
			h, w := min(t.side, out.h-t.side*i), min(t.side, out.w-t.side*j)
			src := &prod[k*ldOf(n)]
			at := ((img*out.h+t.side*i)*out.w+t.side*j)*out.c + j0
			if h == t.side && w == t.side {
				f(src, int64(4*out.w*out.c), int64(4*out.c), &y[at], int64(4*list), int64(n/b.lanes))
				continue
			}
			f(src, int64(4*t.side*n), int64(4*n), &memory[0], int64(4*list), int64(n/b.lanes))
			for r := range h {
				for c := range w {
					copy(y[at+(r*out.w+c)*out.c:][:n], memory[(t.side*r+c)*n:])
				}
			}
		}
	})
}

func (b *blocked) winogradForward(y, x, w []float32, c Conv) {
	t := tilesOf(c, 4)
	v := b.transformTiles(slotData, b.four.input, 6, image{x, c.H, c.W, c.Cin}, c.Pad, t)
	out := image{h: c.OutH(), w: c.OutW(), c: c.Cout}
	b.winogradProduct(y, out, v, t, c.Cin, func(_ *blocked, j, n int) filters {
		return filters{w[j:], c.Cin, n, c.Cin * c.Cout, c.Cout}
	})
}

// winogradBackwardData is the convolution of dy with the filters rotated by
// 180 degrees and their channels exchanged.
func (b *blocked) winogradBackwardData(dx, dy, w []float32, c Conv) {
	back := Conv{N: c.N, H: c.OutH(), W: c.OutW(), Cin: c.Cout, Cout: c.Cin, K: 3, Stride: 1, Pad: 2 - c.Pad}
	t := tilesOf(back, 4)
	v := b.transformTiles(slotData, b.four.input, 6, image{dy, back.H, back.W, back.Cin}, back.Pad, t)
	b.winogradProduct(dx, image{h: c.H, w: c.W, c: c.Cin}, v, t, c.Cout, func(b *blocked, j, n int) filters {
		return b.rotatedFilters(w, c, j, n)
	})
}

// rotatedFilters are those of the backward pass to the inputs j..j+n, multiples of 8.
func (b *blocked) rotatedFilters(w []float32, c Conv, j, n int) filters {
	flipped := b.scratch.all(slotFlip, 9*c.Cout*n)
	strips := n / 8
	b.pool.split(9*strips, 8*c.Cout, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			tap, ci := r/strips, r%strips*8
			b.transposed(flipped[tap*c.Cout*n+ci:], n, w[((8-tap)*c.Cin+j+ci)*c.Cout:], c.Cout, 8, c.Cout)
		}
	})
	return filters{flipped, c.Cout, n, c.Cout * n, n}
}

// winogradBackwardWeights is F(3x3, 4x4): the filter's gradient is the
// correlation of 6x6 patches of x with 4x4 patches of dy, summed over tiles.
func (b *blocked) winogradBackwardWeights(dw, x, dy []float32, c Conv) {
	t := tilesOf(c, 4)
	v := b.transformTiles(slotData, b.four.input, 6, image{x, c.H, c.W, c.Cin}, c.Pad, t)
	d := b.transformTiles(slotGrad, b.four.gradient, 4, image{dy, c.OutH(), c.OutW(), c.Cout}, 0, t)
	b.eachPanel(36*b.listLen(t, c.Cin), c.Cin, c.Cout, func(b *blocked, j0, n int) {
		list := c.Cin*n + skew
		prod := b.scratch.all(slotProd, 36*list)
		b.pool.Do(36, func(worker, e int) {
			b.sumTiles(worker, prod[e*list:], v[e*b.listLen(t, c.Cin):], c.Cin, d[e*b.listLen(t, c.Cout)+j0:], n, ldOf(c.Cout), t.count)
		})
		b.pool.split(c.Cin, 36*n, func(lo, hi int) {
			for k := lo; k < hi; k++ {
				b.four.weights(&prod[k*n], int64(12*c.Cin*c.Cout), int64(4*c.Cin*c.Cout), &dw[k*c.Cout+j0], int64(4*list), int64(n/b.lanes))
			}
		})
	})
}

// sumTiles computes prod = v' d over the tiles of one list; m and n are
// multiples of a vector.
func (b *blocked) sumTiles(worker int, prod, v []float32, m int, d []float32, n, ldd, count int) {
	h, w := b.height(), b.width()
	strip := 16 * h
	for p := 0; p < count; p += columnDepth {
		depth := min(columnDepth, count-p)
		acc := int64(min(p, 1))
		if count <= 128 { // packing would take as long as the product
			b.mulColumns(unpacked(v[p*ldOf(m):], ldOf(m)), m, depth, unpacked(d[p*ldd:], ldd), n, prod, n, acc)
			continue
		}
		bp := b.scratch.of(worker, slotB, (n+w)*columnDepth)
		b.packPanels(bp, d[p*ldd:], ldd, depth, n)
		for r := 0; r < m; r += strip {
			ap := b.scratch.of(worker, slotA, strip*columnDepth)
			mr := min(strip, m-r)
			b.packColumns(ap, v[p*ldOf(m)+r:], ldOf(m), depth, mr)
			b.mulColumns(packed(ap), mr, depth, packed(bp), n, prod[r*n:], n, acc)
		}
	}
}
