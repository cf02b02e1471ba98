package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemm writes the micro-kernels C (+)= A B on a tile of registers, for every
// tile height and for one and two vectors of width; for pairs of bfloat16 too.
func gemm() {
	for _, v := range []isa{avx512, avx2, bf16()} {
		for _, byColumns := range []bool{false, true} {
			for _, rows := range v.rows {
				for _, vectors := range []int{2, 1} {
					gemmTile(v, rows, vectors, byColumns)
				}
			}
		}
	}
}

// tile holds the registers of one micro-kernel.
type tile struct {
	isa
	rows, vectors int
	byColumns     bool
}

// acc is the accumulator of row i, vector h.
func (t tile) acc(i, h int) reg.VecPhysical { return t.reg(t.vectors*i + h) }

// spare is a register behind the accumulators.
func (t tile) spare(i int) reg.VecPhysical { return t.reg(t.vectors*t.rows + i) }

func gemmTile(v isa, rows, vectors int, byColumns bool) {
	t := tile{v, rows, vectors, byColumns}
	order := "Row"
	if byColumns {
		order = "Col"
	}
	width := vectors * v.lanes()
	name := fmt.Sprintf("gemm%s%dx%d%s", order, rows, width, v.name)
	TEXT(name, NOSPLIT, "func(k int64, a *float32, lda int64, b *float32, ldb int64, c *float32, ldc, m, n, acc int64)")
	Pragma("noescape")
	if byColumns {
		Doc(fmt.Sprintf("%s multiplies a %d x %d tile; A's k-th column is at a + k*lda.", name, rows, width))
	} else {
		Doc(fmt.Sprintf("%s multiplies a %d x %d tile; A's i-th row is at a + i*lda.", name, rows, width))
	}
	k, a, lda := reg.RCX, reg.RDX, reg.R11
	b, ldb, c, ldc := reg.RBX, reg.R8, reg.RDI, reg.RSI
	Load(Param("k"), k)
	Load(Param("a"), a)
	Load(Param("lda"), lda)
	Load(Param("b"), b)
	Load(Param("ldb"), ldb)
	Load(Param("c"), c)
	Load(Param("ldc"), ldc)
	if !byColumns {
		LEAQ(at(lda, lda, 2, 0), reg.R12)
		LEAQ(at(lda, lda, 4, 0), reg.R13)
		LEAQ(at(reg.R12, lda, 4, 0), reg.R14)
		LEAQ(at(lda, lda, 8, 0), reg.R15)
		ADDQ(a, reg.R15)
	}
	for i := range rows {
		for h := range vectors {
			v.zero(t.acc(i, h))
		}
	}
	t.prefetchC(k, c, ldc)
	const unroll = 4
	MOVQ(k, reg.R10)
	SHRQ(imm(2), reg.R10)
	JZ(operand.LabelRef("tail"))
	Label("loop")
	for u := range unroll {
		t.step(u, a, b, ldb, true)
	}
	t.advance(unroll, a)
	DECQ(reg.R10)
	JNZ(operand.LabelRef("loop"))
	Label("tail")
	ANDQ(imm(unroll-1), k)
	JZ(operand.LabelRef("done"))
	Label("one")
	t.step(0, a, b, ldb, false)
	t.advance(1, a)
	DECQ(k)
	JNZ(operand.LabelRef("one"))
	Label("done")
	Load(Param("m"), reg.R9)
	Load(Param("n"), reg.R10)
	Load(Param("acc"), reg.R8)
	if v.bytes == 64 {
		t.storeMasked512(c, ldc)
	} else {
		t.storeAVX2(c, ldc)
	}
}

// prefetchC asks for the tile's rows of C while the sums are formed, if that
// takes long enough.
func (t tile) prefetchC(k, c, ldc reg.GPPhysical) {
	CMPQ(k, imm(64))
	JL(operand.LabelRef("start"))
	MOVQ(c, reg.R9)
	Load(Param("m"), reg.R10)
	Label("prefetch")
	PREFETCHT0(mem(reg.R9, 0))
	if t.vectors == 2 {
		PREFETCHT0(mem(reg.R9, t.bytes))
	}
	ADDQ(ldc, reg.R9)
	DECQ(reg.R10)
	JNZ(operand.LabelRef("prefetch"))
	Label("start")
}

// step adds the outer product of A's k-th column and B's k-th row, and asks for
// the row eight further on.
func (t tile) step(u int, a, b, ldb reg.GPPhysical, prefetch bool) {
	for h := range t.vectors {
		VMOVUPS(mem(b, h*t.bytes), t.spare(h))
	}
	if prefetch {
		for line := 0; line < t.vectors*t.bytes; line += 64 {
			PREFETCHT0(at(b, ldb, 8, line))
		}
	}
	ADDQ(ldb, b)
	for i := range t.rows {
		x := t.spare(t.vectors + i&1)
		VBROADCASTSS(t.element(i, u, a), x)
		for h := range t.vectors {
			t.multiplyAdd(t.spare(h), x, t.acc(i, h))
		}
	}
	if t.byColumns {
		ADDQ(reg.R11, a)
	}
}

