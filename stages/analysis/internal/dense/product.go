package dense

const (
	depth     = 192 // rows of the operands whose products are summed in one go
	blockRows = 128 // rows of the result between whose tiles a panel of the right operand stays in cache
)

// Multiply adds l' r to c, whose rows are ldc values apart: l is k x m, r is k x n, c is
// m x n.
func Multiply(c []float64, ldc int, l, r *Panels) {
	var edge []float64
	for i0 := 0; i0 < l.n; i0 += blockRows {
		i1 := min(i0+blockRows, l.n)
		for k0 := 0; k0 < l.k; k0 += depth {
			k := min(depth, l.k-k0)
			for j := 0; j < r.n; j += best.nr {
				right := &r.panel(j, k0)[0]
				for i := i0; i < i1; i += best.mr {
					left := &l.panel(i, k0)[0]
					rows, cols := min(best.mr, l.n-i), min(best.nr, r.n-j)
					if rows == best.mr && cols == best.nr {
						best.tile(k, left, right, &c[i*ldc+j], ldc)
						continue
					}
					if edge == nil {
						edge = make([]float64, best.mr*best.nr)
					}
					clear(edge)
					best.tile(k, left, right, &edge[0], best.nr)
					for e := range rows {
						row := c[(i+e)*ldc+j:][:cols]
						for q, v := range edge[e*best.nr:][:cols] {
							row[q] += v
						}
					}
				}
			}
		}
	}
}

// Dots sets out[i] to the inner product of row i of a, whose rows are lda values apart,
// with x.
func Dots(out, a []float64, lda int, x []float64) {
	n := len(x)
	whole := n / lane * lane
	for i := 0; i < len(out); {
		rows, step := 4, lda
		if len(out)-i < rows { // each alone, four times over: the same bits
			rows, step = 1, 0
		}
		var sums [4]float64
		if whole > 0 {
			best.dots(whole, &a[i*lda], step, &x[0], &sums[0])
		}
		for r := range rows {
			s := sums[r]
			for j, v := range a[(i+r)*lda+whole : (i+r)*lda+n] {
				s += v * x[whole+j]
			}
			out[i+r] = s
		}
		i += rows
	}
}

// AddRows adds the sum of c[i] times row i of a to y.
func AddRows(y, a []float64, lda int, c []float64) {
	n := len(y)
	whole := n / lane * lane
	for i := 0; i < len(c); {
		rows, step := 4, lda
		if len(c)-i < rows { // each alone, with three that are not added
			rows, step = 1, 0
		}
		var factors [4]float64
		copy(factors[:], c[i:i+rows])
		if whole > 0 {
			best.add(whole, &a[i*lda], step, &factors[0], &y[0])
		}
		for r := range rows {
			for j, v := range a[(i+r)*lda+whole : (i+r)*lda+n] {
				y[whole+j] += factors[r] * v
			}
		}
		i += rows
	}
}
