//go:build ignore

// Command main generates jpeg_amd64.s: the inverse DCT, the upsampling of chroma and
// the colour conversion.
//
// Run it with "go generate" in the parent directory.
package main

import (
	"encoding/binary"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	inverse()
	blend()
	widen()
	convert()
	Generate()
}

// table makes a constant of the bytes given.
func table(name string, bytes []byte) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := 0; i < len(bytes); i += 8 {
		DATA(i, U64(binary.LittleEndian.Uint64(bytes[i:])))
	}
	return m
}

// dwords makes a vector of eight equal int32 values.
func dwords(name string, v int32) Mem {
	var b []byte
	for range 8 {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return table(name, b)
}

// words makes a vector of sixteen int16 values that repeat those given.
func words(name string, v ...int16) Mem {
	var b []byte
	for i := range 16 {
		b = binary.LittleEndian.AppendUint16(b, uint16(v[i%len(v)]))
	}
	return table(name, b)
}

// mask makes a shuffle of 16 bytes; -1 gives zero.
func mask(name string, repeat int, at func(i int) int) Mem {
	var b []byte
	for range repeat {
		for i := range 16 {
			if k := at(i); k >= 0 {
				b = append(b, byte(k))
			} else {
				b = append(b, 0x80)
			}
		}
	}
	return table(name, b)
}

// factors are the constants of the inverse DCT, see idct.go.
type factors map[int32]Mem

func (f factors) times(v reg.VecVirtual, by int32) reg.VecVirtual {
	m, ok := f[by]
	if !ok {
		panic("no such factor")
	}
	out := YMM()
	VPMULLD(m, v, out)
	return out
}

func plus(a, b Op) reg.VecVirtual {
	out := YMM()
	VPADDD(b, a.(reg.VecVirtual), out)
	return out
}

func minus(a, b reg.VecVirtual) reg.VecVirtual {
	out := YMM()
	VPSUBD(b, a, out)
	return out
}

// pass is one dimension of the transform, as in idct.go.
func pass(c *[8]reg.VecVirtual, f factors, bias Mem, shift uint64) {
	z := f.times(plus(c[2], c[6]), 4433)
	p := minus(z, f.times(c[6], 15137))
	q := plus(z, f.times(c[2], 6270))
	s, t := plus(c[0], c[4]), minus(c[0], c[4])
	for _, v := range []reg.VecVirtual{s, t} {
		VPSLLD(U8(13), v, v)
		VPADDD(bias, v, v)
	}
	even := [4]reg.VecVirtual{plus(s, q), plus(t, p), minus(t, p), minus(s, q)}

	x1, x3, x5, x7 := c[1], c[3], c[5], c[7]
	a, b := plus(x7, x3), plus(x5, x1)
	z5 := f.times(plus(a, b), 9633)
	z3 := minus(z5, f.times(a, 16069))
	z4 := minus(z5, f.times(b, 3196))
	z1 := f.times(plus(x7, x1), 7373)
	z2 := f.times(plus(x5, x3), 20995)
	odd := [4]reg.VecVirtual{
		plus(minus(f.times(x7, 2446), z1), z3),
		plus(minus(f.times(x5, 16819), z2), z4),
		plus(minus(f.times(x3, 25172), z2), z3),
		plus(minus(f.times(x1, 12299), z1), z4),
	}
	for i := range even {
		c[i], c[7-i] = plus(even[i], odd[3-i]), minus(even[i], odd[3-i])
		VPSRAD(U8(shift), c[i], c[i])
		VPSRAD(U8(shift), c[7-i], c[7-i])
	}
}

// transpose turns the 8 x 8 dwords over.
func transpose(v *[8]reg.VecVirtual) {
	for i := 0; i < 8; i += 2 {
		low, high := YMM(), YMM()
		VPUNPCKLDQ(v[i+1], v[i], low)
		VPUNPCKHDQ(v[i+1], v[i], high)
		v[i], v[i+1] = low, high
	}
	for _, i := range []int{0, 1, 4, 5} {
		low, high := YMM(), YMM()
		VPUNPCKLQDQ(v[i+2], v[i], low)
		VPUNPCKHQDQ(v[i+2], v[i], high)
		v[i], v[i+2] = low, high
	}
	// Columns 0 to 3 of rows 0 to 3 and 4 to 7, and columns 4 to 7 in the upper halves.
	var out [8]reg.VecVirtual
	for i, at := range []int{0, 2, 1, 3} {
		low, high := YMM(), YMM()
		VPERM2I128(U8(0x20), v[4+at], v[at], low)
		VPERM2I128(U8(0x31), v[4+at], v[at], high)
		out[i], out[4+i] = low, high
	}
	*v = out
}

func inverse() {
	f := factors{}
	for _, c := range []struct {
		name string
		v    int32
	}{
		{"f0298", 2446},
		{"f0390", 3196},
		{"f0541", 4433},
		{"f0765", 6270},
		{"f0899", 7373},
		{"f1175", 9633},
		{"f1501", 12299},
		{"f1847", 15137},
		{"f1961", 16069},
		{"f2053", 16819},
		{"f2562", 20995},
		{"f3072", 25172},
	} {
		f[c.v] = dwords(c.name, c.v)
	}
	first := dwords("firstBias", 1<<10)
	second := dwords("secondBias", 1<<17+128<<18)
	turn := mask("turn", 2, func(i int) int { return i%4*4 + i/4 })

	TEXT("inverseAVX2", NOSPLIT, "func(dst *byte, stride int, coefs, quant *[64]int16)")
	Pragma("noescape")
	Doc("inverseAVX2 is inverseGo: it writes 8 rows of 8 bytes, stride bytes apart (AVX2).")
	coefs, quant := Load(Param("coefs"), GP64()), Load(Param("quant"), GP64())
	var v [8]reg.VecVirtual
	for i := range v {
		w := XMM()
		VMOVDQU(Mem{Base: coefs, Disp: 16 * i}, w)
		VPMULLW(Mem{Base: quant, Disp: 16 * i}, w, w)
		v[i] = YMM()
		VPMOVSXWD(w, v[i])
	}
	pass(&v, f, first, 11)
	transpose(&v)
	pass(&v, f, second, 18)

	// Each vector has one column. To bytes: four columns of four rows in each half.
	dst, stride := Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	for i := 0; i < 8; i += 2 {
		VPACKSSDW(v[i+1], v[i], v[i])
	}
	VPACKUSWB(v[2], v[0], v[0])
	VPACKUSWB(v[6], v[4], v[4])
	VPSHUFB(turn, v[0], v[0])
	VPSHUFB(turn, v[4], v[4])
	low, high := YMM(), YMM()
	VPUNPCKLDQ(v[4], v[0], low)  // rows 0, 1 and 4, 5
	VPUNPCKHDQ(v[4], v[0], high) // rows 2, 3 and 6, 7
	for half := range 2 {
		for _, pair := range []reg.VecVirtual{low, high} {
			x := pair.AsX()
			if half == 1 {
				VEXTRACTI128(U8(1), pair, x)
			}
			VMOVQ(x, Mem{Base: dst})
			VPEXTRQ(U8(1), x, Mem{Base: dst, Index: stride, Scale: 1})
			if half == 0 || !same(pair, high) {
				LEAQ(Mem{Base: dst, Index: stride, Scale: 2}, dst)
			}
		}
	}
	VZEROUPPER()
	RET()
}

func same(a, b reg.VecVirtual) bool { return a.ID() == b.ID() }

// blend writes the sums of the triangle filter down the columns.
func blend() {
	TEXT("blendAVX2", NOSPLIT, "func(sums *uint16, near, further *byte, n int)")
	Pragma("noescape")
	Doc("blendAVX2 sets sums[i] = 3*near[i] + further[i] for n samples, a multiple of 16 (AVX2).")
	sums, n := Load(Param("sums"), GP64()), Load(Param("n"), GP64())
	near, further := Load(Param("near"), GP64()), Load(Param("further"), GP64())
	SHRQ(U8(4), n)
	a, b, c := YMM(), YMM(), YMM()
	Label("blend_loop")
	VPMOVZXBW(Mem{Base: near}, a)
	VPMOVZXBW(Mem{Base: further}, b)
	VPADDW(a, a, c)
	VPADDW(b, a, a)
	VPADDW(c, a, a)
	VMOVDQU(a, Mem{Base: sums})
	ADDQ(U8(16), near)
	ADDQ(U8(16), further)
	ADDQ(U8(32), sums)
	DECQ(n)
	JNZ(LabelRef("blend_loop"))
	VZEROUPPER()
	RET()
}

// widen is the triangle filter along the rows.
func widen() {
	TEXT("widenAVX2", NOSPLIT, "func(out *byte, sums *uint16, n int, left, right, shift uint64)")
	Pragma("noescape")
	Doc("widenAVX2 sets out[2i] = (3*sums[i] + sums[i-1] + left) >> shift and out[2i+1] =",
		"(3*sums[i] + sums[i+1] + right) >> shift for n sums, a multiple of 16 (AVX2).")
	out, sums, n := Load(Param("out"), GP64()), Load(Param("sums"), GP64()), Load(Param("n"), GP64())
	spread := func(name string) reg.VecVirtual {
		g, x, v := Load(Param(name), GP64()), XMM(), YMM()
		VMOVQ(g, x)
		VPBROADCASTW(x, v)
		return v
	}
	left, right := spread("left"), spread("right")
	shift := XMM()
	VMOVQ(Load(Param("shift"), GP64()), shift)
	SHRQ(U8(4), n)
	s, t, even, odd := YMM(), YMM(), YMM(), YMM()
	Label("widen_loop")
	VMOVDQU(Mem{Base: sums}, s)
	VPADDW(s, s, t)
	VPADDW(t, s, s)
	VPADDW(Mem{Base: sums, Disp: -2}, s, even)
	VPADDW(Mem{Base: sums, Disp: 2}, s, odd)
	VPADDW(left, even, even)
	VPADDW(right, odd, odd)
	VPSRLW(shift, even, even)
	VPSRLW(shift, odd, odd)
	VPSLLW(U8(8), odd, odd)
	VPOR(odd, even, even)
	VMOVDQU(even, Mem{Base: out})
	ADDQ(U8(32), sums)
	ADDQ(U8(32), out)
	DECQ(n)
	JNZ(LabelRef("widen_loop"))
	VZEROUPPER()
	RET()
}

// convert is the colour conversion.
//
// The products of convert.go have 17 bits. Their whole parts are added apart, and of
// the rest p/2^16, rounded, is ((2p >> 16) + 1) >> 1: the upper half of a product of
// 16 bits, and one bit more.
func convert() {
	centre := words("centre", 128)
	one := words("one", 1)
	red := words("red", 26345)                   // 1.40200 - 1
	blue := words("blue", -14942)                // 1.77200 - 2
	green := words("green", -22554, 65536-46802) // -0.34414 of Cb, 1 - 0.71414 of Cr
	half := dwords("half", 1<<15)
	var place [3][3]Mem // of colour c, in the 16 bytes j of 48
	for j := range place {
		for c, name := range []string{"Red", "Green", "Blue"} {
			place[j][c] = mask("place"+name+string(rune('0'+j)), 1, func(i int) int {
				if i += 16 * j; i%3 == c {
					return i / 3
				}
				return -1
			})
		}
	}

	TEXT("convertAVX2", NOSPLIT, "func(out, ys, cbs, crs *byte, n int)")
	Pragma("noescape")
	Doc("convertAVX2 turns n pixels, a multiple of 16, from YCbCr into RGB, three bytes a pixel (AVX2).")
	out, n := Load(Param("out"), GP64()), Load(Param("n"), GP64())
	ys, cbs, crs := Load(Param("ys"), GP64()), Load(Param("cbs"), GP64()), Load(Param("crs"), GP64())
	SHRQ(U8(4), n)
	y, cb, cr := YMM(), YMM(), YMM()
	Label("convert_loop")
	VPMOVZXBW(Mem{Base: ys}, y)
	VPMOVZXBW(Mem{Base: cbs}, cb)
	VPMOVZXBW(Mem{Base: crs}, cr)
	VPSUBW(centre, cb, cb)
	VPSUBW(centre, cr, cr)

	low, high := YMM(), YMM()
	VPUNPCKLWD(cr, cb, low)
	VPUNPCKHWD(cr, cb, high)
	for _, v := range []reg.VecVirtual{low, high} {
		VPMADDWD(green, v, v)
		VPADDD(half, v, v)
		VPSRAD(U8(16), v, v)
	}
	g := YMM()
	VPACKSSDW(high, low, g)
	VPSUBW(cr, g, g)
	VPADDW(y, g, g)

	rounded := func(v reg.VecVirtual, by Mem) reg.VecVirtual {
		t := YMM()
		VPADDW(v, v, t)
		VPMULHW(by, t, t)
		VPADDW(one, t, t)
		VPSRAW(U8(1), t, t)
		return t
	}
	r, b := rounded(cr, red), rounded(cb, blue)
	VPADDW(cr, r, r)
	VPADDW(y, r, r)
	VPADDW(cb, cb, cb)
	VPADDW(cb, b, b)
	VPADDW(y, b, b)

	var colours [3]reg.Register
	for c, v := range []reg.VecVirtual{r, g, b} {
		VPACKUSWB(v, v, v)
		VPERMQ(U8(0x08), v, v)
		colours[c] = v.AsX()
	}
	for j := range place {
		sum := XMM()
		VPSHUFB(place[j][0], colours[0], sum)
		for c := 1; c < 3; c++ {
			t := XMM()
			VPSHUFB(place[j][c], colours[c], t)
			VPOR(t, sum, sum)
		}
		VMOVDQU(sum, Mem{Base: out, Disp: 16 * j})
	}
	ADDQ(U8(16), ys)
	ADDQ(U8(16), cbs)
	ADDQ(U8(16), crs)
	ADDQ(U8(48), out)
	DECQ(n)
	JNZ(LabelRef("convert_loop"))
	VZEROUPPER()
	RET()
}
