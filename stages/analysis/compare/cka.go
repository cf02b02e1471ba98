package compare

import (
	"context"
	"fmt"

	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/rdm"
)

// CKA is the name of linear centred kernel alignment (Kornblith et al. 2019) with the
// unbiased estimator of the Hilbert-Schmidt independence criterion (Song et al. 2012): it
// compares patterns, not RDMs. Alignment makes of patterns what Cosine compares.
const CKA Method = "cka"

// Alignment gives, in the place of an RDM, the inner products of conditions of patterns
// (conditions x features), U-centred:
//
//	A_ij = K_ij - k_i/(n-2) - k_j/(n-2) + k/((n-1)(n-2)),  i != j
//
// with k_i the sum of row i of K without its diagonal and k that of all. The cosine of two
// of them is the unbiased linear CKA; it is about 0 for unrelated patterns whatever the
// number of features, and may be below. names may be nil. Errors: ErrShape with fewer
// than four conditions, ErrNotFinite, ErrConstant where all conditions are equal or U-centring
// leaves nothing, as of conditions that are all equally far apart (one-hot features).
func Alignment(ctx context.Context, patterns *rdm.Matrix[float64], names []string, workers int) (*rdm.RDM, error) {
	n, d := patterns.Dims()
	if n < 4 || d < 1 || len(patterns.Data) != n*d {
		return nil, fmt.Errorf("compare: cka of %d conditions x %d features; at least 4 conditions are needed: %w", n, d, ErrShape)
	}
	for i, v := range patterns.Data {
		if v-v != 0 {
			return nil, fmt.Errorf("compare: condition %d has %v at feature %d: %w", i/d, v, i%d, ErrNotFinite)
		}
	}
	unit, _ := magnitude.Unit(patterns.Data)
	mean := make([]float64, d)
	for i, v := range unit {
		mean[i%d] += v / float64(n)
	}
	// K of centred patterns differs by what U-centring removes, and keeps its digits.
	x := &gram.Dense[float64, float64]{Data: make([]float64, n*d), Rows: n, Cols: d}
	for i := range n {
		gram.Centre(x.Data[i*d:(i+1)*d], unit[i*d:(i+1)*d], mean)
	}
	if magnitude.Largest(x.Data) <= 1e-13*magnitude.Largest(unit) {
		return nil, fmt.Errorf("compare: cka of patterns that are all equal: %w", ErrConstant)
	}
	out := &rdm.RDM{Metric: "U-centred inner products", Names: names, N: n, Values: make([]float64, n*(n-1)/2)}
	squares := make([]float64, n)
	if err := gram.Triangle(ctx, gram.Source[float64](x), out.Values, squares, workers); err != nil {
		return nil, err
	}
	sums, total := make([]float64, n), 0.0
	for i := range n {
		for j := i + 1; j < n; j++ {
			v := out.Values[gram.Index(n, i, j)]
			sums[i] += v
			sums[j] += v
			total += 2 * v
		}
	}
	m := float64(n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			out.Values[gram.Index(n, i, j)] += -(sums[i]+sums[j])/(m-2) + total/((m-1)*(m-2))
		}
	}
	if magnitude.Largest(out.Values) <= 1e-13*magnitude.Largest(squares) {
		return nil, fmt.Errorf("compare: cka: U-centring leaves nothing of the inner products of these %d conditions, as of conditions that are all equally far apart (one feature for each): %w", n, ErrConstant)
	}
	return out, out.Check()
}
