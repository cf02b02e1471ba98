package kernels

// The plain definition of F(2x2, 3x3) on bfloat16 (winograd2.go): transforms in float32,
// in the order of the assembly's operations, rounded to bfloat16, and sums in order.

// square is a tile, a filter or a list of points, in its upper left corner.
type square [5][5]float32

// line is a transform of one dimension.
type line func(x [5]float32) [5]float32

// both transforms the columns and then the rows.
func (s square) both(f line) square {
	var columns, out square
	for j := range 5 {
		for i, v := range f([5]float32{s[0][j], s[1][j], s[2][j], s[3][j], s[4][j]}) {
			columns[i][j] = v
		}
	}
	for i := range 5 {
		out[i] = f(columns[i])
	}
	return out
}

// plainRounded is the filtering of one stride, as rounded.
type plainRounded struct {
	points                int // in a dimension
	input, back, gradient plainPatches
	filter, weights       line
	output, image         line
	imageSide             int
}

type plainPatches struct {
	size, step int
	f          line
}

var plainFilterings = [2]plainRounded{
	{
		points: 4, imageSide: 2,
		input: plainPatches{4, 2, data2}, back: plainPatches{4, 2, data2}, gradient: plainPatches{2, 2, gradient2},
		filter: filter2, output: sum2, image: sum2, weights: weights2,
	},
	{
		points: 5, imageSide: 4,
		input: plainPatches{5, 4, stridedData}, back: plainPatches{3, 2, stridedBack}, gradient: plainPatches{2, 2, stridedGradient},
		filter: stridedFilter, output: stridedSum, image: stridedImage, weights: stridedWeights,
	},
}

func data2(x [5]float32) [5]float32 {
	return [5]float32{x[0] - x[2], x[1] + x[2], x[2] - x[1], x[3] - x[1]}
}

func filter2(x [5]float32) [5]float32 {
	ends := x[0] + x[2]
	return [5]float32{x[0], (ends + x[1]) / 2, (ends - x[1]) / 2, x[2]}
}

func gradient2(x [5]float32) [5]float32 {
	return [5]float32{x[0], (x[0] + x[1]) / 2, (x[0] - x[1]) / 2, x[1]}
}

func sum2(x [5]float32) [5]float32 {
	return [5]float32{x[0] + x[1] + x[2], x[1] - x[2] + x[3]}
}

func weights2(x [5]float32) [5]float32 {
	middle := x[1] + x[2]
	return [5]float32{x[0] + middle, x[1] - x[2], middle + x[3]}
}

func stridedData(x [5]float32) [5]float32 {
	return [5]float32{x[0] - x[2], x[2], x[4] - x[2], x[1], x[3]}
}

func stridedBack(x [5]float32) [5]float32 {
	return [5]float32{x[0] - x[1], x[1], x[2] - x[1], x[0], x[1]}
}

func stridedGradient(x [5]float32) [5]float32 {
	return [5]float32{x[0], x[0] + x[1], x[1], x[0], x[1]}
}

func stridedFilter(x [5]float32) [5]float32 {
	return [5]float32{x[0], x[0] + x[2], x[2], x[1], x[1]}
}

func stridedSum(x [5]float32) [5]float32 {
	return [5]float32{x[0] + x[1] + x[3], x[1] + x[2] + x[4]}
}

func stridedImage(x [5]float32) [5]float32 {
	return [5]float32{x[3], x[0] + x[1], x[4], x[1] + x[2]}
}

func stridedWeights(x [5]float32) [5]float32 {
	return [5]float32{x[0] + x[1], x[3] + x[4], x[1] + x[2]}
}

// lists are points x points matrices of rows x c values.
type lists struct {
	points, rows, c int
	values          []float32
}

func newLists(points, rows, c int) lists {
	return lists{points, rows, c, make([]float32, points*points*rows*c)}
}

// row is row r of matrix e.
func (l *lists) row(e, r int) []float32 { return l.values[(e*l.rows+r)*l.c:][:l.c] }

// put writes a square to element (r, c) of every matrix, rounded.
func (l *lists) put(r, c int, s square) {
	for e := range l.points * l.points {
		l.row(e, r)[c] = roundBF16(s[e/l.points][e%l.points])
	}
}

