package model

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// objective is LA = LC + beta (MSE + contrastive), as nodes of one graph. A
// term that is nil is not part of it.
type objective struct {
	total                      *G.Node
	class, square, contrastive *G.Node
}

// classLoss is the cross-entropy of logits to labels, which is read at every run.
func (b *builder) classLoss(logits *G.Node, labels []int32) *G.Node {
	return b.scalar("cross-entropy", logits, true, func(grad []float32, v [][]float32) float64 {
		return crossEntropy(grad, v[0], labels)
	})
}

func (b *builder) squareLoss(brain, targets *G.Node) *G.Node {
	return b.scalar("mean square", brain, true, func(grad []float32, v [][]float32) float64 {
		return meanSquare(grad, v[0], v[1])
	}, targets)
}

// contrastLoss is the contrastive term; detached it has a value and no gradient,
// as in the released training.
func (b *builder) contrastLoss(brain, targets *G.Node, detached bool) *G.Node {
	return b.scalar("contrast", brain, !detached, func(grad []float32, v [][]float32) float64 {
		return contrast(grad, v[0], v[1], b.batch, b.k.Workers())
	}, targets)
}

// scalar is a loss of x, with a gradient or without; rest are further inputs
// that have none.
func (b *builder) scalar(name string, x *G.Node, differentiable bool,
	loss func(grad []float32, v [][]float32) float64, rest ...*G.Node,
) *G.Node {
	o := &op{name: name, run: func(out []float32, v [][]float32) { out[0] = float32(loss(nil, v)) }}
	if differentiable {
		o.grad = func(in G.Nodes, _, dy *G.Node) G.Nodes {
			grads := make(G.Nodes, len(in))
			grads[0] = b.apply(&op{
				name: name + " dx", out: x.Shape(),
				run: func(dx []float32, v [][]float32) {
					last := len(v) - 1
					loss(dx, v[:last])
					scale(dx, v[last][0])
				},
			}, append(append(G.Nodes{}, in...), dy)...)
			return grads
		}
	}
	return b.apply(o, append(G.Nodes{x}, rest...)...)
}

// scale multiplies x by a.
func scale(x []float32, a float32) {
	if a == 1 {
		return
	}
	for i := range x {
		x[i] *= a
	}
}

// weightedSum is sum_i weight[i] term[i].
func (b *builder) weightedSum(terms G.Nodes, weight []float64) *G.Node {
	return b.apply(&op{
		name: "sum",
		run: func(out []float32, v [][]float32) {
			var s float64
			for i, x := range v {
				s += weight[i] * float64(x[0])
			}
			out[0] = float32(s)
		},
		grad: func(in G.Nodes, _, dy *G.Node) G.Nodes {
			grads := make(G.Nodes, len(in))
			for i := range in {
				grads[i] = b.apply(&op{
					name: "sum dx", out: tensor.Shape{},
					run: func(out []float32, v [][]float32) { out[0] = float32(weight[i]) * v[0][0] },
				}, dy)
			}
			return grads
		},
	}, terms...)
}
