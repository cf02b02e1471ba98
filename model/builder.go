package model

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"realnet/model/kernels"
)

// builder writes a network down as a Gorgonia expression graph, for one batch
// size and one use.
type builder struct {
	net   *Net
	k     kernels.Backend
	g     *G.ExprGraph
	batch int

	train     bool                  // normalise by the batch's statistics
	bnUpdates int                   // updates of the running statistics a batch
	trains    func(w *weight) bool  // parameters that have a gradient
	values    map[*G.Node][]float32 // what the input nodes hold
	params    map[string]*G.Node    // parameters in use, by name
	wrt       G.Nodes               // those that have a gradient, in order of use
	moving    map[*G.Node]bool      // nodes that depend on wrt
	ops       int
}

func newBuilder(net *Net, k kernels.Backend, batch int) *builder {
	return &builder{
		net: net, k: k, g: G.NewGraph(), batch: batch,
		trains: func(*weight) bool { return false },
		values: map[*G.Node][]float32{}, params: map[string]*G.Node{}, moving: map[*G.Node]bool{},
	}
}

// input is a node that holds values.
func (b *builder) input(name string, values []float32, shape ...int) *G.Node {
	if len(values) != size(shape) {
		panic(fmt.Sprintf("model: %s has %d values for %v", name, len(values), shape))
	}
	n := G.NewTensor(b.g, tensor.Float32, len(shape), G.WithShape(shape...), G.WithName(name))
	b.values[n] = values
	return n
}

// param is the node of a parameter, one however often it is used.
func (b *builder) param(name string) *G.Node {
	if n := b.params[name]; n != nil {
		return n
	}
	w := b.net.weight(name)
	n := b.input(name, w.values, len(w.values))
	b.params[name] = n
	if b.trains(w) {
		b.moving[n] = true
		b.wrt = append(b.wrt, n)
	}
	return n
}

// apply adds an operation to the graph.
func (b *builder) apply(o *op, in ...*G.Node) *G.Node {
	b.ops++
	o.id = b.ops
	moving := false
	for _, n := range in {
		o.in = append(o.in, n.Shape())
		o.wrt = append(o.wrt, o.grad != nil && b.moving[n])
		moving = moving || b.moving[n]
	}
	out, err := G.ApplyOp(o, in...)
	if err != nil {
		panic(fmt.Sprintf("model: %s: %v", o.name, err)) // shapes follow from a valid Config
	}
	b.moving[out] = o.grad != nil && moving
	return out
}
