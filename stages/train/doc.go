// Package train is the stage that aligns a network with a brain: CORnet-S with
// a multi-layer encoder learns to predict a subject's targets while it keeps
// classifying (LA = LC + beta (MSE + contrastive); Lu & Wang, arXiv 2407.10414).
//
// Every variant of a study is one run with other parameters: the control is
// beta 0; others pair every image with the target of another, of all images or
// of its own class.
// Images and targets are joined by name; only training images take part. The
// training keeps a checkpoint after every epoch and resumes from it after a
// kill, bit-identically. Nothing is selected on test images.
package train
