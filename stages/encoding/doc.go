// Package encoding is the stage that predicts measured responses (voxels, electrodes, EEG
// channels) from the layers of a network by ridge regression, on images that took no part
// (package analysis/encoding).
//
// Rows are the images of one subset that the network and the brain have, in an order that
// follows from their names and the seed, so that all networks and subjects have the same
// folds. Repetitions of an image are averaged, and give each response a noise ceiling; it
// is the ceiling of r for the mean over them. Each response has its own penalty, chosen
// within the training images of each fold.
//
// Partition says whose unique shares are computed, in R²: of each layer beside the other
// layers (banded ridge), or of each layer beside the same layer of the network of the port
// reference.
//
// Memory is that of one layer's features in float64, and the responses of one subject.
package encoding
