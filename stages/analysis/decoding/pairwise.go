package decoding

import (
	"context"
	"fmt"

	"realnet/stages/analysis/internal/dense"
	"realnet/stages/analysis/internal/magnitude"
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
	times, exponent := e.windows(r.Window, r.Step), 0
	if r.Classifier == LinearLDA {
		exponent = magnitude.ExponentOf(e.largest())
	}
	l := r.layout(e.Repetitions)
	s, decisions := newSlab(e, l), l.decisions(r.Repeats)
	pairs := e.Pairs()
	rdm = make([]float64, times*pairs)
	workers := r.workers()
	deciders := make([]*decider, workers)
	for w := range deciders {
		deciders[w] = newDecider(r, l, e.Channels)
	}
	now := Epochs{Conditions: e.Conditions, Repetitions: e.Repetitions, Channels: e.Channels, Times: 1}
	now.Data = make([]float64, e.Conditions*e.Repetitions*e.Channels)
	for t := range times {
		out := rdm[t*pairs:][:pairs]
		for rep := range r.Repeats {
			err := parallel.Run(ctx, workers, e.Conditions, func(_, c int) error {
				if rep == 0 {
					now.copyWindow(e, c, t, r.Window, r.Step, exponent)
				}
				s.fill(r, now, rep, c, 0, t)
				return nil
			})
			if err != nil {
				return nil, 0, err
			}
			if r.Classifier == LinearSVC {
				if err := parallel.Run(ctx, workers, len(s.panels), func(_, k int) error { return s.pack(k) }); err != nil {
					return nil, 0, err
				}
			}
			err = parallel.Run(ctx, workers, e.Conditions-1, func(w, i int) error {
				// The row of pairs (i, i+1), (i, i+2), ...
				if err := deciders[w].row(s, i, out[i*(2*e.Conditions-i-1)/2:][:e.Conditions-i-1]); err != nil {
					return fmt.Errorf("time %d: %w", t, err)
				}
				return nil
			})
			if err == nil {
				err = parallel.Run(ctx, workers, workers, func(_, k int) error {
					if err := deciders[k].flush(s); err != nil {
						return fmt.Errorf("time %d: %w", t, err)
					}
					return nil
				})
			}
			if err != nil {
				return nil, 0, err
			}
		}
		for p := range out {
			out[p] = inParts(out[p]/float64(r.Repeats*len(l.splits)), decisions)
		}
	}
	if r.Smooth > 1 {
		smoothed := make([]float64, len(rdm))
		for t := range times {
			for p := range pairs {
				smoothed[t*pairs+p] = meanAround(rdm[p:], pairs, times, t, r.Smooth, decisions)
			}
		}
		rdm = smoothed
	}
	return rdm, times, nil
}

// slab holds the patterns of all conditions at one time point, in one repeat.
type slab struct {
	layout
	conditions, channels int

	patterns []float64      // conditions x points x channels
	blocks   []float64      // conditions x points x points: inner products within a condition
	panels   []dense.Panels // of `together` conditions each, as the right operand of a product
	together int
}

// panelColumns is how many patterns are multiplied with those of a condition in one go:
// the products stay in the second cache, and panels of the kernels' widths fill them.
const panelColumns = 192

func newSlab(e Epochs, l layout) *slab {
	n := e.Conditions * l.points
	together := (panelColumns + l.points - 1) / l.points
	return &slab{
		layout: l, conditions: e.Conditions, channels: e.Channels,
		patterns: make([]float64, n*e.Channels), blocks: make([]float64, n*l.points),
		panels: make([]dense.Panels, (e.Conditions+together-1)/together), together: together,
	}
}

// fill makes the patterns of a condition.
func (s *slab) fill(r Recipe, e Epochs, rep, cond, time, foldTime int) {
	x := s.pattern(cond)
	r.patterns(x, e, s.layout, rep, cond, time, foldTime)
	crossGram(s.block(cond), s.points, x, x, s.points, s.channels)
}

// pack makes the panels k, of the conditions from k*together on.
func (s *slab) pack(k int) error {
	first, last := k*s.together, min((k+1)*s.together, s.conditions)
	x := dense.Transposed{Data: s.patterns, Stride: s.channels}
	return s.panels[k].PackRight(x, s.channels, first*s.points, last*s.points)
}

func (s *slab) pattern(cond int) []float64 {
	n := s.points * s.channels
	return s.patterns[cond*n:][:n:n]
}

func (s *slab) block(cond int) []float64 {
	n := s.points * s.points
	return s.blocks[cond*n:][:n:n]
}
