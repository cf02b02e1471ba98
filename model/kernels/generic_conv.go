package kernels

func (g *generic[T]) ConvForward(y, x, w []T, c Conv) {
	checkConv("ConvForward", x, y, w, c)
	oh, ow := c.OutH(), c.OutW()
	g.pool.split(c.N*oh, ow*c.WeightLen(), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			n, i := r/oh, r%oh
			for j := range ow {
				out := y[(r*ow+j)*c.Cout:][:c.Cout]
				clear(out)
				for a := range c.K {
					h := i*c.Stride + a - c.Pad
					if h < 0 || h >= c.H {
						continue
					}
					for b := range c.K {
						v := j*c.Stride + b - c.Pad
						if v < 0 || v >= c.W {
							continue
						}
						in := x[((n*c.H+h)*c.W+v)*c.Cin:][:c.Cin]
						tap := w[(a*c.K+b)*c.Cin*c.Cout:]
						for ci, xv := range in {
							axpy(out, xv, tap[ci*c.Cout:])
						}
					}
				}
			}
		}
	})
}

func (g *generic[T]) ConvBackwardData(dx, dy, w []T, c Conv) {
	checkConv("ConvBackwardData", dx, dy, w, c)
	oh, ow := c.OutH(), c.OutW()
	g.pool.split(c.N*c.H, c.W*c.WeightLen()/(c.Stride*c.Stride), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			n, h := r/c.H, r%c.H
			for v := range c.W {
				in := dx[(r*c.W+v)*c.Cin:][:c.Cin]
				clear(in)
				for a := range c.K {
					i, ok := source(h+c.Pad-a, c.Stride, oh)
					if !ok {
						continue
					}
					for b := range c.K {
						j, ok := source(v+c.Pad-b, c.Stride, ow)
						if !ok {
							continue
						}
						out := dy[((n*oh+i)*ow+j)*c.Cout:][:c.Cout]
						tap := w[(a*c.K+b)*c.Cin*c.Cout:]
						for ci := range in {
							in[ci] += dot(out, tap[ci*c.Cout:])
						}
					}
				}
			}
		}
	})
}

// source is the output index i with i*stride = at, if there is one below n.
func source(at, stride, n int) (i int, ok bool) {
	if at < 0 || at%stride != 0 || at/stride >= n {
		return 0, false
	}
	return at / stride, true
}

// ConvBackwardWeights sums the pixels of a row first and the rows after, which
// keeps the rounding error small where there are many pixels.
func (g *generic[T]) ConvBackwardWeights(dw, x, dy []T, c Conv) {
	checkConv("ConvBackwardWeights", x, dy, dw, c)
	oh, ow := c.OutH(), c.OutW()
	g.pool.split(c.K*c.K*c.Cin, c.N*oh*ow*c.Cout, func(lo, hi int) {
		row := make([]T, c.Cout)
		for r := lo; r < hi; r++ {
			a, b, ci := r/c.Cin/c.K, r/c.Cin%c.K, r%c.Cin
			sum := dw[r*c.Cout:][:c.Cout]
			clear(sum)
			for p := range c.N * oh {
				n, i := p/oh, p%oh
				h := i*c.Stride + a - c.Pad
				if h < 0 || h >= c.H {
					continue
				}
				clear(row)
				for j := range ow {
					if v := j*c.Stride + b - c.Pad; v >= 0 && v < c.W {
						axpy(row, x[((n*c.H+h)*c.W+v)*c.Cin+ci], dy[(p*ow+j)*c.Cout:])
					}
				}
				axpy(sum, 1, row)
			}
		}
	})
}
