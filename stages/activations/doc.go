// Package activations is the stage that runs a network on images and keeps the
// activations of its layers: images x features, flattened C, H, W, batch by batch to
// disk. Images must be of the size that the network takes: it resizes
// none (stage stimuli does).
package activations
