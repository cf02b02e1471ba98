package decoding

import (
	"context"
	"fmt"

	"realnet/stages/analysis/internal/parallel"
)

// Pairwise decodes every pair of conditions at every time point. It returns the
// accuracies, times x pairs, smoothed over time as the recipe says; times is
// (Times - Window)/Step + 1.
//
// Errors: bad epochs or recipe, ErrTooFewRepetitions, ErrNoConvergence,
// ErrSingular (LDA without shrinkage), the context's own.
func Pairwise(ctx context.Context, e Epochs, r Recipe) (rdm []float64, times int, err error) {
	if err := r.check(e); err != nil {
		return nil, 0, err
	}
	e = r.inUnits(e).windowed(r.Window, r.Step)
	l := r.layout(e.Repetitions)
	s := newSlab(e, l, r.Repeats)
	pairs := e.Pairs()
	rdm = make([]float64, e.Times*pairs)
	deciders := make([]*decider, r.workers())
	for w := range deciders {
		deciders[w] = newDecider(r, l, e.Channels)
	}
	for t := range e.Times {
		err := parallel.Run(ctx, len(deciders), e.Conditions, func(_, c int) error {
			return s.fill(ctx, r, e, c, t, t)
		})
		if err != nil {
			return nil, 0, err
		}
		out := rdm[t*pairs:][:pairs]
		err = parallel.Run(ctx, len(deciders), e.Conditions-1, func(w, i int) error {
			// The row of pairs (i, i+1), (i, i+2), ...
			row := out[i*(2*e.Conditions-i-1)/2:]
			for j := i + 1; j < e.Conditions; j++ {
				v, err := deciders[w].accuracy(ctx, s, i, j)
				if err != nil {
					return fmt.Errorf("time %d: %w", t, err)
				}
				row[j-i-1] = v
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	if r.Smooth > 1 {
		smoothed := make([]float64, len(rdm))
		for t := range e.Times {
			for p := range pairs {
				smoothed[t*pairs+p] = meanAround(rdm[p:], pairs, e.Times, t, r.Smooth)
			}
		}
		rdm = smoothed
	}
	return rdm, e.Times, nil
}

// slab holds the patterns of all conditions at one time point.
type slab struct {
	layout
	conditions, channels, repeats int

	patterns []float64 // repeats x conditions x points x channels
	blocks   []float64 // repeats x conditions x points x points: inner products within a condition
}

func newSlab(e Epochs, l layout, repeats int) *slab {
	n := repeats * e.Conditions * l.points
	return &slab{
		layout: l, conditions: e.Conditions, channels: e.Channels, repeats: repeats,
		patterns: make([]float64, n*e.Channels), blocks: make([]float64, n*l.points),
	}
}

func (s *slab) fill(ctx context.Context, r Recipe, e Epochs, cond, time, foldTime int) error {
	for rep := range s.repeats {
		if err := ctx.Err(); err != nil { // repeats may be many
			return err
		}
		x := s.pattern(rep, cond)
		r.patterns(x, e, s.layout, rep, cond, time, foldTime)
		crossGram(s.block(rep, cond), s.points, x, x, s.points, s.channels)
	}
	return nil
}

func (s *slab) pattern(rep, cond int) []float64 {
	n := s.points * s.channels
	return s.patterns[(rep*s.conditions+cond)*n:][:n:n]
}

func (s *slab) block(rep, cond int) []float64 {
	n := s.points * s.points
	return s.blocks[(rep*s.conditions+cond)*n:][:n:n]
}

// decider is one worker's classifier and its buffers.
type decider struct {
	r      Recipe
	l      layout
	d      int
	svc    *solver
	gram   []float64 // 2 points x 2 points
	train  []int     // patterns of both conditions that train, the second's after the first's
	first  int       // how many of train are the first's
	test   []int     // patterns that are tested
	scores []float64
	lda    *ldaFit

	undecided bool // nothing distinguishes the training patterns of the two
}

func newDecider(r Recipe, l layout, channels int) *decider {
	n := 2 * l.points
	dec := &decider{
		r: r, l: l, d: channels, gram: make([]float64, n*n),
		train: make([]int, 0, n), test: make([]int, 0, n), scores: make([]float64, n),
	}
	if r.Classifier == LinearLDA {
		dec.lda = newLDAFit(n, channels)
	} else {
		dec.svc = newSolver(n, r.SVC)
	}
	return dec
}

// accuracy is the mean over repeats and splits of the share of test patterns
// that are assigned correctly.
func (dec *decider) accuracy(ctx context.Context, s *slab, i, j int) (float64, error) {
	var sum float64
	for rep := range s.repeats {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		a, b := s.pattern(rep, i), s.pattern(rep, j)
		if dec.svc != nil {
			pairGram(dec.gram, s.block(rep, i), s.block(rep, j), a, b, s.points, s.channels)
		}
		for _, sp := range s.splits {
			dec.divide(sp)
			if err := dec.decide(a, b); err != nil {
				return 0, fmt.Errorf("conditions %d and %d: %w", i, j, err)
			}
			if dec.undecided {
				sum += 0.5
				continue
			}
			right := 0
			for k, q := range dec.test {
				if (dec.scores[k] > 0) == (q < s.points) {
					right++
				}
			}
			sum += float64(right) / float64(len(dec.test))
		}
	}
	return sum / float64(s.repeats*len(s.splits)), nil
}

// divide lists the training and test patterns of a split; those of the second
// condition are counted from points on. The test average of a half split is the
// last pattern and is never trained on.
func (dec *decider) divide(sp split) {
	p := dec.l.points
	dec.train, dec.test = dec.train[:0], dec.test[:0]
	for k := range p {
		if k < sp.a0 || k >= sp.a1 {
			dec.train = append(dec.train, k)
		} else {
			dec.test = append(dec.test, k)
		}
	}
	dec.first = len(dec.train)
	for k := range p {
		if k < sp.b0 || k >= sp.b1 {
			dec.train = append(dec.train, p+k)
		} else {
			dec.test = append(dec.test, p+k)
		}
	}
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
func (dec *decider) decide(a, b []float64) error {
	if dec.svc != nil {
		return dec.decideSVC()
	}
	return dec.decideLDA(a, b)
}

func (dec *decider) decideSVC() error {
	n, s := 2*dec.l.points, dec.svc
	s.load(dec.gram, n, dec.train, dec.first, false)
	if !s.solve(solveSteps) {
		return fmt.Errorf("%w within %d steps; scale the data to a standard deviation near 1", ErrNoConvergence, solveSteps)
	}
	near := nearOwnPath * s.Tol
	if s.faced {
		near = nearOtherPath * s.Tol
	}
	if dec.score(s.bias()) >= near {
		return nil
	}
	s.load(dec.gram, n, dec.train, dec.first, true)
	if !s.smo(settleSteps) {
		s.load(dec.gram, n, dec.train, dec.first, false)
		s.solve(solveSteps)
	}
	dec.score(s.bias())
	return nil
}

// score fills the scores and returns the size of the smallest. Four patterns at a time:
// the sum of one is a chain of additions that wait for each other.
func (dec *decider) score(bias float64) (nearest float64) {
	n := 2 * dec.l.points
	nearest = inf
	beta := dec.svc.beta[:len(dec.train)]
	train := dec.train[:len(beta)]
	row := func(k int) []float64 { return dec.gram[dec.test[min(k, len(dec.test)-1)]*n:][:n:n] }
	for k := 0; k < len(dec.test); k += 4 {
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
		for j, f := range four[:min(4, len(dec.test)-k)] {
			dec.scores[k+j] = f
			nearest = min(nearest, max(f, -f))
		}
	}
	return nearest
}
