// Package checkpoint is the stage that turns a PyTorch checkpoint (.pth, .pt,
// .safetensors) of CORnet-S or ReAlnet into a weights artifact. The size of the
// network is read off its tensors; a checkpoint of another network is refused.
package checkpoint
