package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Instructions that Go's assembler does not know are written as bytes: EVEX
// prefix, opcode and operands (Intel SDM volume 2, section 2.7), here always
// with 512-bit registers of map 0F38, no mask and no memory.

// Mandatory prefixes, as the field pp encodes them.
const prefixF3 = 2

// dpbf16 is VDPBF16PS: for each lane, sum += x.odd*y.odd, then sum +=
// x.even*y.even, each rounded to float32; subnormals count as zero.
func dpbf16(x, y, sum reg.VecPhysical) { evex(prefixF3, 0x52, sum, y, x) }

// toBF16 is VCVTNEPS2BF16: to gets the 16 values of from as bfloat16, rounded to
// nearest even, in its lower half.
func toBF16(from, to reg.VecPhysical) { evex(prefixF3, 0x72, to, nil, from) }

// evex writes an instruction with the registers reg, vvvv (nil: unused) and rm.
func evex(pp, opcode byte, r, vvvv, rm reg.VecPhysical) {
	bit := func(id, i int) byte { return byte(^id >> i & 1) } // stored inverted
	a, c, b := number(r), 0, number(rm)
	if vvvv != nil {
		c = number(vvvv)
	}
	p0 := bit(a, 3)<<7 | bit(b, 4)<<6 | bit(b, 3)<<5 | bit(a, 4)<<4 | 2
	p1 := byte(^c&15)<<3 | 1<<2 | pp
	p2 := byte(2<<5) | bit(c, 4)<<3
	modrm := 3<<6 | byte(a&7)<<3 | byte(b&7)
	build.Instruction(&ir.Instruction{Opcode: "LONG", Operands: []operand.Op{operand.U32(0x62 | uint32(p0)<<8 | uint32(p1)<<16 | uint32(p2)<<24)}})
	build.Instruction(&ir.Instruction{Opcode: "WORD", Operands: []operand.Op{operand.U16(uint16(opcode) | uint16(modrm)<<8)}})
}

func number(r reg.VecPhysical) int { return int(r.(reg.Physical).PhysicalIndex()) }
