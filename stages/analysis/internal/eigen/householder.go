package eigen

import (
	"context"
	"math"

	"realnet/stages/analysis/internal/dense"
	"realnet/stages/analysis/internal/parallel"
)

// panelRows is how many reflections are gathered before they are applied to the rest of
// the matrix, or to the vectors, as matrix products.
const panelRows = 48

// householder is a symmetric matrix made tridiagonal by the reflections
// H_j = I - tau_j v_j v_j', A = H_0 H_1 ... T (H_0 H_1 ...)'.
type householder struct {
	n    int
	v    []float64 // n x n: row j is v_j, which is 0 up to column j and 1 in the next
	tau  []float64 // n-1
	d, e []float64 // diagonal and off-diagonal of T
}

// tridiagonalise decomposes the symmetric n x n matrix a, whose memory the result keeps.
// Reflections are found a panel at a time, the matrix behind them is updated by
// -V W' - W V' at once (Dongarra, Sorensen & Hammarling, J Comput Appl Math 27, 1989).
func tridiagonalise(ctx context.Context, a []float64, n, workers int) (*householder, error) {
	h := &householder{n: n, v: a, tau: make([]float64, n-1), d: make([]float64, n), e: make([]float64, n-1)}
	pairs := make([]float64, 2*panelRows*n) // v and w of each reflection of a panel in turn
	for p := 0; p < n-1; p += panelRows {
		q := min(p+panelRows, n-1)
		clear(pairs)
		for j := p; j < q; j++ {
			if err := h.reflect(ctx, pairs, p, j, workers); err != nil {
				return nil, err
			}
		}
		if err := h.update(ctx, pairs[:2*(q-p)*n], q, workers); err != nil {
			return nil, err
		}
	}
	h.d[n-1] = a[n*n-1]
	clear(a[(n-1)*n:])
	return h, nil
}

// reflect finds reflection j of the panel that begins at p, and its w.
func (h *householder) reflect(ctx context.Context, pairs []float64, p, j, workers int) error {
	n, a := h.n, h.v
	before := 2 * (j - p) // rows of pairs that are there
	factors := make([]float64, before)
	for l := 0; l < before; l += 2 {
		factors[l], factors[l+1] = -pairs[(l+1)*n+j], -pairs[l*n+j]
	}
	row := a[j*n : (j+1)*n]
	dense.AddRows(row[j:], pairs[j:], n, factors)
	h.d[j] = row[j]
	clear(row[:j+1])
	v := row[j+1:]
	h.e[j], h.tau[j] = reflector(v)

	// w = tau (A v - V W'v - W V'v), less its part along v
	w := pairs[(before+1)*n+j+1 : (before+2)*n]
	if err := times(ctx, w, a[(j+1)*n+j+1:], n, v, workers); err != nil {
		return err
	}
	if before > 0 {
		dense.Dots(factors, pairs[j+1:], n, v)
		for l := 0; l < before; l += 2 {
			factors[l], factors[l+1] = -factors[l+1], -factors[l]
		}
		dense.AddRows(w, pairs[j+1:], n, factors)
	}
	along := 0.0
	for i, x := range v {
		along += x * w[i]
	}
	along *= h.tau[j] / 2
	for i, x := range v {
		w[i] = h.tau[j] * (w[i] - along*x)
	}
	copy(pairs[before*n+j+1:], v)
	return nil
}

// reflector turns x into the v, v_0 = 1, of the reflection that takes x to (beta, 0, ...).
func reflector(x []float64) (beta, tau float64) {
	beta = x[0]
	largest, square := 0.0, 0.0
	for _, v := range x[1:] {
		largest = max(largest, math.Abs(v))
		square += v * v
	}
	x[0] = 1
	if largest < 1e-140 { // beside the matrix's largest value of 1, and before squares lose bits
		clear(x[1:])
		return beta, 0
	}
	alpha := beta
	beta = -math.Copysign(math.Sqrt(alpha*alpha+square), alpha)
	for i := range x[1:] {
		x[1+i] /= alpha - beta
	}
	return beta, (beta - alpha) / beta
}

// times sets w to the product of the matrix a, rows n values apart, with v.
func times(ctx context.Context, w, a []float64, n int, v []float64, workers int) error {
	const rows = 256 // of a task: fewer are not worth a goroutine
	tasks := (len(w) + rows - 1) / rows
	return parallel.Run(ctx, workers, tasks, func(_, i int) error {
		r0, r1 := len(w)*i/tasks, len(w)*(i+1)/tasks
		dense.Dots(w[r0:r1], a[r0*n:], n, v)
		return nil
	})
}

