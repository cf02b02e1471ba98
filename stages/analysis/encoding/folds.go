package encoding

import (
	"context"
	"math"
	"slices"

	"realnet/stages/analysis/internal/magnitude"
)

// choice is a candidate of weights and a penalty, by their places.
type choice struct{ weights, alpha int }

// candidates is how many weights there are; features in their own units have one.
func (p *problem) candidates() int { return max(1, len(p.c.Weights)) }

// choose gives the candidate and the penalty of each response that predict parts of some
// rows best from the others.
func (p *problem) choose(ctx context.Context, rows []int) ([]choice, error) {
	best, chosen := make([]float64, p.count), make([]choice, p.count)
	for r := range best {
		best[r] = math.Inf(1)
	}
	every := make([]int, p.count)
	for r := range every {
		every[r] = r
	}
	for w := range p.candidates() {
		loss := make([][]float64, len(p.c.Alphas))
		for a := range loss {
			loss[a] = make([]float64, p.count)
		}
		for fold := range p.c.Inner {
			train, test := split(rows, p.c.Inner, fold)
			b, err := p.fit(ctx, w, train, test)
			if err != nil {
				return nil, err
			}
			for a, alpha := range p.c.Alphas {
				predicted, err := b.predict(ctx, alpha, every, p.c.Workers)
				if err != nil {
					return nil, err
				}
				m := len(test)
				for r := range p.count {
					y, sum := p.targets[r*p.rows:], 0.0
					for i, v := range predicted[r*m : (r+1)*m] {
						d := y[test[i]] - b.mean[r] - v
						sum += d * d
					}
					loss[a][r] += sum / float64(m) / float64(p.c.Inner)
				}
			}
		}
		for a := range loss {
			for r, v := range loss[a] {
				if v < best[r] {
					best[r], chosen[r] = v, choice{w, a}
				}
			}
		}
	}
	return chosen, nil
}

// evaluate predicts the test rows of each response with its choice, and adds its share
// of the scores.
func (p *problem) evaluate(ctx context.Context, train, test []int, chosen []choice, out *Result) error {
	m := len(test)
	y := make([]float64, m)
	for w := range p.candidates() {
		if !slices.ContainsFunc(chosen, func(c choice) bool { return c.weights == w }) {
			continue
		}
		b, err := p.fit(ctx, w, train, test)
		if err != nil {
			return err
		}
		for a, alpha := range p.c.Alphas {
			var list []int
			for r, c := range chosen {
				if c == (choice{w, a}) {
					list = append(list, r)
				}
			}
			if list == nil {
				continue
			}
			predicted, err := b.predict(ctx, alpha, list, p.c.Workers)
			if err != nil {
				return err
			}
			for k, r := range list {
				for i, row := range test {
					y[i] = p.targets[r*p.rows+row] - b.mean[r]
				}
				r1, r2 := scores(y, predicted[k*m:(k+1)*m])
				out.FoldR[len(out.FoldR)-1][r] = r1
				out.R[r] += r1 / float64(p.c.Folds)
				out.R2[r] += r2 / float64(p.c.Folds)
			}
		}
	}
	return nil
}

// scores are Pearson's r and R² of a prediction; 0 where either, or y, is constant.
func scores(y, predicted []float64) (r, r2 float64) {
	n := float64(len(y))
	var my, mp float64
	for i, v := range y {
		my += v / n
		mp += predicted[i] / n
	}
	var yy, pp, yp, left float64
	for i, v := range y {
		a, b := v-my, predicted[i]-mp
		yy += a * a
		pp += b * b
		yp += a * b
		left += (v - predicted[i]) * (v - predicted[i])
	}
	flat := func(sum float64, x []float64) bool {
		return math.Sqrt(sum/n) <= 1e-13*magnitude.Largest(x)
	}
	if flat(yy, y) {
		return 0, 0
	}
	r2 = 1 - left/yy
	if flat(pp, predicted) {
		return 0, r2
	}
	return min(max(yp/math.Sqrt(yy*pp), -1), 1), r2
}

// unit scales a response into the range of ordinary squares.
func unit(y []float64) { magnitude.Scale(y, -magnitude.Exponent(y...)) }
