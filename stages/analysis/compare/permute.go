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
	if test.Permutations < 1 {
		return nil, fmt.Errorf("compare: %d permutations: %w", test.Permutations, ErrShape)
	}
	opts.OmitNaN = false
	observed, err := Vectors(model.Values, brain.Values, opts)
	if err != nil {
		return nil, err
	}
	n := model.N
	if n < 3 {
		return nil, fmt.Errorf("compare: permutations of %d conditions leave the RDM as it is: %w", n, ErrShape)
	}
	s, err := permuted(model, brain, opts)
	if err != nil {
		return nil, err
	}
	null := &Null{Observed: observed, Mean: s.mean, tolerance: s.largest * relativeTolerance}
	count := test.Permutations
	if all, ok := factorial(n, count); ok {
		count, null.Exact = all, true
	}
	null.Deviations = make([]float64, count)
	const batch = 64
	batches := (count + batch - 1) / batch
	type worker struct {
		statistic func([]int32) float64
		perm      []int32
		source    *rand.PCG
		random    *rand.Rand
	}
	workers := make([]*worker, parallel.Workers(test.Workers, batches))
	for i := range workers {
		source := rand.NewPCG(0, 0)
		workers[i] = &worker{s.newStatistic(), make([]int32, n), source, rand.New(source)}
	}
	for i := range workers[0].perm {
		workers[0].perm[i] = int32(i)
	}
	null.Deviation = workers[0].statistic(workers[0].perm)
	err = parallel.Run(ctx, test.Workers, batches, func(i, b int) error {
		w := workers[i]
		for k := b * batch; k < min((b+1)*batch, count); k++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			if null.Exact {
				unrank(w.perm, k)
			} else {
				w.source.Seed(test.Seed, uint64(k))
				shuffle(w.perm, w.random)
			}
			null.Deviations[k] = w.statistic(w.perm)
		}
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

// statistics makes functions, one a worker, from a permutation to the similarity less
// its mean over all permutations. largest bounds what they can give.
type statistics struct {
	newStatistic func() func([]int32) float64
	mean         float64
	unknownMean  bool // the functions give the similarity itself
	largest      float64
}

func permuted(model, brain *rdm.RDM, opts Options) (*statistics, error) {
	n := model.N
	switch {
	case opts.Method == Kendall || opts.Method == TauA:
		base := newKendall(brain.Values)
		return &statistics{newStatistic: func() func([]int32) float64 {
			k, x := base.fork(), make([]float64, len(model.Values))
			square := model.Square()
			return func(perm []int32) float64 {
				gather(x, square, n, perm)
				tau, _ := k.tau(x, opts.Method == TauA) // not constant: checked on the observed
				return tau
			}
		}, largest: 1}, nil
	case opts.Method.whitened() && opts.Covariance != nil:
		// The covariance belongs to the conditions and stays where it is, so
		// the norm of the permuted model changes: n³ a permutation.
		w, err := newWhitener(len(model.Values), opts)
		if err != nil {
			return nil, err
		}
		wb := w.of(brain.Values)
		square := model.Square()
		return &statistics{newStatistic: func() func([]int32) float64 {
			x := make([]float64, len(model.Values))
			return func(perm []int32) float64 {
				gather(x, square, n, perm)
				v, _ := cosine(w.of(x), wb)
				return v
			}
		}, unknownMean: opts.Method == WhitenedCosine, largest: 1}, nil
	}
	s := &statistics{largest: 1}
	var m, b []float64 // n x n, with what the product multiplies
	var scale float64
	if opts.Method.whitened() {
		w, err := newWhitener(len(model.Values), opts)
		if err != nil {
			return nil, err
		}
		m, b = w.of(model.Values), w.of(brain.Values)
		scale = 1 / math.Sqrt(dot(m, m)*dot(b, b))
	} else {
		x, y := prepare(opts.Method, model.Values), prepare(opts.Method, brain.Values)
		if opts.Method == RhoA {
			pairs := float64(len(x))
			scale = 6 / (pairs*pairs*pairs - pairs)
		} else {
			scale = 1 / math.Sqrt(dot(x, x)*dot(y, y)) / 2
		}
		m, b = square(x, n), square(y, n)
	}
	f := newForm(m, b, n, scale)
	if opts.Method == Cosine || opts.Method == WhitenedCosine {
		// What all pairs share does not change with the labels, and may be all but a
		// billionth of the sum.
		s.mean = f.mean(m, b)
		levelled := slices.Clone(m)
		level(levelled, n)
		level(b, n)
		f = newForm(levelled, b, n, scale)
		s.largest = scale * math.Sqrt(dot(levelled, levelled)*dot(b, b))
	}
	s.newStatistic = func() func([]int32) float64 { return f.at }
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

func square(values []float64, n int) []float64 {
	r := rdm.RDM{N: n, Values: values}
	return r.Square()
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

// form is Σ_ij b_ij m_π(i)π(j) for symmetric m and b, of which the upper
// triangle of b is kept: twice the off-diagonal elements, scaled.
type form struct {
	n        int
	m        []float64 // n x n
	b        []float64 // condensed
	mii, bii []float64 // diagonals, nil when zero
	scale    float64
}

func newForm(m, b []float64, n int, scale float64) *form {
	f := &form{n: n, m: m, scale: scale, b: make([]float64, 0, n*(n-1)/2), mii: make([]float64, n), bii: make([]float64, n)}
	for i := range n {
		f.mii[i], f.bii[i] = m[i*n+i], b[i*n+i]*scale
		for j := i + 1; j < n; j++ {
			f.b = append(f.b, 2*scale*b[i*n+j])
		}
	}
	return f
}

// at is the hot loop of every test: one load, one gather, one multiply-add a
// pair, in four sums.
func (f *form) at(perm []int32) float64 {
	var s0, s1, s2, s3 float64
	b := f.b
	for i, p := range perm {
		row := f.m[int(p)*f.n:][:f.n]
		q := perm[i+1:]
		v := b[:len(q)]
		b = b[len(q):]
		j := 0
		for ; j+4 <= len(q); j += 4 {
			q4, v4 := q[j:j+4:j+4], v[j:j+4:j+4]
			s0 += v4[0] * row[q4[0]]
			s1 += v4[1] * row[q4[1]]
			s2 += v4[2] * row[q4[2]]
			s3 += v4[3] * row[q4[3]]
		}
		for ; j < len(q); j++ {
			s0 += v[j] * row[q[j]]
		}
		s1 += f.bii[i] * f.mii[p]
	}
	return (s0 + s1) + (s2 + s3)
}

// mean is the average of at over all permutations: every pair of conditions
// meets every other equally often.
func (f *form) mean(m, b []float64) float64 {
	var mo, bo, md, bd float64
	for i := range f.n {
		for j := range f.n {
			if i == j {
				md, bd = md+m[i*f.n+i], bd+b[i*f.n+i]
			} else {
				mo, bo = mo+m[i*f.n+j], bo+b[i*f.n+j]
			}
		}
	}
	n := float64(f.n)
	return f.scale * (mo*bo/(n*(n-1)) + md*bd/n)
}
