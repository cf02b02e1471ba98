// Package mds is the stage that turns RDMs into the targets that a network is trained to
// predict: coordinates of the conditions whose distances approximate the dissimilarities
// (classical scaling, package analysis/mds). So a network can be trained on published RDMs
// where the responses behind them are not available.
//
// Of each region the RDMs of the selected subjects are averaged, each subject once, and
// the coordinates of the regions stand side by side. With images given, only pairs of
// images of one subset are read: what a brain did with the others cannot reach the
// targets.
package mds
