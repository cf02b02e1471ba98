//go:build ignore

// Command main generates lockstep_amd64.s: sixteen support vector machines at once.
//
// Run it with "go generate" in the parent directory.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var z = []reg.VecPhysical{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
	reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
	reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}

const vector = 64 // bytes of sixteen lanes

func main() {
	ConstraintExpr("amd64")
	interleave()
	gather()
	for _, n := range []int{8, 16, 24, 32} {
		sweep(n)
	}
	newton()
	slopes()
	free()
	Generate()
}

func function(name, signature string, doc ...string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(doc...)
}

func zero(v reg.VecPhysical) { VPXORD(v, v, v) }

// constant leaves the bits of a float32 in every lane.
func constant(bits uint32, v reg.VecPhysical) {
	t := GP32()
	MOVL(U32(bits), t)
	VPBROADCASTD(t, v)
}

// interleave: rows of sixteen matrices become vectors of sixteen lanes.
func interleave() {
	const side, lanes = 32, 16
	function("interleave16", "func(out *float32, grams *float64)",
		"interleave16 writes the lower triangle, in blocks of 16 columns, of 16 matrices of 32 x 32",
		"to out (32 x 32 x 16 lanes), in single precision.")
	out, in := Load(Param("out"), GP64()), Load(Param("grams"), GP64())
	row := GP64()
	for half := range 2 { // rows 0 to 15 have one block of columns, the others two
		XORQ(row, row)
		loop := fmt.Sprintf("interleave_%d", half)
		Label(loop)
		for block := range half + 1 {
			for l := range lanes {
				at := Mem{Base: in, Disp: l*side*side*8 + block*16*8}
				VCVTPD2PS(at, z[l].AsY())
				VCVTPD2PS(at.Offset(64), z[16].AsY())
				VINSERTF64X4(U8(1), z[16].AsY(), z[l], z[l])
			}
			for p := 0; p < 16; p += 2 {
				VUNPCKLPS(z[p+1], z[p], z[16+p])
				VUNPCKHPS(z[p+1], z[p], z[17+p])
			}
			for g := 0; g < 16; g += 4 {
				VUNPCKLPD(z[16+g+2], z[16+g], z[g])
				VUNPCKHPD(z[16+g+2], z[16+g], z[g+1])
				VUNPCKLPD(z[16+g+3], z[16+g+1], z[g+2])
				VUNPCKHPD(z[16+g+3], z[16+g+1], z[g+3])
			}
			for k := range 4 {
				for _, upper := range []int{0, 8} {
					VSHUFF32X4(U8(0x88), z[upper+k+4], z[upper+k], z[16+upper+k])
					VSHUFF32X4(U8(0xDD), z[upper+k+4], z[upper+k], z[16+upper+k+4])
				}
				for m, of := range []struct{ first, imm int }{{0, 0x88}, {4, 0x88}, {0, 0xDD}, {4, 0xDD}} {
					VSHUFF32X4(U8(of.imm), z[16+8+of.first+k], z[16+of.first+k], z[k])
					VMOVUPS(z[k], Mem{Base: out, Disp: (block*16 + 4*m + k) * vector})
				}
			}
		}
		ADDQ(U32(side*8), in)
		ADDQ(U32(side*vector), out)
		INCQ(row)
		CMPQ(row, U8(16))
		JLT(LabelRef(loop))
	}
	VZEROUPPER()
	RET()
}

