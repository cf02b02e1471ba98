package images

import "math"

// precision is the number of fractional bits of a filter weight: 8 bits of sample
// and a sign leave 22 of 32.
const precision = 32 - 8 - 2

// filter holds, for each output sample, the first input sample that it is made of
// and the weights of that and those after it.
type filter struct {
	first   []int
	weights [][]int32
}

// bilinear returns the triangle filter from in to out samples. Made smaller, it
// widens by the ratio, so that it does not alias.
func bilinear(in, out int) filter {
	scale := float64(in) / float64(out)
	support := math.Max(scale, 1)
	step := 1 / support
	f := filter{make([]int, out), make([][]int32, out)}
	size := int(math.Ceil(support))*2 + 1
	all := make([]int32, out*size)
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
			w[x] = int32(0.5 + weights[x]*(1<<precision))
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
	out := New(len(f.first), m.Height)
	for y := range m.Height {
		src := m.Pix[3*y*m.Width : 3*(y+1)*m.Width]
		dst := out.Pix[3*y*out.Width : 3*(y+1)*out.Width]
		for x, first := range f.first {
			r, g, b := int32(1<<(precision-1)), int32(1<<(precision-1)), int32(1<<(precision-1))
			weights := f.weights[x]
			p := src[3*first : 3*(first+len(weights))]
			for _, w := range weights {
				if len(p) < 3 {
					break // never; it spares the bounds checks
				}
				r += w * int32(p[0])
				g += w * int32(p[1])
				b += w * int32(p[2])
				p = p[3:]
			}
			o := dst[3*x : 3*x+3]
			o[0], o[1], o[2] = clip(r), clip(g), clip(b)
		}
	}
	return out
}

// down filters along the columns, a row of sums at a time.
func (m RGB) down(f filter) RGB {
	out := New(m.Width, len(f.first))
	n := 3 * m.Width
	sums := make([]int32, n)
	for y, first := range f.first {
		for i := range sums {
			sums[i] = 1 << (precision - 1)
		}
		for k, w := range f.weights[y] {
			src := m.Pix[(first+k)*n:][:n]
			for i, v := range src {
				sums[i] += w * int32(v)
			}
		}
		dst := out.Pix[y*n:][:n]
		for i, s := range sums {
			dst[i] = clip(s)
		}
	}
	return out
}

// clip drops the fraction and keeps the sample in range.
func clip(v int32) byte {
	v >>= precision
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}
