package model

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// op is a fused operation of fixed shapes in a Gorgonia expression graph.
// Gorgonia builds and differentiates the graph; a tape runs it, so Do is never
// called.
type op struct {
	id     int // unique in its graph
	name   string
	in     []tensor.Shape
	out    tensor.Shape // empty for a scalar
	wrt    []bool       // inputs that have a gradient
	flops  float64
	shares []int // inputs whose memory out may take over

	// run computes out from the inputs.
	run func(out []float32, in [][]float32)
	// grad expresses the gradients of the inputs in wrt; nil for the others.
	// It is nil for operations of the backward pass.
	grad func(in G.Nodes, out, grad *G.Node) G.Nodes
}

var _ G.SDOp = (*op)(nil)

func (o *op) Arity() int { return len(o.in) }

func (o *op) Type() hm.Type {
	ts := make([]hm.Type, 0, len(o.in)+1)
	for _, s := range o.in {
		ts = append(ts, typeOf(s))
	}
	return hm.NewFnType(append(ts, typeOf(o.out))...)
}

func typeOf(s tensor.Shape) hm.Type {
	if s.Dims() == 0 {
		return tensor.Float32
	}
	return G.TensorType{Dims: s.Dims(), Of: tensor.Float32}
}

func (o *op) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.out.Clone(), nil }

func (o *op) Do(...G.Value) (G.Value, error) {
	return nil, fmt.Errorf("model: %s runs on a tape, not on a Gorgonia machine", o.name)
}

func (o *op) ReturnsPtr() bool     { return true }
func (o *op) CallsExtern() bool    { return false }
func (o *op) OverwritesInput() int { return -1 }
func (o *op) String() string       { return o.name }

// WriteHash tells every operation from every other: two nodes with the same
// shapes may differ in stride or in the buffers they keep, and Gorgonia merges
// nodes of equal hash.
func (o *op) WriteHash(h hash.Hash) { fmt.Fprintf(h, "%d %s %v %v", o.id, o.name, o.in, o.out) }

func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o *op) DiffWRT(int) []bool { return o.wrt }

func (o *op) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	if o.grad == nil {
		return nil, fmt.Errorf("model: %s has no derivative", o.name)
	}
	return o.grad(in, out, grad), nil
}