// get is the reverse of put.
func (l *lists) get(r, c int) (s square) {
	for e := range l.points * l.points {
		s[e/l.points][e%l.points] = l.row(e, r)[c]
	}
	return s
}

// tiles2 transforms the patches of an image, the first at (-pad, -pad).
func (g *roundingGeneric) tiles2(points int, p plainPatches, im image, pad int, t tiles) lists {
	l := newLists(points, t.count, im.c)
	g.pool.split(t.count, 25*im.c, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			n, row, col := t.place(k)
			for c := range im.c {
				var s square
				for y := range p.size {
					for x := range p.size {
						h, w := p.step*row-pad+y, p.step*col-pad+x
						if h >= 0 && h < im.h && w >= 0 && w < im.w {
							s[y][x] = im.data[((n*im.h+h)*im.w+w)*im.c+c]
						}
					}
				}
				l.put(k, c, s.both(p.f))
			}
		}
	})
	return l
}

// convolve2 computes y from the lists of an image and the filters w(tap, ci, co).
func (g *roundingGeneric) convolve2(y []float32, v lists, out image, t tiles, filter, output line, w func(tap, ci, co int) float32) {
	u := newLists(v.points, v.c, out.c)
	g.pool.split(v.c, 25*out.c, func(lo, hi int) {
		for ci := lo; ci < hi; ci++ {
			for co := range out.c {
				var s square
				for tap := range 9 {
					s[tap/3][tap%3] = w(tap, ci, co)
				}
				u.put(ci, co, s.both(filter))
			}
		}
	})
	products := newLists(v.points, t.count, out.c)
	g.pool.split(t.count, 25*v.c*out.c, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			for e := range v.points * v.points {
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
				s = s.both(output)
				for i := range min(t.side, out.h-t.side*row) {
					for j := range min(t.side, out.w-t.side*col) {
						y[((n*out.h+t.side*row+i)*out.w+t.side*col+j)*out.c+co] = s[i][j]
					}
				}
			}
		}
	})
}

func (g *roundingGeneric) forward2(y, x, w []float32, c Conv) {
	s, t := &plainFilterings[c.Stride-1], tilesOf(c, 2)
	v := g.tiles2(s.points, s.input, image{x, c.H, c.W, c.Cin}, c.Pad, t)
	g.convolve2(y, v, image{h: c.OutH(), w: c.OutW(), c: c.Cout}, t, s.filter, s.output,
		func(tap, ci, co int) float32 { return w[(tap*c.Cin+ci)*c.Cout+co] })
}

func (g *roundingGeneric) backwardData2(dx, dy, w []float32, c Conv) {
	s, pad := &plainFilterings[c.Stride-1], 0
	if c.Stride == 1 {
		pad = 2 - c.Pad
	}
	t := tilesOver(c.N, c.H, c.W, s.imageSide)
	v := g.tiles2(s.points, s.back, image{dy, c.OutH(), c.OutW(), c.Cout}, pad, t)
	g.convolve2(dx, v, image{h: c.H, w: c.W, c: c.Cin}, t, s.filter, s.image,
		func(tap, co, ci int) float32 { return w[((8-tap)*c.Cin+ci)*c.Cout+co] })
}

func (g *roundingGeneric) backwardWeights2(dw, x, dy []float32, c Conv) {
	s, t := &plainFilterings[c.Stride-1], tilesOf(c, 2)
	v := g.tiles2(s.points, s.input, image{x, c.H, c.W, c.Cin}, c.Pad, t)
	d := g.tiles2(s.points, s.gradient, image{dy, c.OutH(), c.OutW(), c.Cout}, 0, t)
	sums := newLists(s.points, c.Cin, c.Cout)
	g.pool.split(c.Cin, 25*t.count*c.Cout, func(lo, hi int) {
		for ci := lo; ci < hi; ci++ {
			for e := range s.points * s.points {
				sum := sums.row(e, ci)
				for k := range t.count {
					a := v.row(e, k)[ci]
					for co, b := range d.row(e, k) {
						sum[co] += float32(a * b)
					}
				}
			}
			for co := range c.Cout {
				m := sums.get(ci, co)
				m = m.both(s.weights)
				for tap := range 9 {
					dw[(tap*c.Cin+ci)*c.Cout+co] = m[tap/3][tap%3]
				}
			}
		}
	})
}
