package inference

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"realnet/stages/analysis/internal/parallel"
)

// Options of the permutation tests.
type Options struct {
	Alternative  Alternative
	Permutations int // M: random flips, unless enumerating all is no more work
	Seed         uint64
	Workers      int // goroutines; 0: one a processor. Results do not depend on it.
}

// MostFlips is how many permutations a test may ask for.
const MostFlips = 100_000_000

// DefaultOptions returns 10,000 permutations, two-sided, seed 0.
func DefaultOptions() Options { return Options{Permutations: 10_000} }

func (o Options) check() error {
	if o.Permutations < 1 || o.Permutations > MostFlips {
		return fmt.Errorf("inference: %d permutations, want 1 to %d", o.Permutations, MostFlips)
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

// blocks is how many blocks of flips there are: what workers share.
func (f flipped) blocks() int { return (f.count + flipBlock - 1) / flipBlock }

const (
	// flipBlock is how many flips share a random stream and a worker.
	flipBlock = 256
	// checkEvery is how many values are summed between two looks at the context.
	checkEvery = 1 << 15
)

// forEach calls visit with the signed sum over subjects of every point, once for
// each flip k. Calls of one worker never overlap; the sums are only valid during
// the call. An enumeration goes in Gray code order, in which neighbours differ by
// one subject. The sums are exact, whatever their order.
func (f flipped) forEach(ctx context.Context, s *whole, o Options, visit func(worker, k int, sum []float64)) error {
	type buffers struct {
		sum   []float64
		signs []uint64
	}
	workers := perWorker(o, f.blocks(), func() buffers {
		return buffers{make([]float64, s.Points), make([]uint64, (s.Subjects+63)/64)}
	})
	every := max(1, checkEvery/(s.Points*s.Subjects))
	return parallel.Run(ctx, o.Workers, f.blocks(), func(w, b int) error {
		sum, signs := workers[w].sum, workers[w].signs
		from, to := b*flipBlock, min(f.count, (b+1)*flipBlock)
		rng := rand.New(rand.NewPCG(o.Seed, uint64(b)))
		for k := from; k < to; k++ {
			if (k-from)%every == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			switch {
			case !f.exact:
				for i := range signs {
					signs[i] = rng.Uint64()
				}
				s.signedSum(sum, signs)
			case k == from:
				signs[0] = uint64(k) ^ uint64(k)>>1
				s.signedSum(sum, signs)
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
		return nil
	})
}

// reaches compares a flip's statistic with the observed one, up to the rounding
// of values that are equal but for it. Infinite statistics reach each other.
func reaches(value, observed float64) bool {
	return value >= observed || value >= observed-1e-10*math.Abs(observed)
}
