package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// kendall counts concordant less discordant pairs against one fixed vector y,
// by Knight's method: sort by y, then count inversions of x.
type kendall struct {
	order []int32 // indices sorted by y
	ends  []int32 // where each run of equal y ends in order
	ties  int64   // pairs tied in y
	n     int
	x     []float64 // scratch: x in order of y
	tmp   []float64
}

func newKendall(y []float64) *kendall {
	k := &kendall{n: len(y), order: make([]int32, len(y))}
	for i := range k.order {
		k.order[i] = int32(i)
	}
	slices.SortStableFunc(k.order, func(a, b int32) int { return cmp.Compare(y[a], y[b]) })
	for lo := 0; lo < k.n; {
		hi := lo + 1
		for hi < k.n && y[k.order[hi]] == y[k.order[lo]] {
			hi++
		}
		k.ends = append(k.ends, int32(hi))
		k.ties += choose2(hi - lo)
		lo = hi
	}
	return k
}

// fork shares what depends on y and has scratch of its own, without which nothing is counted.
func (k *kendall) fork() *kendall {
	out := *k
	out.x, out.tmp = make([]float64, k.n), make([]float64, k.n)
	return &out
}

func choose2(n int) int64 { return int64(n) * int64(n-1) / 2 }

// tau gives tau-b, or tau-a.
func (k *kendall) tau(x []float64, a bool) (float64, error) {
	for i, j := range k.order {
		k.x[i] = x[j]
	}
	// Within a run of equal y ascending x, so that those pairs never invert.
	var both, xties int64
	lo := 0
	for _, end := range k.ends {
		hi := int(end)
		run := k.x[lo:hi]
		if len(run) > 1 {
			slices.Sort(run)
			both += tied(run)
		}
		lo = hi
	}
	swaps := inversions(k.x, k.tmp)
	xties = tied(k.x)
	total := choose2(k.n)
	s := total - xties - k.ties + both - 2*swaps // concordant - discordant
	if a {
		return float64(s) / float64(total), nil
	}
	if xties == total || k.ties == total {
		return 0, fmt.Errorf("compare: %w", ErrConstant)
	}
	return min(max(float64(s)/math.Sqrt(float64(total-xties)*float64(total-k.ties)), -1), 1), nil
}

// tied counts pairs of equal values in a sorted vector.
func tied(x []float64) int64 {
	ties := int64(0)
	for lo := 0; lo < len(x); {
		hi := lo + 1
		for hi < len(x) && x[hi] == x[lo] {
			hi++
		}
		ties += choose2(hi - lo)
		lo = hi
	}
	return ties
}

// inversions sorts x by merging and counts pairs that were in descending order.
func inversions(x, tmp []float64) int64 {
	n := len(x)
	const run = 16
	count := int64(0)
	for lo := 0; lo < n; lo += run {
		part := x[lo:min(lo+run, n)]
		for i := 1; i < len(part); i++ {
			v, j := part[i], i
			for ; j > 0 && part[j-1] > v; j-- {
				part[j] = part[j-1]
			}
			part[j] = v
			count += int64(i - j)
		}
	}
	src, dst := x, tmp
	for width := run; width < n; width *= 2 {
		for lo := 0; lo < n; lo += 2 * width {
			mid, hi := min(lo+width, n), min(lo+2*width, n)
			i, j := lo, mid
			for k := lo; k < hi; k++ {
				if i < mid && (j >= hi || src[i] <= src[j]) {
					dst[k] = src[i]
					i++
				} else {
					dst[k] = src[j]
					count += int64(mid - i)
					j++
				}
			}
		}
		src, dst = dst, src
	}
	if n > 0 && &src[0] != &x[0] {
		copy(x, src)
	}
	return count
}
