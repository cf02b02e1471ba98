package dense

import "unsafe"

// tile is the kernel of Multiply in plain Go.
func tile(k int, l, r, c *float64, ldc int) {
	lv, rv := unsafe.Slice(l, k*genericRows), unsafe.Slice(r, k*genericCols)
	cv := unsafe.Slice(c, (genericRows-1)*ldc+genericCols)
	var sums [genericRows][genericCols]float64
	for s := range k {
		a, b := lv[s*genericRows:][:genericRows], rv[s*genericCols:][:genericCols]
		for i, x := range a {
			sum := &sums[i]
			sum[0] += x * b[0]
			sum[1] += x * b[1]
			sum[2] += x * b[2]
			sum[3] += x * b[3]
		}
	}
	for i := range sums {
		for j, s := range sums[i] {
			cv[i*ldc+j] += s
		}
	}
}

// dots adds the inner products of four rows of a with x to out.
func dots(n int, a *float64, lda int, x, out *float64) {
	xv, ov := unsafe.Slice(x, n), unsafe.Slice(out, 4)
	av := unsafe.Slice(a, 3*lda+n)
	for r := range ov {
		row, s := av[r*lda:][:n], 0.0
		for i, v := range xv {
			s += row[i] * v
		}
		ov[r] += s
	}
}

// add adds c times four rows of a to y.
func add(n int, a *float64, lda int, c, y *float64) {
	cv, yv := unsafe.Slice(c, 4), unsafe.Slice(y, n)
	av := unsafe.Slice(a, 3*lda+n)
	a0, a1, a2, a3 := av[:n], av[lda:][:n], av[2*lda:][:n], av[3*lda:][:n]
	for i := range yv {
		yv[i] += cv[0]*a0[i] + cv[1]*a1[i] + cv[2]*a2[i] + cv[3]*a3[i]
	}
}
