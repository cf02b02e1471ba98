package compare

import (
	"fmt"
	"math"
	"slices"
)

// Resampler compares two RDMs, again and again, over conditions drawn from theirs. Ranks
// within a draw follow from the order of all pairs, which is sorted once. It is not for
// several goroutines at the same time.
type Resampler struct {
	method       Method
	n            int
	x, y         ordered
	weight       []int64 // of each pair
	rankX        []int64 // within the draw
	rankY        []int64
	a, b         []float64 // what other methods compare,
	drawA, drawB []float64 // and of it what was drawn
	opts         Options
}

// ordered is the pairs of an RDM by dissimilarity.
type ordered struct {
	pairs []int32
	ends  []int32 // where each run of equal ones ends
}

// resampledUpTo is how many pairs have sums of products of ranks that fit an int64.
const resampledUpTo = 1 << 20

// NewResampler takes condensed upper triangles of n conditions without NaN.
func NewResampler(x, y []float64, n int, opts Options) (*Resampler, error) {
	if pairs := n * (n - 1) / 2; len(x) != pairs || len(y) != pairs {
		return nil, fmt.Errorf("compare: %d and %d pairs of %d conditions: %w", len(x), len(y), n, ErrShape)
	}
	r := &Resampler{method: opts.Method, n: n, opts: opts, a: x, b: y}
	if opts.Method.ofRanks() && len(x) < resampledUpTo {
		r.x, r.y = order(x), order(y)
		r.weight, r.rankX, r.rankY = make([]int64, len(x)), make([]int64, len(x)), make([]int64, len(x))
	}
	return r, nil
}

// order sorts the pairs that are not NaN.
func order(x []float64) ordered {
	o := ordered{pairs: make([]int32, 0, len(x))}
	for i, v := range x {
		if !math.IsNaN(v) {
			o.pairs = append(o.pairs, int32(i))
		}
	}
	slices.SortFunc(o.pairs, func(a, b int32) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	for i := range o.pairs {
		if i+1 == len(o.pairs) || x[o.pairs[i]] != x[o.pairs[i+1]] {
			o.ends = append(o.ends, int32(i+1))
		}
	}
	return o
}

// rank sets out to twice the ranks, less their mean, of pairs that occur weight times.
func (o ordered) rank(out, weight []int64, total int64) {
	before := -total
	lo := int32(0)
	for _, hi := range o.ends {
		group := int64(0)
		for _, k := range o.pairs[lo:hi] {
			group += weight[k]
		}
		for _, k := range o.pairs[lo:hi] {
			out[k] = before + group
		}
		before += 2 * group
		lo = hi
	}
}

// Of is the similarity of the drawn conditions, to the bit that of their RDMs: a condition
// may be drawn several times, and pairs of it with itself are left out.
func (r *Resampler) Of(conditions []int) (float64, error) {
	if r.weight == nil {
		r.drawA, r.drawB = r.drawA[:0], r.drawB[:0]
		for i, a := range conditions {
			for _, b := range conditions[i+1:] {
				if lo, hi := min(a, b), max(a, b); lo != hi {
					k := lo*(2*r.n-lo-1)/2 + hi - lo - 1
					r.drawA, r.drawB = append(r.drawA, r.a[k]), append(r.drawB, r.b[k])
				}
			}
		}
		return Vectors(r.drawA, r.drawB, r.opts)
	}
	counts := make([]int64, r.n)
	for _, c := range conditions {
		counts[c]++
	}
	total, k := int64(0), 0
	for i, c := range counts {
		for _, d := range counts[i+1:] {
			r.weight[k] = c * d
			total += c * d
			k++
		}
	}
	if total < 2 {
		return 0, fmt.Errorf("compare: %d pairs are too few for %s: %w", total, r.method, ErrShape)
	}
	r.x.rank(r.rankX, r.weight, total)
	r.y.rank(r.rankY, r.weight, total)
	var xx, yy, xy int64
	for k, w := range r.weight {
		x, y := r.rankX[k], r.rankY[k]
		xx += w * x * x
		yy += w * y * y
		xy += w * x * y
	}
	if r.method == RhoA {
		n := float64(total)
		return 3 * float64(xy) / (n*n*n - n), nil
	}
	if xx == 0 || yy == 0 {
		which := "first"
		if xx != 0 {
			which = "second"
		}
		return 0, fmt.Errorf("compare: the %s RDM: %w", which, ErrConstant)
	}
	return min(max(float64(xy)/math.Sqrt(float64(xx)*float64(yy)), -1), 1), nil
}
