//go:build ignore

// Command main generates resize_amd64.s: the two passes of resizing.
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
	across()
	down()
	Generate()
}

// half makes a vector of n values of half a unit of the sums, and zeros after them.
func half(name string, n int) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 8 {
		v := uint32(0)
		if i < n {
			v = 1 << 21
		}
		DATA(4*i, U32(v))
	}
	return m
}

func across() {
	round := half("roundPixel", 4)
	spread := GLOBL("spreadPixels", RODATA|NOPTR)
	var b []byte
	for i := range 32 {
		at := byte(0x80)
		if pixel, colour := i/16, i%16/4; i%4 == 0 && colour < 3 {
			at = byte(3*pixel + colour)
		}
		b = append(b, at)
	}
	for i := 0; i < 32; i += 8 {
		DATA(i, U64(binary.LittleEndian.Uint64(b[i:])))
	}

	TEXT("acrossAVX2", NOSPLIT, "func(dst, src *byte, first *int32, weights *uint32, n, pairs int)")
	Pragma("noescape")
	Doc("acrossAVX2 filters a row of n pixels: output i is made of 2*pairs pixels from byte first[i] of src on,",
		"with weights that each stand four times. It reads two bytes after the last pixel, and writes one (AVX2).")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	first, weights := Load(Param("first"), GP64()), Load(Param("weights"), GP64())
	n, pairs := Load(Param("n"), GP64()), Load(Param("pairs"), GP64())
	mask := YMM()
	VMOVDQU(spread, mask)
	start := YMM()
	VMOVDQU(round, start)
	p, k := GP64(), GP64()
	sum, v := YMM(), YMM()
	Label("across_pixel")
	MOVLQSX(Mem{Base: first}, p)
	ADDQ(src, p)
	MOVQ(pairs, k)
	VMOVDQA(start, sum)
	Label("across_pair")
	VPBROADCASTQ(Mem{Base: p}, v)
	VPSHUFB(mask, v, v)
	VPMULLD(Mem{Base: weights}, v, v)
	VPADDD(v, sum, sum)
	ADDQ(U8(6), p)
	ADDQ(U8(32), weights)
	DECQ(k)
	JNZ(LabelRef("across_pair"))
	x, y := sum.AsX(), v.AsX()
	VEXTRACTI128(U8(1), sum, y)
	VPADDD(y, x, x)
	VPSRLD(U8(22), x, x)
	VPACKUSDW(x, x, x)
	VPACKUSWB(x, x, x)
	VMOVD(x, Mem{Base: dst})
	ADDQ(U8(4), first)
	ADDQ(U8(3), dst)
	DECQ(n)
	JNZ(LabelRef("across_pixel"))
	VZEROUPPER()
	RET()
}

func down() {
	round := half("roundSamples", 8)
	TEXT("downAVX2", NOSPLIT, "func(dst, src *byte, stride int, weights *uint32, taps, n int)")
	Pragma("noescape")
	Doc("downAVX2 writes n samples, a multiple of 32, that are made of taps rows of src, stride bytes apart (AVX2).")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	stride, weights := Load(Param("stride"), GP64()), Load(Param("weights"), GP64())
	taps, n := Load(Param("taps"), GP64()), Load(Param("n"), GP64())
	SHRQ(U8(5), n)
	start := YMM()
	VMOVDQU(round, start)
	p, w, k := GP64(), GP64(), GP64()
	var sums [4]reg.VecVirtual
	for i := range sums {
		sums[i] = YMM()
	}
	weight := YMM()
	Label("down_block")
	MOVQ(src, p)
	MOVQ(weights, w)
	MOVQ(taps, k)
	for _, s := range sums {
		VMOVDQA(start, s)
	}
	Label("down_tap")
	VPBROADCASTD(Mem{Base: w}, weight)
	for i, s := range sums {
		v := YMM()
		VPMOVZXBD(Mem{Base: p, Disp: 8 * i}, v)
		VPMULLD(weight, v, v)
		VPADDD(v, s, s)
	}
	ADDQ(stride, p)
	ADDQ(U8(4), w)
	DECQ(k)
	JNZ(LabelRef("down_tap"))
	for _, s := range sums {
		VPSRLD(U8(22), s, s)
	}
	// Packing works within halves: the order of the fours is 0 2 4 6, 1 3 5 7.
	VPACKUSDW(sums[1], sums[0], sums[0])
	VPACKUSDW(sums[3], sums[2], sums[2])
	VPACKUSWB(sums[2], sums[0], sums[0])
	order := YMM()
	VMOVDQU(fours(), order)
	VPERMD(sums[0], order, sums[0])
	VMOVDQU(sums[0], Mem{Base: dst})
	ADDQ(U8(32), src)
	ADDQ(U8(32), dst)
	DECQ(n)
	JNZ(LabelRef("down_block"))
	VZEROUPPER()
	RET()
}

// fours puts the groups of four samples in order.
func fours() Mem {
	m := GLOBL("fours", RODATA|NOPTR)
	for i, v := range []uint32{0, 4, 1, 5, 2, 6, 3, 7} {
		DATA(4*i, U32(v))
	}
	return m
}
