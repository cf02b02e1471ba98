package model

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"realnet/model/kernels"
)

// The layers as operations on the kernels. Images are N x H x W x C.

// normEps is PyTorch's default, which CORnet-S keeps.
const normEps = 1e-5

// conv is a convolution without bias, padded by half the kernel.
func (b *builder) conv(name string, x *G.Node, stride int) *G.Node {
	w, s := b.net.weight(name+".weight"), x.Shape()
	c := kernels.Conv{
		N: s[0], H: s[1], W: s[2], Cin: s[3],
		Cout: w.shape[0], K: w.shape[2], Stride: stride, Pad: w.shape[2] / 2,
	}
	return b.apply(&op{
		name: name, out: tensor.Shape{c.N, c.OutH(), c.OutW(), c.Cout}, flops: c.FLOPs(),
		run: func(y []float32, in [][]float32) { b.k.ConvForward(y, in[0], in[1], c) },
		grad: func(in G.Nodes, _, dy *G.Node) G.Nodes {
			grads := make(G.Nodes, 2)
			if b.moving[in[0]] {
				grads[0] = b.apply(&op{
					name: name + " dx", out: in[0].Shape(), flops: c.FLOPs(),
					run: func(dx []float32, v [][]float32) { b.k.ConvBackwardData(dx, v[0], v[1], c) },
				}, dy, in[1])
			}
			if b.moving[in[1]] {
				grads[1] = b.apply(&op{
					name: name + " dw", out: in[1].Shape(), flops: c.FLOPs(),
					run: func(dw []float32, v [][]float32) { b.k.ConvBackwardWeights(dw, v[0], v[1], c) },
				}, in[0], dy)
			}
			return grads
		},
	}, x, b.param(name+".weight"))
}

// norm is batch normalisation.
func (b *builder) norm(name string, x *G.Node) *G.Node { return b.normalise(name, x, nil, false) }

// normReLU is batch normalisation and the rectifier.
func (b *builder) normReLU(name string, x *G.Node) *G.Node { return b.normalise(name, x, nil, true) }

// normAddReLU is the end of a recurrent step: relu(norm(x) + skip).
func (b *builder) normAddReLU(name string, x, skip *G.Node) *G.Node {
	return b.normalise(name, x, skip, true)
}

func (b *builder) normalise(name string, x, skip *G.Node, relu bool) *G.Node {
	s := x.Shape()
	shape := kernels.Norm{Rows: s[0] * s[1] * s[2], C: s[3], Eps: normEps, ReLU: relu}
	gamma, beta := b.param(name+".weight"), b.param(name+".bias")
	in := G.Nodes{x, gamma, beta}
	if skip != nil {
		in = append(in, skip)
	}
	residual := func(v [][]float32) []float32 {
		if skip == nil {
			return nil
		}
		return v[3]
	}
	mean, variance := b.net.values(name+".running_mean"), b.net.values(name+".running_var")
	if !b.train {
		return b.apply(&op{
			name: name, out: s, shares: []int{0},
			run: func(y []float32, v [][]float32) {
				b.k.BatchNormEval(y, v[0], residual(v), v[1], v[2], mean, variance, shape)
			},
		}, in...)
	}
	seen := b.net.values(name + ".num_batches_tracked")
	batchMean, batchVar := make([]float32, shape.C), make([]float32, shape.C)
	return b.apply(&op{
		name: name, out: s,
		run: func(y []float32, v [][]float32) {
			b.k.BatchNormTrain(y, v[0], residual(v), v[1], v[2], batchMean, batchVar, shape)
			for range b.bnUpdates {
				kernels.UpdateRunning(mean, variance, batchMean, batchVar, shape.Rows, normMomentum)
				seen[0]++
			}
		},
		grad: func(in G.Nodes, y, dy *G.Node) G.Nodes {
			back := shape
			if skip != nil {
				// The rectifier's gradient is the residual's; what is left is a plain normalisation.
				dy, back.ReLU = b.maskReLU(name, dy, y), false
			}
			dgamma, dbeta := make([]float32, shape.C), make([]float32, shape.C)
			dx := b.apply(&op{
				name: name + " dx", out: s, shares: []int{0},
				run: func(dx []float32, v [][]float32) {
					b.k.BatchNormBackward(dx, nil, dgamma, dbeta, v[0], v[1], v[2], v[3], batchMean, batchVar, back)
				},
			}, dy, y, in[0], in[1])
			grads := G.Nodes{dx, b.sideOutput(name+" dgamma", dgamma, dx), b.sideOutput(name+" dbeta", dbeta, dx)}
			if skip != nil {
				grads = append(grads, dy)
			}
			return grads
		},
	}, in...)
}

// normMomentum is PyTorch's default.
const normMomentum = 0.1

// sideOutput is a second result of the operation that made of: Gorgonia's
// operations have one.
func (b *builder) sideOutput(name string, values []float32, of *G.Node) *G.Node {
	return b.apply(&op{
		name: name, out: tensor.Shape{len(values)},
		run: func(out []float32, _ [][]float32) { copy(out, values) },
	}, of)
}

