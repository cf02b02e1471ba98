// Package decoding tells two conditions apart from their trials and makes
// representational dissimilarity matrices (RDMs) of how well that works: the
// better two conditions can be decoded, the further apart they are.
//
// # Shapes
//
// Epochs are conditions x repetitions x channels x time. An RDM over time is
// time x pairs, pairs in the order of scipy's pdist: (0,1) (0,2) ... (1,2) ...,
// n(n-1)/2 of them.
//
// # Pairwise decoding
//
// Single EEG trials are noisy, so a Recipe first averages them in groups
// (pseudo-trials) and then, for each pair of conditions and each time point,
// trains a linear classifier on some pseudo-trials of both conditions and counts
// how many of the others it assigns correctly. Two recipes are named:
//
//   - Lu: in each of 5 repeats random groups of 5 repetitions are averaged, which
//     makes 16 pseudo-trials of 80 repetitions, and 4 stratified folds are
//     decoded with a linear SVC (C = 1, tolerance 1e-4, features not scaled); the
//     accuracies are smoothed by a centred 5-point mean over time that is cut at
//     the ends. It is the recipe of the released code that made the author's EEG
//     RDMs of THINGS-EEG2 (github.com/ZitongLu1996/RWsize, with NeuroRA). The smoothing carries information 2 samples (20 ms) across
//     the onset: Smooth = 1 leaves it out.
//   - Gifford: in each of 100 iterations half of the repetitions is averaged to
//     one test pattern a condition, and the other half, in groups of 4 in their
//     recorded order, to the training patterns of a linear SVC with tolerance
//     1e-3 (Gifford et al. 2022, "A large and rich EEG dataset for modeling human
//     visual object recognition", lower noise ceiling of the pairwise decoding).
//
// Here every condition is grouped once a repeat, and its pseudo-trials serve all
// its pairs; the released code draws new groups for each pair. Each pair sees
// the same distribution either way. Folds are drawn anew at each time point.
//
// # The classifier
//
// SVC is the soft-margin machine of libsvm, min ½|w|² + C Σ max(0, 1 - y f(x)),
// solved in its dual form. SVC.Fit follows libsvm's steps one by one. Pairwise
// reaches the same optimum sooner: with AVX-512 sixteen pairs begin together, in
// single precision, with coordinate descent and Newton steps over the
// coefficients that are not at a bound; each is then continued in double
// precision until it is within the tolerance, which takes no step as a rule.
// Elsewhere, and where that finds nothing, a sprint of libsvm's steps comes before
// exact minimisation over the free coefficients. Two solutions within
// the tolerance differ in the last digits; where a decision is nearer to zero
// than that, the pair is solved again step by step, so that the predictions are
// those of libsvm. LDA is linear discriminant analysis with a shrunken covariance.
//
// # Reproducibility, time and memory
//
// All randomness derives from Recipe.Seed, the repeat, the condition and the time
// point; results have the same bits for any number of workers, with or without
// the AVX-512 kernel. Time grows as conditions² x time x repeats x folds, and for
// a fit as points² to points³; memory beside input and output is that of one time
// point's trials and of the pseudo-trials of one repeat. Generalise holds one repeat of all time points.
//
// # What is not done, and when it fails
//
// No feature scaling, no noise normalisation across channels (do it before), no
// more than two classes, no kernels but the linear one. Accuracies are bounded,
// and saturate at 1: for a graded distance use CorrelationRDM or a crossnobis
// RDM. A pair that nothing distinguishes gets 0.5, also where data are constant.
// Repetitions that are not independent (overlapping epochs, filters with long
// memory) leak from training into test patterns and raise every accuracy.
package decoding
