// Package checkpoint is the stage that turns a PyTorch checkpoint (.pth, .pt, .ckpt,
// .pth.tar, .safetensors; the format is found by content) of CORnet-S or ReAlnet into a
// weights artifact. The size of the network is read off its tensors; a checkpoint of
// another network is refused.
//
// Whatever stands before the names of the tensors is cut off: the keys of the dicts
// that a training saved around the weights, and what wrappers put before them
// (module. of DataParallel, _orig_mod. of torch.compile, model. or net. of Lightning,
// realnet. of ReAlnet's encoder). The log says what was.
package checkpoint
