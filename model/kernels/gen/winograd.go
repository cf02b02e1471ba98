package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd writes the transforms of F(4x4, 3x3) and F(3x3, 4x4) with the points
// 0, 1, -1, 2, -2 and infinity, and those of F(2x2, 3x3) and F(3x3, 2x2) with 0, 1, -1
// and infinity, with stride 1 and 2; the package documentation has the matrices.
func winograd() {
	for _, v := range []isa{avx512, avx2} {
		t := transform{v, 6}
		t.write("winogradInput", 6, 6, true, t.data)
		t.write("winogradGradient", 4, 6, true, t.filter4)
		t.write("winogradFilter", 3, 6, true, t.filter3)
		t.write("winogradOutput", 6, 4, false, t.sum4)
		t.write("winogradWeights", 6, 3, false, t.sum3)
		t.points = 4
		t.write("winograd2Input", 4, 4, true, t.data2)
		t.write("winograd2Gradient", 2, 4, true, t.gradient2)
		t.write("winograd2Filter", 3, 4, true, t.filter2)
		t.write("winograd2Output", 4, 2, false, t.sum2)
		t.write("winograd2Weights", 4, 3, false, t.weights2)
		t.points = 5
		t.write("stridedInput", 5, 5, true, t.stridedData)
		t.write("stridedBack", 3, 5, true, t.stridedBack)
		t.write("stridedGradient", 2, 5, true, t.stridedGradient)
		t.write("stridedFilter", 3, 5, true, t.stridedFilter)
		t.write("stridedOutput", 5, 2, false, t.stridedSum)
		t.write("stridedImage", 5, 4, false, t.stridedImage)
		t.write("stridedWeights", 5, 3, false, t.stridedWeights)
	}
	t := transform{bf16(), 4}
	t.write("winograd2Input", 4, 4, true, t.data2)
	t.points = 5
	t.write("stridedInput", 5, 5, true, t.stridedData)
	t.write("stridedBack", 3, 5, true, t.stridedBack)
}

// transform writes one-dimensional transforms from registers 0..5 to 6..11. A list has
// points x points values.
type transform struct {
	isa
	points int
}

// Constants of the transforms, each repeated over a vector in memory.
var constants = []float64{2, 4, 5, 8, 1. / 4, 1. / 6, 1. / 12, 1. / 24, 1. / 3, -1. / 6, 1. / 2}

var constantTable *operand.Mem

func (t transform) constant(x float64) operand.Mem {
	if constantTable == nil {
		m := GLOBL("points", 8|16) // RODATA|NOPTR
		for i, c := range constants {
			for l := range 16 {
				DATA(4*(16*i+l), operand.U32(math.Float32bits(float32(c))))
			}
		}
		constantTable = &m
	}
	for i, c := range constants {
		if c == x {
			return constantTable.Offset(64 * i)
		}
	}
	panic(fmt.Sprint("gen: no constant ", x))
}

func (t transform) mov(d, s int)    { VMOVAPS(t.reg(s), t.reg(d)) }
func (t transform) add(d, a, b int) { VADDPS(t.reg(b), t.reg(a), t.reg(d)) }
func (t transform) sub(d, a, b int) { VSUBPS(t.reg(b), t.reg(a), t.reg(d)) }

func (t transform) mul(d int, k float64, a int)   { VMULPS(t.constant(k), t.reg(a), t.reg(d)) }
func (t transform) plus(d int, k float64, a int)  { VFMADD231PS(t.constant(k), t.reg(a), t.reg(d)) }
func (t transform) minus(d int, k float64, a int) { VFNMADD231PS(t.constant(k), t.reg(a), t.reg(d)) }

// data is B'x, for inputs 0..5.
func (t transform) data() {
	t.mov(6, 4) // 4a - 5c + e
	t.plus(6, 4, 0)
	t.minus(6, 5, 2)
	t.add(12, 1, 2) // d + e -+ 4(b +- c)
	t.add(7, 3, 4)
	t.minus(7, 4, 12)
	t.sub(12, 1, 2)
	t.sub(8, 4, 3)
	t.plus(8, 4, 12)
	t.sub(9, 4, 2) // e - c +- 2(d - b)
	t.sub(13, 3, 1)
	t.mov(10, 9)
	t.plus(9, 2, 13)
	t.minus(10, 2, 13)
	t.mov(11, 5) // 4b - 5d + f
	t.plus(11, 4, 1)
	t.minus(11, 5, 3)
}

