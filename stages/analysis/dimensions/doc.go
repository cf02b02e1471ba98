// Package dimensions asks which object dimensions a representation reflects.
//
// A dimension gives each object one number; its RDM is |x_i - x_j| ([RDM]).
// [Similarities] correlates a layer's RDM with every dimension's: plain,
// partial (the other dimensions removed from both) and semi-partial (removed
// from the dimension only, as pingouin's x_covar). [Difference] says for two
// models which dimensions one reflects more than the other, with an interval
// from resampled images and a test by permuted labels.
//
// [Labels] are the 49 dimensions of the THINGS similarity embedding (Hebart et
// al. 2020) in the order of its file.
//
// Not done: reading the embedding, correction over dimensions (package
// inference), choosing dimensions.
package dimensions
