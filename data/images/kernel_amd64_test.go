package images

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestVectorResize demands the bytes of plain Go for random images and sizes.
func TestVectorResize(t *testing.T) {
	if !vectors {
		t.Skip("this processor has no AVX2: run the test on one that has, as the amd64 machines of .github/workflows/check.yml have")
	}
	defer func() { vectors = true }()
	r := rand.New(rand.NewPCG(1, 2))
	size := func() int { return 1 + r.IntN(1+r.IntN(300)) }
	for range 400 {
		m := New(size(), size())
		saturated := r.IntN(4) == 0
		for i := range m.Pix {
			if m.Pix[i] = byte(r.Uint32()); saturated {
				m.Pix[i] |= 0xfc
			}
		}
		width, height := size(), size()
		vectors = true
		got := m.Resize(width, height)
		vectors = false
		if want := m.Resize(width, height); !bytes.Equal(got.Pix, want.Pix) {
			t.Fatalf("%d x %d to %d x %d: samples differ", m.Width, m.Height, width, height)
		}
	}
}
