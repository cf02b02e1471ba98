package kernels

import "math"

// Batch normalisation in vectors. A matrix of few channels is folded: fold
// rows of C values are one row of fold*C, so that a row fills vectors; sums of
// folded columns are added in order afterwards.

// Sums are formed in float32 over blocks of rows before they go to float64. A block
// stays in cache, and a small matrix is cut into normBlocks blocks, for as many
// workers, unless they would be too small to share.
const (
	normElements = 1 << 15 // most values of a block
	normShared   = 1 << 12 // and fewest, but for the last one
	normBlocks   = 16
)

// normWork is the number of values of which a pass over a matrix takes as long as one
// elementary operation of split.
const normWork = 4

// folded is a matrix of rows x width vectors, and blocks of rows of it.
type folded struct {
	fold, rows, width int // rows of width floats, each fold rows of C
	block, blocks     int // rows of a block, number of blocks
}

// foldOf returns ok = false where rows cannot be cut into whole vectors.
func (b *blocked) foldOf(n Norm) (f folded, ok bool) {
	fold := 1
	for fold*n.C < 64 || fold*n.C%b.lanes != 0 {
		fold *= 2
	}
	if n.Rows%fold != 0 {
		return folded{}, false
	}
	f = folded{fold: fold, rows: n.Rows / fold, width: fold * n.C}
	f.block = max(min(normElements, max(n.Rows*n.C/normBlocks, normShared))/f.width, 8)
	f.blocks = (f.rows + f.block - 1) / f.block
	return f, true
}

// span is the rows lo..hi of block k.
func (f folded) span(k int) (lo, hi int) { return k * f.block, min((k+1)*f.block, f.rows) }

// vectors is the number of vectors in a row.
func (b *blocked) vectors(f folded) int64 { return int64(f.width / b.lanes) }

// repeat writes fold copies of a channel operand.
func (f folded) repeat(dst, src []float32) {
	c := f.width / f.fold
	for i := range f.fold {
		copy(dst[i*c:(i+1)*c], src)
	}
}

func (b *blocked) BatchNormTrain(y, x, res, gamma, beta, mean, variance []float32, n Norm) {
	checkNorm("BatchNormTrain", n, [][]float32{y, x, res}, [][]float32{gamma, beta, mean, variance})
	f, ok := b.foldOf(n)
	if !ok {
		b.generic.BatchNormTrain(y, x, res, gamma, beta, mean, variance, n)
		return
	}
	b.moments(x, mean, variance, n, f)
	b.affineRows(y, x, res, gamma, beta, mean, variance, n, f)
}

// moments finds mean and variance: in each block the mean and the squares
// about it, then all blocks together (Chan, Golub & LeVeque 1979).
func (b *blocked) moments(x, mean, variance []float32, n Norm, f folded) {
	sums := b.scratch.all(slotSums, 2*f.blocks*f.width)
	b.pool.split(f.blocks, f.block*f.width/normWork, func(k0, k1 int) {
		for k := k0; k < k1; k++ {
			lo, hi := f.span(k)
			mu, m2 := sums[2*k*f.width:][:f.width], sums[(2*k+1)*f.width:][:f.width]
			clear(mu)
			clear(m2)
			at, rows := &x[lo*f.width], int64(hi-lo)
			b.columnSum(at, &mu[0], rows, b.vectors(f))
			for c := range mu {
				mu[c] /= float32(rows)
			}
			b.columnSquares(at, &mu[0], &m2[0], rows, b.vectors(f))
		}
	})
	b.pool.split(n.C, mergeWork(f), func(c0, c1 int) {
		for c := c0; c < c1; c++ {
			var total, squares float64
			for k := range f.blocks {
				lo, hi := f.span(k)
				for at := 2*k*f.width + c; at < (2*k+1)*f.width; at += n.C {
					total += float64(hi-lo) * float64(sums[at])
				}
			}
			mu := total / float64(n.Rows)
			for k := range f.blocks {
				lo, hi := f.span(k)
				for at := 2*k*f.width + c; at < (2*k+1)*f.width; at += n.C {
					d := float64(sums[at]) - mu
					squares += float64(sums[at+f.width]) + float64(hi-lo)*d*d
				}
			}
			mean[c], variance[c] = float32(mu), float32(squares/float64(n.Rows))
		}
	})
}

// mergeWork is the cost of merging the two sums of one channel over all blocks, and of
// the roots and quotients that follow.
func mergeWork(f folded) int { return 2*f.blocks*f.fold + rootWork }

// rootWork is the cost of a square root and a few divisions.
const rootWork = 32

func (b *blocked) BatchNormEval(y, x, res, gamma, beta, mean, variance []float32, n Norm) {
	checkNorm("BatchNormEval", n, [][]float32{y, x, res}, [][]float32{gamma, beta, mean, variance})
	f, ok := b.foldOf(n)
	if !ok {
		b.generic.BatchNormEval(y, x, res, gamma, beta, mean, variance, n)
		return
	}
	b.affineRows(y, x, res, gamma, beta, mean, variance, n, f)
}