// gather: the training points of a split.
func gather() {
	function("gather16", "func(q, inverse, wide *float32, moves *int32, count int, sigma *float32, c float32)",
		"gather16 makes the moves: an inner product of wide, plus sigma, times c and a sign, in two",
		"places of q; where these are one, on the diagonal, its inverse is the next of inverse.")
	q, inverse, wide := Load(Param("q"), GP64()), Load(Param("inverse"), GP64()), Load(Param("wide"), GP64())
	moves, count, sigma := Load(Param("moves"), GP64()), Load(Param("count"), GP64()), Load(Param("sigma"), GP64())
	VMOVUPS(Mem{Base: sigma}, z[0])
	constant(0x3F800000, z[1])
	scale, err := Param("c").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(scale.Addr, z[4])
	from, to, mirror := GP64(), GP64(), GP64()
	Label("gather_loop")
	MOVL(Mem{Base: moves}, from.As32())
	MOVL(Mem{Base: moves, Disp: 4}, to.As32())
	MOVL(Mem{Base: moves, Disp: 8}, mirror.As32())
	VADDPS(Mem{Base: wide, Index: from, Scale: 1}, z[0], z[2])
	VMULPS(z[4], z[2], z[2])
	VPXORD_BCST(Mem{Base: moves, Disp: 12}, z[2], z[3])
	VMOVUPS(z[3], Mem{Base: q, Index: to, Scale: 1})
	VMOVUPS(z[3], Mem{Base: q, Index: mirror, Scale: 1})
	CMPQ(to, mirror)
	JNE(LabelRef("gather_next"))
	VDIVPS(z[2], z[1], z[2])
	VMOVUPS(z[2], Mem{Base: inverse})
	ADDQ(U8(vector), inverse)
	Label("gather_next")
	ADDQ(U8(16), moves)
	DECQ(count)
	JNZ(LabelRef("gather_loop"))
	VZEROUPPER()
	RET()
}

// sweep: coordinate descent with the slopes in registers, as many as there are.
func sweep(n int) {
	held := min(n, 26)
	name := fmt.Sprintf("sweep%d", n)
	function(name, "func(q, inverse, alpha, slope *float32, count int, free, upper *uint16)",
		fmt.Sprintf("%s minimises over one coefficient after the other, count times over %d of them, from 0;", name, n),
		"free and upper say which lanes of a coefficient are between 0 and 1 and at 1.")
	q, inverse := Load(Param("q"), GP64()), Load(Param("inverse"), GP64())
	alpha, slope := Load(Param("alpha"), GP64()), Load(Param("slope"), GP64())
	count := Load(Param("count"), GP64())
	c, zeros, step, value, far, was := z[26], z[27], z[28], z[29], z[30], z[31]
	constant(0x3F800000, c)
	zero(zeros)
	constant(0x3F800000, far)
	for i := range n {
		VMOVUPS(zeros, Mem{Base: alpha, Disp: i * vector})
		if i < held {
			VMOVAPS(far, z[i])
		} else {
			VMOVUPS(far, Mem{Base: slope, Disp: i * vector})
		}
	}
	row := GP64()
	Label(name + "_loop")
	MOVQ(q, row)
	for i := range n {
		VMOVUPS(Mem{Base: alpha, Disp: i * vector}, was)
		VMOVUPS(Mem{Base: inverse, Disp: i * vector}, value)
		s := step
		if i < held {
			s = z[i]
		} else {
			VMOVUPS(Mem{Base: slope, Disp: i * vector}, s)
		}
		VFMADD213PS(was, s, value)
		VMAXPS(zeros, value, value)
		VMINPS(c, value, value)
		VMOVUPS(value, Mem{Base: alpha, Disp: i * vector})
		VSUBPS(was, value, step)
		for k := range n {
			j := (i + 1 + k) % n // the next coefficient's first: it waits for it
			at := Mem{Base: row, Disp: j * vector}
			if j < held {
				VFNMADD231PS(at, step, z[j])
				continue
			}
			VMOVUPS(Mem{Base: slope, Disp: j * vector}, far)
			VFNMADD231PS(at, step, far)
			VMOVUPS(far, Mem{Base: slope, Disp: j * vector})
		}
		ADDQ(U32(n*vector), row)
	}
	DECQ(count)
	JNZ(LabelRef(name + "_loop"))
	free, upper := Load(Param("free"), GP64()), Load(Param("upper"), GP64())
	positive, full := K(), K()
	for i := range n {
		VMOVUPS(Mem{Base: alpha, Disp: i * vector}, value)
		VCMPPS(U8(0x1E), zeros, value, positive)
		VCMPPS(U8(0x1D), c, value, full)
		KANDNW(positive, full, positive)
		KMOVW(positive, Mem{Base: free, Disp: 2 * i})
		KMOVW(full, Mem{Base: upper, Disp: 2 * i})
	}
	VZEROUPPER()
	RET()
}

