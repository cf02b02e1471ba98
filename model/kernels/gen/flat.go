package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// flat writes the kernels over plain lists: elementwise maps, the parameter
// update, windows of pooling and inner products.
func flat() {
	for _, v := range []isa{avx512, avx2} {
		v.elementwise("add", "computes y = a + b.", "y a b", func(l loop, _ reg.VecVirtual) {
			a := l.load("a")
			VADDPS(l.at("b"), a, a)
			l.store(a, "y")
		})
		v.elementwise("relu", "computes y = max(x, 0).", "y x", func(l loop, zero reg.VecVirtual) {
			x := l.load("x")
			VMAXPS(x, zero, x)
			l.store(x, "y")
		})
		v.elementwise("addReLU", "computes y = max(a+b, 0).", "y a b", func(l loop, zero reg.VecVirtual) {
			a := l.load("a")
			VADDPS(l.at("b"), a, a)
			VMAXPS(a, zero, a)
			l.store(a, "y")
		})
		v.elementwise("reluMask", "computes dx = dy where y > 0, else 0.", "dx dy y", func(l loop, zero reg.VecVirtual) {
			l.store(l.masked("dy", "y", zero), "dx")
		})
		v.adam()
		v.windowMax()
		v.windowGradient()
		v.dots()
	}
	transpose()
}

// transpose writes the transposition of 8 x 8n blocks, for which wider vectors
// gain nothing.
func transpose() {
	TEXT("transpose", NOSPLIT, "func(dst *float32, ldd int64, src *float32, lds, n int64)")
	Pragma("noescape")
	Doc("transpose writes the 8 rows of 8n values at src as 8n rows of 8; leading dimensions are in bytes.")
	dst, ldd := Load(Param("dst"), GP64()), Load(Param("ldd"), GP64())
	src, lds := Load(Param("src"), GP64()), Load(Param("lds"), GP64())
	n := Load(Param("n"), GP64())
	Label("block")
	p := GP64()
	MOVQ(src, p)
	var a, b [8]reg.VecVirtual
	for i := range a {
		a[i], b[i] = YMM(), YMM()
		VMOVUPS(mem(p, 0), a[i])
		ADDQ(lds, p)
	}
	for i := 0; i < 8; i += 2 { // pairs of rows
		VUNPCKLPS(a[i+1], a[i], b[i])
		VUNPCKHPS(a[i+1], a[i], b[i+1])
	}
	for i := 0; i < 8; i += 4 { // fours
		for h := range 2 {
			VSHUFPS(operand.U8(0x44), b[i+2+h], b[i+h], a[i+2*h])
			VSHUFPS(operand.U8(0xee), b[i+2+h], b[i+h], a[i+2*h+1])
		}
	}
	for i := range 4 { // eights
		VPERM2F128(operand.U8(0x20), a[i+4], a[i], b[i])
		VPERM2F128(operand.U8(0x31), a[i+4], a[i], b[i+4])
	}
	for i := range b {
		VMOVUPS(b[i], mem(dst, 0))
		ADDQ(ldd, dst)
	}
	ADDQ(imm(32), src)
	DECQ(n)
	JNZ(operand.LabelRef("block"))
	VZEROUPPER()
	RET()
}

// elementwise writes a kernel over n vectors.
func (v isa) elementwise(name, doc, operands string, body func(l loop, zero reg.VecVirtual)) {
	names := strings.Fields(operands)
	TEXT(name+v.name, NOSPLIT, "func("+strings.Join(names, ", ")+" *float32, n int64)")
	Pragma("noescape")
	Doc(name + v.name + " " + doc)
	l := v.lists(names)
	end := Load(Param("n"), GP64())
	SHLQ(imm(v.log2()), end)
	zero := v.zeroed()
	XORQ(l.i, l.i)
	Label("vector")
	body(l, zero)
	ADDQ(imm(v.bytes), l.i)
	CMPQ(l.i, end)
	JNE(operand.LabelRef("vector"))
	VZEROUPPER()
	RET()
}

