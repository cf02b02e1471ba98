package eeg

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"realnet/stages/analysis/internal/parallel"
)

// Estimate says over what a noise covariance is taken.
type Estimate string

// The estimates.
const (
	OverTimes  Estimate = "mean"  // over repetitions at each time, averaged over times
	OverEpochs Estimate = "epoch" // over the times of each epoch, averaged over epochs
	EachTime   Estimate = "time"  // over repetitions, one for each time
)

// Noise is a covariance of channels x channels, one for every time or one for all.
type Noise struct {
	Channels int
	Sigma    [][]float64
}

// Covariance estimates the noise of epochs, averaged over conditions.
func Covariance(ctx context.Context, e Epochs, how Estimate, workers int) (Noise, error) {
	if err := e.Check(); err != nil {
		return Noise{}, err
	}
	samples, sets := e.Repetitions, e.Times
	switch how {
	case OverTimes, EachTime:
	case OverEpochs:
		samples, sets = e.Times, e.Repetitions
	default:
		return Noise{}, fmt.Errorf("eeg: estimate %q is none of %s, %s, %s", how, OverTimes, OverEpochs, EachTime)
	}
	if samples < 2 {
		return Noise{}, fmt.Errorf("%w: %d samples a covariance, at least 2 are needed (estimate %q of %d repetitions, %d times)", ErrNoise, samples, how, e.Repetitions, e.Times)
	}
	c := e.Channels
	// One slot a set; each is the sum over conditions, in order, so that workers do not
	// change bits.
	sums := make([][]float64, sets)
	err := parallel.Run(ctx, max(workers, 1), sets, func(_, s int) error {
		sum, shrunk := make([]float64, c*c), newLedoitWolf(samples, c)
		for condition := range e.Conditions {
			if err := ctx.Err(); err != nil {
				return err
			}
			for i := range samples {
				repetition, t := i, s
				if how == OverEpochs {
					repetition, t = s, i
				}
				epoch := e.epoch(condition, repetition)
				for ch := range c {
					shrunk.x[i*c+ch] = float64(epoch[ch*e.Times+t])
				}
			}
			if err := shrunk.addTo(sum); err != nil {
				return fmt.Errorf("condition %d, set %d of estimate %q: %w", condition, s, how, err)
			}
		}
		sums[s] = sum
		return nil
	})
	if err != nil {
		return Noise{}, err
	}
	for _, sum := range sums {
		for i := range sum {
			sum[i] /= float64(e.Conditions)
		}
	}
	n := Noise{Channels: c, Sigma: sums}
	if how == EachTime {
		return n, nil
	}
	return n.average(), nil
}

// average is the mean of all matrices.
func (n Noise) average() Noise {
	mean := make([]float64, n.Channels*n.Channels)
	for _, s := range n.Sigma {
		for i, v := range s {
			mean[i] += v / float64(len(n.Sigma))
		}
	}
	return Noise{n.Channels, [][]float64{mean}}
}

// Mean averages the noise of several data sets of the same channels and times, each
// with the same weight: Gifford et al. average training and test data.
func Mean(all ...Noise) (Noise, error) {
	first := all[0]
	out := Noise{Channels: first.Channels, Sigma: make([][]float64, len(first.Sigma))}
	for k := range out.Sigma {
		out.Sigma[k] = make([]float64, first.Channels*first.Channels)
	}
	for _, n := range all {
		if n.Channels != first.Channels || len(n.Sigma) != len(first.Sigma) {
			return Noise{}, fmt.Errorf("%w: noise of %d channels and %d times, and of %d and %d", ErrShape, first.Channels, len(first.Sigma), n.Channels, len(n.Sigma))
		}
		for k, s := range n.Sigma {
			for i, v := range s {
				out.Sigma[k][i] += v / float64(len(all))
			}
		}
	}
	return out, nil
}

// Whiten multiplies the channels of every epoch, in place, by the inverse square root
// of the noise.
func Whiten(ctx context.Context, e Epochs, n Noise, workers int) error {
	if err := e.Check(); err != nil {
		return err
	}
	if n.Channels != e.Channels || len(n.Sigma) != 1 && len(n.Sigma) != e.Times {
		return fmt.Errorf("%w: noise of %d channels and %d times for epochs of %d and %d", ErrShape, n.Channels, len(n.Sigma), e.Channels, e.Times)
	}
	roots := make([][]float64, len(n.Sigma))
	for k, s := range n.Sigma {
		var err error
		if roots[k], err = inverseRoot(s, n.Channels); err != nil {
			return err
		}
	}
	c := e.Channels
	return parallel.Run(ctx, max(workers, 1), e.Conditions, func(_, condition int) error {
		column := make([]float64, c)
		for r := range e.Repetitions {
			if err := ctx.Err(); err != nil {
				return err
			}
			epoch := e.epoch(condition, r)
			for t := range e.Times {
				root := roots[min(t, len(roots)-1)]
				for ch := range c {
					column[ch] = float64(epoch[ch*e.Times+t])
				}
				for ch := range c {
					sum := 0.0
					for i, v := range root[ch*c : (ch+1)*c] {
						sum += v * column[i]
					}
					epoch[ch*e.Times+t] = float32(sum)
				}
			}
		}
		return nil
	})
}

// inverseRoot returns sigma^(-1/2) of a symmetric positive definite matrix.
func inverseRoot(sigma []float64, c int) ([]float64, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(c, append([]float64(nil), sigma...)), true) {
		return nil, fmt.Errorf("%w: eigenvalues did not converge", ErrNoise)
	}
	values := eigen.Values(nil)
	if !(values[0] > float64(c)*0x1p-52*values[c-1]) {
		return nil, fmt.Errorf("%w: singular (eigenvalues from %.3g to %.3g): a channel is silent, or a copy of others", ErrNoise, values[0], values[c-1])
	}
	var q mat.Dense
	eigen.VectorsTo(&q)
	root := make([]float64, c*c)
	for k, v := range values {
		s := 1 / math.Sqrt(v)
		for i := range c {
			for j := range c {
				root[i*c+j] += s * q.At(i, k) * q.At(j, k)
			}
		}
	}
	return root, nil
}
