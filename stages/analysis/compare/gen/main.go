//go:build ignore

// Command main generates gather_amd64.s: products of whole numbers with gathered ones.
//
// Run it with "go generate" in the parent directory.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func main() {
	ConstraintExpr("amd64")
	TEXT("gathered16", NOSPLIT, "func(row, b, q *int32, n int) int64")
	Pragma("noescape")
	Doc("gathered16 is the sum of b_j row_q(j) over n of them, a multiple of 16 (AVX-512).")
	row, b := Load(Param("row"), GP64()), Load(Param("b"), GP64())
	q, n := Load(Param("q"), GP64()), Load(Param("n"), GP64())
	even, odd := ZMM(), ZMM()
	VPXORQ(even, even, even)
	VPXORQ(odd, odd, odd)
	loop := "gathered_loop"
	Label(loop)
	at, with, got, product := ZMM(), ZMM(), ZMM(), ZMM()
	VMOVDQU32(Mem{Base: q}, at)
	VMOVDQU32(Mem{Base: b}, with)
	all := K()
	KXNORW(all, all, all)
	VPXORD(got, got, got)
	VPGATHERDD(Mem{Base: row, Index: at, Scale: 4}, all, got)
	VPMULDQ(got, with, product)
	VPADDQ(product, even, even)
	VPSRLQ(U8(32), got, got)
	VPSRLQ(U8(32), with, with)
	VPMULDQ(got, with, product)
	VPADDQ(product, odd, odd)
	ADDQ(U8(64), q)
	ADDQ(U8(64), b)
	SUBQ(U8(16), n)
	JNZ(LabelRef(loop))
	VPADDQ(odd, even, even)
	half := YMM()
	VEXTRACTI64X4(U8(1), even, half)
	sum := even.AsY()
	VPADDQ(half, sum, sum)
	quarter := XMM()
	VEXTRACTI128(U8(1), sum, quarter)
	last := even.AsX()
	VPADDQ(quarter, last, last)
	VPSRLDQ(U8(8), last, quarter)
	VPADDQ(quarter, last, last)
	out := GP64()
	VMOVQ(last, out)
	Store(out, ReturnIndex(0))
	VZEROUPPER()
	RET()
	Generate()
}