func (v isa) lists(names []string) loop {
	l := loop{isa: v, base: map[string]reg.Register{}, i: GP64()}
	for _, p := range names {
		l.base[p] = Load(Param(p), GP64())
	}
	return l
}

// adam rounds like PyTorch: products and sums apart, but for the first moment,
// which PyTorch forms with a fused multiply-add.
func (v isa) adam() {
	TEXT("adam"+v.name, NOSPLIT, "func(p, m, v, grad, k *float32, n int64)")
	Pragma("noescape")
	Doc("adam" + v.name + " updates n vectors; k points to the fields of adamScalars in order.")
	l := v.lists([]string{"p", "m", "v", "grad"})
	constants := Load(Param("k"), GP64())
	k := make([]reg.VecVirtual, 7)
	for i := range k {
		k[i] = v.vec()
		VBROADCASTSS(mem(constants, 4*i), k[i])
	}
	end := Load(Param("n"), GP64())
	SHLQ(imm(v.log2()), end)
	XORQ(l.i, l.i)
	Label("vector")
	g, m, w := l.load("grad"), l.load("m"), l.load("v")
	VMULPS(k[0], m, m) // beta1
	VFMADD231PS(k[1], g, m)
	l.store(m, "m")
	VMULPS(k[2], w, w) // beta2
	t := v.vec()
	VMULPS(k[3], g, t)
	VMULPS(g, t, t)
	VADDPS(t, w, w)
	l.store(w, "v")
	VSQRTPS(w, w)
	VDIVPS(k[4], w, w)
	VADDPS(k[5], w, w) // eps
	VMULPS(k[6], m, m) // step
	VDIVPS(w, m, m)
	p := l.load("p")
	VSUBPS(m, p, p)
	l.store(p, "p")
	ADDQ(imm(v.bytes), l.i)
	CMPQ(l.i, end)
	JNE(operand.LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// window loops over the pixels of a rows x cols window, right bytes apart in a
// row of down bytes, for every one of n vectors of channels.
func (v isa) window(name, doc string, full, pixel []string, before, body, after func(l loop)) {
	names := append(append([]string{}, full...), pixel...)
	TEXT(name+v.name, NOSPLIT, "func("+strings.Join(names, ", ")+" *float32, down, rows, right, cols, n int64)")
	Pragma("noescape")
	Doc(name + v.name + " " + doc)
	l := loop{isa: v, base: map[string]reg.Register{}, columns: map[string]bool{}, i: GP64(), j: GP64()}
	for _, p := range names {
		l.base[p] = Load(Param(p), GP64())
		l.columns[p] = false
	}
	for _, p := range full {
		l.columns[p] = true // at j, the vector of channels; pixels at i
	}
	n := Load(Param("n"), GP64())
	XORQ(l.j, l.j)
	Label("vector")
	before(l)
	start, r, c := GP64(), GP64(), GP64()
	MOVQ(l.j, start)
	Load(Param("rows"), r)
	Label("row")
	MOVQ(start, l.i)
	Load(Param("cols"), c)
	Label("pixel")
	body(l)
	step := GP64()
	Load(Param("right"), step)
	ADDQ(step, l.i)
	DECQ(c)
	JNZ(operand.LabelRef("pixel"))
	Load(Param("down"), step)
	ADDQ(step, start)
	DECQ(r)
	JNZ(operand.LabelRef("row"))
	after(l)
	ADDQ(imm(v.bytes), l.j)
	DECQ(n)
	JNZ(operand.LabelRef("vector"))
	VZEROUPPER()
	RET()
}

func (v isa) windowMax() {
	const unordered = 3
	var best reg.VecVirtual
	v.window("windowMax", "computes y = max of x over the window; NaN wins.", []string{"y"}, []string{"x"},
		func(l loop) {
			best = v.vec()
			VMOVUPS(at(l.base["x"], l.j, 1, 0), best)
		},
		func(l loop) {
			x, nan := l.load("x"), v.vec()
			if v.bytes == 64 {
				k := K()
				VCMPPS(operand.U8(unordered), best, best, k)
				VMAXPS(x, best, nan) // x if either is NaN
				VMOVUPS(best, k, nan)
				VMOVAPS(nan, best)
				return
			}
			VCMPPS(operand.U8(unordered), best, best, nan)
			VMAXPS(x, best, x)
			VBLENDVPS(nan, best, x, best)
		},
		func(l loop) { l.store(best, "y") })
}

func (v isa) windowGradient() {
	const equal = 0
	var d, y reg.VecVirtual
	v.window("windowGradient", "adds dy to dx at the first pixel of the window where x = y.", []string{"dy", "y"}, []string{"dx", "x"},
		func(l loop) { d, y = l.load("dy"), l.load("y") },
		func(l loop) {
			take := v.vec()
			if v.bytes == 64 {
				k := K()
				VCMPPS(operand.U8(equal), l.at("x"), y, k)
				VMOVUPS_Z(d, k, take)
			} else {
				VCMPPS(operand.U8(equal), l.at("x"), y, take)
				VANDPS(d, take, take)
			}
			VADDPS(l.at("dx"), take, take)
			l.store(take, "dx")
			if v.bytes == 64 {
				k := K()
				VCMPPS(operand.U8(4), l.at("x"), y, k) // not equal
				VMOVUPS_Z(d, k, d)
			} else {
				m := v.vec()
				VCMPPS(operand.U8(4), l.at("x"), y, m)
				VANDPS(d, m, d)
			}
		},
		func(loop) {})
}

// dots writes the inner products of four rows of x with two rows of w (four
// with the larger register file), lane by lane.
func (v isa) dots() {
	wide := 2
	if v.bytes == 64 {
		wide = 4
	}
	TEXT("dots"+v.name, NOSPLIT, "func(x *float32, ldx int64, w *float32, ldw int64, out *float32, n int64)")
	Pragma("noescape")
	Doc("dots" + v.name + " writes, for every x row i and w row j, a vector of partial sums of n vectors.")
	var acc [4][]reg.VecVirtual
	for i := range acc {
		for range wide {
			acc[i] = append(acc[i], v.zeroed())
		}
	}
	x, ldx := Load(Param("x"), GP64()), Load(Param("ldx"), GP64())
	w, ldw := Load(Param("w"), GP64()), Load(Param("ldw"), GP64())
	n := Load(Param("n"), GP64())
	x3, w3 := GP64(), GP64()
	LEAQ(at(ldx, ldx, 2, 0), x3)
	LEAQ(at(ldw, ldw, 2, 0), w3)
	address := func(p, ld, ld3 reg.Register, i int) operand.Mem {
		switch i {
		case 0:
			return mem(p, 0)
		case 3:
			return at(p, ld3, 1, 0)
		}
		return at(p, ld, uint8(i), 0) // 1, 2
	}
	Label("vector")
	var ws []reg.VecVirtual
	for j := range wide {
		ws = append(ws, v.vec())
		VMOVUPS(address(w, ldw, w3, j), ws[j])
	}
	for i := range acc {
		r := v.vec()
		VMOVUPS(address(x, ldx, x3, i), r)
		for j := range wide {
			VFMADD231PS(r, ws[j], acc[i][j])
		}
	}
	ADDQ(imm(v.bytes), x)
	ADDQ(imm(v.bytes), w)
	DECQ(n)
	JNZ(operand.LabelRef("vector"))
	out := Load(Param("out"), GP64())
	for i := range acc {
		for j := range wide {
			VMOVUPS(acc[i][j], mem(out, (i*wide+j)*v.bytes))
		}
	}
	VZEROUPPER()
	RET()
}
