//go:build ignore

// Command main generates dense_amd64.s: products of float64 matrices.
//
// Run it with "go generate" in the parent directory.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var zmm = []reg.VecPhysical{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
	reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
	reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}

func main() {
	ConstraintExpr("amd64")
	tile("tile8x24", 8, 64)
	tile("tile4x12", 4, 32)
	dots()
	add()
	Generate()
}

// tile adds l' r to mr x 3 vectors of c: the panels lie row after row.
func tile(name string, mr, width int) {
	const vectors = 3
	isa := "AVX-512"
	if width == 32 {
		isa = "AVX2 and FMA"
	}
	nr := vectors * width / 8
	TEXT(name, NOSPLIT, "func(k int, l, r, c *float64, ldc int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s adds the product of l (k x %d)' and r (k x %d) to c, rows ldc apart (%s).", name, mr, nr, isa))
	vec := func(i int) reg.VecPhysical {
		if width == 64 {
			return zmm[i]
		}
		return zmm[i].AsY().(reg.VecPhysical)
	}
	acc := func(i, j int) reg.VecPhysical { return vec(i*vectors + j) }
	right := func(j int) reg.VecPhysical { return vec(mr*vectors + j) }
	spare := func(i int) reg.VecPhysical {
		if width == 64 {
			return vec((mr+1)*vectors + i%4)
		}
		return vec((mr + 1) * vectors)
	}
	k, l, r := Load(Param("k"), GP64()), Load(Param("l"), GP64()), Load(Param("r"), GP64())
	c, ldc := Load(Param("c"), GP64()), Load(Param("ldc"), GP64())
	SHLQ(U8(3), ldc)
	p := GP64()
	MOVQ(c, p)
	for i := 0; i < mr; i++ { // the rows of c, while the sums are formed
		for line := 0; line < nr*8; line += 64 {
			PREFETCHT0(Mem{Base: p, Disp: line})
		}
		if i+1 < mr {
			ADDQ(ldc, p)
		}
	}
	for i := 0; i < mr*vectors; i++ {
		if width == 64 {
			VPXORQ(vec(i), vec(i), vec(i))
		} else {
			VXORPD(vec(i), vec(i), vec(i))
		}
	}
	Label(name + "_loop")
	for j := 0; j < vectors; j++ {
		VMOVUPD(Mem{Base: r, Disp: j * width}, right(j))
	}
	for line := 0; line < nr*8; line += 64 {
		PREFETCHT0(Mem{Base: r, Disp: 8*nr*8 + line})
	}
	PREFETCHT0(Mem{Base: l, Disp: 16 * mr * 8})
	for i := 0; i < mr; i++ {
		VBROADCASTSD(Mem{Base: l, Disp: 8 * i}, spare(i))
		for j := 0; j < vectors; j++ {
			VFMADD231PD(right(j), spare(i), acc(i, j))
		}
	}
	ADDQ(U32(nr*8), r)
	ADDQ(U8(mr*8), l)
	DECQ(k)
	JNZ(LabelRef(name + "_loop"))
	for i := 0; i < mr; i++ {
		for j := 0; j < vectors; j++ {
			VADDPD(Mem{Base: c, Disp: j * width}, acc(i, j), acc(i, j))
			VMOVUPD(acc(i, j), Mem{Base: c, Disp: j * width})
		}
		if i+1 < mr {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}

// rows gives the addresses of four rows from a, lda apart.
func rows(a, lda reg.Register) [4]Mem {
	three := GP64()
	LEAQ(Mem{Base: lda, Index: lda, Scale: 2}, three)
	return [4]Mem{{Base: a}, {Base: a, Index: lda, Scale: 1}, {Base: a, Index: lda, Scale: 2}, {Base: a, Index: three, Scale: 1}}
}

// dots: four rows with one vector.
func dots() {
	TEXT("dots4", NOSPLIT, "func(n int, a *float64, lda int, x, out *float64)")
	Pragma("noescape")
	Doc("dots4 adds the inner products of four rows of a, lda apart, with x to out; n is a", "multiple of 8 (AVX2 and FMA).")
	n, a, lda := Load(Param("n"), GP64()), Load(Param("a"), GP64()), Load(Param("lda"), GP64())
	x, out := Load(Param("x"), GP64()), Load(Param("out"), GP64())
	SHLQ(U8(3), lda)
	row := rows(a, lda)
	var sum [8]reg.VecVirtual
	for i := range sum {
		sum[i] = YMM()
		VXORPD(sum[i], sum[i], sum[i])
	}
	x0, x1 := YMM(), YMM()
	SHRQ(U8(3), n)
	Label("dots_loop")
	VMOVUPD(Mem{Base: x}, x0)
	VMOVUPD(Mem{Base: x, Disp: 32}, x1)
	for r, m := range row {
		VFMADD231PD(m, x0, sum[2*r])
		VFMADD231PD(m.Offset(32), x1, sum[2*r+1])
	}
	ADDQ(U8(64), a)
	ADDQ(U8(64), x)
	DECQ(n)
	JNZ(LabelRef("dots_loop"))
	for r := range row {
		VADDPD(sum[2*r+1], sum[2*r], sum[2*r])
	}
	VHADDPD(sum[2], sum[0], sum[0]) // 0 1 0 1
	VHADDPD(sum[6], sum[4], sum[4]) // 2 3 2 3
	VPERM2F128(U8(0x20), sum[4], sum[0], sum[1])
	VPERM2F128(U8(0x31), sum[4], sum[0], sum[3])
	VADDPD(sum[3], sum[1], sum[1])
	VADDPD(Mem{Base: out}, sum[1], sum[1])
	VMOVUPD(sum[1], Mem{Base: out})
	VZEROUPPER()
	RET()
}

// add: four rows, each times a number, to one vector.
func add() {
	TEXT("add4", NOSPLIT, "func(n int, a *float64, lda int, c, y *float64)")
	Pragma("noescape")
	Doc("add4 adds c times four rows of a, lda apart, to y; n is a multiple of 8 (AVX2 and FMA).")
	n, a, lda := Load(Param("n"), GP64()), Load(Param("a"), GP64()), Load(Param("lda"), GP64())
	c, y := Load(Param("c"), GP64()), Load(Param("y"), GP64())
	SHLQ(U8(3), lda)
	row := rows(a, lda)
	var f [4]reg.VecVirtual
	for r := range f {
		f[r] = YMM()
		VBROADCASTSD(Mem{Base: c, Disp: 8 * r}, f[r])
	}
	y0, y1 := YMM(), YMM()
	SHRQ(U8(3), n)
	Label("add_loop")
	VMOVUPD(Mem{Base: y}, y0)
	VMOVUPD(Mem{Base: y, Disp: 32}, y1)
	for r, m := range row {
		VFMADD231PD(m, f[r], y0)
		VFMADD231PD(m.Offset(32), f[r], y1)
	}
	VMOVUPD(y0, Mem{Base: y})
	VMOVUPD(y1, Mem{Base: y, Disp: 32})
	ADDQ(U8(64), a)
	ADDQ(U8(64), y)
	DECQ(n)
	JNZ(LabelRef("add_loop"))
	VZEROUPPER()
	RET()
}
