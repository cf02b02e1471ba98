package kernels

// The plain definition of F(2x2, 3x3) on bfloat16 (winograd2.go): transforms in float32,
// in the order of the assembly's operations, rounded to bfloat16, and sums in order.

// square is a tile, a filter or a list of points, in its upper left corner.
type square [4][4]float32

// both transforms the columns and then the rows.
func (s square) both(line func(x [4]float32) [4]float32) square {
	var columns, out square
	for j := range 4 {
		for i, v := range line([4]float32{s[0][j], s[1][j], s[2][j], s[3][j]}) {
			columns[i][j] = v
		}
	}
	for i := range 4 {
		out[i] = line(columns[i])
	}
	return out
}

func data2(x [4]float32) [4]float32 {
	return [4]float32{x[0] - x[2], x[1] + x[2], x[2] - x[1], x[3] - x[1]}
}

func filter2(x [4]float32) [4]float32 {
	ends := x[0] + x[2]
	return [4]float32{x[0], (ends + x[1]) / 2, (ends - x[1]) / 2, x[2]}
}

func gradient2(x [4]float32) [4]float32 {
	return [4]float32{x[0], (x[0] + x[1]) / 2, (x[0] - x[1]) / 2, x[1]}
}

func sum2(x [4]float32) [4]float32 {
	return [4]float32{x[0] + x[1] + x[2], x[1] - x[2] + x[3]}
}

func weights2(x [4]float32) [4]float32 {
	middle := x[1] + x[2]
	return [4]float32{x[0] + middle, x[1] - x[2], middle + x[3]}
}

const points2 = 16

// lists are 16 matrices of rows x c values.
type lists struct {
	rows, c int
	values  []float32
}

func newLists(rows, c int) lists { return lists{rows, c, make([]float32, points2*rows*c)} }

// row is row r of matrix e.
func (l *lists) row(e, r int) []float32 { return l.values[(e*l.rows+r)*l.c:][:l.c] }

// put writes a square to element (r, c) of every matrix, rounded.
func (l *lists) put(r, c int, s square) {
	for e := range points2 {
		l.row(e, r)[c] = roundBF16(s[e/4][e%4])
	}
}

// get is the reverse of put.
func (l *lists) get(r, c int) (s square) {
	for e := range points2 {
		s[e/4][e%4] = l.row(e, r)[c]
	}
	return s
}

// tiles2 transforms the size x size patches of an image.
func (g *roundingGeneric) tiles2(im image, size, pad int, t tiles, line func(x [4]float32) [4]float32) lists {
	l := newLists(t.count, im.c)
	g.pool.split(t.count, points2*im.c, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			n, row, col := t.place(k)
			for c := range im.c {
				var s square
				for y := range size {
					for x := range size {
						h, w := 2*row-pad+y, 2*col-pad+x
						if h >= 0 && h < im.h && w >= 0 && w < im.w {
							s[y][x] = im.data[((n*im.h+h)*im.w+w)*im.c+c]
						}
					}
				}
				l.put(k, c, s.both(line))
			}
		}
	})
	return l
}

// convolve2 computes y from an image and the filters w(tap, ci, co).
func (g *roundingGeneric) convolve2(y []float32, im image, pad int, out image, t tiles, w func(tap, ci, co int) float32) {
	v, u := g.tiles2(im, 4, pad, t, data2), newLists(im.c, out.c)
	g.pool.split(im.c, points2*out.c, func(lo, hi int) {
		for ci := lo; ci < hi; ci++ {
			for co := range out.c {
				var s square
				for tap := range 9 {
					s[tap/3][tap%3] = w(tap, ci, co)
				}
				u.put(ci, co, s.both(filter2))
			}
		}
	})
	products := newLists(t.count, out.c)
	g.pool.split(t.count, points2*im.c*out.c, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			for e := range points2 {
				sum := products.row(e, k)
				for ci, a := range v.row(e, k) {
					for co, b := range u.row(e, ci) {
						sum[co] += float32(a * b)
					}
				}
			}
			n, row, col := t.place(k)
			for co := range out.c {
				s := products.get(k, co)
				s = s.both(sum2)
				for i := range min(2, out.h-2*row) {
					for j := range min(2, out.w-2*col) {
						y[((n*out.h+2*row+i)*out.w+2*col+j)*out.c+co] = s[i][j]
					}
				}
			}
		}
	})
}

func (g *roundingGeneric) forward2(y, x, w []float32, c Conv) {
	g.convolve2(y, image{x, c.H, c.W, c.Cin}, c.Pad, image{h: c.OutH(), w: c.OutW(), c: c.Cout}, tilesOf(c, 2),
		func(tap, ci, co int) float32 { return w[(tap*c.Cin+ci)*c.Cout+co] })
}

func (g *roundingGeneric) backwardData2(dx, dy, w []float32, c Conv) {
	back := Conv{N: c.N, H: c.OutH(), W: c.OutW(), Cin: c.Cout, Cout: c.Cin, K: 3, Stride: 1, Pad: 2 - c.Pad}
	g.convolve2(dx, image{dy, back.H, back.W, back.Cin}, back.Pad, image{h: c.H, w: c.W, c: c.Cin}, tilesOf(back, 2),
		func(tap, co, ci int) float32 { return w[((8-tap)*c.Cin+ci)*c.Cout+co] })
}

func (g *roundingGeneric) backwardWeights2(dw, x, dy []float32, c Conv) {
	t := tilesOf(c, 2)
	v := g.tiles2(image{x, c.H, c.W, c.Cin}, 4, c.Pad, t, data2)
	d := g.tiles2(image{dy, c.OutH(), c.OutW(), c.Cout}, 2, 0, t, gradient2)
	sums := newLists(c.Cin, c.Cout)
	g.pool.split(c.Cin, points2*t.count*c.Cout, func(lo, hi int) {
		for ci := lo; ci < hi; ci++ {
			for e := range points2 {
				sum := sums.row(e, ci)
				for k := range t.count {
					a := v.row(e, k)[ci]
					for co, b := range d.row(e, k) {
						sum[co] += float32(a * b)
					}
				}
			}
			for co := range c.Cout {
				s := sums.get(ci, co)
				s = s.both(weights2)
				for tap := range 9 {
					dw[(tap*c.Cin+ci)*c.Cout+co] = s[tap/3][tap%3]
				}
			}
		}
	})
}