// columnTask is how many columns of a result one task computes.
const columnTask = 96

// update subtracts V W' + W V' from rows and columns q and on.
func (h *householder) update(ctx context.Context, pairs []float64, q, workers int) error {
	n := h.n
	k := len(pairs) / n
	swapped := make([]float64, len(pairs))
	for l := 0; l < k; l += 2 {
		for i := q; i < n; i++ {
			swapped[l*n+i], swapped[(l+1)*n+i] = -pairs[(l+1)*n+i], -pairs[l*n+i]
		}
	}
	var left dense.Panels
	if err := left.PackLeft(dense.Matrix{Data: swapped, Stride: n}, k, q, n); err != nil {
		return err
	}
	return parallel.Run(ctx, workers, (n-q+columnTask-1)/columnTask, func(_, i int) error {
		var right dense.Panels
		c0 := q + i*columnTask
		if err := right.PackRight(dense.Matrix{Data: pairs, Stride: n}, k, c0, min(c0+columnTask, n)); err != nil {
			return err
		}
		dense.Multiply(h.v[q*n+c0:], n, &left, &right)
		return nil
	})
}

// apply replaces the n x k matrix z by H_0 H_1 ... z. The reflections of a panel are
// I - V' T V with V their rows and T triangular (Schreiber & Van Loan, SIAM J Sci Stat
// Comput 10, 1989).
func (h *householder) apply(ctx context.Context, z []float64, k, workers int) error {
	n := h.n
	type panel struct {
		p, q   int
		v, tvT dense.Panels // V; the transpose of -T V
	}
	panels := make([]panel, (n-1+panelRows-1)/panelRows)
	err := parallel.Run(ctx, workers, len(panels), func(_, i int) error {
		b := &panels[i]
		b.p, b.q = i*panelRows, min((i+1)*panelRows, n-1)
		v := dense.Matrix{Data: h.v[b.p*n+b.p+1:], Stride: n}
		if err := b.v.PackLeft(v, b.q-b.p, 0, n-b.p-1); err != nil {
			return err
		}
		tv := h.triangle(b.p, b.q)
		return b.tvT.PackLeft(dense.Transposed{Data: tv, Stride: n - b.p - 1}, n-b.p-1, 0, b.q-b.p)
	})
	if err != nil {
		return err
	}
	type buffers struct {
		columns, product dense.Panels
		w                [panelRows * columnTask]float64
	}
	tasks := (k + columnTask - 1) / columnTask
	of := make([]buffers, parallel.Workers(workers, tasks))
	return parallel.Run(ctx, workers, tasks, func(worker, i int) error {
		c0 := i * columnTask
		c1 := min(c0+columnTask, k)
		columns, product, w := &of[worker].columns, &of[worker].product, of[worker].w[:]
		for i := len(panels) - 1; i >= 0; i-- {
			b := &panels[i]
			below := dense.Matrix{Data: z[(b.p+1)*k:], Stride: k}
			if err := columns.PackRight(below, n-b.p-1, c0, c1); err != nil {
				return err
			}
			clear(w)
			dense.Multiply(w, columnTask, &b.tvT, columns)
			if err := product.PackRight(dense.Matrix{Data: w, Stride: columnTask}, b.q-b.p, 0, c1-c0); err != nil {
				return err
			}
			dense.Multiply(below.Data[c0:], k, &b.v, product)
		}
		return nil
	})
}

// triangle gives -T V of the reflections [p,q), over columns p+1 and on.
func (h *householder) triangle(p, q int) []float64 {
	n, b, m := h.n, q-p, h.n-p-1
	v := h.v[p*n+p+1:] // b rows, n apart, m long
	t := make([]float64, b*b)
	inner := make([]float64, b)
	for j := range b {
		tau := h.tau[p+j]
		t[j*b+j] = tau
		dense.Dots(inner[:j], v, n, v[j*n:j*n+m])
		for i := range j { // column j of T is -tau T (V v_j)
			s := 0.0
			for l := i; l < j; l++ {
				s += t[i*b+l] * inner[l]
			}
			t[i*b+j] = -tau * s
		}
	}
	tv := make([]float64, b*m)
	for i := range b {
		for l := range b {
			inner[l] = -t[i*b+l]
		}
		dense.AddRows(tv[i*m:(i+1)*m], v, n, inner)
	}
	return tv
}
