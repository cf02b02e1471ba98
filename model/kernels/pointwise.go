package kernels

// Elementwise operations: whole vectors in assembly, the rest in plain Go.

// parts splits a list at multiples of the vector width.
func (b *blocked) parts(n, work int, f func(lo, vectors, hi int)) {
	units := (n + 1023) / 1024
	b.pool.split(units, 1024*work, func(u0, u1 int) {
		lo, hi := u0*1024, min(u1*1024, n)
		f(lo, (hi-lo)/b.lanes, hi)
	})
}

// addTo adds x to y on the caller's goroutine.
func (b *blocked) addTo(y, x []float32) {
	n := len(y) / b.lanes
	if n > 0 {
		b.add(&y[0], &y[0], &x[0], int64(n))
	}
	axpy(y[n*b.lanes:], 1, x[n*b.lanes:])
}

func (b *blocked) Add(y, p, q []float32) {
	need("Add", "a", p, len(y))
	need("Add", "b", q, len(y))
	b.parts(len(y), 1, func(lo, n, hi int) {
		if n > 0 {
			b.add(&y[lo], &p[lo], &q[lo], int64(n))
		}
		for i := lo + n*b.lanes; i < hi; i++ {
			y[i] = p[i] + q[i]
		}
	})
}

func (b *blocked) ReLUForward(y, x []float32) {
	need("ReLUForward", "x", x, len(y))
	b.parts(len(y), 1, func(lo, n, hi int) {
		if n > 0 {
			b.relu(&y[lo], &x[lo], int64(n))
		}
		for i := lo + n*b.lanes; i < hi; i++ {
			y[i] = max(x[i], 0)
		}
	})
}

func (b *blocked) AddReLUForward(y, p, q []float32) {
	need("AddReLUForward", "a", p, len(y))
	need("AddReLUForward", "b", q, len(y))
	b.parts(len(y), 1, func(lo, n, hi int) {
		if n > 0 {
			b.addReLU(&y[lo], &p[lo], &q[lo], int64(n))
		}
		for i := lo + n*b.lanes; i < hi; i++ {
			y[i] = max(p[i]+q[i], 0)
		}
	})
}

func (b *blocked) ReLUBackward(dx, dy, y []float32) {
	need("ReLUBackward", "dy", dy, len(dx))
	need("ReLUBackward", "y", y, len(dx))
	b.parts(len(dx), 1, func(lo, n, hi int) {
		if n > 0 {
			b.reluMask(&dx[lo], &dy[lo], &y[lo], int64(n))
		}
		for i := lo + n*b.lanes; i < hi; i++ {
			if d := dy[i]; y[i] > 0 {
				dx[i] = d
			} else {
				dx[i] = 0
			}
		}
	})
}

func (b *blocked) AdamStep(p, m, v, g []float32, a Adam) {
	need("AdamStep", "m", m, len(p))
	need("AdamStep", "v", v, len(p))
	need("AdamStep", "the gradient", g, len(p))
	s := scalars[float32](a)
	b.parts(len(p), 8, func(lo, n, hi int) {
		if n > 0 {
			b.adam(&p[lo], &m[lo], &v[lo], &g[lo], &s.beta1, int64(n))
		}
		lo += n * b.lanes
		adamRange(p[lo:hi], m[lo:hi], v[lo:hi], g[lo:hi], s)
	})
}
