package array

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"
)

// sequence is an array source of the float32 0, 1, ... n-1.
func sequence(n int) Source {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i)
	}
	return Memory(littleBytes(v))
}

// TestViews reads views whose values were written down manually from numpy's
// indexing of arange(24).
func TestViews(t *testing.T) {
	for _, c := range []struct {
		name           string
		shape, strides []int
		offset         int
		want           []float64
	}{
		{"one", nil, nil, 5, []float64{5}},
		{"transposed", []int{3, 2}, []int{1, 3}, 0, []float64{0, 3, 1, 4, 2, 5}},
		{"sliced", []int{2, 2}, []int{6, 2}, 1, []float64{1, 3, 7, 9}},
		{"expanded", []int{2, 3}, []int{0, 1}, 4, []float64{4, 5, 6, 4, 5, 6}},
		{"permuted", []int{2, 2, 3}, []int{3, 12, 1}, 0, []float64{0, 1, 2, 12, 13, 14, 3, 4, 5, 15, 16, 17}},
		{"single axis of any stride", []int{1, 3}, []int{999, 1}, 2, []float64{2, 3, 4}},
		{"empty", []int{0, 3}, []int{3, 1}, 99, nil},
	} {
		a, err := NewView(Float32, c.shape, c.strides, c.offset, sequence(24))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got, err := a.Float64()
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
		b, err := a.Bytes()
		if err != nil || len(b) != 4*len(c.want) {
			t.Fatalf("%s: %d bytes, %v", c.name, len(b), err)
		}
		for i, w := range c.want {
			if math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])) != float32(w) {
				t.Errorf("%s: bytes of value %d", c.name, i)
			}
		}
	}
}

func TestViewsRefused(t *testing.T) {
	for _, c := range []struct {
		name           string
		shape, strides []int
		offset         int
	}{
		{"past the end", []int{4}, []int{1}, 21},
		{"stride past the end", []int{3}, []int{12}, 0},
		{"overflow", []int{math.MaxInt/2 + 1, 4}, []int{0, 0}, 0},
		{"overflowing stride", []int{3}, []int{math.MaxInt / 2}, 0},
		{"negative stride", []int{2}, []int{-1}, 3},
		{"negative offset", []int{2}, []int{1}, -1},
		{"negative length", []int{-2}, []int{1}, 0},
		{"too much repeated", []int{1 << 40}, []int{0}, 0},
		{"strides missing", []int{2, 2}, []int{1}, 0},
	} {
		if _, err := NewView(Float32, c.shape, c.strides, c.offset, sequence(24)); !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTypes(t *testing.T) {
	a := Of([]int{2}, []float64{0.1, 2})
	if _, err := a.Int64(); !errors.Is(err, ErrType) {
		t.Errorf("float as integer: %v", err)
	}
	if _, err := a.Strings(); !errors.Is(err, ErrType) {
		t.Errorf("float as string: %v", err)
	}
	big, err := New(DType{Kind: Uint, Size: 8}, []int{1}, false, Memory([]byte{0, 0, 0, 0, 0, 0, 0, 128}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := big.Int64(); !errors.Is(err, ErrType) {
		t.Errorf("2^63 as int64: %v", err)
	}
	if v, err := big.Float64(); err != nil || v[0] != 1<<63 {
		t.Errorf("2^63: %v %v", v, err)
	}
	if _, err := New(Float32, []int{2}, false, Memory(make([]byte, 9))); !errors.Is(err, ErrShape) {
		t.Errorf("a byte too many: %v", err)
	}
}

// TestHalf compares half with its definition for all 65536 patterns.
func TestHalf(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		exp, frac := int(h>>10&31), float64(h&1023)
		want := math.Ldexp(1+frac/1024, exp-15)
		if exp == 0 {
			want = math.Ldexp(frac/1024, -14)
		}
		if exp == 31 {
			want = math.Inf(1)
			if frac != 0 {
				want = math.NaN()
			}
		}
		if h>>15 == 1 {
			want = -want
		}
		got := float64(half(h))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != math.Signbit(want) && !math.IsNaN(want) {
			t.Fatalf("%#04x: %v, want %v", h, got, want)
		}
	}
}
