// Package folds is the stage that splits a small set of images into folds for
// cross-validation: of k runs with the same seed, each holds out another fold, so that
// every image is held out once. Networks are trained on the images of subset train of one
// run's output and evaluated on those of subset test.
//
// Folds have equal sizes, up to one image, and each class of images is spread over them as
// evenly as that allows. The split depends on the images' names and classes and on the
// seed, not on their order.
package folds