// rows of a matrix, four from a pointer on.
type rows struct{ p, stride, three reg.Register }

func (r rows) at(i, column int) Mem {
	switch i {
	case 0:
		return Mem{Base: r.p, Disp: column * vector}
	case 1:
		return Mem{Base: r.p, Index: r.stride, Scale: 1, Disp: column * vector}
	case 2:
		return Mem{Base: r.p, Index: r.stride, Scale: 2, Disp: column * vector}
	}
	return Mem{Base: r.p, Index: r.three, Scale: 1, Disp: column * vector}
}

// slopes: double precision, one machine.
func slopes() {
	function("slopes32", "func(k, beta, slope *float64, n int)",
		"slopes32 subtracts beta_t times row t of k (n x 32) from slope.")
	k, beta, slope, n := Load(Param("k"), GP64()), Load(Param("beta"), GP64()), Load(Param("slope"), GP64()), Load(Param("n"), GP64())
	for i := range 4 {
		VMOVUPD(Mem{Base: slope, Disp: i * vector}, z[i])
	}
	Label("slopes32_loop")
	VBROADCASTSD(Mem{Base: beta}, z[8])
	for i := range 4 {
		VFNMADD231PD(Mem{Base: k, Disp: i * vector}, z[8], z[i])
	}
	ADDQ(U8(8), beta)
	ADDQ(U32(4*vector), k)
	DECQ(n)
	JNZ(LabelRef("slopes32_loop"))
	for i := range 4 {
		VMOVUPD(z[i], Mem{Base: slope, Disp: i * vector})
	}
	VZEROUPPER()
	RET()
}

// free: the slopes of the free points.
func free() {
	function("free32", "func(beta, lo, hi, slope *float64) (sum float64, count int)",
		"free32 adds the slopes of the points between their bounds and counts these, of 32.")
	beta, lo := Load(Param("beta"), GP64()), Load(Param("lo"), GP64())
	hi, slope := Load(Param("hi"), GP64()), Load(Param("slope"), GP64())
	count, some := GP64(), GP64()
	XORQ(count, count)
	for i := range 4 {
		at := func(p reg.Register) Mem { return Mem{Base: p, Disp: i * vector} }
		VMOVUPD(at(beta), z[4])
		above, below := K(), K()
		VCMPPD(U8(0x1E), at(lo), z[4], above)
		VCMPPD(U8(0x11), at(hi), z[4], below)
		KANDB(above, below, above)
		VMOVUPD_Z(at(slope), above, z[i])
		KMOVB(above, some.As32())
		POPCNTL(some.As32(), some.As32())
		ADDQ(some, count)
	}
	VADDPD(z[1], z[0], z[0])
	VADDPD(z[3], z[2], z[2])
	VADDPD(z[2], z[0], z[0])
	VEXTRACTF64X4(U8(1), z[0], z[1].AsY())
	VADDPD(z[1].AsY(), z[0].AsY(), z[0].AsY())
	VEXTRACTF128(U8(1), z[0].AsY(), z[1].AsX())
	VADDPD(z[1].AsX(), z[0].AsX(), z[0].AsX())
	VHADDPD(z[0].AsX(), z[0].AsX(), z[0].AsX())
	Store(z[0].AsX(), ReturnIndex(0))
	Store(count, ReturnIndex(1))
	VZEROUPPER()
	RET()
}
