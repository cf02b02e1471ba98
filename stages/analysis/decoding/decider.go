package decoding

import (
	"fmt"

	"realnet/stages/analysis/internal/dense"
)

// decider is one worker's classifier and its buffers.
type decider struct {
	r      Recipe
	l      layout
	d      int
	splits []division
	lda    *ldaFit

	svc    *solver
	gram   []float64    // n rows of stride ld: inner products of the pair's n = 2 points patterns
	n, ld  int          // n > lanes: ld = n, else lanes
	exact  bool         // gram has the sums of crossGram, not those of a matrix product
	left   dense.Panels // row: the patterns of the first condition
	strip  []float64    // row: points x (together x points), inner products of the first with others
	lock   *lockstep    // row: pairs that wait for others; nil: each alone
	beta   []float64    // settled fits and weights: coefficients in the order of train
	scores []float64    // of the tested patterns, positive for the first condition

	undecided bool // nothing distinguishes the training patterns of the two
}

// division lists the patterns of a split; those of the second condition are counted from
// points on.
type division struct {
	train []int // of both conditions, the second's after the first's
	first int   // how many of train are the first's
	test  []int // patterns that are tested

	classes *classes // of the training patterns, where all fit the kernel
}

func newDecider(r Recipe, l layout, channels int) *decider {
	n := 2 * l.points
	dec := &decider{r: r, l: l, d: channels, n: n, ld: max(n, lanes), scores: make([]float64, n)}
	for _, sp := range l.splits {
		dec.splits = append(dec.splits, divide(sp, l.points))
	}
	if r.Classifier == LinearLDA {
		dec.lda = newLDAFit(n, channels)
	} else {
		dec.svc = newSolver(n, r.SVC)
		dec.gram = make([]float64, n*dec.ld)
		for k := range dec.splits {
			if sp := &dec.splits[k]; n <= lanes {
				sp.classes = r.SVC.classes(sp.train, sp.first)
			}
		}
		dec.beta = make([]float64, n)
		dec.lock = newLockstep(dec.splits, n)
	}
	return dec
}

// divide lists the training and test patterns of a split. The test average of a half
// split is the last pattern and is never trained on.
func divide(sp split, p int) (d division) {
	for k := range p {
		if k < sp.a0 || k >= sp.a1 {
			d.train = append(d.train, k)
		} else {
			d.test = append(d.test, k)
		}
	}
	d.first = len(d.train)
	for k := range p {
		if k < sp.b0 || k >= sp.b1 {
			d.train = append(d.train, p+k)
		} else {
			d.test = append(d.test, p+k)
		}
	}
	return d
}

