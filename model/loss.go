package model

import (
	"math"

	"realnet/model/kernels"
)

// The losses, of a batch of n images. Each returns its value and, unless grad
// is nil, stores the derivative with respect to its first argument in grad.
// Sums are float64 whatever T is. T is float64 in the finite-difference tests.

type float interface{ float32 | float64 }

// crossEntropy is the mean over images of -log softmax(logits)[label].
// logits, grad: n x classes.
func crossEntropy[T float](grad, logits []T, labels []int32) float64 {
	n := len(labels)
	classes := len(logits) / n
	var loss float64
	for i, label := range labels {
		x := logits[i*classes:][:classes]
		top := math.Inf(-1)
		for _, v := range x {
			top = max(top, float64(v))
		}
		var sum float64
		for _, v := range x {
			sum += math.Exp(float64(v) - top)
		}
		logSum := top + math.Log(sum)
		loss += logSum - float64(x[label])
		if grad == nil {
			continue
		}
		g := grad[i*classes:][:classes]
		for j, v := range x {
			g[j] = T(math.Exp(float64(v)-logSum) / float64(n))
		}
		g[label] = T((math.Exp(float64(x[label])-logSum) - 1) / float64(n))
	}
	return loss / float64(n)
}

// meanSquare is the mean over all values of (p - y)^2.
func meanSquare[T float](grad, p, y []T) float64 {
	n := float64(len(p))
	var loss float64
	for i, v := range p {
		d := float64(v) - float64(y[i])
		loss += d * d
		if grad != nil {
			grad[i] = T(2 * d / n)
		}
	}
	return loss / n
}

// contrast is the contrastive term of LG (paper, eq. for LG), its rows shared by the
// workers of pool:
//
//	1 - mean_i r(p_i, y_i) + mean_{i != j} r(p_i, y_j)
//
// with Pearson's r over the k values of a prediction and a target. p, y, grad:
// n x k. A single image has no other pair: the second mean is then 0. A row
// without variance correlates with nothing: its r are 0, and so is its gradient.
func contrast[T float](grad, p, y []T, n int, pool *kernels.Workers) float64 {
	k := len(p) / n
	pc, pn := standardise(p, n, k, pool)
	yc, _ := standardise(y, n, k, pool)
	match := 1 / float64(n)
	other := 0.0
	if n > 1 {
		other = 1 / float64(n*(n-1))
	}
	weight := func(i, j int) float64 {
		if i == j {
			return -match
		}
		return other
	}
	r := make([]float64, n*n)
	pool.Do(n, func(_, i int) {
		pi, ri := pc[i*k:][:k], r[i*n:][:n]
		c := make([]float64, k)
		for j := range n {
			w, yj := weight(i, j), yc[j*k:][:k]
			var sum float64
			for d, v := range yj {
				sum += pi[d] * v
				c[d] += w * v
			}
			ri[j] = sum
		}
		if grad == nil {
			return
		}
		// r is linear in the direction of p_i: d r/d p = (y - r p)/|p - mean p|.
		g := grad[i*k:][:k]
		if pn[i] == 0 {
			clear(g)
			return
		}
		var along float64
		for d, v := range c {
			along += v * pi[d]
		}
		for d, v := range c {
			g[d] = T((v - along*pi[d]) / pn[i])
		}
	})
	loss := 1.0
	for i := range n {
		for j := range n {
			loss += weight(i, j) * r[i*n+j]
		}
	}
	return loss
}

// standardise centres every row of x (n x k) and divides it by its norm, which
// it returns too; a row without variance becomes 0, with norm 0.
func standardise[T float](x []T, n, k int, pool *kernels.Workers) (z, norm []float64) {
	z, norm = make([]float64, len(x)), make([]float64, n)
	pool.Do(n, func(_, i int) {
		row, out := x[i*k:][:k], z[i*k:][:k]
		var mean, ss float64
		for _, v := range row {
			mean += float64(v)
		}
		mean /= float64(k)
		for d, v := range row {
			out[d] = float64(v) - mean
			ss += out[d] * out[d]
		}
		norm[i] = math.Sqrt(ss)
		// Rounding leaves a constant row a variance of the order of eps^2.
		if norm[i] <= 1e-12*math.Abs(mean)*math.Sqrt(float64(k)) {
			norm[i] = 0
			clear(out)
			return
		}
		for d := range out {
			out[d] /= norm[i]
		}
	})
	return z, norm
}
