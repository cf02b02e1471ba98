//go:build ignore

// Command main generates gram_amd64.s: the inner products under every RDM.
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

func y(i int) reg.VecPhysical { return zmm[i].AsY().(reg.VecPhysical) }
func x(i int) reg.VecPhysical { return zmm[i].AsX().(reg.VecPhysical) }

func main() {
	ConstraintExpr("amd64")
	deferred("dots4x6", 4, 6, false)
	dots("dots3x4", 3, 4, false)
	deferred("dots4x6single", 4, 6, true)
	dots("dots3x4single", 3, 4, true)
	widen()
	shift()
	centre()
	total()
	Generate()
}

// pointers reach rows that are stride bytes apart: every third one from a base pointer,
// with index 0, 1 or 2 times the stride. A pointer for each row would leave too few
// registers.
type pointers struct {
	bases  []reg.GPVirtual
	stride reg.Register
}

// rows makes the pointers to n rows from the one given as a parameter.
func rows(param string, n int, stride reg.Register) pointers {
	p := pointers{[]reg.GPVirtual{Load(Param(param), GP64()).(reg.GPVirtual)}, stride}
	for i := 3; i < n; i += 3 {
		q := GP64()
		LEAQ(Mem{Base: p.bases[len(p.bases)-1], Index: stride, Scale: 2}, q)
		ADDQ(stride, q)
		p.bases = append(p.bases, q)
	}
	return p
}

func (p pointers) at(row int) Mem {
	m := Mem{Base: p.bases[row/3]}
	if s := row % 3; s > 0 {
		m.Index, m.Scale = p.stride, uint8(s)
	}
	return m
}

// advance moves on by 64 bytes.
func (p pointers) advance() {
	for _, q := range p.bases {
		ADDQ(U8(64), q)
	}
}

