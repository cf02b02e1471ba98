package kernels

// On images of a few pixels (IT of the narrow network: 2 x 2) most taps of a
// filter fall outside. Here every pair of an input and an output pixel that a
// tap joins is a product of its own, over the images of the batch.

// tinyImage reports a convolution to compute by pixels.
func (b *blocked) tinyImage(c Conv) bool {
	return c.K > 1 && c.Pad < c.K && c.H*c.W <= 16 && c.OutH()*c.OutW() <= 4 && 4*c.N <= columnDepth &&
		c.Cin%b.lanes == 0 && c.Cout%b.lanes == 0 && c.Cin <= rowDepth && c.Cout <= rowDepth
}

// joint is a tap that joins an input and an output pixel.
type joint struct{ in, out, tap int }

// joints lists them in the order of the taps, outputs in order within one.
func (c Conv) joints() []joint {
	var js []joint
	for tap := range c.K * c.K {
		for out := range c.OutH() * c.OutW() {
			h := out/c.OutW()*c.Stride + tap/c.K - c.Pad
			w := out%c.OutW()*c.Stride + tap%c.K - c.Pad
			if h >= 0 && h < c.H && w >= 0 && w < c.W {
				js = append(js, joint{h*c.W + w, out, tap})
			}
		}
	}
	return js
}

func (b *blocked) tinyForward(y, x, w []float32, c Conv) {
	inputs, outputs, joints := c.H*c.W, c.OutH()*c.OutW(), c.joints()
	ld := c.Cin + skew
	images := b.scratch.all(slotData, (inputs*c.N+b.height())*ld) // pixel by pixel
	b.pool.split(c.N, inputs*c.Cin, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for in := range inputs {
				copy(images[(in*c.N+i)*ld:], x[(i*inputs+in)*c.Cin:][:c.Cin])
			}
		}
	})
	b.pool.Do(outputs, func(_, out int) {
		acc := int64(0)
		for _, j := range joints {
			if j.out == out {
				b.mulRows(images[j.in*c.N*ld:], ld, c.N, c.Cin, unpacked(w[j.tap*c.Cin*c.Cout:], c.Cout), c.Cout, y[out*c.Cout:], outputs*c.Cout, acc)
				acc = 1
			}
		}
	})
}

// tinyBackwardData forms the transpose of dx, so that w is read in place.
func (b *blocked) tinyBackwardData(dx, dy, w []float32, c Conv) {
	outputs, joints := c.OutH()*c.OutW(), c.joints()
	wide := b.width()
	size := (c.N + wide - 1) / wide * wide * c.Cout
	panels := b.scratch.all(slotB, outputs*size)
	b.pool.split(outputs, size, func(lo, hi int) {
		for out := lo; out < hi; out++ {
			for j := 0; j < c.N; j += wide {
				b.packTransposedPanel(panels[out*size+j*c.Cout:], dy[(j*outputs+out)*c.Cout:], outputs*c.Cout, c.Cout, min(wide, c.N-j))
			}
		}
	})
	b.pool.Do(c.H*c.W, func(worker, in int) {
		sum := b.scratch.of(worker, slotC, c.Cin*c.N)
		clear(sum)
		for _, j := range joints {
			if j.in != in {
				continue
			}
			for r := 0; r < c.Cin; {
				t := exact(b.byRows, c.Cin-r)
				b.tileRow(t, c.Cout, w[(j.tap*c.Cin+r)*c.Cout:], c.Cout, packed(panels[j.out*size:]), sum[r*c.N:], c.N, t.rows, 0, c.N, 1)
				r += t.rows
			}
		}
		b.transposed(dx[in*c.Cin:], c.H*c.W*c.Cin, sum, c.N, c.Cin, c.N)
	})
}

// tinyBackwardWeights joins the pixels that meet in a tap to one long sum.
func (b *blocked) tinyBackwardWeights(dw, x, dy []float32, c Conv) {
	inputs, outputs := c.H*c.W, c.OutH()*c.OutW()
	joints, size := c.joints(), c.Cin*c.Cout
	b.pool.Do(c.K*c.K, func(worker, tap int) {
		image := unpacked(b.scratch.of(worker, slotA, columnDepth*(c.Cin+skew)), c.Cin+skew)
		gradient := unpacked(b.scratch.of(worker, slotB, columnDepth*(c.Cout+skew)), c.Cout+skew)
		depth := 0
		for _, j := range joints {
			if j.tap != tap {
				continue
			}
			for i := range c.N {
				copy(image.values[depth*image.ld:], x[(i*inputs+j.in)*c.Cin:][:c.Cin])
				copy(gradient.values[depth*gradient.ld:], dy[(i*outputs+j.out)*c.Cout:][:c.Cout])
				depth++
			}
		}
		out := dw[tap*size:][:size]
		if depth == 0 {
			clear(out)
			return
		}
		b.mulColumns(image, c.Cin, depth, gradient, c.Cout, out, c.Cout, 0)
	})
}
