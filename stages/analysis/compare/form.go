package compare

import "math"

// form is Σ_ij b_ij m_π(i)π(j) for symmetric m and b, of which the upper
// triangle of b is kept: twice the off-diagonal elements, scaled.
type form struct {
	n        int
	m        []float64 // n x n
	b        []float64 // condensed
	mii, bii []float64 // diagonals
}

func newForm(m, b []float64, n int, scale float64) *form {
	f := &form{n: n, m: m, b: make([]float64, 0, n*(n-1)/2), mii: make([]float64, n), bii: make([]float64, n)}
	for i := range n {
		f.mii[i], f.bii[i] = m[i*n+i], b[i*n+i]*scale
		for j := i + 1; j < n; j++ {
			f.b = append(f.b, 2*scale*b[i*n+j])
		}
	}
	return f
}

// at is the hot loop of every test: one load, one gather, one multiply-add a
// pair, in four sums.
func (f *form) at(perm []int32) float64 {
	var s0, s1, s2, s3 float64
	b := f.b
	for i, p := range perm {
		row := f.m[int(p)*f.n:][:f.n]
		q := perm[i+1:]
		v := b[:len(q)]
		b = b[len(q):]
		j := 0
		for ; j+4 <= len(q); j += 4 {
			q4, v4 := q[j:j+4:j+4], v[j:j+4:j+4]
			s0 += v4[0] * row[q4[0]]
			s1 += v4[1] * row[q4[1]]
			s2 += v4[2] * row[q4[2]]
			s3 += v4[3] * row[q4[3]]
		}
		for ; j < len(q); j++ {
			s0 += v[j] * row[q[j]]
		}
		s1 += f.bii[i] * f.mii[p]
	}
	return (s0 + s1) + (s2 + s3)
}

// rankForm is form for the ranks of millions of pairs, in half the memory: sums of
// products of whole numbers are exact for some thousand terms in 64 bits, and are added in
// float64 from there on.
type rankForm struct {
	n     int
	m     []int32 // n x n
	b     []int32 // condensed
	terms int
	scale float64
}

// rankFormFrom is how many pairs are worth a rankForm: fewer fit the cache in float64,
// whose loop is faster.
const rankFormFrom = 1 << 20

// newRankForm takes centred ranks, condensed.
func newRankForm(m, b []int32, n int, scale float64) *rankForm {
	return &rankForm{n: n, m: square(m, n), b: b, terms: exactTerms(len(m)), scale: 2 * scale}
}

// square gives the symmetric n x n matrix of an upper triangle, with a zero diagonal.
func square[E int32 | float64](values []E, n int) []E {
	out := make([]E, n*n)
	k := 0
	for i := range n {
		for j := i + 1; j < n; j++ {
			out[i*n+j], out[j*n+i] = values[k], values[k]
			k++
		}
	}
	return out
}

// exactTerms is how many products of centred ranks of so many values an int64 holds: more
// than a thousand for up to 94 million values (13,700 conditions).
func exactTerms(values int) int {
	most := float64(values) * float64(values)
	return int(max(1, min(1<<30, math.MaxInt64/most)))
}

// together is how many permutations meet a row of m while it is in the cache.
const together = 8

// at gives the forms of some permutations, at most `together`. inverse has room for one
// permutation each.
func (f *rankForm) at(out []float64, perms, inverse [][]int32) {
	for k, perm := range perms {
		out[k] = 0
		for i, p := range perm {
			inverse[k][p] = int32(i)
		}
	}
	for r := range f.n {
		row := f.m[r*f.n : (r+1)*f.n]
		for k, perm := range perms {
			i := int(inverse[k][r])
			start := i*(2*f.n-i-1)/2 - i - 1 // b of (i, j) is at start + j
			b, q := f.b[start+i+1:start+f.n], perm[i+1:]
			for len(q) > f.terms {
				out[k] += float64(gathered(row, b[:f.terms], q[:f.terms]))
				b, q = b[f.terms:], q[f.terms:]
			}
			out[k] += float64(gathered(row, b, q))
		}
	}
	for k := range perms {
		out[k] *= f.scale
	}
}

// gathered is Σ_j b_j row_q(j).
func gathered(row, b, q []int32) int64 {
	var s0, s1 int64
	b = b[:len(q)]
	j := 0
	if whole := len(q) &^ 15; gathers && whole > 0 {
		s0, j = gathered16(&row[0], &b[0], &q[0], whole), whole
	}
	for ; j+4 <= len(q); j += 4 {
		q4, b4 := q[j:j+4:j+4], b[j:j+4:j+4]
		s0 += int64(b4[0]) * int64(row[q4[0]])
		s1 += int64(b4[1]) * int64(row[q4[1]])
		s0 += int64(b4[2]) * int64(row[q4[2]])
		s1 += int64(b4[3]) * int64(row[q4[3]])
	}
	for ; j < len(q); j++ {
		s0 += int64(b[j]) * int64(row[q[j]])
	}
	return s0 + s1
}

// dotRanks sums the products of centred ranks.
func dotRanks(x, y []int32) float64 {
	terms, sum := exactTerms(len(x)), 0.0
	for y = y[:len(x)]; len(x) > 0; {
		k := min(terms, len(x))
		var s0, s1, s2, s3 int64
		i := 0
		for ; i+4 <= k; i += 4 {
			u, v := x[i:i+4:i+4], y[i:i+4:i+4]
			s0 += int64(u[0]) * int64(v[0])
			s1 += int64(u[1]) * int64(v[1])
			s2 += int64(u[2]) * int64(v[2])
			s3 += int64(u[3]) * int64(v[3])
		}
		for ; i < k; i++ {
			s0 += int64(x[i]) * int64(y[i])
		}
		sum += float64(s0 + s1 + s2 + s3)
		x, y = x[k:], y[k:]
	}
	return sum
}
