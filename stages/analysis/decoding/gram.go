package decoding

// crossGram writes the inner products of the rows of a (p x d) with those of b
// (p x d) into out, whose rows are stride apart. Four by two at a time, so that
// each loaded value is used more than once.
func crossGram(out []float64, stride int, a, b []float64, p, d int) {
	i := 0
	for ; i+2 <= p; i += 2 {
		a0, a1 := a[i*d:][:d:d], a[(i+1)*d:][:d:d]
		o0, o1 := out[i*stride:][:p], out[(i+1)*stride:][:p]
		j := 0
		for ; j+4 <= p; j += 4 {
			b0, b1 := b[j*d:][:d:d], b[(j+1)*d:][:d:d]
			b2, b3 := b[(j+2)*d:][:d:d], b[(j+3)*d:][:d:d]
			var s00, s01, s02, s03, s10, s11, s12, s13 float64
			for c, x := range a0 {
				y := a1[c]
				s00 += x * b0[c]
				s10 += y * b0[c]
				s01 += x * b1[c]
				s11 += y * b1[c]
				s02 += x * b2[c]
				s12 += y * b2[c]
				s03 += x * b3[c]
				s13 += y * b3[c]
			}
			o0[j], o0[j+1], o0[j+2], o0[j+3] = s00, s01, s02, s03
			o1[j], o1[j+1], o1[j+2], o1[j+3] = s10, s11, s12, s13
		}
		for ; j < p; j++ {
			o0[j], o1[j] = dot(a0, b[j*d:][:d]), dot(a1, b[j*d:][:d])
		}
	}
	for ; i < p; i++ {
		for j := range p {
			out[i*stride+j] = dot(a[i*d:][:d], b[j*d:][:d])
		}
	}
}
