// Package kernels is the arithmetic under the network: convolution, batch
// normalisation, pooling, linear layers and the Adam update on plain float32
// slices, behind one small interface, [Backend].
//
//	pool := kernels.NewWorkers(2)
//	b, err := kernels.Default(FP32, pool) // REALNET_KERNEL forces a kind
//	c := kernels.Conv{N: 16, H: 56, W: 56, Cin: 64, Cout: 64, K: 3, Stride: 1, Pad: 1}
//	b.ConvForward(y, x, w, c)
//
// Tensors are dense with channels last (N x H x W x C): a 1x1 convolution is a
// matrix product of the tensor itself, the values under a filter row follow
// each other, and every loop over channels fills vectors. Convolution weights
// are K x K x Cin x Cout, linear weights Out x In. What leaves the network in
// PyTorch's order is permuted by package model, not here.
//
// # Kinds
//
//	avx512   Go assembly, 14x32 product tiles
//	avx2     Go assembly, 6x16 product tiles (needs FMA)
//	generic  plain Go, direct sums: the definition, and every other processor
//
// The assembly is written by the generator in gen/ with avo; go generate in
// this folder writes it anew. Building needs neither the generator nor a C
// compiler. The kinds differ by rounding only (the tests allow 2e-5 relative).
// One kind gives the same bits for any number of workers: tasks write disjoint
// parts of the result, and long sums are cut at places set by the shape alone.
//
// # Matrix products
//
// A tile of C stays in registers while a row tile of A (14 x 512 values, first
// cache level) meets panels of B (32 columns, packed row after row, 256 columns
// at a time in the second level), after Goto & van de Geijn, "Anatomy of
// high-performance matrix multiplication", ACM TOMS 34(3), 2008. Matrices of at
// most 256 columns are read in place: packing them gains nothing.
//
//   - ConvForward: A is the implicit matrix of the input (gather.go), copied
//     block by block, and not at all for 1x1 filters; B is the weights.
//   - ConvBackwardData: the same with dy and the transposed weights. With
//     stride s the input falls into s*s phases that meet different taps; each
//     is a convolution with stride 1.
//   - ConvBackwardWeights: the sum over pixels of outer products. A small
//     result is formed in 16 segments of the pixels and added; a large one is
//     cut by rows.
//   - Few channels (the first layer): products of the padded image with one
//     filter row at a time, without a copy (convrows.go). With at most half a
//     vector of output channels a tile column holds two pixels.
//   - Images of a few pixels, where most taps meet padding: a product for every
//     pair of pixels that a tap joins (convsmall.go).
//
// # Winograd
//
// 3x3 filters with stride 1 and at least 32 channels use F(4x4, 3x3) (Winograd,
// "Arithmetic Complexity of Computations", 1980; Lavin & Gray, "Fast Algorithms
// for Convolutional Neural Networks", CVPR 2016). For every 4x4 tile of the
// output, the 6x6 patch d of the input and the filter g,
//
//	y = A' [ (G g G') . (B' d B) ] A
//
// with the products summed over input channels before A is applied, which makes
// them 36 matrix products of (tiles x Cin) and (Cin x Cout): 36 multiplications
// instead of 144. With the points 0, 1, -1, 2, -2 and infinity
//
//	     4  0 -5  0  1  0           1/4    0     0
//	     0 -4 -4  1  1  0          -1/6  -1/6  -1/6         1  1  1  1  1  0
//	B' = 0  4 -4 -1  1  0      G = -1/6   1/6  -1/6    A' = 0  1 -1  2 -2  0
//	     0 -2 -1  2  1  0          1/24  1/12   1/6         0  1  1  4  4  0
//	     0  2 -1 -2  1  0          1/24 -1/12   1/6         0  1 -1  8 -8  1
//	     0  4  0 -5  0  1            0     0     1
//
// The gradient of the input is the same with the filter rotated by 180 degrees. The
// gradient of the weights is F(3x3, 4x4), the 4x4 tile of dy in the place of
// the filter: the same B', G with a fourth column (rows of powers of the
// points, scaled alike) and A' cut to three rows, whose last is 0 1 1 4 4 1.
// Relative errors are 1e-6 to 4e-6 where direct sums have 1e-7 to 1e-6.
//
// # Precision
//
// In bf16 ([Precision]) the matrix products of large convolutions round both
// operands to bfloat16 while they are packed; products are exact in float32 and
// are added in float32. Which convolutions round depends on the shape of
// an image and of the filter alone (Conv.rounds): every kind rounds the same ones, for
// every batch.
//
//   - 3x3 filters with at least 256 channels on both sides and more than 16 output
//     pixels round the values of Winograd's domain, in F(2x2, 3x3): with stride 1 if
//     there are 1024 channels or 4x4 tiles reach well beyond the output, and with
//     stride 2 if the sides of the output are even (Conv.filters2).
//   - Of the others, those of 1x1 filters and of 3x3 filters with stride 2 round x, w and
//     dy themselves if the smaller number of channels times the side of the filter is
//     128 or more and the image has more than 16 pixels.
//   - What is left, linear layers and everything else are float32 to the bit: packing
//     and rounding would take longer than the products save.
//
// With stride 1 the points are 0, 1, -1 and infinity. With stride 2 the odd inputs meet two
// taps, in F(2, 2) with the points 0, 1 and infinity, and the even ones one: 25 products in
// the place of 36.
//
//	     1  0 -1  0          1    0    0                           1  0 -1  0  0       1  0  0
//	     0  1  1  0         1/2  1/2  1/2        1  1  1  0        0  0  1  0  0       1  0  1       1  1  0  1  0
//	B' = 0 -1  1  0     G = 1/2 -1/2  1/2   A' = 0  1 -1  1   B' = 0  0 -1  0  1   G = 0  0  1  A' = 0  1  1  0  1
//	     0 -1  0  1          0    0    1                           0  1  0  0  0       0  1  0
//	                                                               0  0  0  1  0       0  1  0
//
// The gradient of the image with stride 2 is formed in tiles of 4x4 pixels from 3x3 of dy,
// by the same products in another order.
//
// Errors against float64 are 2.3e-3 (relative L2) of a direct sum and 4.0e-3 in
// F(2x2, 3x3), whose transforms only add and halve. F(4x4, 3x3) would have 2e-2 to
// 3e-2, since its output is multiplied by up to 64; float32's is used instead where
// F(2x2, 3x3) does not round.
//
// Where the processor has VDPBF16PS, a word of a packed operand is a pair of
// neighbouring terms. The instruction adds the two products one after the other, the
// upper half first, so a sum has the bits that the avx512 kernels give for rounded
// float32 values; that is what other processors compute, and what makes a run
// independent of which of the two it had. Only results below 2^-126 differ: they count
// as zero. avx2 and generic round the same values and differ from avx512 by the order
// of sums, as in float32. A block of a product is twice as deep in terms as in float32
// on all vector kinds.
//
// # Memory and time
//
// A backend keeps scratch memory for the largest call so far ([Backend],
// ScratchBytes). Winograd needs 36/16 of the input and of the output, and
// transformed weights of at most 64 MiB at a time; direct convolution needs
// 4 bytes * 512 * Cout and 0.3 MB a worker. F(2x2, 3x3) on pairs needs 16/4 of both
// (25/16 of the input with stride 2), in 2 bytes a value, and products of 784 tiles and 128 channels at a time. For CORnet-S at batch 16 the total
// is about 280 MB. The 36 matrices are spaced by a cache line more than their size:
// at powers of two a transform's 36 accesses would share one cache set.
//
// Between two calls workers stay awake for a tenth of a millisecond (workers.go),
// at the price of processor time where a step has long stretches that run on
// one goroutine.
//
// Time is linear in every dimension; a pass over a tensor in
// batch normalisation, pooling, Adam and the large linear layers is bound by
// memory, the rest by arithmetic.
//
// Not done: dilation, groups, rectangular filters, convolution bias (CORnet-S
// has none), backward passes of evaluation mode.
package kernels
