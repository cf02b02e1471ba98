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

// newton: one exact step over the free coefficients.
func newton() {
	function("newton16", "func(n, m int, q, l, alpha, y, ridge *float32, free, upper *uint16, tol float32) (changed uint32)",
		"newton16 solves for the free coefficients, the others at their bounds, and then says anew",
		"which of the m points (n: the next multiple of four) are free: not those beyond a bound, but",
		"those at one whose slope leads away from it. Bits of changed: lanes with another answer. y has",
		"a value a point, all else sixteen; l takes n+3 rows of n.")
	param := func(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }
	scalar := func(name string, v reg.VecPhysical) {
		b, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSS(b.Addr, v)
	}
	stride, three := GP64(), GP64()
	Load(Param("n"), stride)
	SHLQ(U8(6), stride)
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
	four := func(p reg.Register) rows { return rows{p, stride, three} }
	// loop runs body for a register that counts bytes from 0 to n vectors, `step` at a time.
	loop := func(name string, from reg.Register, step int, body func(at reg.Register)) {
		at := GP64()
		if from == nil {
			XORQ(at, at)
		} else {
			MOVQ(from, at)
		}
		JMP(LabelRef(name + "_test"))
		Label(name)
		body(at)
		ADDQ(U32(step), at)
		Label(name + "_test")
		CMPQ(at, stride)
		JLT(LabelRef(name))
	}
	ones, bias, sum := z[31], z[30], z[29]
	constant(0x3F800000, ones)

	// The coefficients at the upper bound, and what they leave of the constraint.
	bounded := GP64()
	{
		alpha, y, upper, u := param("alpha"), param("y"), param("upper"), GP64()
		VMOVAPS(ones, z[0])
		zero(sum)
		XORQ(bounded, bounded)
		loop("bounds", nil, vector, func(at reg.Register) {
			k := K()
			MOVWLZX(Mem{Base: upper}, u.As32())
			ORQ(u, bounded)
			KMOVW(u.As32(), k)
			VMOVAPS_Z(z[0], k, z[1])
			VMOVUPS(z[1], Mem{Base: alpha, Index: at, Scale: 1})
			VFMADD231PS_BCST(Mem{Base: y}, z[1], sum)
			ADDQ(U8(2), upper)
			ADDQ(U8(4), y)
		})
	}
	// product subtracts the rows of q from `at` on, times alpha, of four vectors.
	product := func(name string, q, alpha, at reg.Register, acc [4]reg.VecPhysical) {
		p, a := GP64(), GP64()
		MOVQ(at, p)
		SHRQ(U8(6), p)
		IMULQ(stride, p)
		ADDQ(q, p)
		MOVQ(alpha, a)
		r := four(p)
		end := GP64()
		LEAQ(Mem{Base: alpha, Index: stride, Scale: 1}, end)
		Label(name)
		VMOVUPS(Mem{Base: a}, z[8])
		for i, v := range acc {
			VFNMADD231PS(r.at(i, 0), z[8], v)
		}
		VMOVUPS(Mem{Base: a, Disp: vector}, z[9])
		for i, v := range acc {
			VFNMADD231PS(r.at(i, 1), z[9], v)
		}
		ADDQ(U32(2*vector), p)
		ADDQ(U32(2*vector), a)
		CMPQ(a, end)
		JLT(LabelRef(name))
	}
	acc4 := [4]reg.VecPhysical{z[0], z[1], z[2], z[3]}

	// Two right-hand sides, as the rows n and n+1 of l: what the bounded ones leave, and y.
	{
		q, alpha, y, free := param("q"), param("alpha"), param("y"), param("free")
		u := param("l")
		t := GP64()
		MOVQ(stride, t)
		SHRQ(U8(6), t)
		IMULQ(stride, t)
		ADDQ(t, u)
		loop("sides", nil, 4*vector, func(at reg.Register) {
			for _, v := range acc4 {
				VMOVAPS(ones, v)
			}
			TESTQ(bounded, bounded)
			JZ(LabelRef("unbounded"))
			product("left", q, alpha, at, acc4)
			Label("unbounded")
			v := GP64()
			LEAQ(Mem{Base: u, Index: stride, Scale: 1}, v)
			for i := range 4 {
				k := K()
				KMOVW(Mem{Base: free, Disp: 2 * i}, k)
				VMOVAPS_Z(acc4[i], k, z[4])
				VMOVUPS(z[4], Mem{Base: u, Disp: i * vector})
				VBROADCASTSS_Z(Mem{Base: y, Disp: 4 * i}, k, z[5])
				VMOVUPS(z[5], Mem{Base: v, Disp: i * vector})
			}
			ADDQ(U32(4*vector), u)
			ADDQ(U8(8), free)
			ADDQ(U8(16), y)
		})
	}

	// l l' = q of the free ones, ones on the diagonal of the others; inverses of l's diagonal.
	{
		acc := func(r, s int) reg.VecPhysical { return z[4*r+s] }
		loop("columns", nil, 4*vector, func(col reg.Register) {
			pj := GP64() // l at row col
			MOVQ(col, pj)
			SHRQ(U8(6), pj)
			IMULQ(stride, pj)
			ADDQ(param("l"), pj)
			// load reads the block of q with the rows of `row`, masked.
			load := func(row reg.Register, diagonal bool) {
				p, free := GP64(), param("free")
				MOVQ(row, p)
				SHRQ(U8(6), p)
				IMULQ(stride, p)
				ADDQ(param("q"), p)
				ADDQ(col, p)
				r := four(p)
				rowMask, colMask := GP64(), GP64()
				MOVQ(row, rowMask)
				SHRQ(U8(5), rowMask)
				ADDQ(free, rowMask)
				MOVQ(col, colMask)
				SHRQ(U8(5), colMask)
				ADDQ(free, colMask)
				var k [4]reg.Register
				for i := range k {
					kk := K()
					KMOVW(Mem{Base: rowMask, Disp: 2 * i}, kk)
					k[i] = kk
				}
				for s := range 4 {
					kc, both := K(), K()
					KMOVW(Mem{Base: colMask, Disp: 2 * s}, kc)
					for i := range 4 {
						switch {
						case diagonal && i < s:
						case diagonal && i == s:
							VMOVUPS(r.at(i, s), acc(i, s))
							VADDPS(z[28], acc(i, s), acc(i, s))
							VBLENDMPS(acc(i, s), ones, kc, acc(i, s))
						default:
							KANDW(kc, k[i], both)
							VMOVUPS_Z(r.at(i, s), both, acc(i, s))
						}
					}
				}
			}
			ridge := param("ridge")
			VMOVUPS(Mem{Base: ridge}, z[28])
			load(col, true)
			// The columns before this one.
			left := GP64()
			MOVQ(col, left)
			p := GP64()
			MOVQ(pj, p)
			r := four(p)
			JMP(LabelRef("diagonal_test"))
			Label("diagonal")
			for i := range 4 {
				VMOVUPS(r.at(i, 0), z[16+i])
			}
			for i := range 4 {
				for s := range i + 1 {
					VFNMADD231PS(z[16+i], z[16+s], acc(i, s))
				}
			}
			ADDQ(U8(vector), p)
			SUBQ(U8(vector), left)
			Label("diagonal_test")
			TESTQ(left, left)
			JNZ(LabelRef("diagonal"))
			for s := range 4 {
				d, x, h := acc(s, s), z[20], z[21]
				VMAXPS(z[28], d, d)
				VRSQRT14PS(d, x) // and a Newton step: x (3/2 - d x x / 2)
				VMULPS(x, d, h)
				VMULPS(x, h, h)
				constantHalf(h, x)
				VMOVUPS(x, r.at(s, s))
				for i := s + 1; i < 4; i++ {
					VMULPS(x, acc(i, s), acc(i, s))
					VMOVUPS(acc(i, s), r.at(i, s))
				}
				for i := s + 1; i < 4; i++ {
					for t := s + 1; t <= i; t++ {
						VFNMADD231PS(acc(i, s), acc(t, s), acc(i, t))
					}
				}
			}
			diagonal := four(p) // l at (col, col)

			// The rows below, four at a time, and the two right-hand sides.
			below := func(name string, height int, pi reg.Register, start func()) {
				start()
				MOVQ(col, left)
				pc := GP64()
				MOVQ(pj, pc)
				r, c := four(pi), four(pc)
				JMP(LabelRef(name + "_test"))
				Label(name)
				for s := range 4 {
					VMOVUPS(c.at(s, 0), z[16+s])
				}
				for i := range height {
					VMOVUPS(r.at(i, 0), z[20+i])
					for s := range 4 {
						VFNMADD231PS(z[20+i], z[16+s], acc(i, s))
					}
				}
				ADDQ(U8(vector), pi)
				ADDQ(U8(vector), pc)
				SUBQ(U8(vector), left)
				Label(name + "_test")
				TESTQ(left, left)
				JNZ(LabelRef(name))
				for s := range 4 {
					for i := range height {
						for t := range s {
							VFNMADD231PS(diagonal.at(s, t), acc(i, t), acc(i, s))
						}
						VMULPS(diagonal.at(s, s), acc(i, s), acc(i, s))
						VMOVUPS(acc(i, s), r.at(i, s))
					}
				}
			}
			row := GP64()
			LEAQ(Mem{Base: col, Disp: 4 * vector}, row)
			JMP(LabelRef("rows_test"))
			Label("rows")
			pi := GP64()
			MOVQ(row, pi)
			SHRQ(U8(6), pi)
			IMULQ(stride, pi)
			ADDQ(param("l"), pi)
			below("block", 4, pi, func() { load(row, false) })
			ADDQ(U32(4*vector), row)
			Label("rows_test")
			CMPQ(row, stride)
			JLT(LabelRef("rows"))
			side := GP64()
			MOVQ(stride, side)
			SHRQ(U8(6), side)
			IMULQ(stride, side)
			ADDQ(param("l"), side)
			below("side", 2, side, func() {
				for i := range 2 {
					r := rows{side, stride, three}
					t := GP64()
					LEAQ(Mem{Base: side, Index: col, Scale: 1}, t)
					r.p = t
					for s := range 4 {
						VMOVUPS(r.at(i, s), acc(i, s))
					}
				}
			})
		})
	}

	// The bias that keeps the constraint: (u v + what is left) / v v; then u - bias v.
	u, v := GP64(), GP64()
	{
		MOVQ(stride, u)
		SHRQ(U8(6), u)
		IMULQ(stride, u)
		ADDQ(param("l"), u)
		LEAQ(Mem{Base: u, Index: stride, Scale: 1}, v)
		zero(z[0])
		loop("dots", nil, vector, func(at reg.Register) {
			VMOVUPS(Mem{Base: v, Index: at, Scale: 1}, z[2])
			VFMADD231PS(Mem{Base: u, Index: at, Scale: 1}, z[2], sum)
			VFMADD231PS(z[2], z[2], z[0])
		})
		constant(0x0DA24260, z[1]) // 1e-30
		VMAXPS(z[1], z[0], z[0])
		VDIVPS(z[0], sum, bias)
		loop("minus", nil, vector, func(at reg.Register) {
			VMOVUPS(Mem{Base: u, Index: at, Scale: 1}, z[2])
			VFNMADD231PS(Mem{Base: v, Index: at, Scale: 1}, bias, z[2])
			VMOVUPS(z[2], Mem{Base: u, Index: at, Scale: 1})
		})
	}

	// Back substitution, four columns at a time from the last; x takes the place of v.
	{
		alpha, l := param("alpha"), param("l")
		col := GP64()
		MOVQ(stride, col)
		Label("back")
		SUBQ(U32(4*vector), col)
		for s := range 4 {
			VMOVUPS(Mem{Base: u, Index: col, Scale: 1, Disp: s * vector}, z[s])
		}
		j, p := GP64(), GP64()
		LEAQ(Mem{Base: col, Disp: 4 * vector}, j)
		MOVQ(col, p)
		SHRQ(U8(6), p)
		IMULQ(stride, p)
		ADDQ(l, p)
		ADDQ(col, p) // l at (col, col)
		below := GP64()
		LEAQ(Mem{Base: p, Index: stride, Scale: 4}, below)
		JMP(LabelRef("back_test"))
		Label("back_row")
		VMOVUPS(Mem{Base: v, Index: j, Scale: 1}, z[8])
		for s := range 4 {
			VFNMADD231PS(Mem{Base: below, Disp: s * vector}, z[8], z[s])
		}
		ADDQ(stride, below)
		ADDQ(U8(vector), j)
		Label("back_test")
		CMPQ(j, stride)
		JLT(LabelRef("back_row"))
		r := four(p)
		free, t := param("free"), GP64()
		MOVQ(col, t)
		SHRQ(U8(5), t)
		ADDQ(t, free)
		for s := 3; s >= 0; s-- {
			for t := s + 1; t < 4; t++ {
				VFNMADD231PS(r.at(t, s), z[t], z[s])
			}
			VMULPS(r.at(s, s), z[s], z[s])
			VMOVUPS(z[s], Mem{Base: v, Index: col, Scale: 1, Disp: s * vector})
			k := K()
			KMOVW(Mem{Base: free, Disp: 2 * s}, k)
			VMOVUPS(z[s], k, Mem{Base: alpha, Index: col, Scale: 1, Disp: s * vector})
		}
		TESTQ(col, col)
		JNZ(LabelRef("back"))
	}

	// Slopes, and which are free from here on.
	{
		VMOVAPS(ones, z[10])
		scalar("tol", z[11])
		zero(z[12])
		VSUBPS(z[11], z[12], z[13])
		changed := GP64()
		XORQ(changed, changed)
		point := GP64()
		XORQ(point, point)
		loop("slopes", nil, 4*vector, func(at reg.Register) {
			y := param("y")
			for i, v := range acc4 {
				VMOVAPS(ones, v)
				VFNMADD231PS_BCST(Mem{Base: y, Index: point, Scale: 4, Disp: 4 * i}, bias, v)
			}
			alpha := param("alpha")
			product("slope", param("q"), alpha, at, acc4)
			for i, s := range acc4 {
				CMPQ(point, mustParam("m"))
				JGE(LabelRef("slopes_done"))
				free, upper := param("free"), param("upper")
				f, b, t, w := GP64(), GP64(), GP64(), GP64()
				kf, kb, ku, kd := K(), K(), K(), K()
				MOVWLZX(Mem{Base: free, Index: point, Scale: 2}, f.As32())
				MOVWLZX(Mem{Base: upper, Index: point, Scale: 2}, b.As32())
				VMOVUPS(Mem{Base: alpha, Index: at, Scale: 1, Disp: i * vector}, z[8])
				VCMPPS(U8(0x11), z[12], z[8], kf) // below 0
				VCMPPS(U8(0x1E), z[10], z[8], kb) // above 1
				VCMPPS(U8(0x1E), z[11], s, ku)    // the slope leads upwards
				VCMPPS(U8(0x11), z[13], s, kd)    // or downwards
				// t: leaves downwards or is beyond 0; both are lanes of f or b only.
				was := GP64()
				MOVQ(f, was)
				SHLQ(U8(16), was)
				ORQ(b, was) // f and b before
				KMOVW(ku, t.As32())
				MOVQ(f, w)
				ORQ(b, w)
				NOTQ(w)
				ANDQ(w, t) // those at 0 that become free
				KMOVW(kd, w.As32())
				ANDQ(b, w) // those at 1 that become free
				XORQ(w, b)
				ORQ(w, t)
				KMOVW(kf, w.As32())
				ANDQ(f, w)
				XORQ(w, f) // below 0: no longer free
				KMOVW(kb, w.As32())
				ANDQ(f, w)
				XORQ(w, f) // above 1: no longer free,
				ORQ(w, b)  // but at 1
				ORQ(t, f)
				MOVW(f.As16(), Mem{Base: free, Index: point, Scale: 2})
				MOVW(b.As16(), Mem{Base: upper, Index: point, Scale: 2})
				SHLQ(U8(16), f)
				ORQ(b, f)
				XORQ(f, was)
				ORQ(was, changed)
				INCQ(point)
			}
		})
		Label("slopes_done")
		t := GP64()
		MOVQ(changed, t)
		SHRQ(U8(16), t)
		ORQ(t, changed)
		ANDQ(U32(0xFFFF), changed)
		Store(changed.As32(), ReturnIndex(0))
	}
	VZEROUPPER()
	RET()
}

func mustParam(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// constantHalf leaves x (3/2 - h / 2) in x.
func constantHalf(h, x reg.VecPhysical) {
	constant(0x3FC00000, z[22])
	constant(0x3F000000, z[23])
	VFNMADD231PS(z[23], h, z[22])
	VMULPS(z[22], x, x)
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
