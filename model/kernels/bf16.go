package kernels

import (
	"fmt"
	"math"
)

// Precision is the element type that a backend multiplies in. Sums, and all
// that is stored, are float32 either way.
type Precision string

const (
	// FP32 multiplies float32 values.
	FP32 Precision = "fp32"
	// BF16 rounds both operands of large convolutions to bfloat16 (8 bits of
	// mantissa, nearest even; subnormals to zero), multiplies them exactly and
	// adds in float32. Conv.rounds says which; linear layers, which are bound by
	// reading their weights, and everything else stay float32.
	BF16 Precision = "bf16"
)

// ParsePrecision returns the precision of a name; "" is FP32.
func ParsePrecision(name string) (Precision, error) {
	switch p := Precision(name); p {
	case "":
		return FP32, nil
	case FP32, BF16:
		return p, nil
	}
	return "", fmt.Errorf("precision %q: want %s or %s", name, FP32, BF16)
}

// UnmarshalText reads the name of a precision, in JSON too.
func (p *Precision) UnmarshalText(name []byte) (err error) {
	*p, err = ParsePrecision(string(name))
	return err
}

// rounds reports a convolution whose operands BF16 rounds: those of filters2, and of the
// others those of which the products take longer than packing. What is left is no slower
// in float32: few channels or pixels, and small 3x3 filters, of which Winograd's
// F(4x4, 3x3) has a quarter of the products and would lose too many digits.
func (c Conv) rounds() bool {
	winograd := c.K == 3 && c.Stride == 1 && c.Pad <= 2 && min(c.Cin, c.Cout) >= 32
	return c.filters2() || !winograd && c.K*min(c.Cin, c.Cout) >= 128 && c.H*c.W > 16
}

// operands is the form in which an isa multiplies values.
type operands int

const (
	exact32   operands = iota // float32
	rounded32                 // float32 values that bfloat16 holds
	pairs16                   // words of two bfloat16
)

// pairISA is the part of an instruction set that multiplies pairs of bfloat16:
// a word of A or B holds two neighbouring terms of a sum, the earlier one in
// its upper half. The products of a word are added one after the other, so that
// every sum has the bits of the same sum over rounded float32 values, but for
// subnormal intermediate results, which count as zero.
type pairISA struct {
	byRows, byColumns []tileKernel
	along             func(dst, src *float32, n int64)
	across            func(dst *float32, ldd int64, src *float32, lds, n, rows int64)
	input, back       [2]transformFunc // those of filtered, and along
}

// rounding returns s with operands in bfloat16: as pairs where the processor
// multiplies them, else rounded and kept in float32.
func (s *isa) rounding(native bool) *isa {
	half := *s
	half.operands = rounded32
	if native && s.bf16 != nil {
		half.operands = pairs16
		half.byRows, half.byColumns = s.bf16.byRows, s.bf16.byColumns
	}
	return &half
}

// words is the number of words that hold depth terms of a sum.
func (s *isa) words(depth int) int {
	if s.operands == pairs16 {
		return (depth + 1) / 2
	}
	return depth
}

// roundRows rounds m rows of a left operand, depth terms each, to rows ldd apart. dst
// may be src.
func (s *isa) roundRows(dst []float32, ldd int, src []float32, lds, m, depth int) {
	for r := range m {
		s.roundRow(dst[r*ldd:], src[r*lds:], depth)
	}
}

// roundRow rounds terms that follow each other; dst may be src.
func (s *isa) roundRow(dst, src []float32, depth int) {
	switch s.operands {
	case rounded32:
		copy(dst[:depth], src)
		roundAll(dst[:depth])
	case pairs16:
		s.bf16.along(&dst[0], &src[0], int64(depth))
	}
}

// roundColumns rounds a packed operand in place: depth terms, one row of width
// values (at most 32) each.
func (s *isa) roundColumns(p []float32, width, depth int) {
	if s.operands != exact32 {
		s.roundTerms(p, width, p, width, width, depth)
	}
}

// roundTerms rounds terms of n sums (at most 32), a row of src each, to rows ldd apart;
// dst may be src.
func (s *isa) roundTerms(dst []float32, ldd int, src []float32, lds, n, terms int) {
	if s.operands == rounded32 {
		for k := range terms {
			row := dst[k*ldd:][:n]
			copy(row, src[k*lds:])
			roundAll(row)
		}
		return
	}
	half := terms / 2
	if half > 0 {
		s.bf16.across(&dst[0], int64(4*ldd), &src[0], int64(4*lds), int64(n), int64(half))
	}
	if terms%2 == 1 { // a term of its own, and a zero
		last := dst[half*ldd:][:n]
		copy(last, src[(terms-1)*lds:])
		roundAll(last)
	}
}

// roundAll rounds values to bfloat16.
func roundAll(values []float32) {
	for i, v := range values {
		values[i] = roundBF16(v)
	}
}

// roundBF16 rounds to nearest even; subnormals become zero and NaN stays.
func roundBF16(v float32) float32 {
	bits := math.Float32bits(v)
	switch exponent := bits >> 23 & 0xff; {
	case exponent == 0:
		bits &= 1 << 31
	case exponent == 0xff && bits<<9 != 0:
		bits |= 1 << 22
	default:
		bits += 0x7fff + bits>>16&1
	}
	return math.Float32frombits(bits &^ 0xffff)
}

// roundingGeneric is the generic backend in BF16.
type roundingGeneric struct {
	generic[float32]
	x, y []float32
}

// rounded returns rounded copies of both operands, or the operands themselves
// where the convolution does not round.
func (g *roundingGeneric) rounded(c Conv, p []float32, np int, q []float32, nq int) (a, b []float32) {
	if !c.rounds() {
		return p, q
	}
	a, b = grow(&g.x, np), grow(&g.y, nq)
	copy(a, p)
	copy(b, q)
	roundAll(a)
	roundAll(b)
	return a, b
}

func (g *roundingGeneric) ScratchBytes() int { return 4 * (len(g.x) + len(g.y)) }

func (g *roundingGeneric) ConvForward(y, x, w []float32, c Conv) {
	checkConv("ConvForward", x, y, w, c)
	if c.filters2() {
		g.forward2(y, x, w, c)
		return
	}
	x, w = g.rounded(c, x, c.InLen(), w, c.WeightLen())
	g.generic.ConvForward(y, x, w, c)
}

func (g *roundingGeneric) ConvBackwardData(dx, dy, w []float32, c Conv) {
	checkConv("ConvBackwardData", dx, dy, w, c)
	if c.filters2() {
		g.backwardData2(dx, dy, w, c)
		return
	}
	dy, w = g.rounded(c, dy, c.OutLen(), w, c.WeightLen())
	g.generic.ConvBackwardData(dx, dy, w, c)
}

func (g *roundingGeneric) ConvBackwardWeights(dw, x, dy []float32, c Conv) {
	checkConv("ConvBackwardWeights", x, dy, dw, c)
	if c.filters2() {
		g.backwardWeights2(dw, x, dy, c)
		return
	}
	x, dy = g.rounded(c, x, c.InLen(), dy, c.OutLen())
	g.generic.ConvBackwardWeights(dw, x, dy, c)
}
