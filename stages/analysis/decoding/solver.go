package decoding

import (
	"math"

	"realnet/stages/analysis/internal/kernel"
)

// lanes is how many points the assembly of smo holds in registers.
const lanes = 32

// solver holds one dual problem of up to cap(beta) points and its buffers.
//
// With β_k = y_k α_k the dual reads
//
//	min ½ βᵀKβ - yᵀβ   subject to   Σβ = 0,  lo_k <= β_k <= hi_k
//
// where a point of the first class (y = 1) has (lo, hi) = (0, C) and one of the
// second (-C, 0). The
// labels appear in the linear term and the bounds alone. slope is minus the
// gradient, y - Kβ; at the optimum it equals the bias on every free point, and
//
//	max{slope_k : β_k < hi_k} - min{slope_k : β_k > lo_k} < tol.
type solver struct {
	SVC
	n      int       // points
	ld     int       // row stride of k: lanes if the points fit, else n
	k      []float64 // n x ld: inner products; own, or the caller's
	own    []float64 // n x ld
	diag   []float64 // n: inner products of a point with itself, not rounded
	beta   []float64 // n
	lo     []float64 // n
	hi     []float64 // n
	slope  []float64 // n
	steps  int
	vector bool // smo may run in assembly
	faced  bool // a face step was taken: the path is no longer libsvm's

	runs []run // load: of rows that follow each other

	free []int     // face: indices strictly between their bounds
	chol []float64 // face: (n-1) x (n-1)
	move []float64 // face: n
	null []float64 // face: n
}

// run is n rows of a matrix, from `from` on, that become those from `to` on.
type run struct{ from, to, n int }

func newSolver(n int, s SVC) *solver {
	n = max(n, lanes)
	buf := make([]float64, 2*n*n+7*n)
	cut := func(m int) []float64 { c := buf[:m:m]; buf = buf[m:]; return c }
	return &solver{
		SVC: s, own: cut(n * n), diag: cut(n), beta: cut(n), lo: cut(n), hi: cut(n), slope: cut(n),
		free: make([]int, 0, n), chol: cut(n * n), move: cut(n), null: cut(n), vector: haveKernel,
	}
}

// load takes the points `rows` of a matrix of inner products with the given row
// stride, of which `first` points belong to the first class (libsvm's +1) and
// the others, after them, to the second; it sets β to 0. rounded stores inner
// products as libsvm does: in float32, but the curvature's diagonal in float64.
func (s *solver) load(gram []float64, stride int, rows []int, first int, rounded bool) {
	n := len(rows)
	s.n, s.ld, s.steps, s.faced = n, max(n, lanes), 0, false
	s.k = s.own
	s.runs = s.runs[:0] // the parts of a fold follow each other: few copies a row
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && rows[hi] == rows[hi-1]+1 {
			hi++
		}
		s.runs = append(s.runs, run{from: rows[lo], to: lo, n: hi - lo})
		lo = hi
	}
	for i, r := range rows {
		in, out := gram[r*stride:][:stride], s.k[i*s.ld:][:n]
		for _, c := range s.runs {
			copy(out[c.to:c.to+c.n], in[c.from:c.from+c.n])
		}
		s.diag[i] = in[r]
		if rounded {
			round(out, out)
		}
	}
	for i := range s.ld {
		s.beta[i], s.lo[i], s.hi[i], s.slope[i] = 0, 0, 0, 0
		switch {
		case i < first:
			s.hi[i], s.slope[i] = s.C, 1
		case i < n:
			s.lo[i], s.slope[i] = -s.C, -1
		}
	}
}

// view is load without a copy, of a matrix of n <= lanes points and row stride lanes. The
// points that are in neither class keep β = 0, and their slope becomes minus Σ β_k K_k.
func (s *solver) view(gram []float64, n int, c *classes, rounded bool) {
	s.n, s.ld, s.steps, s.faced = n, lanes, 0, false
	s.k = gram
	if rounded {
		s.k = s.own
		round(s.own[:n*lanes], gram)
	}
	for i := range n {
		s.diag[i] = gram[i*lanes+i]
	}
	clear(s.beta[:lanes])
	copy(s.lo[:lanes], c.lo[:])
	copy(s.hi[:lanes], c.hi[:])
	copy(s.slope[:lanes], c.slope[:])
}

// classes is what a solver begins with for the training points of a split.
type classes struct{ lo, hi, slope [lanes]float64 }

func (s SVC) classes(rows []int, first int) *classes {
	c := &classes{}
	for m, i := range rows {
		if m < first {
			c.hi[i], c.slope[i] = s.C, 1
		} else {
			c.lo[i], c.slope[i] = -s.C, -1
		}
	}
	return c
}

