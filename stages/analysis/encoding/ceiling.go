package encoding

import (
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
)

// Ceiling gives, for responses to repeated conditions, the mean response of each
// condition (in the order of first appearance of its name) and the largest r that any
// prediction of these means can be expected to have: the root of their reliability
//
//	1 - MS_within / MS_between
//
// of the one-way analysis of variance, with the mean number of repetitions that unequal
// ones have (Searle's n₀). Where noise leaves nothing, or nothing varies, it is NaN; without repetitions the
// ceilings are nil.
func Ceiling(responses Matrix, names []string) (means Matrix, conditions []string, ceiling []float64, err error) {
	if len(names) != responses.Rows || len(responses.Data) != responses.Rows*responses.Cols {
		return Matrix{}, nil, nil, fmt.Errorf("%w: %d names for responses of %d x %d", ErrShape, len(names), responses.Rows, responses.Cols)
	}
	if err := finite("responses", responses); err != nil {
		return Matrix{}, nil, nil, err
	}
	at := map[string]int{}
	of := make([]int, len(names))
	var counts []float64
	for i, name := range names {
		k, ok := at[name]
		if !ok {
			k = len(conditions)
			at[name] = k
			conditions, counts = append(conditions, name), append(counts, 0)
		}
		of[i] = k
		counts[k]++
	}
	t, k, n := responses.Cols, float64(len(conditions)), float64(len(names))
	means = Matrix{make([]float64, len(conditions)*t), len(conditions), t}
	// From the first repetition on, so that equal ones have exactly their mean.
	first := make([]int, len(conditions))
	for i := len(of) - 1; i >= 0; i-- {
		first[of[i]] = i
	}
	for i, c := range of {
		from := responses.Data[first[c]*t : (first[c]+1)*t]
		for r, v := range responses.Data[i*t : (i+1)*t] {
			means.Data[c*t+r] += v/counts[c] - from[r]/counts[c]
		}
	}
	for c, i := range first {
		for r, v := range responses.Data[i*t : (i+1)*t] {
			means.Data[c*t+r] += v
		}
	}
	if len(conditions) == len(names) || len(conditions) < 2 {
		return means, conditions, nil, nil
	}
	var squares float64
	for _, c := range counts {
		squares += c * c
	}
	repetitions, harmonic := (n-squares/n)/(k-1), 0.0
	for _, c := range counts {
		harmonic += 1 / c / k
	}
	ceiling = make([]float64, t)
	column, own := make([]float64, len(names)), make([]float64, len(conditions))
	for r := range ceiling {
		for i := range column {
			column[i] = responses.Data[i*t+r]
		}
		e := magnitude.Exponent(column...)
		magnitude.Scale(column, -e)
		grand := 0.0
		clear(own)
		for i, v := range column {
			own[of[i]] += (v - column[0]) / counts[of[i]]
			grand += (v - column[0]) / n
		}
		var within, between float64
		for i, v := range column {
			d := v - column[0] - own[of[i]]
			within += d * d
		}
		for c, v := range own {
			between += counts[c] * (v - grand) * (v - grand)
		}
		within, between = within/(n-k), between/(k-1)
		signal := max(0, (between-within)/repetitions)
		ceiling[r] = math.NaN()
		// Where conditions differ by rounding alone there is no signal.
		if math.Sqrt(signal) > 1e-13*magnitude.Largest(column) {
			ceiling[r] = math.Sqrt(signal / (signal + within*harmonic))
		}
	}
	return means, conditions, ceiling, nil
}