// row adds to out[j-i-1], for every condition j > i, the sum over splits of the share of
// test patterns of the pair (i, j) that are assigned correctly. Some pairs wait for flush.
func (dec *decider) row(s *slab, i int, out []float64) error {
	a := s.pattern(i)
	p := s.points
	if dec.svc == nil {
		for j := i + 1; j < s.conditions; j++ {
			if err := dec.pair(s, i, j, &out[j-i-1]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := dec.left.PackLeft(dense.Transposed{Data: a, Stride: s.channels}, s.channels, 0, p); err != nil {
		return err
	}
	width := s.together * p
	if dec.strip == nil {
		dec.strip = make([]float64, p*width)
	}
	for k := (i + 1) / s.together; k < len(s.panels); k++ {
		clear(dec.strip)
		dense.Multiply(dec.strip, width, &dec.left, &s.panels[k])
		for j := max(i+1, k*s.together); j < min((k+1)*s.together, s.conditions); j++ {
			to := &out[j-i-1]
			if dec.lock != nil {
				dec.gram = dec.lock.add(i, j, to)
			}
			dec.own(0, s.block(i))
			dec.own(p, s.block(j))
			dec.cross(dec.strip[(j-k*s.together)*p:], width)
			dec.exact = false
			var err error
			switch {
			case dec.lock == nil:
				err = dec.pair(s, i, j, to)
			case len(dec.lock.pairs) == seats:
				err = dec.flush(s)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// fewSeats is how many pairs are sooner decoded one by one than in a batch.
const fewSeats = 4

// flush decodes the pairs that wait.
func (dec *decider) flush(s *slab) error {
	k := dec.lock
	if k == nil || len(k.pairs) == 0 {
		return nil
	}
	defer func() { k.pairs = k.pairs[:0] }()
	// Where most have to begin anew, as data of a scale that single precision cannot
	// resolve, the batch is in vain.
	alone := len(k.pairs) <= fewSeats || k.refused > 1000 && 2*k.refused > k.tried
	for split := range dec.splits {
		var solved uint32
		if !alone {
			solved = k.solve(split, dec.r.SVC)
		}
		for n := range k.pairs {
			seat := &k.pairs[n]
			dec.gram, dec.exact = k.gram(n), seat.exact
			a, b := s.pattern(seat.i), s.pattern(seat.j)
			sp := &dec.splits[split]
			dec.pose(sp, false)
			if !alone && (solved>>n&1 == 0 || !k.start(dec.svc, split, n)) {
				k.refused++
				dec.pose(sp, false)
			}
			if err := dec.decideSVC(a, b, sp); err != nil {
				return fmt.Errorf("conditions %d and %d: %w", seat.i, seat.j, err)
			}
			seat.exact = dec.exact
			*seat.out += dec.share(sp)
		}
	}
	return nil
}

// pair adds the shares of the splits of one pair to out.
func (dec *decider) pair(s *slab, i, j int, out *float64) error {
	a, b := s.pattern(i), s.pattern(j)
	for k := range dec.splits {
		sp := &dec.splits[k]
		if err := dec.decide(a, b, sp); err != nil {
			return fmt.Errorf("conditions %d and %d: %w", i, j, err)
		}
		*out += dec.share(sp)
	}
	return nil
}

// share is that of the test patterns whose score has the right sign.
func (dec *decider) share(sp *division) float64 {
	if dec.undecided {
		return 0.5
	}
	right := 0
	for k, q := range sp.test {
		if (dec.scores[k] > 0) == (q < dec.l.points) {
			right++
		}
	}
	return float64(right) / float64(len(sp.test))
}

// own writes the inner products within a condition, whose patterns are those from `from` on.
func (dec *decider) own(from int, block []float64) {
	p := dec.l.points
	for i := range p {
		copy(dec.gram[(from+i)*dec.ld+from:][:p], block[i*p:][:p])
	}
}

// cross writes the inner products of the first condition's patterns with the second's.
func (dec *decider) cross(block []float64, stride int) {
	p := dec.l.points
	for i := range p {
		in := block[i*stride:][:p]
		copy(dec.gram[i*dec.ld+p:][:p], in)
		for j, v := range in {
			dec.gram[(p+j)*dec.ld+i] = v
		}
	}
}

// sums makes the inner products of the two conditions those that libsvm adds, one channel
// after the other: a matrix product differs from them in the last digits.
func (dec *decider) sums(a, b []float64) {
	if dec.exact {
		return
	}
	p := dec.l.points
	crossGram(dec.gram[p:], dec.ld, a, b, p, dec.d)
	dec.cross(dec.gram[p:], dec.ld)
	dec.exact = true
}

// How near to zero a decision may be, in tolerances, before the step-by-step
// solution has to settle it. Measured over data of scale 0.01 to 100: decisions
// of the two paths differ by at most 3 tolerances without a face step and by
// 110 with one.
const (
	nearOwnPath   = 10
	nearOtherPath = 200

	// solveSteps bounds the pair steps of a fit. settleSteps bounds those of the
	// step-by-step solution, which badly scaled data can need by the million;
	// there the decision of the exact optimum stands.
	solveSteps  = 1_000_000
	settleSteps = 200_000
)

// decide scores the test patterns, positive for the first condition.
func (dec *decider) decide(a, b []float64, sp *division) error {
	if dec.svc == nil {
		return dec.decideLDA(a, b, sp)
	}
	dec.pose(sp, false)
	return dec.decideSVC(a, b, sp)
}

// decideSVC continues from the solver's present coefficients.
func (dec *decider) decideSVC(a, b []float64, sp *division) error {
	s := dec.svc
	if !s.solve(solveSteps) {
		return fmt.Errorf("%w within %d steps; scale the data to a standard deviation near 1", ErrNoConvergence, solveSteps)
	}
	near := nearOwnPath * s.Tol
	if s.faced {
		near = nearOtherPath * s.Tol
	}
	if dec.score(sp) >= near {
		return nil
	}
	dec.sums(a, b)
	dec.pose(sp, true)
	if !s.smo(settleSteps) {
		dec.pose(sp, false)
		s.solve(solveSteps)
	}
	dec.scoreInOrder(sp)
	return nil
}

// pose gives the solver the training patterns of a split: all patterns where they fit the
// kernel, those of the test fixed at 0, else a copy of the training patterns.
func (dec *decider) pose(sp *division, rounded bool) {
	if dec.n > lanes {
		dec.svc.load(dec.gram, dec.n, sp.train, sp.first, rounded)
		return
	}
	dec.svc.view(dec.gram, dec.n, sp.classes, rounded)
}

// coefficients gives those of the training patterns, in their order.
func (dec *decider) coefficients(sp *division) []float64 {
	if dec.n > lanes {
		return dec.svc.beta[:len(sp.train)]
	}
	beta := dec.beta[:len(sp.train)]
	for m, q := range sp.train {
		beta[m] = dec.svc.beta[q]
	}
	return beta
}

// score fills the scores and returns the size of the smallest. Where the solver saw all
// patterns it has followed those of the test: their slope is minus Σ β_k K_k.
func (dec *decider) score(sp *division) (nearest float64) {
	if dec.n > lanes {
		return dec.scoreInOrder(sp)
	}
	nearest = inf
	bias := dec.svc.quickBias()
	for k, q := range sp.test {
		f := bias - dec.svc.slope[q]
		dec.scores[k] = f
		nearest = min(nearest, max(f, -f))
	}
	return nearest
}

// scoreInOrder is score in libsvm's order of summation. Four patterns at a time: the sum
// of one is a chain of additions that wait for each other.
func (dec *decider) scoreInOrder(sp *division) (nearest float64) {
	nearest = inf
	bias, beta := dec.svc.bias(), dec.coefficients(sp)
	train := sp.train[:len(beta)]
	row := func(k int) []float64 {
		return dec.gram[sp.test[min(k, len(sp.test)-1)]*dec.ld:][:dec.n:dec.n]
	}
	for k := 0; k < len(sp.test); k += 4 {
		r0, r1, r2, r3 := row(k), row(k+1), row(k+2), row(k+3)
		var f0, f1, f2, f3 float64
		for m, b := range beta {
			c := train[m]
			f0 += b * r0[c]
			f1 += b * r1[c]
			f2 += b * r2[c]
			f3 += b * r3[c]
		}
		four := [4]float64{f0 + bias, f1 + bias, f2 + bias, f3 + bias}
		for j, f := range four[:min(4, len(sp.test)-k)] {
			dec.scores[k+j] = f
			nearest = min(nearest, max(f, -f))
		}
	}
	return nearest
}
