package gram

import "unsafe"

// dots2x2 is the micro-kernel in plain Go; it sums in float64.
func dots2x2[T Float](k int, a, b *T, stride int, c *float64, ldc int) {
	av := unsafe.Slice(a, stride+k)
	bv := unsafe.Slice(b, stride+k)
	a0, a1 := av[:k], av[stride:][:k]
	b0, b1 := bv[:k], bv[stride:][:k]
	var s00, s01, s10, s11 float64
	for i := range a0 {
		x, y, u, v := float64(a0[i]), float64(a1[i]), float64(b0[i]), float64(b1[i])
		s00 += x * u
		s01 += x * v
		s10 += y * u
		s11 += y * v
	}
	cv := unsafe.Slice(c, ldc+2)
	cv[0] += s00
	cv[1] += s01
	cv[ldc] += s10
	cv[ldc+1] += s11
}
