package decoding

import "math"

// sprint is how many pair steps run between two rounds of face steps. Pair steps
// find which points are at a bound; a face step then solves for the free ones.
// Measured on 24 points of 17 features, 24 to 64 are about equally fast.
const sprint = 40

// solve finds the optimum in a few rounds: a sprint of pair steps, then exact
// minimisation over the face that the free points span. It reaches libsvm's
// optimum at a cost that does not grow with the condition of the data, by
// another path; so it leaves the last digits of a near tie to smo.
func (s *solver) solve(limit int) bool {
	for round := 0; round*sprint < limit; round++ {
		if s.smo(sprint) {
			return true
		}
		s.faced = true
		for !s.face() {
			// Each step that is cut leaves one point fewer free.
		}
	}
	return false
}

// face moves to the minimum over the free coefficients, bounded ones fixed, or
// as far towards it as the bounds allow (then it returns false and one more
// point is at its bound). With the first free point as origin o the moves z of
// the others solve
//
//	K̃ z = r,   K̃_ab = K_ab - K_ao - K_ob + K_oo,   r_a = slope_a - slope_o
//
// and o takes -Σz, which keeps Σβ = 0. Where K̃ is singular, as with more free
// points than features, the objective is linear along a direction with K̃z = 0;
// then the move follows that direction, downhill, to the first bound.
func (s *solver) face() (done bool) {
	n := s.n
	free := s.free[:0]
	for t := range n {
		if s.beta[t] > s.lo[t] && s.beta[t] < s.hi[t] {
			free = append(free, t)
		}
	}
	m := len(free) - 1
	if m < 1 {
		return true
	}
	o := free[0]
	origin := s.k[o*s.ld:][:n]
	koo, so := origin[o], s.slope[o]
	z := s.move[:m]
	for a := range m {
		ia := free[a+1]
		row := s.k[ia*s.ld:][:n]
		out := s.chol[a*m:][: a+1 : a+1]
		base := koo - origin[ia]
		for b := range out {
			ib := free[b+1]
			out[b] = row[ib] - origin[ib] + base
		}
		z[a] = s.slope[ia] - so
	}
	reach, blocked := 1.0, -1
	if rank := cholesky(s.chol[:m*m], m); rank == m {
		backsolve(s.chol[:m*m], z)
	} else {
		s.nullDirection(z, rank)
		reach = math.Inf(1)
	}
	// How far the bounds let the whole move go.
	var sum float64
	for a, v := range z {
		sum += v
		if r := s.room(free[a+1], v); r < reach {
			reach, blocked = r, free[a+1]
		}
	}
	if r := s.room(o, -sum); r < reach {
		reach, blocked = r, o
	}
	for a, v := range z {
		v *= reach
		t := free[a+1]
		s.beta[t] += v
		row := s.k[t*s.ld:][:n]
		slope := s.slope[:n]
		for c, q := range row {
			slope[c] -= v * (q - origin[c])
		}
	}
	s.beta[o] -= reach * sum
	if blocked < 0 {
		return true
	}
	if s.beta[blocked]-s.lo[blocked] < s.hi[blocked]-s.beta[blocked] {
		s.beta[blocked] = s.lo[blocked]
	} else {
		s.beta[blocked] = s.hi[blocked]
	}
	return false
}

// nullDirection replaces the right-hand side z by a direction in which K̃, whose
// leading rank x rank block is factored, has no curvature: the first dependent
// point moves by 1, those before it so that w stays what it was.
func (s *solver) nullDirection(z []float64, rank int) {
	m := len(z)
	dir := s.null[:m]
	clear(dir)
	for i, v := range s.chol[rank*m:][:rank] {
		dir[i] = -v
	}
	for i := rank - 1; i >= 0; i-- {
		row := s.chol[i*m:][: i+1 : i+1]
		dir[i] *= row[i]
		for c, w := range row[:i] {
			dir[c] -= dir[i] * w
		}
	}
	dir[rank] = 1
	sign := 1.0
	if dot(dir, z) < 0 {
		sign = -1
	}
	for i, v := range dir {
		z[i] = sign * v
	}
}

// room is the multiple of v that takes point t to its bound.
func (s *solver) room(t int, v float64) float64 {
	switch {
	case v > 0:
		return (s.hi[t] - s.beta[t]) / v
	case v < 0:
		return (s.lo[t] - s.beta[t]) / v
	}
	return math.Inf(1)
}

// cholesky factors the lower triangle of a (m x m) in place, the diagonal
// inverted, up to the first pivot that is not safely positive: it returns that
// row, m if there is none.
func cholesky(a []float64, m int) (rank int) {
	for j := range m {
		rj := a[j*m:][: j+1 : j+1]
		pivot := rj[j]
		full := pivot
		for _, v := range rj[:j] {
			pivot -= v * v
		}
		if !(pivot > 1e-9*full) {
			return j
		}
		inv := 1 / math.Sqrt(pivot)
		rj[j] = inv
		for i := j + 1; i < m; i++ {
			ri := a[i*m:][: j+1 : j+1]
			v := ri[j]
			for c, w := range rj[:j] {
				v -= ri[c] * w
			}
			ri[j] = v * inv
		}
	}
	return m
}

// backsolve overwrites z with (L Lᵀ)⁻¹ z for the factor that cholesky left.
func backsolve(l, z []float64) {
	m := len(z)
	for i := range m {
		row := l[i*m:][: i+1 : i+1]
		v := z[i]
		for c, w := range row[:i] {
			v -= w * z[c]
		}
		z[i] = v * row[i]
	}
	for i := m - 1; i >= 0; i-- {
		row := l[i*m:][: i+1 : i+1]
		v := z[i] * row[i]
		z[i] = v
		for c, w := range row[:i] {
			z[c] -= v * w
		}
	}
}
