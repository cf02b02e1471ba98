package kernels

import "math"

func sqrt[T Float](x T) T { return T(math.Sqrt(float64(x))) }

// normBlock is the number of rows summed in the element type before the sum
// goes to float64. It is fixed so that results do not depend on the workers.
const normBlock = 256

// affine is batch normalisation as y = scale x + shift.
func affine[T Float](gamma, beta, mean, variance T, eps float64) (scale, shift T) {
	s := float64(gamma) / math.Sqrt(float64(variance)+eps)
	return T(s), T(float64(beta) - s*float64(mean))
}

func (g *generic[T]) BatchNormTrain(y, x, res, gamma, beta, mean, variance []T, b Norm) {
	checkNorm("BatchNormTrain", b, [][]T{y, x, res}, [][]T{gamma, beta, mean, variance})
	blocks := (b.Rows + normBlock - 1) / normBlock
	sums := g.blockSums(blocks, b, func(sum []float64, lo, hi int) {
		for r := lo; r < hi; r++ {
			for c, v := range x[r*b.C:][:b.C] {
				sum[c] += float64(v)
			}
		}
	})
	for c := range b.C {
		mean[c] = T(sums[c] / float64(b.Rows))
	}
	sums2 := g.blockSums(blocks, b, func(sum []float64, lo, hi int) {
		for r := lo; r < hi; r++ {
			for c, v := range x[r*b.C:][:b.C] {
				d := float64(v) - sums[c]/float64(b.Rows)
				sum[c] += d * d
			}
		}
	})
	for c := range b.C {
		variance[c] = T(sums2[c] / float64(b.Rows))
	}
	g.BatchNormEval(y, x, res, gamma, beta, mean, variance, b)
}

// blockSums adds f over blocks of rows into C sums, block by block in order.
func (g *generic[T]) blockSums(blocks int, b Norm, f func(sum []float64, lo, hi int)) []float64 {
	parts := make([]float64, blocks*b.C)
	g.pool.split(blocks, normBlock*b.C, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			f(parts[k*b.C:][:b.C], k*normBlock, min((k+1)*normBlock, b.Rows))
		}
	})
	for k := 1; k < blocks; k++ {
		axpy(parts[:b.C], 1, parts[k*b.C:])
	}
	return parts[:b.C]
}

func (g *generic[T]) BatchNormEval(y, x, res, gamma, beta, mean, variance []T, b Norm) {
	checkNorm("BatchNormEval", b, [][]T{y, x, res}, [][]T{gamma, beta, mean, variance})
	scale, shift := make([]T, b.C), make([]T, b.C)
	for c := range b.C {
		scale[c], shift[c] = affine(gamma[c], beta[c], mean[c], variance[c], b.Eps)
	}
	g.pool.split(b.Rows, b.C, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			for c := range b.C {
				i := r*b.C + c
				v := scale[c]*x[i] + shift[c]
				if res != nil {
					v += res[i]
				}
				if b.ReLU {
					v = max(v, 0)
				}
				y[i] = v
			}
		}
	})
}

// BatchNormBackward: with xhat = (x-mean) inv and d the masked dy,
// dbeta = sum d, dgamma = sum d xhat and
// dx = gamma inv (d - dbeta/Rows - xhat dgamma/Rows)
// (Ioffe & Szegedy 2015, section 3).
func (g *generic[T]) BatchNormBackward(dx, dres, dgamma, dbeta, dy, y, x, gamma, mean, variance []T, b Norm) {
	checkNorm("BatchNormBackward", b, [][]T{dx, dres, dy, y, x}, [][]T{dgamma, dbeta, gamma, mean, variance})
	if b.ReLU {
		need("BatchNormBackward", "y", y, b.Rows*b.C)
	}
	inv := make([]T, b.C)
	for c := range inv {
		inv[c] = T(1 / math.Sqrt(float64(variance[c])+b.Eps))
	}
	masked := func(i int) T {
		if b.ReLU && !(y[i] > 0) {
			return 0
		}
		return dy[i]
	}
	wide := Norm{Rows: b.Rows, C: 2 * b.C}
	sums := g.blockSums((b.Rows+normBlock-1)/normBlock, wide, func(sum []float64, lo, hi int) {
		for r := lo; r < hi; r++ {
			for c := range b.C {
				d := float64(masked(r*b.C + c))
				sum[c] += d
				sum[b.C+c] += d * float64((x[r*b.C+c]-mean[c])*inv[c])
			}
		}
	})
	for c := range b.C {
		dbeta[c], dgamma[c] = T(sums[c]), T(sums[b.C+c])
	}
	n := float64(b.Rows)
	g.pool.split(b.Rows, b.C, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			for c := range b.C {
				i := r*b.C + c
				d := masked(i)
				xhat := (x[i] - mean[c]) * inv[c]
				if dres != nil {
					dres[i] = d
				}
				dx[i] = gamma[c] * inv[c] * (d - T(sums[c]/n) - xhat*T(sums[b.C+c]/n))
			}
		}
	})
}
