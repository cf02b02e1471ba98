package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is a vector width and the GEMM tile that fits its registers.
type isa struct {
	name  string
	bytes int   // of a vector
	rows  []int // heights of the GEMM tiles, tallest first
	reg   func(i int) reg.VecPhysical
	pairs bool // a lane of A and B is a pair of bfloat16
}

var (
	avx512 = isa{name: "AVX512", bytes: 64, rows: []int{14, 8, 4, 2}, reg: func(i int) reg.VecPhysical {
		return []reg.VecPhysical{
			reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
			reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
			reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
			reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
		}[i]
	}}
	avx2 = isa{name: "AVX2", bytes: 32, rows: []int{6, 4, 2}, reg: func(i int) reg.VecPhysical {
		return []reg.VecPhysical{
			reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
			reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
		}[i]
	}}
)

// bf16 is avx512 with products of pairs of bfloat16.
func bf16() isa {
	v := avx512
	v.name, v.pairs = "BF16", true
	return v
}

// lanes is the number of float32 in a vector.
func (v isa) lanes() int { return v.bytes / 4 }

// zero clears a register.
func (v isa) zero(r reg.VecPhysical) {
	if v.bytes == 64 {
		VPXORD(r, r, r)
		return
	}
	VXORPS(r, r, r)
}

// at is the memory operand base + index*scale + disp.
func at(base, index reg.Register, scale uint8, disp int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: scale, Disp: disp}
}

// mem is the memory operand base + disp.
func mem(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

// imm is an immediate in one of the two sizes that instructions take.
func imm(i int) operand.Constant {
	if i < 128 {
		return operand.U8(i)
	}
	return operand.U32(i)
}

// log2 is the shift that turns a count of vectors into bytes.
func (v isa) log2() int {
	if v.bytes == 64 {
		return 6
	}
	return 5
}
