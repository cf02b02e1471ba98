package decoding

import (
	"errors"
	"fmt"
	"math"
)

// ErrConstantPattern is returned when a pattern has no variance over channels,
// so that its correlation with others is undefined.
var ErrConstantPattern = errors.New("decoding: a pattern is constant over channels")

// CorrelationRDM returns, at each time point, 1 - Pearson r between the patterns
// over channels of each pair of conditions, repetitions averaged: times x pairs.
//
// Errors: bad epochs, fewer than two channels, ErrConstantPattern with its place.
func CorrelationRDM(e Epochs) ([]float64, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	if e.Channels < 2 {
		return nil, fmt.Errorf("decoding: a correlation over %d channel; at least 2 are needed", e.Channels)
	}
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
	out := make([]float64, 0, e.Times*pairs)
	for t := range e.Times {
		at := z[t*n*d:]
		for i := range n {
			for j := i + 1; j < n; j++ {
				out = append(out, 1-dot(at[i*d:][:d], at[j*d:][:d]))
			}
		}
	}
	return out, nil
}

// standardise centres x and scales it to length 1; false if nothing but rounding
// is left of it after centring.
func standardise(x []float64) bool {
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
