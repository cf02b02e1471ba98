// Package model is the network of the study: CORnet-S (Kubilius et al. 2019),
// and ReAlnet (Lu & Wang, arXiv 2407.10414), which adds an encoder that
// predicts a subject's fMRI from V1, V2, V4 and IT. It trains, aligns and runs
// them.
//
// A network is written down once, in cornet.go, as a Gorgonia expression graph
// of fused operations (layers.go, objective.go). Gorgonia derives the backward
// pass; a tape (tape.go) plans the memory of the whole step in one arena and
// runs it on the kernels of package kernels, which are all that a second kind
// of device would have to provide. Train is the alignment LA = LC + beta LG,
// Pretrain makes a base network, Activations and Measure read networks out.
//
// Images are bytes, n x side x side x 3. Inside, tensors are channels last
// (N x H x W x C). At the boundary, Param and Activations, everything is as
// PyTorch has it: names, O x I x H x W, features flattened C, H, W.
//
// Everything is float32 with float64 sums where they are long, and
// bit-identical for the same seed, kernel and data, however many workers run.
// With Compute.Precision bf16 most convolutions multiply bfloat16 values; what
// they add to, weights, BatchNorm, losses and Adam stay float32.
//
// Not done: reading or writing files (stages do, in Param and State), other
// architectures, augmentation, choosing a model on test images.
package model
