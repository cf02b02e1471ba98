package model

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Param is one tensor of a checkpoint: PyTorch's name, shape and order of
// values (convolutions O x I x H x W, linear layers out x in with inputs
// flattened C, H, W). A scalar has an empty Shape.
//
// num_batches_tracked, an int64 in PyTorch, is given as a float32 like the
// others; it is exact up to 2^24 batches. Whoever writes a file for
// load_state_dict converts it by its name.
type Param struct {
	Name   string
	Shape  []int
	Values []float32
}

// kind says what a tensor is, and with that its layout here, its initial
// value and whether the optimiser moves it.
type kind uint8

const (
	convWeight   kind = iota // O x I x k x k in files, k x k x I x O here
	linearWeight             // out x in
	encodeWeight             // out x (C,H,W) in files, out x (H,W,C) here
	linearBias
	normScale
	normShift
	normMean // running mean
	normVar  // running variance
	normSeen // batches seen
)

func (k kind) trainable() bool { return k <= normShift }

// weight is a tensor of the network in the layout that the kernels want.
type weight struct {
	name   string // without prefix: V1.conv1.weight
	shape  []int  // PyTorch's
	kind   kind
	fanIn  int     // inputs of the linear layer it belongs to
	from   Feature // encodeWeight: the layer it reads
	values []float32
}

func (w *weight) trunk() bool { return !strings.HasPrefix(w.name, "fc") }

// size is the number of values of a shape; 1 for a scalar.
func size(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

// layout lists every tensor of the network in PyTorch's order of registration.
func (c Config) layout() []*weight {
	var ws []*weight
	add := func(k kind, fanIn int, name string, shape ...int) *weight {
		w := &weight{name: name, shape: shape, kind: k, fanIn: fanIn}
		ws = append(ws, w)
		return w
	}
	conv := func(name string, in, out, k int) { add(convWeight, in*k*k, name+".weight", out, in, k, k) }
	norm := func(name string, n int) {
		add(normScale, 0, name+".weight", n)
		add(normShift, 0, name+".bias", n)
		add(normMean, 0, name+".running_mean", n)
		add(normVar, 0, name+".running_var", n)
		add(normSeen, 0, name+".num_batches_tracked")
	}
	linear := func(k kind, name string, in, out int) *weight {
		w := add(k, in, name+".weight", out, in)
		add(linearBias, in, name+".bias", out)
		return w
	}
	conv("V1.conv1", 3, c.Width, 7)
	norm("V1.norm1", c.Width)
	conv("V1.conv2", c.Width, c.Width, 3)
	norm("V1.norm2", c.Width)
	in := c.Width
	for _, area := range Areas[1:] {
		out := c.feature(area).C
		conv(area+".conv_input", in, out, 1)
		conv(area+".skip", out, out, 1)
		norm(area+".norm_skip", out)
		conv(area+".conv1", out, 4*out, 1)
		conv(area+".conv2", 4*out, 4*out, 3)
		conv(area+".conv3", 4*out, out, 1)
		for t := range times[area] {
			norm(area+".norm1_"+strconv.Itoa(t), 4*out)
			norm(area+".norm2_"+strconv.Itoa(t), 4*out)
			norm(area+".norm3_"+strconv.Itoa(t), out)
		}
		in = out
	}
	linear(linearWeight, "decoder.linear", in, c.Classes)
	if c.Outputs == 0 {
		return ws
	}
	for _, l := range c.Layers {
		f := c.feature(l)
		linear(encodeWeight, encoderName(l), f.Len(), c.Hidden).from = f
	}
	linear(linearWeight, "fc", len(c.Layers)*c.Hidden, c.Outputs)
	return ws
}

// encoderName is the released name of a layer's encoder: fc_v1.
func encoderName(layer string) string { return "fc_" + strings.ToLower(layer) }

// Parameters is the number of trainable values.
func (c Config) Parameters() int {
	n := 0
	for _, w := range c.layout() {
		if w.kind.trainable() {
			n += size(w.shape)
		}
	}
	return n
}

// initialise sets w as CORnet-S does: convolutions normal with variance
// 2/(k k out), BatchNorm 1 and 0, linear layers PyTorch's default, uniform in
// +-1/sqrt(in).
func (w *weight) initialise(r *rand.Rand) {
	switch w.kind {
	case convWeight:
		std := math.Sqrt(2 / float64(w.shape[2]*w.shape[3]*w.shape[0]))
		for i := range w.values {
			w.values[i] = float32(r.NormFloat64() * std)
		}
	case linearWeight, encodeWeight, linearBias:
		bound := 1 / math.Sqrt(float64(w.fanIn))
		for i := range w.values {
			w.values[i] = float32((2*r.Float64() - 1) * bound)
		}
	case normScale, normVar:
		for i := range w.values {
			w.values[i] = 1
		}
	case normShift, normMean, normSeen:
		clear(w.values)
	}
}

// load copies values in PyTorch's order into w's layout.
func (w *weight) load(v []float32) {
	w.reorder(func(file, here int) { w.values[here] = v[file] })
}

// export returns w's values in PyTorch's order.
func (w *weight) export() []float32 {
	v := make([]float32, len(w.values))
	w.reorder(func(file, here int) { v[file] = w.values[here] })
	return v
}

// reorder calls move with the position of every value in the file and here.
func (w *weight) reorder(move func(file, here int)) {
	switch w.kind {
	case convWeight:
		o, in, k := w.shape[0], w.shape[1], w.shape[2]*w.shape[3]
		for a := range o {
			for b := range in {
				for p := range k {
					move((a*in+b)*k+p, (p*in+b)*o+a)
				}
			}
		}
	case encodeWeight:
		c, hw := w.from.C, w.from.Side*w.from.Side
		for a := range w.shape[0] {
			for b := range c {
				for p := range hw {
					move((a*c+b)*hw+p, (a*hw+p)*c+b)
				}
			}
		}
	default:
		for i := range w.values {
			move(i, i)
		}
	}
}