func round(out, in []float64) {
	in = in[:len(out)]
	for j, v := range in {
		out[j] = float64(float32(v))
	}
}

// smo moves pairs of coefficients until the gap is below the tolerance or
// `limit` more steps are done; it reports whether the gap is below.
func (s *solver) smo(limit int) bool {
	n := s.n
	if s.vector && n <= lanes {
		steps, done := smo32(&s.k[0], &s.diag[0], &s.beta[0], &s.lo[0], &s.hi[0], &s.slope[0], s.Tol, limit)
		s.steps += steps
		return done
	}
	k, diag := s.k[:n*s.ld], s.diag[:n]
	beta, lo, hi, slope := s.beta[:n], s.lo[:n], s.hi[:n], s.slope[:n]
	for range limit {
		i, top := -1, math.Inf(-1)
		for t, v := range slope {
			if v >= top && beta[t] < hi[t] {
				i, top = t, v
			}
		}
		if i < 0 {
			return true
		}
		// j is the partner whose step lowers the objective most.
		row, di := k[i*s.ld:][:n], diag[i]
		j, best, bottom := -1, 0.0, math.Inf(1)
		for t, v := range slope {
			if !(beta[t] > lo[t]) {
				continue
			}
			if v < bottom {
				bottom = v
			}
			if gap := top - v; gap > 0 {
				curve := di + diag[t] - 2*row[t]
				if curve <= 0 {
					curve = flat
				}
				if gain := gap * gap / curve; gain >= best {
					j, best = t, gain
				}
			}
		}
		if top-bottom < s.Tol || j < 0 {
			return true
		}
		s.steps++
		curve := di + diag[j] - 2*row[j]
		if curve <= 0 {
			curve = flat
		}
		step := (top - slope[j]) / curve
		// A step that meets a bound is cut there; βi + βj stays what it was.
		roomI, roomJ := hi[i]-beta[i], beta[j]-lo[j]
		bi, bj, sum := beta[i]+step, beta[j]-step, beta[i]+beta[j]
		switch {
		case step >= roomI && roomI <= roomJ:
			bi, bj = hi[i], sum-hi[i]
		case step >= roomJ:
			bi, bj = sum-lo[j], lo[j]
		}
		stepI, stepJ := bi-beta[i], bj-beta[j]
		beta[i], beta[j] = bi, bj
		other := k[j*s.ld:][:n]
		for t := range slope {
			// The conversion keeps compilers from fusing, as the assembly does not.
			slope[t] -= float64(row[t]*stepI) + float64(other[t]*stepJ)
		}
	}
	return false
}

// bias is the mean slope of the free points; without any, the middle of the
// interval that the bounded points leave.
func (s *solver) bias() float64 {
	sum, count := 0.0, 0
	beta, lo, hi := s.beta[:s.n], s.lo[:s.n], s.hi[:s.n]
	for t, v := range s.slope[:s.n] {
		if beta[t] < hi[t] && beta[t] > lo[t] {
			sum += v
			count++
		}
	}
	if count > 0 {
		return sum / float64(count)
	}
	top, bottom := math.Inf(-1), math.Inf(1)
	for t, v := range s.slope[:s.n] {
		if v > top && beta[t] < hi[t] {
			top = v
		}
		if v < bottom && beta[t] > lo[t] {
			bottom = v
		}
	}
	return (top + bottom) / 2
}

// quickBias is bias with another order of summation.
func (s *solver) quickBias() float64 {
	if s.vector && s.n <= lanes {
		if sum, count := free32(&s.beta[0], &s.lo[0], &s.hi[0], &s.slope[0]); count > 0 {
			return sum / float64(count)
		}
	}
	return s.bias()
}

// objective is ½ βᵀKβ - yᵀβ = -½ Σ β_k (slope_k + y_k).
func (s *solver) objective() float64 {
	var v float64
	for t := range s.n {
		y := 1.0
		if s.lo[t] < 0 {
			y = -1
		}
		v -= s.beta[t] * (s.slope[t] + y)
	}
	return v / 2
}

// chosen is the kernel in use; refused says why it cannot run.
var (
	chosen, refused = kernel.Choose(supported()...)
	haveKernel      = chosen == kernel.AVX512 && refused == nil
)

// Kernel names the compute kernel in use. Results do not depend on it.
func Kernel() string {
	if chosen == kernel.AVX512 {
		return kernel.AVX512
	}
	return kernel.Generic
}
