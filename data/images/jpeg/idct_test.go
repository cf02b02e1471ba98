package jpeg

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestInverse compares with the definition of the inverse DCT (T.81 A.3.3) in
// float64: the integer one is within a level of it. That its very bytes are
// libjpeg's is what the fixtures of realnet/data/images show.
func TestInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var b, quant [64]int16
		for i := range quant {
			quant[i] = int16(1 + r.IntN(3))
		}
		for range 1 + r.IntN(20) {
			b[r.IntN(64)] = int16(r.IntN(201) - 100)
		}
		want := make([]float64, 64)
		for y := range 8 {
			for x := range 8 {
				for v := range 8 {
					for u := range 8 {
						c := float64(b[8*v+u]*quant[8*v+u]) / 4
						if u == 0 {
							c /= math.Sqrt2
						}
						if v == 0 {
							c /= math.Sqrt2
						}
						want[8*y+x] += c * math.Cos(float64((2*x+1)*u)*math.Pi/16) * math.Cos(float64((2*y+1)*v)*math.Pi/16)
					}
				}
			}
		}
		dst := make([]byte, 64)
		inverse(dst, 8, &b, &quant)
		for i, w := range want {
			if w = min(max(w+128, 0), 255); math.Abs(float64(dst[i])-w) > 1 {
				t.Fatalf("sample %d: %d, want %.3f", i, dst[i], w)
			}
		}
	}
}

func TestFlat(t *testing.T) {
	for dc := int16(-32768); dc < 32700; dc += 7 {
		a, b := make([]byte, 64), make([]byte, 64)
		flat(a, 8, dc)
		inverse(b, 8, &[64]int16{dc}, &[64]int16{1})
		if string(a) != string(b) {
			t.Fatalf("dc %d: %d, want %d", dc, a[0], b[0])
		}
	}
}

func TestSigned(t *testing.T) {
	for _, c := range []struct {
		bits uint64
		size uint
		want int32
	}{{0, 0, 0}, {0, 1, -1}, {1, 1, 1}, {0, 3, -7}, {3, 3, -4}, {4, 3, 4}, {7, 3, 7}, {0, 15, -32767}} {
		if got := signed(c.bits<<1<<(63-c.size), c.size); got != c.want {
			t.Errorf("%d bits %b: %d, want %d", c.size, c.bits, got, c.want)
		}
	}
}
