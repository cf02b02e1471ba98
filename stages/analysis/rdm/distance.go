package rdm

import (
	"context"
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/gram"
	"realnet/stages/analysis/internal/parallel"
)

const (
	// Below this many features float64 sums cost next to nothing.
	singleFeatures = 1024
	// Where less than this part of the norms is left after the subtraction,
	// float32 products are not enough for 1e-6: their error is about 1e-8.
	singleLeft = 0.05
	// The same for float64 sums: what is left is taken from the differences.
	doubleLeft = 1e-8
	// A pattern whose deviation is this part of its mean or less is constant:
	// the deviations are rounding errors (scipy warns at the same bound).
	constantSpread = 1e-13
	// What rounding makes of a sum of products, at most, relative to the norms.
	sumRounding = 0x1p-45
)

// correlation gives 1 - r, from patterns less their means.
func correlation(ctx context.Context, src Source, names []string, workers int) ([]float64, error) {
	return ownUnits(ctx, src, workers, func(src Source) ([]float64, error) { return centredAngular(ctx, src, names, workers) })
}

// ownUnits computes a distance that no pattern's unit changes, and once more with each
// pattern in a unit of its own when squares are out of range.
func ownUnits(ctx context.Context, src Source, workers int, distance func(Source) ([]float64, error)) ([]float64, error) {
	values, err := distance(src)
	if !errors.Is(err, errRange) {
		return values, err
	}
	units, _, err := inUnits(ctx, src, true, workers)
	if err != nil {
		return nil, err
	}
	return distance(units)
}

func centredAngular(ctx context.Context, src Source, names []string, workers int) ([]float64, error) {
	_, features := src.Dims()
	means, err := rowMeans(ctx, src, workers)
	if err != nil {
		return nil, err
	}
	return angular(ctx, shifted{src: src, rows: means}, names, workers, "constant", func(i int, sq float64) bool {
		return math.Sqrt(sq/float64(features)) <= constantSpread*math.Abs(means[i])
	}, func(i int, sq float64) float64 { return math.Abs(means[i]) * math.Sqrt(float64(features)/sq) })
}

// cosine gives 1 - cos of the patterns as they are.
func cosine(ctx context.Context, src Source, names []string, workers int) ([]float64, error) {
	return ownUnits(ctx, src, workers, func(src Source) ([]float64, error) {
		return angular(ctx, shifted{src: src}, names, workers, "zero", func(_ int, sq float64) bool { return sq == 0 }, func(int, float64) float64 { return 0 })
	})
}

