//go:build ignore

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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
