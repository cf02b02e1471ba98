package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pairs writes the conversions of float32 to pairs of bfloat16 that the
// products of gemm take: a word holds the earlier value of a sum in its upper
// half, because VDPBF16PS adds that product first.
func pairs() {
	pairsAlong()
	pairsAcross()
}

func pairsAlong() {
	TEXT("pairsAlong", NOSPLIT, "func(dst, src *float32, n int64)")
	Pragma("noescape")
	Doc("pairsAlong writes n values as pairs of neighbours, in blocks of 8 words; a missing value is 0. dst may be src.")
	dst, src, n := reg.RDI, reg.RSI, reg.RCX
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("n"), n)
	Label("loop")
	CMPQ(n, imm(16))
	JL(operand.LabelRef("tail"))
	VMOVUPS(mem(src, 0), reg.Z0)
	storePairs(dst)
	ADDQ(imm(64), src)
	ADDQ(imm(32), dst)
	SUBQ(imm(16), n)
	JMP(operand.LabelRef("loop"))
	Label("tail")
	TESTQ(n, n)
	JZ(operand.LabelRef("done"))
	lanes(n, reg.K1, reg.K2)
	VMOVUPS_Z(mem(src, 0), reg.K1, reg.Z0)
	storePairs(dst)
	Label("done")
	VZEROUPPER()
	RET()
}

// storePairs writes the 16 values of Z0 as 8 words.
func storePairs(dst reg.Register) {
	toBF16(reg.Z0, reg.Z1)
	VPROLD(operand.U8(16), reg.Z1, reg.Z1)
	VMOVDQU(reg.Y1, mem(dst, 0))
}

func pairsAcross() {
	TEXT("pairsAcross", NOSPLIT, "func(dst *float32, ldd int64, src *float32, lds, n, rows int64)")
	Pragma("noescape")
	Doc("pairsAcross writes 2*rows rows of n <= 32 values as rows of pairs; leading dimensions are in bytes. dst may be src.")
	dst, ldd, src, lds, n, rows := reg.RDI, reg.R8, reg.RSI, reg.R9, reg.RCX, reg.RDX
	Load(Param("dst"), dst)
	Load(Param("ldd"), ldd)
	Load(Param("src"), src)
	Load(Param("lds"), lds)
	Load(Param("n"), n)
	Load(Param("rows"), rows)
	lanes(n, reg.K1, reg.K2)
	CMPQ(n, imm(16))
	JG(operand.LabelRef("wide"))
	for _, vectors := range []int{1, 2} {
		name := "narrow"
		if vectors == 2 {
			name = "wide"
		}
		Label(name)
		for h, mask := range []reg.OpmaskPhysical{reg.K1, reg.K2}[:vectors] {
			VMOVUPS_Z(mem(src, 64*h), mask, reg.Z0)
			VMOVUPS_Z(at(src, lds, 1, 64*h), mask, reg.Z1)
			toBF16(reg.Z0, reg.Z2)
			toBF16(reg.Z1, reg.Z3)
			VPMOVZXWD(reg.Y2, reg.Z2)
			VPMOVZXWD(reg.Y3, reg.Z3)
			VPSLLD(operand.U8(16), reg.Z2, reg.Z2)
			VPORD(reg.Z3, reg.Z2, reg.Z2)
			VMOVUPS(reg.Z2, mask, mem(dst, 64*h))
		}
		LEAQ(at(src, lds, 2, 0), src)
		ADDQ(ldd, dst)
		DECQ(rows)
		JNZ(operand.LabelRef(name))
		VZEROUPPER()
		RET()
	}
}

// lanes sets the masks of the first and the second 16 of n lanes.
func lanes(n reg.GPPhysical, first, second reg.OpmaskPhysical) {
	MOVQ(operand.I64(-1), reg.RAX)
	BZHIQ(n, reg.RAX, reg.RAX)
	KMOVW(reg.EAX, first)
	SHRQ(imm(16), reg.RAX)
	KMOVW(reg.EAX, second)
}
