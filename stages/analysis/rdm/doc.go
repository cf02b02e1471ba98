// Package rdm computes representational dissimilarity matrices.
//
// An [RDM] holds the dissimilarities of n conditions as the condensed upper
// triangle in the order of scipy's pdist, (0,1), (0,2), ..., (n-2,n-1), in
// float64. [Compute] makes one from a conditions x features [Source]:
//
//	correlation   1 - r(x_i, x_j)                        scipy
//	cosine        1 - x_i·x_j / |x_i||x_j|               scipy
//	euclidean     |x_i - x_j|                            scipy
//	sqeuclidean   |x_i - x_j|²                           scipy
//	mahalanobis   √((x_i - x_j)ᵀ P (x_i - x_j))          scipy
//	crossnobis    cross-validated, / features            rsatoolbox
//	poisson       Σ (m_i - m_j)(ln m_i - ln m_j) / features
//	poisson-cv    the same across folds
//
// [Config].PerFeature gives the euclidean family and mahalanobis as rsatoolbox
// defines them: squared, divided by the number of features.
//
// # Accuracy
//
// Values agree with the definition in float64 to 1e-6 relative. Float32 input
// of many features is first multiplied in float32 with float64 sums; tiles that
// hold a pair with less than a twentieth of its norm left after the subtraction
// are computed again in float64, and pairs with almost nothing left from their
// differences. Equal patterns have the distance 0. Where distances of many pairs are equal
// but for rounding, as those of patterns with one feature a category, they become equal:
// ranks would turn the order of sums into a result. Float32 sums are too coarse for that.
//
// # Bad input
//
// NaN and infinities are an [ErrNotFinite] that names the condition and the
// feature; nothing is left out silently. A constant pattern has no correlation
// distance and a zero pattern no cosine distance ([ErrConstant]). Fewer than
// two conditions are [ErrConditions]. Names are unique and are never matched by
// position: see [Align].
//
// # Cost
//
// Time grows as conditions² x features. Memory is the result, 8 bytes a pair
// (20,000 conditions: 1.6 GB), 2 MB a worker, and a copy of a matrix of many
// conditions that takes no more than 64 MB: the source is read in blocks and may
// lie on disk ([File]). Mahalanobis, poisson and the cross-validated metrics hold
// their patterns in float64, mahalanobis and crossnobis features² values in addition
// when given a precision. docs/performance.md has figures.
//
// The result has the same bits for any number of workers.
//
// Not done: per-fold noise precisions, missing data, distances between time
// points (make a source per time point), decoding accuracies (package decoding).
package rdm
