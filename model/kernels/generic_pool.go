package kernels

func (g *generic[T]) MaxPoolForward(y, x []T, p Pool) {
	checkMaxPool("MaxPoolForward", x, y, p)
	g.pool.split(p.N*p.OutH(), p.OutW()*p.K*p.K*p.C, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			for j := range p.OutW() {
				out := y[(r*p.OutW()+j)*p.C:][:p.C]
				first := true
				p.window(r, j, func(at int) {
					in := x[at:][:p.C]
					for c, v := range in {
						if first || v > out[c] || v != v {
							out[c] = v
						}
					}
					first = false
				})
			}
		}
	})
}

// window calls f with the offset of every pixel of an output pixel's window,
// in row order. r counts output rows over the whole batch.
func (p Pool) window(r, j int, f func(at int)) {
	n, i := r/p.OutH(), r%p.OutH()
	for h := max(i*p.Stride-p.Pad, 0); h < min(i*p.Stride-p.Pad+p.K, p.H); h++ {
		for v := max(j*p.Stride-p.Pad, 0); v < min(j*p.Stride-p.Pad+p.K, p.W); v++ {
			f(((n*p.H+h)*p.W + v) * p.C)
		}
	}
}

func (g *generic[T]) MaxPoolBackward(dx, dy, x, y []T, p Pool) {
	checkMaxPool("MaxPoolBackward", x, y, p)
	checkMaxPool("MaxPoolBackward", dx, dy, p)
	size := p.H * p.W * p.C
	g.pool.split(p.N, size, func(lo, hi int) {
		done := make([]bool, p.C)
		clear(dx[lo*size : hi*size])
		for r := lo * p.OutH(); r < hi*p.OutH(); r++ {
			for j := range p.OutW() {
				o := (r*p.OutW() + j) * p.C
				clear(done)
				p.window(r, j, func(at int) {
					for c := range p.C {
						if v := x[at+c]; !done[c] && (v == y[o+c] || v != v) {
							dx[at+c] += dy[o+c]
							done[c] = true
						}
					}
				})
			}
		}
	})
}

func (g *generic[T]) AvgPoolForward(y, x []T, p Pool) {
	checkPool("AvgPoolForward", x, y, p, p.N*p.C)
	avgPoolForward(g.pool, y, x, p)
}

func (g *generic[T]) AvgPoolBackward(dx, dy []T, p Pool) {
	checkPool("AvgPoolBackward", dx, dy, p, p.N*p.C)
	avgPoolBackward(g.pool, dx, dy, p)
}

func avgPoolForward[T Float](w *Workers, y, x []T, p Pool) {
	area := p.H * p.W
	w.split(p.N, area*p.C, func(lo, hi int) {
		for n := lo; n < hi; n++ {
			out := y[n*p.C:][:p.C]
			clear(out)
			for i := range area {
				axpy(out, 1, x[(n*area+i)*p.C:])
			}
			for c := range out {
				out[c] /= T(area)
			}
		}
	})
}

func avgPoolBackward[T Float](w *Workers, dx, dy []T, p Pool) {
	area := p.H * p.W
	w.split(p.N*area, p.C, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for c, d := range dy[i/area*p.C:][:p.C] {
				dx[i*p.C+c] = d / T(area)
			}
		}
	})
}
