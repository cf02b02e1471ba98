package inference

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// Options of the permutation tests.
type Options struct {
	Alternative  Alternative
	Permutations int // M: random flips, unless enumerating all is no more work
	Seed         uint64
	Workers      int // goroutines; 0: one a processor. Results do not depend on it.
}

// DefaultOptions returns 10,000 permutations, two-sided, seed 0.
func DefaultOptions() Options { return Options{Permutations: 10_000} }

func (o Options) check() error {
	if o.Permutations < 1 {
		return fmt.Errorf("inference: %d permutations; at least 1 is needed", o.Permutations)
	}
	if o.Alternative < TwoSided || o.Alternative > Less {
		return fmt.Errorf("inference: unknown alternative %d", o.Alternative)
	}
	return nil
}

// smallestFlipP is the smallest p that n sign flips can give.
func smallestFlipP(n int, alt Alternative) float64 {
	if alt == TwoSided {
		n--
	}
	return math.Ldexp(1, -n)
}

// flipped is what a pass over the sign flips saw.
type flipped struct {
	count int  // flips evaluated
	exact bool // all there are, the identity among them
}

func planFlips(n int, o Options) flipped {
	if n < 62 && 1<<n <= o.Permutations {
		return flipped{1 << n, true}
	}
	return flipped{o.Permutations, false}
}

// p turns the number of flips that reached the observed value into a p value.
func (f flipped) p(reached int) float64 {
	if f.exact {
		return float64(reached) / float64(f.count)
	}
	return float64(reached+1) / float64(f.count+1)
}

func (f flipped) smallest(n int, alt Alternative) float64 {
	s := smallestFlipP(n, alt)
	if !f.exact {
		s = math.Max(s, 1/float64(f.count+1))
	}
	return s
}

// flipBlock is how many flips share a random stream and a worker.
const flipBlock = 256

// forEach calls visit with the signed sum over subjects of every point, once for
// each flip k. Calls of one worker never overlap; the sums are only valid during
// the call. An enumeration goes in Gray code order, in which neighbours differ by
// one subject, and starts afresh every block so that rounding does not build up.
func (f flipped) forEach(s Sample, o Options, visit func(worker, k int, sum []float64)) {
	workers := o.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	blocks := (f.count + flipBlock - 1) / flipBlock
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range min(workers, blocks) {
		wait.Go(func() {
			sum := make([]float64, s.Points)
			signs := make([]uint64, (s.Subjects+63)/64)
			for {
				b := int(next.Add(1)) - 1
				if b >= blocks {
					return
				}
				from, to := b*flipBlock, min(f.count, (b+1)*flipBlock)
				rng := rand.New(rand.NewPCG(o.Seed, uint64(b)))
				for k := from; k < to; k++ {
					switch {
					case !f.exact:
						for i := range signs {
							signs[i] = rng.Uint64()
						}
						signedSum(sum, s, signs)
					case k == from:
						signs[0] = uint64(k) ^ uint64(k)>>1
						signedSum(sum, s, signs)
					default:
						i := bits.TrailingZeros64(uint64(k))
						signs[0] ^= 1 << i
						turn := 2.0
						if signs[0]>>i&1 == 1 {
							turn = -2
						}
						row := s.Row(i)[:len(sum)]
						for p, v := range row {
							sum[p] += turn * v
						}
					}
					visit(w, k, sum)
				}
			}
		})
	}
	wait.Wait()
}

// signedSum adds the rows, those whose bit is set with a minus.
func signedSum(sum []float64, s Sample, signs []uint64) {
	clear(sum)
	i := 0
	for ; i+2 <= s.Subjects; i += 2 {
		a, b := s.Row(i)[:len(sum)], s.Row(i + 1)[:len(sum)]
		// Two rows at once halve the passes over sum.
		switch signs[i>>6] >> (i & 63) & 3 {
		case 0:
			for p := range sum {
				sum[p] += a[p] + b[p]
			}
		case 1:
			for p := range sum {
				sum[p] += b[p] - a[p]
			}
		case 2:
			for p := range sum {
				sum[p] += a[p] - b[p]
			}
		default:
			for p := range sum {
				sum[p] -= a[p] + b[p]
			}
		}
	}
	if i < s.Subjects {
		sign := 1 - 2*float64(signs[i>>6]>>(i&63)&1)
		for p, v := range s.Row(i)[:len(sum)] {
			sum[p] += sign * v
		}
	}
}

// fromSums holds what turns a signed sum into t: t = S sqrt((n-1) / (nQ - S²)).
type fromSums struct {
	n  float64
	nq []float64 // n Σx² of each point
}

func newFromSums(s Sample) fromSums {
	f := fromSums{float64(s.Subjects), make([]float64, s.Points)}
	for i, v := range s.Values {
		f.nq[i%s.Points] += f.n * v * v
	}
	return f
}

func (f fromSums) t(point int, sum float64) float64 {
	rest := f.nq[point] - sum*sum
	if !(rest > 0) {
		if sum == 0 {
			return 0
		}
		return math.Copysign(math.Inf(1), sum)
	}
	return sum * math.Sqrt((f.n-1)/rest)
}

// critical is the |S| of each point above which |t| exceeds a threshold.
func (f fromSums) critical(threshold float64) []float64 {
	c := make([]float64, len(f.nq))
	for p, q := range f.nq {
		c[p] = threshold * math.Sqrt(q/(f.n-1+threshold*threshold))
	}
	return c
}

// sums is the unflipped sum of each point.
func sums(s Sample) []float64 {
	sum := make([]float64, s.Points)
	signedSum(sum, s, make([]uint64, (s.Subjects+63)/64))
	return sum
}

// reaches compares a flip's statistic with the observed one, up to the rounding
// of sums taken in another order.
func reaches(value, observed float64) bool {
	return value >= observed-1e-10*math.Abs(observed)
}
