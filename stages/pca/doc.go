// Package pca is the stage that turns a subject's response patterns into the targets
// that a network is trained to predict: principal components of the responses to the
// training images (package analysis/pca).
//
// EEG epochs of the training images serve as well: the features of a condition are then
// its mean over repetitions at every channel and time, and every row is fitted.
//
// Repetitions of a condition are averaged first, each sample with the number of trials
// that it stands for. Components are fitted on the rows of subset "train" alone (on all
// rows when no row has a subset); every row is projected. Rows come out in the order in
// which their conditions first appear.
//
// Memory is that of the patterns, of their average and of the components.
package pca
