package jpeg

// The inverse DCT of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in integers:
// constants of 13 bits, columns first and kept with 2 bits more. Each constant is
// round(x * 2^13). These choices are libjpeg's "islow", so the samples are its own.
const (
	constBits = 13
	passBits  = 2

	f0298631336 = 2446
	f0390180644 = 3196
	f0541196100 = 4433
	f0765366865 = 6270
	f0899976223 = 7373
	f1175875602 = 9633
	f1501321110 = 12299
	f1847759065 = 15137
	f1961570560 = 16069
	f2053119869 = 16819
	f2562915447 = 20995
	f3072711026 = 25172
)

// inverse writes the 8 x 8 samples of a block of dequantised coefficients
// (row-major) to dst.
func inverse(dst []byte, stride int, b *[64]int32) {
	const shift = constBits - passBits
	for i := range 8 {
		if b[8+i]|b[16+i]|b[24+i]|b[32+i]|b[40+i]|b[48+i]|b[56+i] == 0 {
			v := b[i] << passBits
			b[i], b[8+i], b[16+i], b[24+i], b[32+i], b[40+i], b[48+i], b[56+i] = v, v, v, v, v, v, v, v
			continue
		}
		e0, e1, e2, e3 := even(b[i], b[16+i], b[32+i], b[48+i], 1<<(shift-1))
		o0, o1, o2, o3 := odd(b[8+i], b[24+i], b[40+i], b[56+i])
		b[i], b[56+i] = (e0+o3)>>shift, (e0-o3)>>shift
		b[8+i], b[48+i] = (e1+o2)>>shift, (e1-o2)>>shift
		b[16+i], b[40+i] = (e2+o1)>>shift, (e2-o1)>>shift
		b[24+i], b[32+i] = (e3+o0)>>shift, (e3-o0)>>shift
	}
	const rest = constBits + passBits + 3
	const half = 1<<(rest-1) + 128<<rest
	for y := range 8 {
		r := (*[8]int32)(b[8*y:])
		out := (*[8]byte)(dst[y*stride:])
		e0, e1, e2, e3 := even(r[0], r[2], r[4], r[6], half)
		o0, o1, o2, o3 := odd(r[1], r[3], r[5], r[7])
		out[0], out[7] = clamp((e0+o3)>>rest), clamp((e0-o3)>>rest)
		out[1], out[6] = clamp((e1+o2)>>rest), clamp((e1-o2)>>rest)
		out[2], out[5] = clamp((e2+o1)>>rest), clamp((e2-o1)>>rest)
		out[3], out[4] = clamp((e3+o0)>>rest), clamp((e3-o0)>>rest)
	}
}

// even is the even half of the flow graph, with bias added to each result.
func even(x0, x2, x4, x6, bias int32) (e0, e1, e2, e3 int32) {
	z := (x2 + x6) * f0541196100
	a := z - x6*f1847759065
	b := z + x2*f0765366865
	s, t := (x0+x4)<<constBits+bias, (x0-x4)<<constBits+bias
	return s + b, t + a, t - a, s - b
}

// odd is the odd half; o3 belongs to samples 0 and 7, o0 to 3 and 4.
func odd(x1, x3, x5, x7 int32) (o0, o1, o2, o3 int32) {
	z5 := (x7 + x3 + x5 + x1) * f1175875602
	z1 := (x7 + x1) * -f0899976223
	z2 := (x5 + x3) * -f2562915447
	z3 := (x7+x3)*-f1961570560 + z5
	z4 := (x5+x1)*-f0390180644 + z5
	return x7*f0298631336 + z1 + z3, x5*f2053119869 + z2 + z4, x3*f3072711026 + z2 + z3, x1*f1501321110 + z1 + z4
}

// flat writes a block of which only the mean is not zero.
func flat(dst []byte, stride int, dc int32) {
	v := uint64(clamp((dc<<passBits+16)>>5+128)) * 0x0101010101010101
	for y := range 8 {
		out := (*[8]byte)(dst[y*stride:])
		for x := range out {
			out[x] = byte(v)
		}
	}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}
