package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// IEEE 754 rounding to nearest even on 8 bits, from its definition, at the
// boundaries.
func TestRoundBF16(t *testing.T) {
	for _, c := range []struct{ in, want uint32 }{
		{0x3f800000, 0x3f800000}, // 1
		{0x3f807fff, 0x3f800000}, // just below half a unit: down
		{0x3f808000, 0x3f800000}, // half: to even, down
		{0x3f818000, 0x3f820000}, // half: to even, up
		{0x3f808001, 0x3f810000}, // just above half: up
		{0x7f7fffff, 0x7f800000}, // the largest float32: infinity
		{0xff800000, 0xff800000}, // -infinity
		{0x00000001, 0x00000000}, // subnormal
		{0x807fffff, 0x80000000}, // subnormal, sign kept
		{0x00800000, 0x00800000}, // the smallest normal
		{0x7f800001, 0x7fc00000}, // signalling NaN: quiet
		{0xffc12345, 0xffc10000},
	} {
		if got := math.Float32bits(roundBF16(math.Float32frombits(c.in))); got != c.want {
			t.Errorf("%08x rounds to %08x, want %08x", c.in, got, c.want)
		}
	}
}

func TestParsePrecision(t *testing.T) {
	if _, err := ParsePrecision("fp16"); err == nil {
		t.Error("fp16 is no precision here")
	}
	if p, err := ParsePrecision(""); err != nil || p != FP32 {
		t.Errorf("no name: %v, %v", p, err)
	}
}

// nativeBF16 is the AVX-512 kind with products of pairs and the same on rounded
// float32 values.
func nativeBF16(t *testing.T) (pairs, rounded *blocked) {
	b, err := Select(AVX512, BF16, NewWorkers(2))
	if err != nil {
		t.Skip("needs a processor with AVX-512: ", err)
	}
	pairs = b.(*blocked)
	if pairs.operands != pairs16 {
		t.Skip("needs a processor with AVX512-BF16")
	}
	plain := pairs.full.isa
	rounded = newBlocked(plain.rounding(false), NewWorkers(2))
	rounded.full = newBlocked(plain, NewWorkers(2))
	return pairs, rounded
}

// The instructions round as roundBF16 does, special values included.
func TestConversionsToPairs(t *testing.T) {
	b, _ := nativeBF16(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 7, 8, 14, 16, 17, 31, 32} {
		for _, depth := range []int{1, 2, 3, 16, 33} {
			src := make([]float32, n*depth+16)
			for i := range src {
				src[i] = math.Float32frombits(rng.Uint32())
				if i%3 == 0 {
					src[i] = float32(rng.NormFloat64())
				}
			}
			word := func(first, second float32) uint32 {
				return math.Float32bits(roundBF16(first)) | math.Float32bits(roundBF16(second))>>16
			}
			columns := append([]float32(nil), src...)
			b.roundColumns(columns, n, depth)
			for k := range b.words(depth) {
				for j := range n {
					second := float32(0)
					if 2*k+1 < depth {
						second = src[(2*k+1)*n+j]
					}
					if got, want := math.Float32bits(columns[k*n+j]), word(src[2*k*n+j], second); got != want {
						t.Fatalf("%d x %d across: word %d %d is %08x, want %08x", depth, n, k, j, got, want)
					}
				}
			}
			row := append([]float32(nil), src[:depth+16]...)
			b.roundRow(row, row, depth)
			for k := range b.words(depth) {
				second := float32(0)
				if 2*k+1 < depth {
					second = src[2*k+1]
				}
				if got, want := math.Float32bits(row[k]), word(src[2*k], second); got != want {
					t.Fatalf("%d along: word %d is %08x, want %08x", depth, k, got, want)
				}
			}
		}
	}
}

// Products of pairs have the bits of products of rounded float32 values: the
// processor adds the two products of a word one after the other, each rounded.
func TestPairsHaveTheBitsOfRoundedValues(t *testing.T) {
	pairs, rounded := nativeBF16(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []Conv{
		{N: 3, H: 14, W: 14, Cin: 600, Cout: 270, K: 1, Stride: 1},
		{N: 2, H: 9, W: 9, Cin: 1024, Cout: 33, K: 1, Stride: 1},
		{N: 2, H: 20, W: 20, Cin: 72, Cout: 40, K: 3, Stride: 2, Pad: 1},
		{N: 4, H: 28, W: 28, Cin: 65, Cout: 17, K: 3, Stride: 2, Pad: 1}, // odd sums
		{N: 1, H: 17, W: 19, Cin: 33, Cout: 7, K: 5, Stride: 3, Pad: 2},
		{N: 16, H: 8, W: 8, Cin: 16, Cout: 64, K: 1, Stride: 2},
		{N: 2, H: 14, W: 14, Cin: 64, Cout: 96, K: 3, Stride: 1, Pad: 1},   // not rounded
		{N: 5, H: 13, W: 15, Cin: 272, Cout: 304, K: 3, Stride: 1, Pad: 1}, // Winograd
		{N: 2, H: 17, W: 14, Cin: 256, Cout: 256, K: 3, Stride: 1, Pad: 0},
		{N: 9, H: 24, W: 24, Cin: 272, Cout: 288, K: 3, Stride: 2, Pad: 1}, // more than a block of tiles
	} {
		x, w, dy := random32(rng, c.InLen()), random32(rng, c.WeightLen()), random32(rng, c.OutLen())
		run := func(b Backend) [][]float32 {
			y, dx, dw := random32(rng, c.OutLen()), random32(rng, c.InLen()), random32(rng, c.WeightLen())
			b.ConvForward(y, x, w, c)
			b.ConvBackwardData(dx, dy, w, c)
			b.ConvBackwardWeights(dw, x, dy, c)
			return [][]float32{y, dx, dw}
		}
		got, want := run(pairs), run(rounded)
		for i := range got {
			sameBits(t, fmt.Sprintf("%+v, result %d", c, i), want[i], got[i])
		}
	}
}

// Rounding shows: results differ from float32 by about the unit of bfloat16,
// 2^-9 on each operand, and not where nothing rounds.
func TestBF16Rounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, kind := range Supported() {
		exact, err := Select(kind, FP32, NewWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		half, err := Select(kind, BF16, NewWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []Conv{
			{N: 2, H: 9, W: 9, Cin: 128, Cout: 160, K: 1, Stride: 1},
			{N: 2, H: 9, W: 9, Cin: 64, Cout: 64, K: 3, Stride: 1, Pad: 1},
			{N: 2, H: 32, W: 32, Cin: 3, Cout: 8, K: 7, Stride: 2, Pad: 3},
			{N: 2, H: 13, W: 12, Cin: 256, Cout: 272, K: 3, Stride: 1, Pad: 1},
		} {
			x, w := random32(rng, c.InLen()), random32(rng, c.WeightLen())
			a, b := make([]float32, c.OutLen()), make([]float32, c.OutLen())
			exact.ConvForward(a, x, w, c)
			half.ConvForward(b, x, w, c)
			switch d := distance(b, a); {
			case c.rounds() && (d < 5e-4 || d > 5e-3):
				t.Errorf("%s %+v: differs from float32 by %.2e, want about 2e-3", kind, c, d)
			case !c.rounds() && d != 0:
				t.Errorf("%s %+v: differs from float32 by %.2e, want the same bits", kind, c, d)
			}
		}
	}
}
