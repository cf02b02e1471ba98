package kernels

// generic is the plain Go implementation: the definition that the others are
// tested against, and what runs where there is no assembly. It keeps to direct
// sums with the innermost loop over channels.
type generic[T Float] struct{ pool *Workers }

func newGeneric[T Float](w *Workers) *generic[T] { return &generic[T]{pool: w} }

func (g *generic[T]) Name() string      { return Generic }
func (g *generic[T]) Workers() *Workers { return g.pool }
func (g *generic[T]) ScratchBytes() int { return 0 }

// axpy adds a*x to y.
func axpy[T Float](y []T, a T, x []T) {
	x = x[:len(y)]
	for i := range y {
		y[i] += a * x[i]
	}
}

// dot is the inner product in four interleaved sums.
func dot[T Float](x, y []T) T {
	y = y[:len(x)]
	var s0, s1, s2, s3 T
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i] * y[i]
		s1 += x[i+1] * y[i+1]
		s2 += x[i+2] * y[i+2]
		s3 += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func (g *generic[T]) Add(y, a, b []T) {
	need("Add", "a", a, len(y))
	need("Add", "b", b, len(y))
	g.pool.split(len(y), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] = a[i] + b[i]
		}
	})
}

func (g *generic[T]) ReLUForward(y, x []T) {
	need("ReLUForward", "x", x, len(y))
	g.pool.split(len(y), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] = max(x[i], 0)
		}
	})
}

func (g *generic[T]) AddReLUForward(y, a, b []T) {
	need("AddReLUForward", "a", a, len(y))
	need("AddReLUForward", "b", b, len(y))
	g.pool.split(len(y), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] = max(a[i]+b[i], 0)
		}
	})
}

func (g *generic[T]) ReLUBackward(dx, dy, y []T) {
	need("ReLUBackward", "dy", dy, len(dx))
	need("ReLUBackward", "y", y, len(dx))
	g.pool.split(len(dx), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if d := dy[i]; y[i] > 0 {
				dx[i] = d
			} else {
				dx[i] = 0
			}
		}
	})
}

func (g *generic[T]) LinearForward(y, x, w, b []T, l Linear) {
	checkLinear("LinearForward", x, y, w, l)
	if b != nil {
		need("LinearForward", "b", b, l.Out)
	}
	g.pool.split(l.Out, l.N*l.In, func(lo, hi int) {
		for o := lo; o < hi; o++ {
			for n := range l.N {
				s := dot(x[n*l.In:][:l.In], w[o*l.In:][:l.In])
				if b != nil {
					s += b[o]
				}
				y[n*l.Out+o] = s
			}
		}
	})
}

func (g *generic[T]) LinearBackwardData(dx, dy, w []T, l Linear) {
	checkLinear("LinearBackwardData", dx, dy, w, l)
	g.pool.split(l.In, l.N*l.Out, func(lo, hi int) {
		for n := range l.N {
			r := dx[n*l.In+lo : n*l.In+hi]
			clear(r)
			for o := range l.Out {
				axpy(r, dy[n*l.Out+o], w[o*l.In+lo:])
			}
		}
	})
}

func (g *generic[T]) LinearBackwardWeights(dw, db, x, dy []T, l Linear) {
	checkLinear("LinearBackwardWeights", x, dy, dw, l)
	g.pool.split(l.Out, l.N*l.In, func(lo, hi int) {
		for o := lo; o < hi; o++ {
			r := dw[o*l.In:][:l.In]
			clear(r)
			for n := range l.N {
				axpy(r, dy[n*l.Out+o], x[n*l.In:])
			}
		}
	})
	biasGradient(db, dy, l)
}

// biasGradient sums dy over the batch, unless db is nil.
func biasGradient[T Float](db, dy []T, l Linear) {
	if db == nil {
		return
	}
	need("LinearBackwardWeights", "db", db, l.Out)
	clear(db[:l.Out])
	for n := range l.N {
		axpy(db[:l.Out], 1, dy[n*l.Out:])
	}
}

func (g *generic[T]) AdamStep(p, m, v, grad []T, a Adam) {
	need("AdamStep", "m", m, len(p))
	need("AdamStep", "v", v, len(p))
	need("AdamStep", "the gradient", grad, len(p))
	s := scalars[T](a)
	g.pool.split(len(p), 8, func(lo, hi int) { adamRange(p[lo:hi], m[lo:hi], v[lo:hi], grad[lo:hi], s) })
}

// adamRange rounds every product: the conversions keep the compiler from
// fusing a multiply with an add on processors where it could.
//
//nolint:unconvert // see above
func adamRange[T Float](p, m, v, g []T, s adamScalars[T]) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	for i := range p {
		mi := T(s.beta1*m[i]) + T(s.alpha1*g[i])
		vi := T(s.beta2*v[i]) + T(T(s.alpha2*g[i])*g[i])
		m[i], v[i] = mi, vi
		p[i] -= T(s.step * mi / (T(sqrt(vi)/s.rootCorrection) + s.eps))
	}
}