func (b *blocked) affineRows(y, x, res, gamma, beta, mean, variance []float32, n Norm, f folded) {
	columns := b.scratch.all(slotColumns, 2*f.width)
	scale, shift := columns[:f.width], columns[f.width:]
	b.pool.split(n.C, rootWork, func(c0, c1 int) {
		for c := c0; c < c1; c++ {
			scale[c], shift[c] = affine(gamma[c], beta[c], mean[c], variance[c], n.Eps)
		}
	})
	f.repeat(scale, scale[:n.C])
	f.repeat(shift, shift[:n.C])
	b.pool.split(f.rows, f.width/normWork, func(lo, hi int) {
		at, rows, v := lo*f.width, int64(hi-lo), b.vectors(f)
		switch {
		case res != nil && n.ReLU:
			b.affineResReLU(&y[at], &x[at], &res[at], &scale[0], &shift[0], rows, v)
		case res != nil:
			b.affineRes(&y[at], &x[at], &res[at], &scale[0], &shift[0], rows, v)
		case n.ReLU:
			b.affineReLU(&y[at], &x[at], &scale[0], &shift[0], rows, v)
		default:
			b.isa.affine(&y[at], &x[at], &scale[0], &shift[0], rows, v)
		}
	})
}

func (b *blocked) BatchNormBackward(dx, dres, dgamma, dbeta, dy, y, x, gamma, mean, variance []float32, n Norm) {
	checkNorm("BatchNormBackward", n, [][]float32{dx, dres, dy, y, x}, [][]float32{dgamma, dbeta, gamma, mean, variance})
	if n.ReLU {
		need("BatchNormBackward", "y", y, n.Rows*n.C)
	}
	f, ok := b.foldOf(n)
	if !ok {
		b.generic.BatchNormBackward(dx, dres, dgamma, dbeta, dy, y, x, gamma, mean, variance, n)
		return
	}
	columns := b.scratch.all(slotColumns, 4*f.width)
	mu, ka, kb, kc := columns[:f.width], columns[f.width:2*f.width], columns[2*f.width:3*f.width], columns[3*f.width:]
	f.repeat(mu, mean[:n.C])
	sums := b.scratch.all(slotSums, 2*f.blocks*f.width)
	b.pool.split(f.blocks, f.block*f.width/normWork, func(k0, k1 int) {
		for k := k0; k < k1; k++ {
			lo, hi := f.span(k)
			d, dxs := sums[2*k*f.width:][:f.width], sums[(2*k+1)*f.width:][:f.width]
			clear(d)
			clear(dxs)
			at, rows, v := lo*f.width, int64(hi-lo), b.vectors(f)
			if n.ReLU {
				b.normSumsReLU(&dy[at], &x[at], &y[at], &mu[0], &d[0], &dxs[0], rows, v)
			} else {
				b.normSums(&dy[at], &x[at], &mu[0], &d[0], &dxs[0], rows, v)
			}
		}
	})
	// dx = gamma inv (d - dbeta/Rows - (x-mean) inv dgamma/Rows)
	b.pool.split(n.C, mergeWork(f), func(c0, c1 int) {
		for c := c0; c < c1; c++ {
			var sumD, sumDX float64
			for k := range f.blocks {
				for at := 2*k*f.width + c; at < (2*k+1)*f.width; at += n.C {
					sumD += float64(sums[at])
					sumDX += float64(sums[at+f.width])
				}
			}
			inv := 1 / math.Sqrt(float64(variance[c])+n.Eps)
			dbeta[c], dgamma[c] = float32(sumD), float32(sumDX*inv)
			ka[c] = float32(float64(gamma[c]) * inv)
			kb[c] = float32(sumD / float64(n.Rows))
			kc[c] = float32(sumDX * inv * inv / float64(n.Rows))
		}
	})
	f.repeat(ka, ka[:n.C])
	f.repeat(kb, kb[:n.C])
	f.repeat(kc, kc[:n.C])
	b.pool.split(f.rows, f.width/normWork, func(lo, hi int) {
		at, rows, v := lo*f.width, int64(hi-lo), b.vectors(f)
		switch {
		case dres != nil && n.ReLU:
			b.normGradientResReLU(&dx[at], &dres[at], &dy[at], &x[at], &y[at], &mu[0], &ka[0], &kb[0], &kc[0], rows, v)
		case dres != nil:
			b.normGradientRes(&dx[at], &dres[at], &dy[at], &x[at], &mu[0], &ka[0], &kb[0], &kc[0], rows, v)
		case n.ReLU:
			b.normGradientReLU(&dx[at], &dy[at], &x[at], &y[at], &mu[0], &ka[0], &kb[0], &kc[0], rows, v)
		default:
			b.normGradient(&dx[at], &dy[at], &x[at], &mu[0], &ka[0], &kb[0], &kc[0], rows, v)
		}
	})
}
