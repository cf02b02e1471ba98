package model

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// The networks, from the images to the two predictions:
//
//	images ── V1 ── V2 x2 ── V4 x4 ── IT x2 ── avgpool ── decoder ── logits (classes)
//	          │      │        │        │
//	         128    128      128      128        encoders, ReLU
//	          └──────┴───┬────┴────────┘
//	                    512 ───────────────────────────────── brain (K components)
//
// CORnet-S: Kubilius et al. 2019. The encoder: Lu & Wang, arXiv 2407.10414.

// outputs are the nodes of a network's results: V1 to IT, avgpool, logits and,
// with an encoder, brain.
type outputs struct{ layer map[string]*G.Node }

func (o outputs) logits() *G.Node { return o.layer[Logits] }
func (o outputs) brain() *G.Node  { return o.layer[brain] }

// brain names the prediction of the targets.
const brain = "brain"

// realnet is the whole network.
func (b *builder) realnet(images *G.Node) outputs {
	o := b.cornet(images)
	if b.net.cfg.Outputs > 0 {
		o.layer[brain] = b.encoder(o)
	}
	return o
}

// cornet is CORnet-S. images: N x side x side x 3, normalised.
func (b *builder) cornet(images *G.Node) outputs {
	v1 := b.v1(images)
	v2 := b.area(V2, v1)
	v4 := b.area(V4, v2)
	it := b.area(IT, v4)
	pooled := b.avgPool(it)
	logits := b.linear("decoder.linear", pooled, false)
	return outputs{layer: map[string]*G.Node{V1: v1, V2: v2, V4: v4, IT: it, AvgPool: pooled, Logits: logits}}
}

// v1 is the feed-forward first area: a quarter of the images' side.
func (b *builder) v1(x *G.Node) *G.Node {
	x = b.normReLU("V1.norm1", b.conv("V1.conv1", x, 2))
	x = b.maxPool(x)
	return b.normReLU("V1.norm2", b.conv("V1.conv2", x, 1))
}

// area is a recurrent area: a bottleneck run several times with the same
// convolutions and, at each time, its own normalisation. The first time halves
// the side, and its skip connection with it; later ones skip unchanged.
func (b *builder) area(name string, x *G.Node) *G.Node {
	h := b.conv(name+".conv_input", x, 1)
	for t := range times[name] {
		norm := func(k int) string { return fmt.Sprintf("%s.norm%d_%d", name, k, t) }
		skip, stride := h, 1
		if t == 0 {
			skip, stride = b.norm(name+".norm_skip", b.conv(name+".skip", h, 2)), 2
		}
		y := b.normReLU(norm(1), b.conv(name+".conv1", h, 1))
		y = b.normReLU(norm(2), b.conv(name+".conv2", y, stride))
		h = b.normAddReLU(norm(3), b.conv(name+".conv3", y, 1), skip)
	}
	return h
}

// encoder predicts the brain's response from the flattened areas: N x K.
func (b *builder) encoder(o outputs) *G.Node {
	var features G.Nodes
	for _, l := range b.net.cfg.Layers {
		features = append(features, b.linear(encoderName(l), o.layer[l], true))
	}
	joined := features[0]
	if len(features) > 1 {
		joined = b.concat(features)
	}
	return b.linear("fc", joined, false)
}