// filter4 is G g for four taps 0..3: the gradient in F(3x3, 4x4).
func (t transform) filter4() {
	t.mul(6, 1./4, 0)
	t.add(12, 0, 2)
	t.add(13, 1, 3)
	t.add(14, 12, 13)
	t.mul(7, -1./6, 14)
	t.sub(14, 12, 13)
	t.mul(8, -1./6, 14)
	t.mul(12, 1./24, 0)
	t.plus(12, 1./6, 2)
	t.mul(13, 1./12, 1)
	t.plus(13, 1./3, 3)
	t.add(9, 12, 13)
	t.sub(10, 12, 13)
	t.mov(11, 3)
}

// filter3 is G g for three taps 0..2.
func (t transform) filter3() {
	t.mul(6, 1./4, 0)
	t.add(12, 0, 2)
	t.add(14, 12, 1)
	t.mul(7, -1./6, 14)
	t.sub(14, 12, 1)
	t.mul(8, -1./6, 14)
	t.mul(12, 1./24, 0)
	t.plus(12, 1./6, 2)
	t.mul(13, 1./12, 1)
	t.add(9, 12, 13)
	t.sub(10, 12, 13)
	t.mov(11, 2)
}

// halves forms the sums and differences of the points +-1 and +-2.
func (t transform) halves() {
	t.add(12, 1, 2)
	t.sub(13, 1, 2)
	t.add(14, 3, 4)
	t.sub(15, 3, 4)
	t.add(6, 0, 12)
	t.add(6, 6, 14)
	t.mov(7, 13)
	t.plus(7, 2, 15)
}

// sum4 is A'm for four outputs.
func (t transform) sum4() {
	t.halves()
	t.mov(8, 12)
	t.plus(8, 4, 14)
	t.add(9, 13, 5)
	t.plus(9, 8, 15)
}

// sum3 is A'm for three outputs: the weights in F(3x3, 4x4).
func (t transform) sum3() {
	t.halves()
	t.add(8, 12, 5)
	t.plus(8, 4, 14)
}

// data2 is B'x of the four points, for inputs 0..3.
func (t transform) data2() {
	t.sub(6, 0, 2)
	t.add(7, 1, 2)
	t.sub(8, 2, 1)
	t.sub(9, 3, 1)
}

// gradient2 is G g for two taps: the gradient in F(3x3, 2x2).
func (t transform) gradient2() {
	t.mov(6, 0)
	t.add(12, 0, 1)
	t.mul(7, 1./2, 12)
	t.sub(12, 0, 1)
	t.mul(8, 1./2, 12)
	t.mov(9, 1)
}

// filter2 is G g for three taps and four points.
func (t transform) filter2() {
	t.mov(6, 0)
	t.add(12, 0, 2)
	t.add(13, 12, 1)
	t.mul(7, 1./2, 13)
	t.sub(13, 12, 1)
	t.mul(8, 1./2, 13)
	t.mov(9, 2)
}

// sum2 is A'm for two outputs.
func (t transform) sum2() {
	t.add(12, 0, 1)
	t.add(6, 12, 2)
	t.sub(12, 1, 2)
	t.add(7, 12, 3)
}

// weights2 is A'm for three outputs: the weights in F(3x3, 2x2).
func (t transform) weights2() {
	t.add(12, 1, 2)
	t.add(6, 0, 12)
	t.sub(7, 1, 2)
	t.add(8, 12, 3)
}

// With stride 2 the odd inputs meet two taps, in F(2, 2) with the points 0, 1 and
// infinity, and the even ones one: five points.

// stridedData is B'x of five inputs.
func (t transform) stridedData() {
	t.sub(6, 0, 2)
	t.mov(7, 2)
	t.sub(8, 4, 2)
	t.mov(9, 1)
	t.mov(10, 3)
}

// stridedBack is B'x of three values of dy for the gradient of the image.
func (t transform) stridedBack() {
	t.sub(6, 0, 1)
	t.mov(7, 1)
	t.sub(8, 2, 1)
	t.mov(9, 0)
	t.mov(10, 1)
}

// stridedGradient is G g of two values of dy for the gradient of the weights.
func (t transform) stridedGradient() {
	t.mov(6, 0)
	t.add(7, 0, 1)
	t.mov(8, 1)
	t.mov(9, 0)
	t.mov(10, 1)
}

