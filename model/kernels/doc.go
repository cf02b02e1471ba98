// Package kernels is the arithmetic under the network: convolution, batch
// normalisation, pooling, linear layers and the Adam update on plain float32
// slices, behind one small interface, [Backend].
//
// Tensors are dense with channels last (N x H x W x C), convolution weights are
// K x K x Cin x Cout and linear weights Out x In. Everything that leaves the
// network in PyTorch's order is permuted by package model, not here.
//
//	pool := kernels.NewWorkers(2)
//	b, err := kernels.Default(pool) // REALNET_KERNEL forces a kind
//	c := kernels.Conv{N: 16, H: 56, W: 56, Cin: 64, Cout: 64, K: 3, Stride: 1, Pad: 1}
//	b.ConvForward(y, x, w, c)
//
// Not done here: dilation, groups, rectangular filters, convolution bias
// (CORnet-S has none), other element types than float32.
package kernels
