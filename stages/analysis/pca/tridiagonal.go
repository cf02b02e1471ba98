package pca

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// errConvergence is returned when an eigenvalue iteration does not end: never seen.
var errConvergence = errors.New("pca: the eigenvalues did not converge")

const epsilon = 0x1p-52

// divide finds the eigenvalues (ascending) and the eigenvectors (rows) of the symmetric
// tridiagonal matrix with diagonal d and off-diagonal e, by divide and conquer (Cuppen,
// Numer Math 36, 1981) with the vectors of Gu and Eisenstat (SIAM J Matrix Anal Appl 15,
// 1994), which are orthogonal to working precision. d is overwritten.
func divide(d, e []float64) (values, rows []float64, err error) {
	n := len(d)
	if n <= 32 {
		return small(d, e)
	}
	m := n / 2
	rho, sign := math.Abs(e[m-1]), math.Copysign(1, e[m-1])
	d[m-1] -= rho
	d[m] -= rho
	v1, q1, err := divide(d[:m], e[:m-1])
	if err != nil {
		return nil, nil, err
	}
	v2, q2, err := divide(d[m:], e[m:])
	if err != nil {
		return nil, nil, err
	}
	t := &tear{n: n, m: m, rho: 2 * rho}
	for i, v := range v1 {
		t.add(v, q1[i*m+m-1]/math.Sqrt2, q1[i*m:(i+1)*m], 0)
	}
	for i, v := range v2 {
		t.add(v, sign*q2[i*(n-m)]/math.Sqrt2, q2[i*(n-m):(i+1)*(n-m)], m)
	}
	return t.join()
}

// small solves a small matrix densely.
func small(d, e []float64) (values, rows []float64, err error) {
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
	rows = make([]float64, n*n)
	for i := range n {
		for k := range n {
			rows[k*n+i] = q.At(i, k)
		}
	}
	return eigen.Values(nil), rows, nil
}

// pole is one eigenpair of the two halves: value, weight in the secular equation,
// vector, and which halves the vector has entries in.
type pole struct {
	d, z          float64
	row           []float64 // n
	first, second bool
}

// tear is a matrix torn in two: diag(d) + rho z z'.
type tear struct {
	n, m  int
	rho   float64
	poles []*pole
}

func (t *tear) add(d, z float64, part []float64, at int) {
	row := make([]float64, t.n)
	copy(row[at:], part)
	t.poles = append(t.poles, &pole{d, z, row, at == 0, at > 0})
}

// join finds the eigenpairs of the whole.
func (t *tear) join() (values, rows []float64, err error) {
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
		pairs = append(pairs, pair{p.d, p.row})
	}
	if k > 0 {
		lambda, u, err := secular(kept, t.rho)
		if err != nil {
			return nil, nil, err
		}
		out := make([]float64, k*n)
		t.multiply(out, u, kept, func(p *pole) bool { return p.first }, 0, t.m)
		t.multiply(out, u, kept, func(p *pole) bool { return p.second }, t.m, n)
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
	rows = make([]float64, 0, n*n)
	for _, p := range pairs {
		values = append(values, p.value)
		rows = append(rows, p.row...)
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
				for i, a := range last.row {
					b := p.row[i]
					last.row[i], p.row[i] = c*a+s*b, c*b-s*a
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

// multiply computes columns [c0, c1) of u times the rows of the poles that have entries
// there.
func (t *tear) multiply(out, u []float64, kept []*pole, has func(*pole) bool, c0, c1 int) {
	k := len(kept)
	var members []int
	for i, p := range kept {
		if has(p) {
			members = append(members, i)
		}
	}
	if len(members) == 0 {
		return
	}
	a, b := make([]float64, 0, k*len(members)), make([]float64, 0, len(members)*(c1-c0))
	for r := range k {
		for _, i := range members {
			a = append(a, u[r*k+i])
		}
	}
	for _, i := range members {
		b = append(b, kept[i].row[c0:c1]...)
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1,
		blas64.General{Rows: k, Cols: len(members), Stride: len(members), Data: a},
		blas64.General{Rows: len(members), Cols: c1 - c0, Stride: c1 - c0, Data: b}, 0,
		blas64.General{Rows: k, Cols: c1 - c0, Stride: t.n, Data: out[c0:]})
}
