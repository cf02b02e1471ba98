package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows writes the kernels over a rows x n-vectors matrix with one operand of
// n vectors for every column: the sums and maps of batch normalisation.
func rows() {
	for _, v := range []isa{avx512, avx2} {
		v.columnSum()
		v.columnSquares()
		for _, residual := range []bool{false, true} {
			for _, relu := range []bool{false, true} {
				v.affine(residual, relu)
				v.normGradient(residual, relu)
			}
		}
		for _, relu := range []bool{false, true} {
			v.normSums(relu)
		}
	}
}

func (v isa) vec() reg.VecVirtual {
	if v.bytes == 64 {
		return ZMM()
	}
	return YMM()
}

// loop is the state of a kernel over rows and columns.
type loop struct {
	isa
	base    map[string]reg.Register
	columns map[string]bool
	i, j    reg.Register // bytes from the start; bytes within the row
}

// at is the current vector of an operand.
func (l loop) at(name string) operand.Mem {
	if l.columns[name] {
		return at(l.base[name], l.j, 1, 0)
	}
	return at(l.base[name], l.i, 1, 0)
}

func (l loop) load(name string) reg.VecVirtual {
	r := l.vec()
	VMOVUPS(l.at(name), r)
	return r
}

func (l loop) store(r reg.VecVirtual, name string) { VMOVUPS(r, l.at(name)) }

// masked loads an operand where another is positive and zero elsewhere.
func (l loop) masked(name, positive string, zero reg.VecVirtual) reg.VecVirtual {
	const less = 0x11 // ordered, quiet
	r := l.vec()
	if l.bytes == 64 {
		k := K()
		VCMPPS(operand.U8(less), l.at(positive), zero, k)
		VMOVUPS_Z(l.at(name), k, r)
		return r
	}
	VCMPPS(operand.U8(less), l.at(positive), zero, r)
	VANDPS(l.at(name), r, r)
	return r
}

func (v isa) zeroed() reg.VecVirtual {
	r := v.vec()
	if v.bytes == 64 {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
	return r
}

// overRows writes a kernel of full and column operands; body handles a vector.
func (v isa) overRows(name, doc, full, columns string, body func(l loop, zero reg.VecVirtual)) {
	fullNames, columnNames := strings.Fields(full), strings.Fields(columns)
	all := append(append([]string{}, fullNames...), columnNames...)
	TEXT(name+v.name, NOSPLIT, "func("+strings.Join(all, ", ")+" *float32, rows, n int64)")
	Pragma("noescape")
	Doc(name + v.name + " " + doc)
	l := loop{isa: v, base: map[string]reg.Register{}, columns: map[string]bool{}, i: GP64(), j: GP64()}
	for _, p := range all {
		l.base[p] = Load(Param(p), GP64())
	}
	for _, p := range columnNames {
		l.columns[p] = true
	}
	rows, width := Load(Param("rows"), GP64()), Load(Param("n"), GP64())
	SHLQ(imm(v.log2()), width)
	zero := v.zeroed()
	XORQ(l.i, l.i)
	Label("row")
	XORQ(l.j, l.j)
	Label("vector")
	body(l, zero)
	ADDQ(imm(v.bytes), l.i)
	ADDQ(imm(v.bytes), l.j)
	CMPQ(l.j, width)
	JNE(operand.LabelRef("vector"))
	DECQ(rows)
	JNZ(operand.LabelRef("row"))
	VZEROUPPER()
	RET()
}

func (v isa) columnSum() {
	v.overRows("columnSum", "computes sum += x over the rows.", "x", "sum", func(l loop, _ reg.VecVirtual) {
		s := l.load("sum")
		VADDPS(l.at("x"), s, s)
		l.store(s, "sum")
	})
}

func (v isa) columnSquares() {
	v.overRows("columnSquares", "computes sum += (x-mean)^2 over the rows.", "x", "mean sum", func(l loop, _ reg.VecVirtual) {
		x, s := l.load("x"), l.load("sum")
		VSUBPS(l.at("mean"), x, x)
		VFMADD231PS(x, x, s)
		l.store(s, "sum")
	})
}

// suffix names the variants.
func suffix(residual, relu bool) string {
	s := ""
	if residual {
		s += "Res"
	}
	if relu {
		s += "ReLU"
	}
	return s
}

func (v isa) affine(residual, relu bool) {
	full := "y x"
	if residual {
		full = "y x res"
	}
	v.overRows("affine"+suffix(residual, relu), "computes y = f(scale x + shift + res).", full, "scale shift", func(l loop, zero reg.VecVirtual) {
		y := l.load("shift")
		x := l.load("x")
		VFMADD231PS(l.at("scale"), x, y)
		if residual {
			VADDPS(l.at("res"), y, y)
		}
		if relu {
			VMAXPS(y, zero, y) // in this order NaN stays NaN
		}
		l.store(y, "y")
	})
}

func (v isa) normSums(relu bool) {
	full := "dy x"
	if relu {
		full = "dy x y"
	}
	v.overRows("normSums"+suffix(false, relu), "computes sumD += d and sumDX += d (x-mean), d being the masked dy.", full, "mean sumD sumDX", func(l loop, zero reg.VecVirtual) {
		d := l.gradient(relu, zero)
		s := l.vec()
		VADDPS(l.at("sumD"), d, s)
		l.store(s, "sumD")
		x, sx := l.load("x"), l.load("sumDX")
		VSUBPS(l.at("mean"), x, x)
		VFMADD231PS(x, d, sx)
		l.store(sx, "sumDX")
	})
}

// gradient loads dy, masked by y if the rectifier follows.
func (l loop) gradient(relu bool, zero reg.VecVirtual) reg.VecVirtual {
	if relu {
		return l.masked("dy", "y", zero)
	}
	return l.load("dy")
}

func (v isa) normGradient(residual, relu bool) {
	full := "dx dy x"
	if residual {
		full = "dx dres dy x"
	}
	if relu {
		full += " y"
	}
	v.overRows("normGradient"+suffix(residual, relu), "computes dx = a (d - b - c (x-mean)) and dres = d, d being the masked dy.", full, "mean a b c", func(l loop, zero reg.VecVirtual) {
		d := l.gradient(relu, zero)
		x := l.load("x")
		if residual {
			l.store(d, "dres")
		}
		VSUBPS(l.at("mean"), x, x)
		VSUBPS(l.at("b"), d, d)
		VFNMADD231PS(l.at("c"), x, d)
		VMULPS(l.at("a"), d, d)
		l.store(d, "dx")
	})
}
