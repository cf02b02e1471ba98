package kernels

// Pooling in vectors of channels.

func (b *blocked) MaxPoolForward(y, x []float32, p Pool) {
	checkMaxPool("MaxPoolForward", x, y, p)
	v := b.dividing(p.C)
	if v == nil {
		b.generic.MaxPoolForward(y, x, p)
		return
	}
	ow := p.OutW()
	b.pool.split(p.N*p.OutH(), ow*p.K*p.K*p.C/8, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			for j := range ow {
				at, rows, cols := p.clip(r, j)
				v.windowMax(&y[(r*ow+j)*p.C], &x[at], int64(4*p.W*p.C), rows, int64(4*p.C), cols, int64(p.C/v.lanes))
			}
		}
	})
}

// clip is the part of an output pixel's window inside the image: the offset of
// its first pixel, and its rows and columns.
func (p Pool) clip(r, j int) (at int, rows, cols int64) {
	n, i := r/p.OutH(), r%p.OutH()
	h0, h1 := max(i*p.Stride-p.Pad, 0), min(i*p.Stride-p.Pad+p.K, p.H)
	w0, w1 := max(j*p.Stride-p.Pad, 0), min(j*p.Stride-p.Pad+p.K, p.W)
	return ((n*p.H+h0)*p.W + w0) * p.C, int64(h1 - h0), int64(w1 - w0)
}

func (b *blocked) MaxPoolBackward(dx, dy, x, y []float32, p Pool) {
	checkMaxPool("MaxPoolBackward", x, y, p)
	checkMaxPool("MaxPoolBackward", dx, dy, p)
	v := b.dividing(p.C)
	if v == nil {
		b.generic.MaxPoolBackward(dx, dy, x, y, p)
		return
	}
	ow, size := p.OutW(), p.H*p.W*p.C
	b.pool.split(p.N, size, func(lo, hi int) {
		clear(dx[lo*size : hi*size])
		for r := lo * p.OutH(); r < hi*p.OutH(); r++ {
			for j := range ow {
				o := (r*ow + j) * p.C
				at, rows, cols := p.clip(r, j)
				v.windowGradient(&dy[o], &y[o], &dx[at], &x[at], int64(4*p.W*p.C), rows, int64(4*p.C), cols, int64(p.C/v.lanes))
			}
		}
	})
}
