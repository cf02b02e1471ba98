package decoding

import (
	"errors"
	"fmt"
	"math"

	"realnet/stages/analysis/internal/magnitude"
)

// ErrTooFewRepetitions is returned when the repetitions do not fill the folds.
var ErrTooFewRepetitions = errors.New("decoding: too few repetitions")

// Epochs holds one subject's trials, conditions x repetitions x channels x time
// in C order.
type Epochs struct {
	Data                                     []float64
	Conditions, Repetitions, Channels, Times int
}

// Pairs is the number of unordered pairs of conditions.
func (e Epochs) Pairs() int { return e.Conditions * (e.Conditions - 1) / 2 }

// check refuses shapes that do not fit the data, fewer than two conditions, and
// values that are not finite.
func (e Epochs) check() error {
	if e.Conditions < 2 {
		return fmt.Errorf("decoding: %d conditions; a dissimilarity needs at least 2", e.Conditions)
	}
	if e.Repetitions < 1 || e.Channels < 1 || e.Times < 1 {
		return fmt.Errorf("decoding: empty epochs: %d repetitions x %d channels x %d times", e.Repetitions, e.Channels, e.Times)
	}
	if want := e.Conditions * e.Repetitions * e.Channels * e.Times; len(e.Data) != want {
		return fmt.Errorf("decoding: %d values are not %d conditions x %d repetitions x %d channels x %d times = %d",
			len(e.Data), e.Conditions, e.Repetitions, e.Channels, e.Times, want)
	}
	for i, v := range e.Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t := i % e.Times
			i /= e.Times
			ch := i % e.Channels
			i /= e.Channels
			return fmt.Errorf("decoding: value at condition %d, repetition %d, channel %d, time %d is %v; reject the trial or interpolate the channel",
				i/e.Repetitions, i%e.Repetitions, ch, t, v)
		}
	}
	return nil
}

// inUnits gives the epochs in a unit in which squares of the values stay in range.
func (e Epochs) inUnits() Epochs {
	e.Data, _ = magnitude.Unit(e.Data)
	return e
}

// trial is the time course of one channel in one trial.
func (e Epochs) trial(cond, rep, channel int) []float64 {
	return e.Data[((cond*e.Repetitions+rep)*e.Channels+channel)*e.Times:][:e.Times]
}

// copyTime copies one condition at one time of from to e, which has one time only: the
// patterns of every repeat then read values that follow each other.
func (e Epochs) copyTime(from Epochs, cond, time int) {
	n := e.Repetitions * e.Channels
	out := e.Data[cond*n:][:n]
	in := from.Data[cond*n*from.Times:][:n*from.Times]
	for k := range out {
		out[k] = in[k*from.Times+time]
	}
}

// windowed averages windows of `window` samples every `step` samples; the last
// window is the last that fits.
func (e Epochs) windowed(window, step int) Epochs {
	if window == 1 && step == 1 {
		return e
	}
	out := e
	out.Times = (e.Times-window)/step + 1
	series := e.Conditions * e.Repetitions * e.Channels
	out.Data = make([]float64, series*out.Times)
	for s := range series {
		in := e.Data[s*e.Times:][:e.Times]
		for t := range out.Times {
			var sum float64
			for _, v := range in[t*step:][:window] {
				sum += v
			}
			out.Data[s*out.Times+t] = sum / float64(window)
		}
	}
	return out
}

// meanAround averages the samples x[u*stride] with |u-t| <= width/2, 0 <= u < n.
func meanAround(x []float64, stride, n, t, width int) float64 {
	from, to := max(0, t-width/2), min(n, t+width/2+1)
	var sum float64
	for u := from; u < to; u++ {
		sum += x[u*stride]
	}
	return sum / float64(to-from)
}
