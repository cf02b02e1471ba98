package rdm

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// A matrix is an RDM at any scale, but for the rounding of float32; what spoils one element
// is found wherever it is, and a similarity matrix is not taken for one.
func TestSquare(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	r := rand.New(rand.NewPCG(1, 2))
	for _, scale := range []float64{1e-160, 1e-7, 1, 1e160} {
		for range 50 {
			n := 2 + r.IntN(5)
			x := make([]float64, n*n)
			for i := range n {
				for j := range i {
					v := r.Float64() * scale
					if r.IntN(8) == 0 {
						v = nan
					}
					x[i*n+j], x[j*n+i] = v, v
				}
			}
			whole, err := FromSquare("", x, n, nil)
			if err != nil {
				t.Fatalf("%g: %v: %v", scale, x, err)
			}
			for k, i := 0, 0; i < n; i++ {
				for j := i + 1; j < n; j, k = j+1, k+1 {
					if v := whole.Values[k]; v != x[i*n+j] && !(math.IsNaN(v) && math.IsNaN(x[i*n+j])) {
						t.Fatalf("%g: (%d,%d) is %v, want %v", scale, i, j, v, x[i*n+j])
					}
				}
			}
			i, j := r.IntN(n), r.IntN(n)
			for _, bad := range []float64{2 * scale, nan, inf, -scale} {
				old := x[i*n+j]
				if math.IsNaN(bad) && math.IsNaN(old) {
					continue
				}
				x[i*n+j] = bad
				if _, err := FromSquare("", x, n, nil); !errors.Is(err, ErrShape) {
					t.Errorf("%g: (%d,%d) of %v is %v: error %v", scale, i, j, x, bad, err)
				}
				x[i*n+j] = old
			}
		}
	}
	for name, c := range map[string]struct {
		x                []float64
		zero, similarity bool
		err              error
	}{
		"distances":              {[]float64{0, 1, 1, 0}, true, false, nil},
		"no diagonal":            {[]float64{nan, 1, 1, nan}, true, false, nil},
		"half a diagonal":        {[]float64{nan, 1, 1, 0}, false, false, ErrShape},
		"float32's rounding":     {[]float64{1e-8, 1, 1 + 1e-8, 0}, false, false, nil},
		"similarities":           {[]float64{1, 0.5, 0.5, 1}, false, true, ErrShape},
		"not even similarities":  {[]float64{1, 0.5, 0.4, 1}, false, false, ErrShape},
		"one half":               {[]float64{0, 1, 0, 0}, true, false, ErrShape},
		"equally far apart, all": {[]float64{0, 0, 0, 0}, true, false, nil},
	} {
		s := NewSquare(2)
		if err := errors.Join(s.Add(c.x[:2]), s.Add(c.x[2:])); err != nil {
			t.Fatal(err)
		}
		_, err := s.RDM("", nil)
		if !errors.Is(err, c.err) || c.err == nil && err != nil || s.ZeroDiagonal() != c.zero || s.Similarity() != c.similarity {
			t.Errorf("%s: error %v, zeros %v, similarity %v", name, err, s.ZeroDiagonal(), s.Similarity())
		}
	}
	s := NewSquare(2)
	if _, err := s.RDM("", nil); !errors.Is(err, ErrShape) {
		t.Errorf("no row: %v", err)
	}
	if err := s.Add([]float64{1, 2, 3}); !errors.Is(err, ErrShape) {
		t.Errorf("a row of another length: %v", err)
	}
}
