package compare

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"realnet/stages/analysis/internal/parallel"
	"realnet/stages/analysis/rdm"
)

// Alternative says which similarities count as extreme.
type Alternative string

// The alternatives.
const (
	TwoSided Alternative = "two-sided"
	Greater  Alternative = "greater"
)

// Test is a permutation test of condition labels.
type Test struct {
	Permutations int // drawn at random; all n! when that is no more
	Seed         uint64
	Alternative  Alternative
	Workers      int // 0 takes all processors
}

// MostResamples is how many permutations or bootstrap samples a test may ask for: a value
// of each is kept.
const MostResamples = 10_000_000

// DefaultTest is two-sided with 10,000 permutations.
func DefaultTest() Test { return Test{Permutations: 10000, Alternative: TwoSided} }

// Result is a similarity and, when it was tested, its p value.
type Result struct {
	Model        string      `json:"model"`
	Brain        string      `json:"brain"`
	Method       Method      `json:"method"`
	Value        float64     `json:"value"`
	P            float64     `json:"p"`
	Permutations int         `json:"permutations"`
	Exact        bool        `json:"exact"`
	Alternative  Alternative `json:"alternative"`
}

// Permute compares model and brain and tests the similarity: the condition
// labels of the model are permuted, so that its rows and columns move together
// and what pairs share through a condition is kept. With b of M random
// permutations at least as extreme, p = (b+1)/(M+1). When all n! permutations
// are no more than test.Permutations they are enumerated, the identity counted
// once, and p = (b+1)/n!.
//
// Two-sided means far from the mean over all permutations, which is 0 but for
// the cosine and the whitened cosine; there it is positive and known.
func Permute(ctx context.Context, model, brain *rdm.RDM, opts Options, test Test) (*Result, error) {
	null, err := NullDistribution(ctx, model, brain, opts, test)
	if err != nil {
		return nil, err
	}
	if test.Alternative != TwoSided && test.Alternative != Greater {
		return nil, fmt.Errorf("compare: alternative %q: %w", test.Alternative, ErrMethod)
	}
	return &Result{
		Method: opts.Method, Value: null.Observed, P: null.P(test.Alternative),
		Permutations: len(null.Deviations), Exact: null.Exact, Alternative: test.Alternative,
	}, nil
}

// Null is a similarity and how far it is, under permuted labels, from its mean.
type Null struct {
	Observed   float64
	Mean       float64   // over all permutations
	Deviation  float64   // of the observed labels, in the arithmetic of the permutations
	Deviations []float64 // one a permutation; all n!, the identity first, when Exact
	Exact      bool

	// What deviations may differ by and be equal but for rounding: the same
	// arrangement may come in another order of sums.
	tolerance float64
}

// relativeTolerance is that of deviations, of the largest that two such RDMs allow.
const relativeTolerance = 1e-12

// far is how far a deviation speaks against the null hypothesis.
func (alt Alternative) far(deviation float64) float64 {
	if alt == TwoSided {
		return math.Abs(deviation)
	}
	return deviation
}

// P counts values at least as extreme as the observed one.
func (d *Null) P(alt Alternative) float64 {
	bound := alt.far(d.Deviation) - d.tolerance
	b := 0
	for _, v := range d.Deviations {
		if alt.far(v) >= bound {
			b++
		}
	}
	if d.Exact { // the identity is among them
		return float64(b) / float64(len(d.Deviations))
	}
	return float64(b+1) / float64(len(d.Deviations)+1)
}

// Less is the distribution of the difference of two similarities under the same
// permutations.
func (d *Null) Less(other *Null) *Null {
	out := &Null{
		Observed: d.Observed - other.Observed, Mean: d.Mean - other.Mean, Deviation: d.Deviation - other.Deviation,
		Deviations: make([]float64, len(d.Deviations)), Exact: d.Exact, tolerance: d.tolerance + other.tolerance,
	}
	for k, v := range d.Deviations {
		out.Deviations[k] = v - other.Deviations[k]
	}
	return out
}

// NullDistribution gives the similarity under each permutation of the model's
// labels. Permutation k depends on the seed, k and the number of conditions
// alone, so that several RDMs can be tested under the same permutations. NaN
// is an error here whatever the options: a permuted gap is no gap any more.
func NullDistribution(ctx context.Context, model, brain *rdm.RDM, opts Options, test Test) (*Null, error) {
	brain, err := rdm.Align(model, brain)
	if err != nil {
		return nil, err
	}
	a, err := Prepare(model.Values, opts)
	if err != nil {
		return nil, err
	}
	b, err := Prepare(brain.Values, opts)
	if err != nil {
		return nil, err
	}
	return PreparedNull(ctx, a, b, opts, test)
}

