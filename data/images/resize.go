package images

import "math"

// precision is the number of fractional bits of a filter weight: 8 bits of sample
// and a sign leave 22 of 32.
const precision = 32 - 8 - 2

// filter holds, for each output sample, the first input sample that it is made of
// and the weights of that and those after it.
type filter struct {
	first   []int
	weights [][]uint32
}

// bilinear returns the triangle filter from in to out samples. Made smaller, it
// widens by the ratio, so that it does not alias.
func bilinear(in, out int) filter {
	scale := float64(in) / float64(out)
	support := math.Max(scale, 1)
	step := 1 / support
	f := filter{make([]int, out), make([][]uint32, out)}
	size := int(math.Ceil(support))*2 + 1
	all := make([]uint32, out*size)
	weights := make([]float64, size)
	for i := range out {
		center := (float64(i) + 0.5) * scale
		lo := max(0, int(center-support+0.5))
		hi := min(in, int(center+support+0.5))
		sum := 0.0
		for x := range hi - lo {
			weights[x] = math.Max(0, 1-math.Abs((float64(x+lo)-center+0.5)*step))
			sum += weights[x]
		}
		w := all[i*size : i*size+hi-lo]
		for x := range w {
			if sum != 0 {
				weights[x] /= sum
			}
			w[x] = uint32(0.5 + weights[x]*(1<<precision))
		}
		f.first[i], f.weights[i] = lo, w
	}
	return f
}

// Resize returns the image at another size, as Pillow's resize((width, height),
// BILINEAR) does. An axis that keeps its size is not filtered. It panics unless
// both sizes are positive.
func (m RGB) Resize(width, height int) RGB {
	if width <= 0 || height <= 0 {
		panic("images: size is not positive")
	}
	if width != m.Width {
		m = m.across(bilinear(m.Width, width))
	}
	if height != m.Height {
		m = m.down(bilinear(m.Height, height))
	}
	return m
}

// across filters along the rows.
func (m RGB) across(f filter) RGB {
	if vectors {
		return m.acrossVectors(f)
	}
	return m.acrossGo(f)
}

// acrossVectors takes one output pixel at a time and two input pixels to it.
func (m RGB) acrossVectors(f filter) RGB {
	pairs := 1
	for _, w := range f.weights {
		pairs = max(pairs, (len(w)+1)/2)
	}
	first := make([]int32, len(f.first))
	weights := make([]uint32, 8*pairs*len(f.first))
	for x, ws := range f.weights {
		first[x] = int32(3 * f.first[x])
		for k, w := range ws {
			for c := range 4 {
				weights[8*pairs*x+4*k+c] = w
			}
		}
	}
	// Absent pixels after a row have the weight 0. What is written after an output
	// row is overwritten by the next one.
	n := 3 * m.Width
	row := make([]byte, n+6*pairs+2)
	pix := make([]byte, 3*len(f.first)*m.Height+1)
	for y := range m.Height {
		copy(row, m.Pix[y*n:][:n])
		acrossAVX2(&pix[3*y*len(f.first)], &row[0], &first[0], &weights[0], len(first), pairs)
	}
	return RGB{len(f.first), m.Height, pix[: len(pix)-1 : len(pix)-1]}
}

// acrossGo takes two rows at a time: their samples share a word, one in each half, for
// no weight is negative and no sum reaches 2^32.
func (m RGB) acrossGo(f filter) RGB {
	const round = (1 << (precision - 1)) * (1 | 1<<32)
	n := 3 * m.Width
	out := New(len(f.first), m.Height)
	pair := make([]uint64, n)
	for y := 0; y < m.Height; y += 2 {
		last := min(y+1, m.Height-1)
		upper, lower := m.Pix[y*n:][:n], m.Pix[last*n:][:n]
		for i, v := range upper {
			pair[i] = uint64(v) | uint64(lower[i])<<32
		}
		up := out.Pix[3*y*out.Width:][:3*out.Width]
		low := out.Pix[3*last*out.Width:][:3*out.Width]
		for x, first := range f.first {
			r, g, b := uint64(round), uint64(round), uint64(round)
			p := pair[3*first:]
			for _, w := range f.weights[x] {
				q := (*[3]uint64)(p)
				r += uint64(w) * q[0]
				g += uint64(w) * q[1]
				b += uint64(w) * q[2]
				p = p[3:]
			}
			o := up[3*x : 3*x+3]
			o[0], o[1], o[2] = clip(uint32(r)), clip(uint32(g)), clip(uint32(b))
			o = low[3*x : 3*x+3]
			o[0], o[1], o[2] = clip(uint32(r>>32)), clip(uint32(g>>32)), clip(uint32(b>>32))
		}
	}
	return out
}

// down filters along the columns, a row of sums at a time and two rows to it.
func (m RGB) down(f filter) RGB {
	out := New(m.Width, len(f.first))
	n := 3 * m.Width
	sums := make([]uint32, n)
	done := 0
	if vectors {
		done = n &^ 31
	}
	for y, first := range f.first {
		weights := f.weights[y]
		if done > 0 && len(weights) > 0 {
			in := m.Pix[first*n : (first+len(weights))*n]
			downAVX2(&out.Pix[y*n : (y+1)*n][0], &in[0], n, &weights[0], len(weights), done)
		}
		sums := sums[done:]
		clear(sums)
		for k := 0; k < len(weights); k += 2 {
			w, v := weights[k], uint32(0)
			upper := m.Pix[(first+k)*n+done:][:len(sums)]
			lower := upper
			if k+1 < len(weights) {
				v, lower = weights[k+1], m.Pix[(first+k+1)*n+done:][:len(sums)]
			}
			for i := range sums {
				sums[i] += w*uint32(upper[i]) + v*uint32(lower[i])
			}
		}
		dst := out.Pix[y*n+done:][:len(sums)]
		for i, s := range sums {
			dst[i] = clip(s + 1<<(precision-1))
		}
	}
	return out
}

// clip drops the fraction; rounded weights of a wide filter may sum to over 1.
func clip(v uint32) byte { return byte(min(v>>precision, 255)) }
