package eeg

import (
	"fmt"
	"math"
)

// ledoitWolf estimates covariances of n samples of c channels, one after the other.
type ledoitWolf struct {
	n, c  int
	x     []float64 // n x c, set by the caller
	scale []float64
	cov   []float64
}

func newLedoitWolf(n, c int) *ledoitWolf {
	return &ledoitWolf{n: n, c: c, x: make([]float64, n*c), scale: make([]float64, c), cov: make([]float64, c*c)}
}

// addTo adds the shrunk covariance of x to sum. Channels are standardised (ddof 0), the
// covariance S of the result is shrunk to (1-w) S + w m I with m the mean of its
// diagonal and
//
//	w = min(b, d) / d,  d = |S - m I|² / c,  b = sum_k |x_k x_k' - S|² / (n² c)
//
// (Ledoit & Wolf 2004, lemmas 3.2 to 3.4), and scaled back.
func (l *ledoitWolf) addTo(sum []float64) error {
	n, c := float64(l.n), l.c
	for ch := range c {
		mean, squares := 0.0, 0.0
		for i := range l.n {
			mean += l.x[i*c+ch]
		}
		mean /= n
		for i := range l.n {
			l.x[i*c+ch] -= mean
			squares += l.x[i*c+ch] * l.x[i*c+ch]
		}
		if math.IsNaN(squares) || math.IsInf(squares, 0) {
			return fmt.Errorf("%w: channel %d is not finite", ErrNoise, ch)
		}
		l.scale[ch] = math.Sqrt(squares / n)
		if l.scale[ch] == 0 {
			l.scale[ch] = 1
		}
		for i := range l.n {
			l.x[i*c+ch] /= l.scale[ch]
		}
	}
	clear(l.cov)
	fourth := 0.0 // sum over samples of |x|⁴
	for i := range l.n {
		row, length := l.x[i*c:(i+1)*c], 0.0
		for a, v := range row {
			length += v * v
			for b, w := range row[:a+1] {
				l.cov[a*c+b] += v * w / n
			}
		}
		fourth += length * length
	}
	trace, norm := 0.0, 0.0
	for a := range c {
		trace += l.cov[a*c+a]
		norm += l.cov[a*c+a] * l.cov[a*c+a]
		for b := range a {
			l.cov[b*c+a] = l.cov[a*c+b]
			norm += 2 * l.cov[a*c+b] * l.cov[a*c+b]
		}
	}
	m := trace / float64(c)
	d := (norm - m*m*float64(c)) / float64(c)
	b := min((fourth/n-norm)/(n*float64(c)), d)
	w := 0.0
	if b > 0 {
		w = b / d
	}
	for i := range c {
		for j := range c {
			v := (1 - w) * l.cov[i*c+j]
			if i == j {
				v += w * m
			}
			sum[i*c+j] += v * l.scale[i] * l.scale[j]
		}
	}
	return nil
}
