package decoding

import (
	"context"
	"fmt"

	"realnet/stages/analysis/internal/parallel"
)

// Generalise trains at each time point and tests at every other (King & Dehaene
// 2014): the accuracies, training times x test times x pairs. Folds are the same
// at all times of a repeat, so that no pattern is tested whose trials, at another
// time, have trained the classifier.
//
// Smooth averages over squares of that width, cut at the edges. The result takes
// 8 x times² x pairs bytes (1.6 GB for 100 times and 200 conditions); decode a
// part of the conditions, or wider windows, where that is too much. Errors are
// those of Pairwise.
func Generalise(ctx context.Context, e Epochs, r Recipe) (rdm []float64, times int, err error) {
	if err := r.check(e); err != nil {
		return nil, 0, err
	}
	e = r.inUnits(e.double()).windowed(r.Window, r.Step)
	l := r.layout(e.Repetitions)
	decisions := l.decisions(r.Repeats)
	pairs, n := e.Pairs(), e.Times
	rdm = make([]float64, n*n*pairs)
	slabs := make([]*slab, n)
	for t := range slabs {
		slabs[t] = newSlab(e, l)
	}
	workers := r.workers()
	deciders := make([]*decider, workers)
	for w := range deciders {
		deciders[w] = newDecider(r, l, e.Channels)
	}
	for rep := range r.Repeats {
		err := parallel.Run(ctx, workers, n*e.Conditions, func(_, k int) error {
			t, c := k/e.Conditions, k%e.Conditions
			slabs[t].fill(r, e, rep, c, t, 0)
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		err = parallel.Run(ctx, workers, n*(e.Conditions-1), func(w, k int) error {
			t, i := k/(e.Conditions-1), k%(e.Conditions-1)
			at := i * (2*e.Conditions - i - 1) / 2
			for j := i + 1; j < e.Conditions; j++ {
				if err := deciders[w].across(slabs, t, i, j, rdm[t*n*pairs+at+j-i-1:], pairs); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	for k := range rdm {
		rdm[k] = inParts(rdm[k]/float64(r.Repeats), decisions)
	}
	if r.Smooth > 1 {
		rdm = smoothSquare(rdm, n, pairs, r.Smooth, decisions)
	}
	return rdm, n, nil
}

// across trains a pair at time t and adds its mean accuracy over the splits at
// each test time u to out[u*stride].
func (dec *decider) across(slabs []*slab, t, i, j int, out []float64, stride int) error {
	s := slabs[t]
	p, d := s.points, s.channels
	a, b := s.pattern(i), s.pattern(j)
	if dec.svc != nil {
		dec.own(0, s.block(i))
		dec.own(p, s.block(j))
		dec.exact = false
		dec.sums(a, b)
	}
	w := make([]float64, d)
	for k := range dec.splits {
		sp := &dec.splits[k]
		var bias float64
		if err := dec.decide(a, b, sp); err != nil {
			return fmt.Errorf("time %d, conditions %d and %d: %w", t, i, j, err)
		}
		if dec.svc != nil {
			clear(w)
			beta := dec.coefficients(sp)
			for m, k := range sp.train {
				row := a
				if k >= p {
					row, k = b, k-p
				}
				for c, v := range row[k*d:][:d] {
					w[c] += beta[m] * v
				}
			}
			bias = dec.svc.bias()
		} else {
			for c, v := range dec.lda.w {
				w[c] = -v
			}
			bias = -dec.lda.bias
		}
		for u, other := range slabs {
			if dec.undecided {
				out[u*stride] += 0.5 / float64(len(s.splits))
				continue
			}
			xa, xb := other.pattern(i), other.pattern(j)
			right := 0
			for k, q := range sp.test {
				score := dec.scores[k]
				if u != t {
					if q < p {
						score = dot(w, xa[q*d:][:d]) + bias
					} else {
						score = dot(w, xb[(q-p)*d:][:d]) + bias
					}
				}
				if (score > 0) == (q < p) {
					right++
				}
			}
			out[u*stride] += float64(right) / float64(len(sp.test)*len(s.splits))
		}
	}
	return nil
}

// smoothSquare averages x (n x n x pairs), accuracies in parts, over squares of the
// given odd width.
func smoothSquare(x []float64, n, pairs, width int, parts float64) []float64 {
	along := make([]float64, len(x))
	for t := range n {
		for k := range n * pairs {
			along[t*n*pairs+k] = meanAround(x[k:], n*pairs, n, t, width, parts)
		}
	}
	for t := range n {
		from, to := around(n, t, width)
		for u := range n {
			for p := range pairs {
				x[(t*n+u)*pairs+p] = meanAround(along[t*n*pairs+p:], pairs, n, u, width, parts*float64(to-from))
			}
		}
	}
	return x
}