// maskReLU is the rectifier's gradient, dy where its output y is positive.
func (b *builder) maskReLU(name string, dy, y *G.Node) *G.Node {
	return b.apply(&op{
		name: name + " mask", out: dy.Shape(), shares: []int{0},
		run: func(dx []float32, v [][]float32) { b.k.ReLUBackward(dx, v[0], v[1]) },
	}, dy, y)
}

// maxPool is the 3 x 3 maximum with stride 2.
func (b *builder) maxPool(x *G.Node) *G.Node {
	s := x.Shape()
	p := kernels.Pool{N: s[0], H: s[1], W: s[2], C: s[3], K: 3, Stride: 2, Pad: 1}
	return b.apply(&op{
		name: "maxpool", out: tensor.Shape{p.N, p.OutH(), p.OutW(), p.C},
		run: func(y []float32, v [][]float32) { b.k.MaxPoolForward(y, v[0], p) },
		grad: func(in G.Nodes, y, dy *G.Node) G.Nodes {
			return G.Nodes{b.apply(&op{
				name: "maxpool dx", out: s,
				run: func(dx []float32, v [][]float32) { b.k.MaxPoolBackward(dx, v[0], v[1], v[2], p) },
			}, dy, in[0], y)}
		},
	}, x)
}

// avgPool is the mean over the image: N x C.
func (b *builder) avgPool(x *G.Node) *G.Node {
	s := x.Shape()
	p := kernels.Pool{N: s[0], H: s[1], W: s[2], C: s[3]}
	return b.apply(&op{
		name: AvgPool, out: tensor.Shape{p.N, p.C},
		run: func(y []float32, v [][]float32) { b.k.AvgPoolForward(y, v[0], p) },
		grad: func(_ G.Nodes, _, dy *G.Node) G.Nodes {
			return G.Nodes{b.apply(&op{
				name: AvgPool + " dx", out: s,
				run: func(dx []float32, v [][]float32) { b.k.AvgPoolBackward(dx, v[0], p) },
			}, dy)}
		},
	}, x)
}

// linear is a fully connected layer on flattened inputs, rectified or not.
func (b *builder) linear(name string, x *G.Node, relu bool) *G.Node {
	w := b.net.weight(name + ".weight")
	l := kernels.Linear{N: b.batch, In: w.shape[1], Out: w.shape[0]}
	flops := 2 * float64(l.N) * float64(l.In) * float64(l.Out)
	return b.apply(&op{
		name: name, out: tensor.Shape{l.N, l.Out}, flops: flops,
		run: func(y []float32, v [][]float32) {
			b.k.LinearForward(y, v[0], v[1], v[2], l)
			if relu {
				b.k.ReLUForward(y, y)
			}
		},
		grad: func(in G.Nodes, y, dy *G.Node) G.Nodes {
			if relu {
				dy = b.maskReLU(name, dy, y)
			}
			grads := make(G.Nodes, 3)
			if b.moving[in[0]] {
				grads[0] = b.apply(&op{
					name: name + " dx", out: in[0].Shape(), flops: flops,
					run: func(dx []float32, v [][]float32) { b.k.LinearBackwardData(dx, v[0], v[1], l) },
				}, dy, in[1])
			}
			if b.moving[in[1]] {
				db := make([]float32, l.Out)
				grads[1] = b.apply(&op{
					name: name + " dw", out: in[1].Shape(), flops: flops,
					run: func(dw []float32, v [][]float32) { b.k.LinearBackwardWeights(dw, db, v[0], v[1], l) },
				}, in[0], dy)
				grads[2] = b.sideOutput(name+" db", db, grads[1])
			}
			return grads
		},
	}, x, b.param(name+".weight"), b.param(name+".bias"))
}

// concat joins the rows of N x a, N x b, ... matrices.
func (b *builder) concat(in G.Nodes) *G.Node {
	width, at := 0, make([]int, len(in))
	for i, n := range in {
		at[i] = width
		width += n.Shape()[1]
	}
	columns := func(wide, narrow []float32, i int, copyRow func(wide, narrow []float32)) {
		w := len(narrow) / b.batch
		for r := range b.batch {
			copyRow(wide[r*width+at[i]:][:w], narrow[r*w:][:w])
		}
	}
	return b.apply(&op{
		name: "concat", out: tensor.Shape{b.batch, width},
		run: func(y []float32, v [][]float32) {
			for i, x := range v {
				columns(y, x, i, func(wide, narrow []float32) { copy(wide, narrow) })
			}
		},
		grad: func(in G.Nodes, _, dy *G.Node) G.Nodes {
			grads := make(G.Nodes, len(in))
			for i, n := range in {
				grads[i] = b.apply(&op{
					name: "concat dx", out: n.Shape(),
					run: func(dx []float32, v [][]float32) {
						columns(v[0], dx, i, func(wide, narrow []float32) { copy(narrow, wide) })
					},
				}, dy)
			}
			return grads
		},
	}, in...)
}
