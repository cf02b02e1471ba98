// Package mds is the stage that turns RDMs into the targets that a network is trained to
// predict: coordinates of the conditions whose distances are as near as can be to the
// dissimilarities (classical scaling, package analysis/mds). So RDMs that others have
// published can teach a network, where the responses behind them are not at hand.
//
// The RDMs that are selected (subjects, regions) are averaged first; RDMs of parts of the
// data are left out. Every condition is a training sample.
package mds