// dots adds the inner products of mr rows of a and nr rows of b over k columns
// to c (AVX2). single says that the rows are float32, whose products are summed in
// float32 within a lane and in float64 across lanes and calls.
func dots(name string, mr, nr int, single bool) {
	const width = 32
	elem, shift := "float64", uint64(3)
	if single {
		elem, shift = "float32", 2
	}
	TEXT(name, NOSPLIT, fmt.Sprintf("func(k int, a, b *%s, stride int, c *float64, ldc int)", elem))
	Doc(fmt.Sprintf("%s adds a[i]·b[j] over k columns to c[i*ldc+j] for %d rows a and %d rows b,", name, mr, nr),
		fmt.Sprintf("stride floats apart (%s, AVX2 and FMA). k is a multiple of 16.", elem))
	k := Load(Param("k"), GP64())
	stride := Load(Param("stride"), GP64())
	SHLQ(U8(shift), stride)
	a, b := rows("a", mr, stride), rows("b", nr, stride)
	acc := func(i, j int) int { return i*nr + j }
	for r := 0; r < mr*nr; r++ {
		VXORPD(y(r), y(r), y(r))
	}
	av, bv := mr*nr, mr*nr+mr
	steps := k
	SHRQ(U8(6-shift), steps)
	Label(name + "_loop")
	for u := 0; u < 64/width; u++ {
		at := func(m Mem) Mem { return m.Offset(u * width) }
		for i := 0; i < mr; i++ {
			VMOVUPD(at(a.at(i)), y(av+i))
		}
		for j := 0; j < nr; j++ {
			VMOVUPD(at(b.at(j)), y(bv))
			for i := 0; i < mr; i++ {
				if single {
					VFMADD231PS(y(bv), y(av+i), y(acc(i, j)))
				} else {
					VFMADD231PD(y(bv), y(av+i), y(acc(i, j)))
				}
			}
		}
	}
	a.advance()
	b.advance()
	DECQ(steps)
	JNZ(LabelRef(name + "_loop"))

	// Sum the lanes of two neighbours at a time and add them to c.
	c := Load(Param("c"), GP64())
	ldc := Load(Param("ldc"), GP64())
	SHLQ(U8(3), ldc)
	tmp := bv
	// float64 sums of the lanes' halves of a float32 register, in place.
	fold := func(r int) {
		if !single {
			return
		}
		VEXTRACTF128(U8(1), y(r), x(tmp))
		VCVTPS2PD(x(tmp), y(tmp))
		VCVTPS2PD(x(r), y(r))
		VADDPD(y(tmp), y(r), y(r))
	}
	for i := 0; i < mr; i++ {
		for j := 0; j < nr; j += 2 {
			p, q := acc(i, j), acc(i, j+1)
			fold(p)
			fold(q)
			VHADDPD(y(q), y(p), y(p))
			VEXTRACTF128(U8(1), y(p), x(tmp))
			VADDPD(x(tmp), x(p), x(p))
			VADDPD(Mem{Base: c, Disp: 8 * j}, x(p), x(p))
			VMOVUPD(x(p), Mem{Base: c, Disp: 8 * j})
		}
		if i+1 < mr {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}

// deferred is dots in AVX-512, tile after tile down the rows of a, with the sums over the
// lanes of a tile put off until the next one: its products leave the units for
// conversions and additions idle, so that these sums, up to a fifth of the time, cost next
// to nothing. Lanes are added in the order 0+8 (float32), then 0+4, 0+1 and 2+3, and these.
func deferred(name string, mr, nr int, single bool) {
	elem, shift, lanes := "float64", uint64(3), 8
	if single {
		elem, shift, lanes = "float32", 2, 16
	}
	TEXT(name, NOSPLIT, fmt.Sprintf("func(k int, a, b *%[1]s, stride, tiles int, sums, last *%[1]s, lastC, c *float64, ldc int)", elem))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes a[i]·b[j] over k columns, a multiple of 16, for %d rows b and tiles times %d", name, nr, mr),
		fmt.Sprintf("rows a, stride floats apart (%s, AVX-512). The products of a tile are left in sums, %d x %d lanes;", elem, mr*nr, lanes),
		"those of the tile before, last, are added to its c in float64. The two take turns, as c and lastC do.")
	stride := Load(Param("stride"), GP64())
	SHLQ(U8(shift), stride)
	last, walk := Load(Param("last"), GP64()), Load(Param("lastC"), GP64())
	sums, c := Load(Param("sums"), GP64()), Load(Param("c"), GP64())
	ldc := Load(Param("ldc"), GP64())
	SHLQ(U8(3), ldc)
	SUBQ(U8(8*nr), ldc) // from the end of a row of the tile to the next
	a := rows("a", mr, stride)
	b := rows("b", nr, stride)
	tiles, steps, row := Load(Param("tiles"), GP64()), GP64(), GP64()

	const acc = 3 // the sums over lanes take registers 0 to 2
	av, bv := acc+mr*nr, acc+mr*nr+mr
	products := func() {
		for i := range mr {
			VMOVUPD(a.at(i), zmm[av+i])
		}
		for j := range nr {
			VMOVUPD(b.at(j), zmm[bv])
			for i := range mr {
				if single {
					VFMADD231PS(zmm[bv], zmm[av+i], zmm[acc+i*nr+j])
				} else {
					VFMADD231PD(zmm[bv], zmm[av+i], zmm[acc+i*nr+j])
				}
			}
		}
		a.advance()
		b.advance()
	}
	fold := func() {
		if single {
			VCVTPS2PD(Mem{Base: last}, y(0))
			VCVTPS2PD(Mem{Base: last, Disp: 32}, y(1))
			VADDPD(y(1), y(0), y(0))
			VCVTPS2PD(Mem{Base: last, Disp: 16}, y(1))
			VCVTPS2PD(Mem{Base: last, Disp: 48}, y(2))
			VADDPD(y(2), y(1), y(1))
			VADDPD(y(1), y(0), y(0))
		} else {
			VMOVUPD(Mem{Base: last}, y(0))
			VADDPD(Mem{Base: last, Disp: 32}, y(0), y(0))
		}
		VEXTRACTF128(U8(1), y(0), x(1))
		VUNPCKHPD(x(1), x(0), x(2))
		VUNPCKLPD(x(1), x(0), x(0))
		VADDPD(x(2), x(0), x(0))
		VUNPCKHPD(x(0), x(0), x(1))
		VADDSD(x(1), x(0), x(0))
		VADDSD(Mem{Base: walk}, x(0), x(0))
		VMOVSD(x(0), Mem{Base: walk})
		ADDQ(U8(64), last)
		ADDQ(U8(8), walk)
	}
	Label(name + "_tile")
	Load(Param("k"), steps)
	SHRQ(U8(6-shift), steps)
	for r := range mr * nr {
		VPXORQ(zmm[acc+r], zmm[acc+r], zmm[acc+r])
	}
	MOVQ(U32(mr), row)
	CMPQ(steps, U8(mr*nr))
	JLT(LabelRef(name + "_fold"))
	SUBQ(U8(mr*nr), steps)
	Label(name + "_both")
	for range nr {
		products()
		fold()
	}
	ADDQ(ldc, walk)
	DECQ(row)
	JNZ(LabelRef(name + "_both"))
	JMP(LabelRef(name + "_rest"))

	Label(name + "_fold")
	for range nr {
		fold()
	}
	ADDQ(ldc, walk)
	DECQ(row)
	JNZ(LabelRef(name + "_fold"))

	Label(name + "_rest")
	TESTQ(steps, steps)
	JZ(LabelRef(name + "_store"))
	Label(name + "_loop")
	products()
	DECQ(steps)
	JNZ(LabelRef(name + "_loop"))

	Label(name + "_store")
	for r := range mr * nr {
		VMOVUPD(zmm[acc+r], Mem{Base: sums, Disp: 64 * r})
	}
	SUBQ(U32(64*mr*nr), last)
	XCHGQ(last, sums)
	MOVQ(c, walk)
	for range mr {
		LEAQ(Mem{Base: c, Index: ldc, Scale: 1, Disp: 8 * nr}, c)
	}
	Load(Param("k"), steps)
	SHLQ(U8(shift), steps)
	for _, p := range append(append([]reg.GPVirtual{}, a.bases...), b.bases...) {
		SUBQ(steps, p)
	}
	for _, p := range a.bases {
		for range mr {
			ADDQ(stride, p)
		}
	}
	DECQ(tiles)
	JNZ(LabelRef(name + "_tile"))
	VZEROUPPER()
	RET()
}

// widen converts float32 to float64 less a shift.
func widen() {
	TEXT("widen8", NOSPLIT, "func(dst *float64, src *float32, n int, shift float64)")
	Doc("widen8 sets dst[i] = float64(src[i]) - shift for n values, a multiple of 8 (AVX2).")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n := Load(Param("n"), GP64())
	shift, a, b := YMM(), YMM(), YMM()
	addr, err := Param("shift").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSD(addr.Addr, shift)
	SHRQ(U8(3), n)
	Label("widen_loop")
	VCVTPS2PD(Mem{Base: src}, a)
	VCVTPS2PD(Mem{Base: src, Disp: 16}, b)
	VSUBPD(shift, a, a)
	VSUBPD(shift, b, b)
	VMOVUPD(a, Mem{Base: dst})
	VMOVUPD(b, Mem{Base: dst, Disp: 32})
	ADDQ(U8(32), src)
	ADDQ(U8(64), dst)
	DECQ(n)
	JNZ(LabelRef("widen_loop"))
	VZEROUPPER()
	RET()
}

// shift subtracts a number of two float32 parts.
func shift() {
	TEXT("shift16", NOSPLIT, "func(dst, src *float32, n int, high, low float32)")
	Doc("shift16 sets dst[i] = (src[i] - high) - low for n values, a multiple of 16 (AVX2).")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n := Load(Param("n"), GP64())
	part := func(name string) reg.VecVirtual {
		v := YMM()
		addr, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSS(addr.Addr, v)
		return v
	}
	high, low := part("high"), part("low")
	a, b := YMM(), YMM()
	SHRQ(U8(4), n)
	Label("shift_loop")
	VMOVUPS(Mem{Base: src}, a)
	VMOVUPS(Mem{Base: src, Disp: 32}, b)
	VSUBPS(high, a, a)
	VSUBPS(high, b, b)
	VSUBPS(low, a, a)
	VSUBPS(low, b, b)
	VMOVUPS(a, Mem{Base: dst})
	VMOVUPS(b, Mem{Base: dst, Disp: 32})
	ADDQ(U8(64), src)
	ADDQ(U8(64), dst)
	DECQ(n)
	JNZ(LabelRef("shift_loop"))
	VZEROUPPER()
	RET()
}

// centre subtracts a mean for each value in float64.
func centre() {
	TEXT("centre8", NOSPLIT, "func(dst *float64, src *float32, n int, mean *float64)")
	Doc("centre8 sets dst[i] = float64(src[i]) - mean[i] for n values, a multiple of 8 (AVX2).")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n, mean := Load(Param("n"), GP64()), Load(Param("mean"), GP64())
	a, b := YMM(), YMM()
	SHRQ(U8(3), n)
	Label("centre_loop")
	VCVTPS2PD(Mem{Base: src}, a)
	VCVTPS2PD(Mem{Base: src, Disp: 16}, b)
	VSUBPD(Mem{Base: mean}, a, a)
	VSUBPD(Mem{Base: mean, Disp: 32}, b, b)
	VMOVUPD(a, Mem{Base: dst})
	VMOVUPD(b, Mem{Base: dst, Disp: 32})
	ADDQ(U8(32), src)
	ADDQ(U8(64), mean)
	ADDQ(U8(64), dst)
	DECQ(n)
	JNZ(LabelRef("centre_loop"))
	VZEROUPPER()
	RET()
}

// total sums float32 values in float64.
func total() {
	TEXT("total16", NOSPLIT, "func(src *float32, n int) float64")
	Doc("total16 sums n float32 values, a multiple of 16, in four float64 vectors (AVX2).")
	src, n := Load(Param("src"), GP64()), Load(Param("n"), GP64())
	var s, t [4]reg.VecVirtual
	for i := range s {
		s[i], t[i] = YMM(), YMM()
		VXORPD(s[i], s[i], s[i])
	}
	SHRQ(U8(4), n)
	Label("total_loop")
	for i := range s {
		VCVTPS2PD(Mem{Base: src, Disp: 16 * i}, t[i])
		VADDPD(t[i], s[i], s[i])
	}
	ADDQ(U8(64), src)
	DECQ(n)
	JNZ(LabelRef("total_loop"))
	VADDPD(s[1], s[0], s[0])
	VADDPD(s[3], s[2], s[2])
	VADDPD(s[2], s[0], s[0])
	VEXTRACTF128(U8(1), s[0], s[1].AsX())
	VADDPD(s[1].AsX(), s[0].AsX(), s[0].AsX())
	VHADDPD(s[0].AsX(), s[0].AsX(), s[0].AsX())
	Store(s[0].AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}
