package eeg

import (
	"fmt"
	"math/rand/v2"
)

// Average makes pseudo-trials: in each condition the repetitions are dealt at random to
// groups of size n, and each group is averaged. The repetitions that are left over are
// not used. With m repetitions the result has m / n, in the memory of e, which is
// no longer valid. Noise that is independent between repetitions falls by sqrt(n).
//
// Every condition has a random stream of its own, so conditions are grouped unlike each
// other, and a condition's groups do not depend on how many others there are. Errors:
// ErrShape when n is less than 1 or more than the repetitions.
func Average(e Epochs, n int, seed uint64) (Epochs, error) {
	if err := e.Check(); err != nil {
		return Epochs{}, err
	}
	if n < 1 || n > e.Repetitions {
		return Epochs{}, fmt.Errorf("%w: pseudo-trials of %d repetitions, there are %d", ErrShape, n, e.Repetitions)
	}
	out := Epochs{Conditions: e.Conditions, Repetitions: e.Repetitions / n, Channels: e.Channels, Times: e.Times}
	size := e.Channels * e.Times
	means := make([]float64, out.Repetitions*size) // of one condition
	for c := range e.Conditions {
		order := rand.New(rand.NewPCG(seed, uint64(c))).Perm(e.Repetitions)
		clear(means)
		for i, repetition := range order[:out.Repetitions*n] {
			group := means[i/n*size:][:size]
			for k, v := range e.epoch(c, repetition) {
				group[k] += float64(v) / float64(n)
			}
		}
		// Written conditions end before the next one begins: the result is the smaller.
		for k, v := range means {
			e.Data[c*len(means)+k] = float32(v)
		}
	}
	out.Data = e.Data[:e.Conditions*len(means)]
	return out, nil
}
