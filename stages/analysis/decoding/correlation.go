package decoding

import (
	"context"
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
	"realnet/stages/analysis/internal/parallel"
)

// ErrConstantPattern is returned when a pattern has no variance over channels,
// so that its correlation with others is undefined.
var ErrConstantPattern = errors.New("decoding: a pattern is constant over channels")

// CorrelationRDM returns, at each time point, 1 - Pearson r between the patterns
// over channels of each pair of conditions, repetitions averaged: times x pairs.
//
// Errors: bad epochs, fewer than two channels, ErrConstantPattern with its place.
func CorrelationRDM(ctx context.Context, e Epochs, workers int) ([]float64, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	if e.Channels < 2 {
		return nil, fmt.Errorf("decoding: a correlation over %d channel; at least 2 are needed", e.Channels)
	}
	e = e.double().inUnits()
	n, d, pairs := e.Conditions, e.Channels, e.Pairs()
	// Standardised patterns: times x conditions x channels.
	z := make([]float64, e.Times*n*d)
	for c := range n {
		for rep := range e.Repetitions {
			for ch := range d {
				for t, v := range e.trial(c, rep, ch) {
					z[(t*n+c)*d+ch] += v
				}
			}
		}
	}
	for k := 0; k < len(z); k += d {
		if !standardise(z[k:][:d]) {
			return nil, fmt.Errorf("%w: condition %d at time %d", ErrConstantPattern, k/d%n, k/d/n)
		}
	}
	out := make([]float64, e.Times*pairs)
	return out, parallel.Run(ctx, workers, e.Times, func(_, t int) error {
		at, row := z[t*n*d:], out[t*pairs:][:0]
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			for j := i + 1; j < n; j++ {
				row = append(row, min(max(1-dot(at[i*d:][:d], at[j*d:][:d]), 0), 2))
			}
		}
		return nil
	})
}

// standardise centres x and scales it to length 1; false if nothing but rounding
// is left of it after centring.
func standardise(x []float64) bool {
	magnitude.Scale(x, -magnitude.Exponent(x...))
	var mean, size, ss float64
	for _, v := range x {
		mean += v
		size = math.Max(size, math.Abs(v))
	}
	mean /= float64(len(x))
	for i := range x {
		x[i] -= mean
		ss += x[i] * x[i]
	}
	length := math.Sqrt(ss)
	if length <= 1e-13*size*math.Sqrt(float64(len(x))) {
		return false
	}
	for i := range x {
		x[i] /= length
	}
	return true
}