// angular gives 1 - x·y/|x||y|; none says which squared norm means no direction, and
// offset how large what was taken off a pattern is in units of what is left.
func angular(ctx context.Context, s shifted, names []string, workers int, what string, none func(int, float64) bool, offset func(int, float64) float64) ([]float64, error) {
	out, sq, err := products(ctx, s, names, workers)
	if err != nil {
		return nil, err
	}
	for i, v := range sq {
		if none(i, v) {
			return nil, fmt.Errorf("rdm: the pattern of %s is %s over all features, which has no %s distance: %w",
				label(names, i), what, map[string]string{"constant": "correlation", "zero": "cosine"}[what], ErrConstant)
		}
	}
	n := len(sq)
	inverse := make([]float64, n) // 1 / norm
	for i, v := range sq {
		inverse[i] = 1 / math.Sqrt(v)
	}
	err = parallel.Run(ctx, workers, n-1, func(_, i int) (err error) {
		row := out[gram.Index(n, i, i+1):][:n-i-1]
		for k, v := range inverse[i+1:] {
			d := 1 - row[k]*inverse[i]*v
			if d >= doubleLeft && d <= 2 {
				row[k] = d
				continue
			}
			if d = min(max(d, 0), 2); d < doubleLeft {
				// Half the squared distance of the unit vectors.
				if d, err = difference2(s, i, i+1+k, inverse[i], v); err != nil {
					return err
				}
				d /= 2
			}
			row[k] = d
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	JoinTies(out, n, func(i, j int, d float64) float64 {
		size := 2 + offset(i, sq[i]) + offset(j, sq[j])
		if d < doubleLeft { // half a squared difference
			return size * 0x1p-50 * (size*0x1p-50 + math.Sqrt(d))
		}
		return sumRounding * size
	})
	return out, nil
}

// sqEuclidean gives |x - y|² in units of 2^exponent squared.
func sqEuclidean(ctx context.Context, src Source, names []string, workers int) (values []float64, exponent int, err error) {
	values, err = differences(ctx, src, names, workers)
	if !errors.Is(err, errRange) {
		return values, 0, err
	}
	units, exponent, err := inUnits(ctx, src, false, workers)
	if err != nil {
		return nil, 0, err
	}
	// A pattern may still be so near the mean that its square vanishes; differences
	// that matter do not.
	values, err = differences(ctx, units, names, workers)
	return values, exponent, err
}

// differences gives |x - y|², from patterns less their common mean.
func differences(ctx context.Context, src Source, names []string, workers int) ([]float64, error) {
	means, err := columnMeans(ctx, src, workers)
	if err != nil {
		return nil, err
	}
	s := shifted{src: src, columns: means}
	out, sq, err := products(ctx, s, names, workers)
	if err != nil {
		return nil, err
	}
	n := len(sq)
	err = parallel.Run(ctx, workers, n, func(_, i int) (err error) {
		for j, k := i+1, gram.Index(n, i, i+1); j < n; j, k = j+1, k+1 {
			d := sq[i] + sq[j] - 2*out[k]
			if d < doubleLeft*(sq[i]+sq[j]) {
				if d, err = difference2(src, i, j, 1, 1); err != nil {
					return err
				}
			}
			out[k] = d
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	JoinTies(out, n, func(i, j int, d float64) float64 {
		if d < doubleLeft*(sq[i]+sq[j]) { // from the differences themselves
			return sumRounding * d
		}
		return sumRounding * (sq[i] + sq[j])
	})
	return out, nil
}

// difference2 sums the squared differences of two scaled patterns.
func difference2(src Source, i, j int, si, sj float64) (float64, error) {
	_, features := src.Dims()
	const step = 4096
	a, b := make([]float64, step), make([]float64, step)
	sum := 0.0
	for c := 0; c < features; c += step {
		end := min(c+step, features)
		if err := src.Block(a, step, i, i+1, c, end); err != nil {
			return 0, err
		}
		if err := src.Block(b, step, j, j+1, c, end); err != nil {
			return 0, err
		}
		for k := range end - c {
			d := a[k]*si - b[k]*sj
			sum += d * d
		}
	}
	return sum, nil
}

// products gives x_i·x_j, condensed, and |x_i|² so that what a subtraction
// leaves of them is right to 1e-6 down to doubleLeft.
func products(ctx context.Context, s shifted, names []string, workers int) (out, sq []float64, err error) {
	n, features := s.Dims()
	out, sq = make([]float64, n*(n-1)/2), make([]float64, n)
	if fast, ok := s.narrow(); ok && features >= singleFeatures {
		if err := gram.Triangle(ctx, gram.Source[float32](fast), out, sq, workers); err != nil {
			return nil, nil, err
		}
		if singleRange(sq, features) {
			return out, sq, refine(ctx, s, out, sq, workers)
		}
	}
	if err := gram.Triangle(ctx, gram.Source[float64](s), out, sq, workers); err != nil {
		return nil, nil, err
	}
	return out, sq, checkSquares(s, sq, names)
}

// singleRange says that no sum of float32 squares over- or underflowed.
func singleRange(sq []float64, features int) bool {
	for _, v := range sq {
		if !(v/float64(features) > 1e-28) || v > 1e35 {
			return false
		}
	}
	return true
}

// refine computes the tiles again that hold a pair of similar patterns, and
// all norms with them.
func refine(ctx context.Context, s shifted, out, sq []float64, workers int) error {
	n := len(sq)
	pairs := gram.Pairs(n)
	close := make([]bool, len(pairs))
	const enough = (1 - singleLeft) * (1 - singleLeft)
	err := parallel.Run(ctx, workers, len(pairs), func(_, t int) error {
		p := pairs[t]
		for i := p.I0; i < p.I1; i++ {
			j := p.J0
			if p.Same {
				j = i + 1
			}
			if j == p.J1 {
				continue
			}
			row := out[gram.Index(n, i, j):][:p.J1-j]
			limit := enough * sq[i]
			for k, v := range sq[j:p.J1] {
				if g := row[k]; g*g > limit*v && g > 0 {
					close[t] = true
					return nil
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var again []gram.Pair
	for t, p := range pairs {
		if close[t] {
			again = append(again, p)
		}
	}
	if len(again) == 0 {
		return nil
	}
	if err := gram.Diagonal(ctx, gram.Source[float64](s), sq, workers); err != nil {
		return err
	}
	return gram.Refine(ctx, gram.Source[float64](s), out, again, workers)
}