// PreparedNull is [NullDistribution] of RDMs over the same conditions in the same order,
// prepared with these options. The method is cheapest to prepare once where many RDMs
// are compared.
func PreparedNull(ctx context.Context, model, brain *Prepared, opts Options, test Test) (*Null, error) {
	if test.Permutations < 1 || test.Permutations > MostResamples {
		return nil, fmt.Errorf("compare: %d permutations, want 1 to %d: %w", test.Permutations, MostResamples, ErrShape)
	}
	observed, err := model.With(brain)
	if err != nil {
		return nil, err
	}
	n, err := rdm.Conditions(model.pairs)
	if err != nil {
		return nil, err
	}
	if n < 3 {
		return nil, fmt.Errorf("compare: permutations of %d conditions leave the RDM as it is: %w", n, ErrShape)
	}
	s, err := permuted(model, brain, n, opts)
	if err != nil {
		return nil, err
	}
	null := &Null{Observed: observed, Mean: s.mean, tolerance: s.largest * relativeTolerance}
	count := test.Permutations
	if all, ok := factorial(n, count); ok {
		count, null.Exact = all, true
	}
	null.Deviations = make([]float64, count)
	batches := (count + together - 1) / together
	type worker struct {
		statistic func(out []float64, perms, inverse [][]int32)
		perms     [][]int32
		inverse   [][]int32
		random    *rand.Rand
		source    *rand.PCG
	}
	workers := make([]*worker, parallel.Workers(test.Workers, batches))
	for i := range workers {
		source := rand.NewPCG(0, 0)
		w := &worker{statistic: s.newStatistic(), source: source, random: rand.New(source)}
		for range together {
			w.perms, w.inverse = append(w.perms, make([]int32, n)), append(w.inverse, make([]int32, n))
		}
		workers[i] = w
	}
	w := workers[0]
	for i := range w.perms[0] {
		w.perms[0][i] = int32(i)
	}
	identity := make([]float64, 1)
	w.statistic(identity, w.perms[:1], w.inverse)
	null.Deviation = identity[0]
	err = parallel.Run(ctx, test.Workers, batches, func(i, b int) error {
		w := workers[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		k := b * together
		perms := w.perms[:min(together, count-k)]
		for j, perm := range perms {
			if null.Exact {
				unrank(perm, k+j)
			} else {
				w.source.Seed(test.Seed, uint64(k+j))
				shuffle(perm, w.random)
			}
		}
		w.statistic(null.Deviations[k:k+len(perms)], perms, w.inverse)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.unknownMean {
		for _, v := range null.Deviations {
			null.Mean += v / float64(count)
		}
		null.Deviation -= null.Mean
		for k := range null.Deviations {
			null.Deviations[k] -= null.Mean
		}
	}
	return null, nil
}

// shuffle sets perm to a random permutation (Fisher-Yates).
func shuffle(perm []int32, r *rand.Rand) {
	for i := range perm {
		j := r.IntN(i + 1)
		perm[i] = perm[j]
		perm[j] = int32(i)
	}
}

// unrank sets perm to the k-th permutation in lexicographic order.
func unrank(perm []int32, k int) {
	n := len(perm)
	f := 1
	for i := 2; i < n; i++ {
		f *= i
	}
	left := make([]int32, n)
	for i := range left {
		left[i] = int32(i)
	}
	for i := range n {
		d := k / f
		k %= f
		perm[i] = left[d]
		left = append(left[:d], left[d+1:]...)
		if n-1-i > 0 {
			f /= n - 1 - i
		}
	}
}

// factorial gives n! when it is at most limit.
func factorial(n, limit int) (int, bool) {
	f := 1
	for i := 2; i <= n; i++ {
		if f > limit/i {
			return 0, false
		}
		f *= i
	}
	return f, true
}

// statistics makes functions, one a worker, from some permutations, at most `together`, to
// the similarities less their mean over all permutations. largest bounds what they can give.
type statistics struct {
	newStatistic func() func(out []float64, perms, inverse [][]int32)
	mean         float64
	unknownMean  bool // the functions give the similarity itself
	largest      float64
}

// ofEach makes a function of several permutations of one that takes a permutation.
func ofEach(statistic func([]int32) float64) func(out []float64, perms, inverse [][]int32) {
	return func(out []float64, perms, _ [][]int32) {
		for k, perm := range perms {
			out[k] = statistic(perm)
		}
	}
}

func permuted(model, brain *Prepared, n int, opts Options) (*statistics, error) {
	switch {
	case opts.Method == Kendall || opts.Method == TauA:
		whole := square(model.values, n)
		return &statistics{newStatistic: func() func([]float64, [][]int32, [][]int32) {
			k, x := brain.order().fork(), make([]float64, len(model.values))
			return ofEach(func(perm []int32) float64 {
				gather(x, whole, n, perm)
				tau, _ := k.tau(x, opts.Method == TauA) // not constant: checked on the observed
				return tau
			})
		}, largest: 1}, nil
	case opts.Method.whitened() && opts.Covariance != nil:
		// The covariance belongs to the conditions and stays where it is, so
		// the norm of the permuted model changes: n³ a permutation.
		w, err := newWhitener(len(model.raw), opts)
		if err != nil {
			return nil, err
		}
		whole := square(model.raw, n)
		return &statistics{newStatistic: func() func([]float64, [][]int32, [][]int32) {
			x := make([]float64, len(model.raw))
			return ofEach(func(perm []int32) float64 {
				gather(x, whole, n, perm)
				v, _ := cosine(w.of(x), brain.values)
				return v
			})
		}, unknownMean: opts.Method == WhitenedCosine, largest: 1}, nil
	case opts.Method.ofRanks():
		scale := 1 / math.Sqrt(model.square*brain.square) / 2
		if opts.Method == RhoA {
			pairs := float64(len(model.ranks))
			scale = 12 / (pairs*pairs*pairs - pairs) / 8
		}
		var at func([]float64, [][]int32, [][]int32)
		if len(model.ranks) < rankFormFrom {
			at = ofEach(newForm(square(floats(model.ranks), n), square(floats(brain.ranks), n), n, scale).at)
		} else {
			at = newRankForm(model.ranks, brain.ranks, n, scale).at
		}
		return &statistics{newStatistic: func() func([]float64, [][]int32, [][]int32) { return at }, largest: 1}, nil
	}
	s := &statistics{largest: 1}
	m, b := model.values, brain.values // n x n, with what the product multiplies
	scale := 1 / math.Sqrt(model.square*brain.square)
	if !opts.Method.whitened() {
		m, b, scale = square(m, n), square(b, n), scale/2
	}
	if opts.Method == Cosine || opts.Method == WhitenedCosine {
		// What all pairs share does not change with the labels, and may be all but a
		// billionth of the sum.
		s.mean = meanForm(m, b, n, scale)
		if opts.Method.whitened() {
			m, b = slices.Clone(m), slices.Clone(b)
		}
		level(m, n)
		level(b, n)
		s.largest = scale * math.Sqrt(dot(m, m)*dot(b, b))
	}
	at := ofEach(newForm(m, b, n, scale).at)
	s.newStatistic = func() func([]float64, [][]int32, [][]int32) { return at }
	return s, nil
}

// level subtracts from an n x n matrix the mean of its diagonal from the diagonal, and
// the mean of the rest from the rest.
func level(m []float64, n int) {
	var diagonal, rest float64
	for i := range n {
		for j := range n {
			if i == j {
				diagonal += m[i*n+j] / float64(n)
			} else {
				rest += m[i*n+j] / float64(n*(n-1))
			}
		}
	}
	for i := range n {
		for j := range n {
			if i == j {
				m[i*n+j] -= diagonal
			} else {
				m[i*n+j] -= rest
			}
		}
	}
}

// gather writes the upper triangle of the permuted square matrix.
func gather(out, square []float64, n int, perm []int32) {
	k := 0
	for i, p := range perm {
		row := square[int(p)*n:][:n]
		for _, q := range perm[i+1:] {
			out[k] = row[q]
			k++
		}
	}
}

// meanForm is the average of a form over all permutations: every pair of conditions meets
// every other equally often.
func meanForm(m, b []float64, n int, scale float64) float64 {
	var mo, bo, md, bd float64
	for i := range n {
		for j := range n {
			if i == j {
				md, bd = md+m[i*n+i], bd+b[i*n+i]
			} else {
				mo, bo = mo+m[i*n+j], bo+b[i*n+j]
			}
		}
	}
	c := float64(n)
	return scale * (mo*bo/(c*(c-1)) + md*bd/c)
}

func floats(ranks []int32) []float64 {
	out := make([]float64, len(ranks))
	for i, r := range ranks {
		out[i] = float64(r)
	}
	return out
}
