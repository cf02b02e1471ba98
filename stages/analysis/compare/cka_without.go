package compare

import (
	"fmt"
	"math"

	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/rdm"
)

// AlignmentsWithout is the unbiased linear CKA of two results of Alignment over the same
// conditions, and what it is without each of them, for jackknife estimates. Since the rows
// of U-centred products sum to 0, leaving out condition i takes
//
//	2 (n-2)/(n-3) Σ_j a_ij b_ij
//
// from the sum of the products over all pairs i != j, the centring done anew included. A
// value that is not defined without a condition is NaN. Errors: ErrShape with fewer than
// five conditions or other sizes, ErrConstant.
func AlignmentsWithout(a, b *rdm.RDM) (all float64, without []float64, err error) {
	if a.N != b.N || a.N < 5 {
		return 0, nil, fmt.Errorf("compare: cka without a condition, of %d and %d conditions; at least 5 are needed: %w", a.N, b.N, ErrShape)
	}
	n := a.N
	type sums struct {
		total float64
		of    []float64
	}
	products := func(x, y []float64) sums {
		s := sums{of: make([]float64, n)}
		for i := range n {
			for j := i + 1; j < n; j++ {
				k := gram.Index(n, i, j)
				v := x[k] * y[k]
				s.of[i] += v
				s.of[j] += v
				s.total += 2 * v
			}
		}
		return s
	}
	ab, aa, bb := products(a.Values, b.Values), products(a.Values, a.Values), products(b.Values, b.Values)
	if !(aa.total > 0 && bb.total > 0) {
		return 0, nil, fmt.Errorf("compare: cka: %w", ErrConstant)
	}
	factor := 2 * float64(n-2) / float64(n-3)
	without = make([]float64, n)
	for i := range without {
		x, y := aa.total-factor*aa.of[i], bb.total-factor*bb.of[i]
		without[i] = math.NaN()
		if x > 1e-13*aa.total && y > 1e-13*bb.total {
			without[i] = (ab.total - factor*ab.of[i]) / math.Sqrt(x*y)
		}
	}
	return ab.total / math.Sqrt(aa.total*bb.total), without, nil
}
