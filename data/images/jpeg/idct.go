package jpeg

import "encoding/binary"

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

// inverse writes the 8 x 8 samples of a block to dst: rows of 8, stride bytes apart.
// Coefficients and quantisation table are row-major; their products are kept to 16
// bits, as libjpeg-turbo's vector code keeps them, so that no sum overflows.
func inverse(dst []byte, stride int, coefs, quant *[64]int16) {
	if vectors {
		inverseAVX2(&dst[:7*stride+8][0], stride, coefs, quant)
		return
	}
	inverseGo(dst, stride, coefs, quant)
}

// inverseGo is inverse in plain Go. Each pass splits into the even half of the flow
// graph (inputs 0, 2, 4, 6) and the odd one; the two are spelled out, for calls would
// take a third of the time.
func inverseGo(dst []byte, stride int, coefs, quant *[64]int16) {
	const shift = constBits - passBits
	var b [64]int32
	for i, v := range coefs {
		b[i] = int32(v * quant[i])
	}
	for i := range 8 {
		c := (*[57]int32)(b[i:])
		if c[8]|c[16]|c[24]|c[32]|c[40]|c[48]|c[56] == 0 {
			v := c[0] << passBits
			c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = v, v, v, v, v, v, v, v
			continue
		}
		z := (c[16] + c[48]) * f0541196100
		p, q := z-c[48]*f1847759065, z+c[16]*f0765366865
		s, t := (c[0]+c[32])<<constBits+1<<(shift-1), (c[0]-c[32])<<constBits+1<<(shift-1)
		e0, e1, e2, e3 := s+q, t+p, t-p, s-q

		x1, x3, x5, x7 := c[8], c[24], c[40], c[56]
		z5 := (x7 + x3 + x5 + x1) * f1175875602
		z1, z2 := (x7+x1)*f0899976223, (x5+x3)*f2562915447
		z3, z4 := z5-(x7+x3)*f1961570560, z5-(x5+x1)*f0390180644
		o0, o1 := x7*f0298631336-z1+z3, x5*f2053119869-z2+z4
		o2, o3 := x3*f3072711026-z2+z3, x1*f1501321110-z1+z4

		c[0], c[56] = (e0+o3)>>shift, (e0-o3)>>shift
		c[8], c[48] = (e1+o2)>>shift, (e1-o2)>>shift
		c[16], c[40] = (e2+o1)>>shift, (e2-o1)>>shift
		c[24], c[32] = (e3+o0)>>shift, (e3-o0)>>shift
	}
	const rest = constBits + passBits + 3
	const half = 1<<(rest-1) + 128<<rest // rounds, and makes the samples unsigned
	for y := range 8 {
		r := (*[8]int32)(b[8*y:])
		out := (*[8]byte)(dst[y*stride:])
		z := (r[2] + r[6]) * f0541196100
		p, q := z-r[6]*f1847759065, z+r[2]*f0765366865
		s, t := (r[0]+r[4])<<constBits+half, (r[0]-r[4])<<constBits+half
		e0, e1, e2, e3 := s+q, t+p, t-p, s-q

		x1, x3, x5, x7 := r[1], r[3], r[5], r[7]
		z5 := (x7 + x3 + x5 + x1) * f1175875602
		z1, z2 := (x7+x1)*f0899976223, (x5+x3)*f2562915447
		z3, z4 := z5-(x7+x3)*f1961570560, z5-(x5+x1)*f0390180644
		o0, o1 := x7*f0298631336-z1+z3, x5*f2053119869-z2+z4
		o2, o3 := x3*f3072711026-z2+z3, x1*f1501321110-z1+z4

		out[0], out[7] = clamp((e0+o3)>>rest), clamp((e0-o3)>>rest)
		out[1], out[6] = clamp((e1+o2)>>rest), clamp((e1-o2)>>rest)
		out[2], out[5] = clamp((e2+o1)>>rest), clamp((e2-o1)>>rest)
		out[3], out[4] = clamp((e3+o0)>>rest), clamp((e3-o0)>>rest)
	}
}

// flat writes a block of which only the mean, dequantised, is not zero.
func flat(dst []byte, stride int, dc int16) {
	v := uint64(clamp((int32(dc)<<passBits+16)>>5+128)) * 0x0101010101010101
	for y := range 8 {
		binary.LittleEndian.PutUint64(dst[y*stride:], v)
	}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}
