package eigen

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"realnet/stages/analysis/internal/dense"
	"realnet/stages/analysis/internal/parallel"
)

// errConvergence is returned when an eigenvalue iteration does not end: never seen.
var errConvergence = errors.New("eigen: the eigenvalues did not converge")

const epsilon = 0x1p-52

// divide finds the eigenvalues (ascending) and the eigenvectors (rows) of the symmetric
// tridiagonal matrix with diagonal d and off-diagonal e, by divide and conquer (Cuppen,
// Numer Math 36, 1981) with the vectors of Gu and Eisenstat (SIAM J Matrix Anal Appl 15,
// 1994), which are orthogonal to working precision. d is overwritten.
func divide(ctx context.Context, d, e []float64, workers int) (values []float64, rows [][]float64, err error) {
	n := len(d)
	if n <= 32 {
		return small(d, e)
	}
	m := n / 2
	rho, sign := math.Abs(e[m-1]), math.Copysign(1, e[m-1])
	d[m-1] -= rho
	d[m] -= rho
	var half [2]struct {
		values []float64
		rows   [][]float64
	}
	err = parallel.Run(ctx, workers, 2, func(_, i int) (err error) {
		from, to := i*m, m+i*(n-m)
		half[i].values, half[i].rows, err = divide(ctx, d[from:to], e[from:to-1], workers)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	t := &tear{n: n, m: m, rho: 2 * rho, workers: workers}
	for i, v := range half[0].values {
		q := half[0].rows[i]
		t.add(v, q[m-1]/math.Sqrt2, q, 0)
	}
	for i, v := range half[1].values {
		q := half[1].rows[i]
		t.add(v, sign*q[0]/math.Sqrt2, q, m)
	}
	return t.join(ctx)
}

// small solves a small matrix densely.
func small(d, e []float64) (values []float64, rows [][]float64, err error) {
	n := len(d)
	a := mat.NewSymDense(n, nil)
	for i, v := range d {
		a.SetSym(i, i, v)
		if i+1 < n {
			a.SetSym(i, i+1, e[i])
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(a, true) {
		return nil, nil, errConvergence
	}
	var q mat.Dense
	eigen.VectorsTo(&q)
	for k := range n {
		rows = append(rows, mat.Col(nil, k, &q))
	}
	return eigen.Values(nil), rows, nil
}

// pole is one eigenpair of the two halves: value, weight in the secular equation,
// vector, and which halves the vector has entries in.
type pole struct {
	d, z          float64
	row           []float64 // entries from column at on; the others are 0
	at            int
	first, second bool
}

// tear is a matrix torn in two: diag(d) + rho z z'.
type tear struct {
	n, m, workers int
	rho           float64
	poles         []*pole
}

func (t *tear) add(d, z float64, part []float64, at int) {
	t.poles = append(t.poles, &pole{d, z, part, at, at == 0, at > 0})
}

// whole gives the pole's vector all n entries.
func (p *pole) whole(n int) []float64 {
	if len(p.row) < n {
		row := make([]float64, n)
		copy(row[p.at:], p.row)
		p.row, p.at = row, 0
	}
	return p.row
}

// join finds the eigenpairs of the whole.
func (t *tear) join(ctx context.Context) (values []float64, rows [][]float64, err error) {
	n := t.n
	slices.SortStableFunc(t.poles, func(a, b *pole) int {
		switch {
		case a.d < b.d:
			return -1
		case a.d > b.d:
			return 1
		}
		return 0
	})
	kept, deflated := t.deflate()
	k := len(kept)
	type pair struct {
		value float64
		row   []float64
	}
	pairs := make([]pair, 0, n)
	for _, p := range deflated {
		pairs = append(pairs, pair{p.d, p.whole(n)})
	}
	if k > 0 {
		lambda, u, err := secular(ctx, kept, t.rho, t.workers)
		if err != nil {
			return nil, nil, err
		}
		out := make([]float64, k*n)
		if err := t.multiply(ctx, out, u, kept); err != nil {
			return nil, nil, err
		}
		for i, v := range lambda {
			pairs = append(pairs, pair{v, out[i*n : (i+1)*n]})
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	for _, p := range pairs {
		values = append(values, p.value)
		rows = append(rows, p.row)
	}
	return values, rows, nil
}

// deflate sets aside the poles that the tear does not move: those of no weight, and one
// of each two that nearly coincide, after a rotation that takes its weight.
func (t *tear) deflate() (kept, deflated []*pole) {
	largest := 0.0
	for _, p := range t.poles {
		largest = max(largest, math.Abs(p.d), math.Abs(p.z))
	}
	tolerance := 8 * epsilon * largest
	var last *pole
	for _, p := range t.poles {
		if t.rho*math.Abs(p.z) <= tolerance {
			deflated = append(deflated, p)
			continue
		}
		if last != nil {
			length := math.Hypot(p.z, last.z)
			c, s := p.z/length, -last.z/length
			if math.Abs((p.d-last.d)*c*s) <= tolerance {
				u, v := last.whole(t.n), p.whole(t.n)
				for i, a := range u {
					b := v[i]
					u[i], v[i] = c*a+s*b, c*b-s*a
				}
				p.first, p.second = p.first || last.first, p.second || last.second
				p.z, last.z = length, 0
				last.d, p.d = last.d*c*c+p.d*s*s, last.d*s*s+p.d*c*c
				kept = kept[:len(kept)-1]
				deflated = append(deflated, last)
			}
		}
		kept = append(kept, p)
		last = p
	}
	return kept, deflated
}

// multiply sets out, k x n, to u times the rows of the k kept poles: each half of the
// columns from the poles that have entries there.
func (t *tear) multiply(ctx context.Context, out, u []float64, kept []*pole) error {
	const task = 96 // rows of out
	k := len(kept)
	tasks := (k + task - 1) / task
	for _, half := range []struct {
		has    func(*pole) bool
		c0, c1 int
	}{
		{func(p *pole) bool { return p.first }, 0, t.m},
		{func(p *pole) bool { return p.second }, t.m, t.n},
	} {
		var chosen vectors
		columns := members{u: u, k: k}
		for i, p := range kept {
			if half.has(p) {
				chosen, columns.at = append(chosen, p), append(columns.at, i)
			}
		}
		if len(chosen) == 0 {
			continue
		}
		var right dense.Panels
		if err := right.PackRight(chosen, len(chosen), half.c0, half.c1); err != nil {
			return err
		}
		err := parallel.Run(ctx, t.workers, tasks, func(_, i int) error {
			var left dense.Panels
			r0, r1 := i*task, min((i+1)*task, k)
			if err := left.PackLeft(columns, len(chosen), r0, r1); err != nil {
				return err
			}
			dense.Multiply(out[r0*t.n+half.c0:], t.n, &left, &right)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// vectors is the matrix of some poles' vectors.
type vectors []*pole

// Block implements dense.Blocks.
func (v vectors) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	for r := r0; r < r1; r++ {
		p := v[r]
		copy(dst[(r-r0)*stride:], p.row[c0-p.at:c1-p.at])
	}
	return nil
}

// members is the transpose of some columns of u, which has k.
type members struct {
	u  []float64
	k  int
	at []int
}

// Block implements dense.Blocks.
func (m members) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	for r := r0; r < r1; r++ {
		for c := c0; c < c1; c++ {
			dst[(r-r0)*stride+c-c0] = m.u[c*m.k+m.at[r]]
		}
	}
	return nil
}