// multiplyAdd adds the products of the lanes of x and y to sum.
func (t tile) multiplyAdd(x, y, sum reg.VecPhysical) {
	if t.pairs {
		dpbf16(x, y, sum)
		return
	}
	VFMADD231PS(x, y, sum)
}

// element is A[i][u], u steps ahead of the pointer.
func (t tile) element(i, u int, a reg.GPPhysical) operand.Mem {
	if t.byColumns {
		return mem(a, 4*i) // the pointer moves with every step
	}
	base, q := a, i
	if i >= 9 {
		base, q = reg.R15, i-9
	}
	switch q {
	case 0:
		return mem(base, 4*u)
	case 3:
		return at(base, reg.R12, 1, 4*u)
	case 5:
		return at(base, reg.R13, 1, 4*u)
	case 6:
		return at(base, reg.R12, 2, 4*u)
	case 7:
		return at(base, reg.R14, 1, 4*u)
	}
	return at(base, reg.R11, uint8(q), 4*u) // 1, 2, 4, 8
}

// advance moves A's rows on by some columns; step has moved B and A by columns.
func (t tile) advance(steps int, a reg.GPPhysical) {
	if t.byColumns {
		return
	}
	ADDQ(imm(4*steps), a)
	if t.rows > 9 {
		ADDQ(imm(4*steps), reg.R15)
	}
}

// storeMasked512 writes rows R9, columns R10, adding to C if R8 is set.
func (t tile) storeMasked512(c, ldc reg.GPPhysical) {
	MOVQ(operand.I64(-1), reg.RAX)
	BZHIQ(reg.R10, reg.RAX, reg.RAX)
	KMOVW(reg.EAX, reg.K1)
	SHRQ(imm(16), reg.RAX)
	KMOVW(reg.EAX, reg.K2)
	masks := []reg.OpmaskPhysical{reg.K1, reg.K2}
	TESTQ(reg.R8, reg.R8)
	JZ(operand.LabelRef("store"))
	for _, add := range []bool{true, false} {
		if !add {
			Label("store")
		}
		for i := range t.rows {
			for h := range t.vectors {
				if add {
					VADDPS_Z(mem(c, 64*h), t.acc(i, h), masks[h], t.acc(i, h))
				}
				VMOVUPS(t.acc(i, h), masks[h], mem(c, 64*h))
			}
			t.nextRow(i, c, ldc, fmt.Sprint("end", add))
		}
		Label(fmt.Sprint("end", add))
		VZEROUPPER()
		RET()
	}
}

// nextRow moves to row i+1 of C or leaves when the m rows are done.
func (t tile) nextRow(i int, c, ldc reg.GPPhysical, end string) {
	if i == t.rows-1 {
		return
	}
	DECQ(reg.R9)
	JZ(operand.LabelRef(end))
	ADDQ(ldc, c)
}

// storeAVX2 does the same with plain moves for a full width and VMASKMOVPS,
// which is slow, for a partial one.
func (t tile) storeAVX2(c, ldc reg.GPPhysical) {
	CMPQ(reg.R10, imm(t.vectors*8))
	JNE(operand.LabelRef("masked"))
	TESTQ(reg.R8, reg.R8)
	JZ(operand.LabelRef("store"))
	for _, add := range []bool{true, false} {
		if !add {
			Label("store")
		}
		for i := range t.rows {
			for h := range t.vectors {
				if add {
					VADDPS(mem(c, 32*h), t.acc(i, h), t.acc(i, h))
				}
				VMOVUPS(t.acc(i, h), mem(c, 32*h))
			}
			t.nextRow(i, c, ldc, fmt.Sprint("end", add))
		}
		Label(fmt.Sprint("end", add))
		VZEROUPPER()
		RET()
	}
	Label("masked")
	LEAQ(maskTable(), reg.RAX)
	SHLQ(imm(2), reg.R10)
	SUBQ(reg.R10, reg.RAX)
	masks := []reg.VecPhysical{t.spare(0), t.spare(1)}
	for h := range t.vectors {
		VMOVUPS(mem(reg.RAX, 64+32*h), masks[h])
	}
	x := t.spare(2)
	TESTQ(reg.R8, reg.R8)
	JZ(operand.LabelRef("storeMasked"))
	for _, add := range []bool{true, false} {
		if !add {
			Label("storeMasked")
		}
		for i := range t.rows {
			for h := range t.vectors {
				if add {
					VMASKMOVPS(mem(c, 32*h), masks[h], x)
					VADDPS(x, t.acc(i, h), t.acc(i, h))
				}
				VMASKMOVPS(t.acc(i, h), masks[h], mem(c, 32*h))
			}
			t.nextRow(i, c, ldc, fmt.Sprint("endMasked", add))
		}
		Label(fmt.Sprint("endMasked", add))
		VZEROUPPER()
		RET()
	}
}

var mask *operand.Mem

// maskTable is sixteen words of ones followed by sixteen of zeros: read at
// 4*(16-n), it is the mask of n lanes.
func maskTable() operand.Mem {
	if mask == nil {
		m := GLOBL("lanes", 8|16) // RODATA|NOPTR
		for i := range 32 {
			w := uint32(0)
			if i < 16 {
				w = 0xffffffff
			}
			DATA(4*i, operand.U32(w))
		}
		mask = &m
	}
	return *mask
}