// stridedFilter is G g of three taps.
func (t transform) stridedFilter() {
	t.mov(6, 0)
	t.add(7, 0, 2)
	t.mov(8, 2)
	t.mov(9, 1)
	t.mov(10, 1)
}

// stridedSum is A'm of two outputs.
func (t transform) stridedSum() {
	t.add(6, 0, 1)
	t.add(6, 6, 3)
	t.add(7, 1, 2)
	t.add(7, 7, 4)
}

// stridedImage is A'm of four pixels of the gradient of the image.
func (t transform) stridedImage() {
	t.mov(6, 3)
	t.add(7, 0, 1)
	t.mov(8, 4)
	t.add(9, 1, 2)
}

// stridedWeights is A'm of three taps.
func (t transform) stridedWeights() {
	t.add(6, 0, 1)
	t.add(7, 3, 4)
	t.add(8, 1, 2)
}

// write emits the two-dimensional transform of in x in to out x out values, for
// n vectors of channels. With fromImage the source is a grid with strides rs
// and cs and the destination a list with stride es; otherwise the reverse. A list of
// pairs has a word of two neighbouring channels, as pairsAlong writes them.
func (t transform) write(name string, in, out int, fromImage bool, line func()) {
	name += t.name
	TEXT(name, 0, "func(src *float32, rs, cs int64, dst *float32, es, n int64)")
	Pragma("noescape")
	from, to := "image grid", "list"
	if !fromImage {
		from, to = to, from
	}
	if t.pairs {
		to += " of pairs"
	}
	Doc(fmt.Sprintf("%s transforms a %d x %d %s to a %d x %d %s; strides are in bytes.", name, in, in, from, out, out, to))
	src, dst, n := reg.RSI, reg.RDI, reg.RCX
	rs, cs, es, listRow := reg.R11, reg.R12, reg.R13, reg.R14
	Load(Param("src"), src)
	Load(Param("rs"), rs)
	Load(Param("cs"), cs)
	Load(Param("dst"), dst)
	Load(Param("es"), es)
	Load(Param("n"), n)
	local := AllocLocal((t.points*t.points + 1) * 64) // a list of vectors, aligned below
	LEAQ(local, reg.RBX)
	ADDQ(imm(63), reg.RBX)
	ANDQ(operand.I8(-64), reg.RBX)
	down, right := rs, cs
	if !fromImage {
		switch t.points {
		case 6:
			LEAQ(at(es, es, 2, 0), listRow)
			ADDQ(listRow, listRow)
		case 5:
			LEAQ(at(es, es, 4, 0), listRow)
		case 4:
			MOVQ(es, listRow)
			SHLQ(imm(2), listRow)
		}
		down, right = listRow, es
	}
	Label("loop")
	MOVQ(src, reg.R8)
	for j := range in {
		MOVQ(reg.R8, reg.R9)
		for i := range in {
			VMOVUPS(mem(reg.R9, 0), t.reg(i))
			if i < in-1 {
				ADDQ(down, reg.R9)
			}
		}
		line()
		for i := range out {
			VMOVAPS(t.reg(6+i), mem(reg.RBX, (t.points*i+j)*64))
		}
		if j < in-1 {
			ADDQ(right, reg.R8)
		}
	}
	MOVQ(dst, reg.R8)
	for i := range out {
		for j := range in {
			VMOVAPS(mem(reg.RBX, (t.points*i+j)*64), t.reg(j))
		}
		MOVQ(reg.R8, reg.R9)
		line()
		for j := range out {
			if t.pairs {
				toBF16(t.reg(6+j), reg.Z12)
				VPROLD(operand.U8(16), reg.Z12, reg.Z12)
				VMOVDQU(reg.Y12, mem(reg.R9, 0))
			} else {
				VMOVUPS(t.reg(6+j), mem(reg.R9, 0))
			}
			if fromImage {
				ADDQ(es, reg.R9)
			} else {
				ADDQ(cs, reg.R9)
			}
		}
		if fromImage {
			MOVQ(reg.R9, reg.R8)
		} else {
			ADDQ(rs, reg.R8)
		}
	}
	ADDQ(imm(t.bytes), src)
	if t.pairs {
		ADDQ(imm(t.bytes/2), dst)
	} else {
		ADDQ(imm(t.bytes), dst)
	}
	DECQ(n)
	JNZ(operand.LabelRef("loop"))
	VZEROUPPER()
	RET()
}
