package jpeg

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// needVectors skips on processors without AVX2.
func needVectors(t *testing.T) {
	t.Helper()
	if !vectors {
		t.Skip("this processor has no AVX2: run the test on one that has, as the amd64 machines of .github/workflows/check.yml have")
	}
}

// plain runs f without vector code.
func plain(f func()) {
	defer func(v bool) { vectors = v }(vectors)
	vectors = false
	f()
}

// TestVectorInverse demands the bytes of plain Go, whatever the coefficients.
func TestVectorInverse(t *testing.T) {
	needVectors(t)
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		var coefs, quant [64]int16
		reach := 1 << r.IntN(16)
		for range r.IntN(65) {
			coefs[r.IntN(64)] = int16(r.IntN(2*reach) - reach)
		}
		wide := r.IntN(4) == 0
		for i := range quant {
			quant[i] = int16(r.IntN(256))
			if wide {
				quant[i] = int16(r.IntN(1 << 16))
			}
		}
		stride := 8 + r.IntN(9)
		got, want := bytes.Repeat([]byte{7}, 8*stride), bytes.Repeat([]byte{7}, 8*stride)
		inverseAVX2(&got[0], stride, &coefs, &quant)
		inverseGo(want, stride, &coefs, &quant)
		if !bytes.Equal(got, want) {
			t.Fatalf("coefficients %v, table %v: %v, want %v", coefs, quant, got, want)
		}
	}
}

// TestVectorRows demands the bytes of plain Go from upsampling and colours, and that
// nothing beside them is written.
func TestVectorRows(t *testing.T) {
	needVectors(t)
	r := rand.New(rand.NewPCG(5, 6))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	for n := 1; n < 200; n++ {
		near, further, other := random(n), random(n), random(n)
		values := make([]uint16, n+2)
		for i, v := range near {
			values[1+i] = uint16(v)
		}
		var got, want struct {
			sums                         []uint16
			wide, narrow, colours, inks4 []byte
		}
		run := func() {
			got.sums = make([]uint16, n+6)
			blend(got.sums[1:], near, further)
			got.wide, got.narrow = make([]byte, 2*n+4), make([]byte, 2*n+4)
			widen(got.wide, got.sums[:n+2], 8, 7, 4)
			widen(got.narrow, values, 1, 2, 2)
			got.colours, got.inks4 = make([]byte, 3*n+4), make([]byte, 4*n+4)
			convertRow(got.colours, near, further, other, 3)
			convertRow(got.inks4, near, further, other, 4)
		}
		plain(run)
		want = got
		run()
		for i, v := range want.sums {
			if got.sums[i] != v {
				t.Fatalf("%d samples: sum %d is %d, want %d", n, i, got.sums[i], v)
			}
		}
		if !bytes.Equal(got.wide, want.wide) || !bytes.Equal(got.narrow, want.narrow) {
			t.Fatalf("%d samples: widened rows differ", n)
		}
		if !bytes.Equal(got.colours, want.colours) || !bytes.Equal(got.inks4, want.inks4) {
			t.Fatalf("%d samples: colours differ", n)
		}
	}
}

// TestVectorColours goes through every Cb and Cr at three Y.
func TestVectorColours(t *testing.T) {
	needVectors(t)
	const n = 256
	ys, cbs, crs := make([]byte, n), make([]byte, n), make([]byte, n)
	for i := range cbs {
		cbs[i] = byte(i)
	}
	got, want := make([]byte, 3*n), make([]byte, 3*n)
	for _, y := range []byte{0, 128, 255} {
		for cr := range n {
			for i := range crs {
				ys[i], crs[i] = y, byte(cr)
			}
			convertRow(got, ys, cbs, crs, 3)
			plain(func() { convertRow(want, ys, cbs, crs, 3) })
			if !bytes.Equal(got, want) {
				t.Fatalf("Y %d, Cr %d: colours differ", y, cr)
			}
		}
	}
}

// TestVectorDecode decodes every fixture with and without vector code.
func TestVectorDecode(t *testing.T) {
	needVectors(t)
	paths, err := filepath.Glob("../testdata/*.jpg")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d fixtures: %v", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		plain(func() {
			want, err := Decode(data)
			if err != nil || !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("%s: samples differ: %v", path, err)
			}
		})
	}
}
