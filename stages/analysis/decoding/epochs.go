package decoding

import (
	"errors"
	"fmt"

	"realnet/stages/analysis/internal/magnitude"
)

// ErrTooFewRepetitions is returned when the repetitions do not fill the folds.
var ErrTooFewRepetitions = errors.New("decoding: too few repetitions")

// Epochs holds one subject's trials, conditions x repetitions x channels x time
// in C order: in Data, or in Single, of which Pairwise takes no copy.
type Epochs struct {
	Data                                     []float64
	Single                                   []float32
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
	if want := e.Conditions * e.Repetitions * e.Channels * e.Times; len(e.Data)+len(e.Single) != want {
		return fmt.Errorf("decoding: %d values are not %d conditions x %d repetitions x %d channels x %d times = %d",
			len(e.Data)+len(e.Single), e.Conditions, e.Repetitions, e.Channels, e.Times, want)
	}
	if i := max(notFinite(e.Data), notFinite(e.Single)); i >= 0 {
		v := e.value(i)
		t := i % e.Times
		i /= e.Times
		ch := i % e.Channels
		i /= e.Channels
		return fmt.Errorf("decoding: value at condition %d, repetition %d, channel %d, time %d is %v; reject the trial or interpolate the channel",
			i/e.Repetitions, i%e.Repetitions, ch, t, v)
	}
	return nil
}

// notFinite is the first of the values that is none, -1 without any.
func notFinite[F float32 | float64](x []F) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}

func (e Epochs) value(i int) float64 {
	if e.Data != nil {
		return e.Data[i]
	}
	return float64(e.Single[i])
}

// largest is the largest magnitude of the values.
func (e Epochs) largest() float64 {
	return max(magnitude.Largest(e.Data), magnitude.Largest(e.Single))
}

// double gives the epochs with all values in Data.
func (e Epochs) double() Epochs {
	if e.Data == nil {
		e.Data = make([]float64, len(e.Single))
		for i, v := range e.Single {
			e.Data[i] = float64(v)
		}
		e.Single = nil
	}
	return e
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

// windows is how many windows of `window` samples there are, one every `step` samples; the
// last is the last that fits.
func (e Epochs) windows(window, step int) int { return (e.Times-window)/step + 1 }

// copyWindow averages window t of one condition of from into e, which has one time only:
// the patterns of every repeat then read values that follow each other. They are multiplied
// by 2^-exponent.
func (e Epochs) copyWindow(from Epochs, cond, t, window, step, exponent int) {
	n := e.Repetitions * e.Channels
	out := e.Data[cond*n:][:n]
	at := cond*n*from.Times + t*step
	if from.Data != nil {
		windowMeans(out, from.Data[at:], from.Times, window, exponent)
	} else {
		windowMeans(out, from.Single[at:], from.Times, window, exponent)
	}
}

func windowMeans[F float32 | float64](out []float64, in []F, stride, window, exponent int) {
	if window == 1 {
		for k := range out {
			out[k] = float64(in[k*stride])
		}
		magnitude.Scale(out, -exponent)
		return
	}
	values := make([]float64, window)
	for k := range out {
		for i, v := range in[k*stride:][:window] {
			values[i] = float64(v)
		}
		magnitude.Scale(values, -exponent)
		var sum float64
		for _, v := range values {
			sum += v
		}
		out[k] = sum / float64(window)
	}
}

// windowed averages the windows of all epochs.
func (e Epochs) windowed(window, step int) Epochs {
	if window == 1 && step == 1 {
		return e
	}
	out := e
	out.Times = e.windows(window, step)
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

// around are the samples u with |u-t| <= width/2, 0 <= u < n.
func around(n, t, width int) (from, to int) { return max(0, t-width/2), min(n, t+width/2+1) }

// meanAround averages the samples x[u*stride] around t, which are accuracies in that many
// parts.
func meanAround(x []float64, stride, n, t, width int, parts float64) float64 {
	from, to := around(n, t, width)
	var sum float64
	for u := from; u < to; u++ {
		sum += x[u*stride]
	}
	return inParts(sum/float64(to-from), parts*float64(to-from))
}
