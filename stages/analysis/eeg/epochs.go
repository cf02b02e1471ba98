package eeg

import (
	"errors"
	"fmt"
	"math"
)

// Errors of the package.
var (
	// ErrShape is returned when values, axes and windows do not fit each other.
	ErrShape = errors.New("eeg: shape")
	// ErrNoise is returned when a noise covariance cannot be estimated or inverted: too
	// few repetitions, a silent channel, a value that is not finite.
	ErrNoise = errors.New("eeg: noise covariance")
)

// Epochs are conditions x repetitions x channels x times, in C order.
type Epochs struct {
	Data                                     []float32
	Conditions, Repetitions, Channels, Times int
}

// Check returns ErrShape unless the number of values is that of the axes.
func (e Epochs) Check() error {
	if n := e.Conditions * e.Repetitions * e.Channels * e.Times; len(e.Data) != n || n == 0 {
		return fmt.Errorf("%w: %d values for %d conditions x %d repetitions x %d channels x %d times", ErrShape, len(e.Data),
			e.Conditions, e.Repetitions, e.Channels, e.Times)
	}
	return nil
}

// epoch returns channels x times of one repetition of a condition.
func (e Epochs) epoch(condition, repetition int) []float32 {
	n := e.Channels * e.Times
	at := (condition*e.Repetitions + repetition) * n
	return e.Data[at : at+n]
}

// Baseline subtracts, in place, from every channel of every epoch its mean over the
// times [from, to).
func Baseline(e Epochs, from, to int) error {
	if err := e.Check(); err != nil {
		return err
	}
	if from < 0 || to > e.Times || from >= to {
		return fmt.Errorf("%w: baseline is times %d to %d of %d", ErrShape, from, to, e.Times)
	}
	for at := 0; at < len(e.Data); at += e.Times {
		row := e.Data[at : at+e.Times]
		sum := 0.0
		for _, v := range row[from:to] {
			sum += float64(v)
		}
		mean := sum / float64(to-from)
		for i, v := range row {
			row[i] = float32(float64(v) - mean)
		}
	}
	return nil
}

// Window returns the range [from, to) of times within seconds a to b, both included but for
// rounding. times must ascend.
func Window(times []float64, a, b float64) (from, to int, err error) {
	slack := 0.0
	if len(times) > 1 {
		slack = 1e-6 * math.Abs(times[1]-times[0])
	}
	from = len(times)
	for i, t := range times {
		if i > 0 && !(t > times[i-1]) {
			return 0, 0, fmt.Errorf("%w: times do not ascend at %d", ErrShape, i)
		}
		if t >= a-slack && t <= b+slack {
			from, to = min(from, i), i+1
		}
	}
	if from >= to {
		return 0, 0, fmt.Errorf("%w: no time is within %g to %g s (times: %g to %g s)", ErrShape, a, b, times[0], times[len(times)-1])
	}
	return from, to, nil
}
