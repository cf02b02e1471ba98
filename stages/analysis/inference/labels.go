package inference

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"realnet/stages/analysis/internal/parallel"
)

// LabelTest is the outcome of Labels.
type LabelTest struct {
	Observed     float64
	P            float64
	Permutations int  // evaluated; all n! if Exact
	Exact        bool // all n! permutations, the identity among them
	SmallestP    float64
}

// Labels tests a statistic of n labelled things, such as the correlation of two
// RDMs of n conditions, by permuting the labels: all n! if they are no more than
// o.Permutations, then p = b/n!, else at random, p = (b+1)/(M+1). b counts the
// permutations whose statistic is at least the observed one (two-sided: in
// absolute value). statistic gets a permutation of 0..n-1, which it must not
// keep; it is called by several goroutines at once.
//
// Errors: ErrTooFew (n < 2), ErrNotFinite if the statistic is not a number, the
// context's.
func Labels(ctx context.Context, n int, o Options, statistic func(perm []int) float64) (LabelTest, error) {
	if err := o.check(); err != nil {
		return LabelTest{}, err
	}
	if n < 2 {
		return LabelTest{}, fmt.Errorf("%w: %d label; nothing to permute", ErrTooFew, n)
	}
	count, exact := o.Permutations, false
	if f := factorial(n, o.Permutations); f > 0 {
		count, exact = f, true
	}
	identity := make([]int, n)
	for i := range identity {
		identity[i] = i
	}
	r := LabelTest{Observed: statistic(identity), Permutations: count, Exact: exact}
	if err := checkValues("the observed statistic", []float64{r.Observed}, 1); err != nil {
		return LabelTest{}, err
	}
	observed := o.Alternative.side(r.Observed)
	var reached, bad atomic.Int64
	type buffers struct{ perm, rest []int }
	f := flipped{count, exact}
	workers := perWorker(o, f.blocks(), func() buffers { return buffers{make([]int, n), make([]int, n)} })
	err := parallel.Run(ctx, o.Workers, f.blocks(), func(w, b int) error {
		perm, rest := workers[w].perm, workers[w].rest
		rng := rand.New(rand.NewPCG(o.Seed, uint64(b)))
		for k := b * flipBlock; k < min(count, (b+1)*flipBlock); k++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			if exact {
				nthPermutation(perm, rest, k)
			} else {
				copy(perm, identity)
				rng.Shuffle(n, func(i, j int) { perm[i], perm[j] = perm[j], perm[i] })
			}
			v := o.Alternative.side(statistic(perm))
			if v != v {
				bad.Add(1)
			}
			if reaches(v, observed) {
				reached.Add(1)
			}
		}
		return nil
	})
	if err != nil {
		return LabelTest{}, err
	}
	if bad.Load() > 0 {
		return LabelTest{}, fmt.Errorf("%w: the statistic is NaN in %d of %d permutations", ErrNotFinite, bad.Load(), count)
	}
	r.P, r.SmallestP = f.p(int(reached.Load())), f.p(0)
	if exact {
		r.SmallestP = 1 / float64(count)
	}
	return r, nil
}

// factorial is n! if it is at most limit, else 0.
func factorial(n, limit int) int {
	f := 1
	for k := 2; k <= n; k++ {
		if f > limit/k {
			return 0
		}
		f *= k
	}
	return f
}

// nthPermutation writes permutation k in the factorial number system; 0 is the
// identity.
func nthPermutation(perm, rest []int, k int) {
	n := len(perm)
	rest = rest[:n]
	for i := range rest {
		rest[i] = i
	}
	for i := n - 1; i >= 0; i-- {
		j := k % (i + 1)
		k /= i + 1
		// j = 0 keeps the last of the rest in its place.
		at := i - j
		perm[i] = rest[at]
		copy(rest[at:], rest[at+1:i+1])
	}
}
