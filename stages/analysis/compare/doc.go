// Package compare measures how similar two RDMs are, and how sure that is.
//
// Similarities ([Method]), of the pairs of conditions as vectors:
//
//	pearson, spearman, cosine   scipy's; ties take their mean rank
//	kendall, tau-a              Kendall's tau-b and tau-a, O(pairs log pairs)
//	rho-a                       expected Spearman under random breaking of ties
//	whitened-correlation,       Diedrichsen et al. 2021: the dissimilarities are
//	whitened-cosine             whitened by their covariance V, which follows
//	                            from a covariance between conditions (identity
//	                            by default). V (pairs x pairs) is never formed.
//
// [Permute] tests a similarity by permuting the condition labels of the model
// (rows and columns together), [Ceiling] bounds what any model can reach,
// [Partial] and [SemiPartial] hold other RDMs constant, [FitWeights] and
// [CrossValidate] combine several model RDMs, [Searchlight] compares around
// every voxel of a mask.
//
// Package-level functions on vectors take what they get in order; those on
// rdm.RDM match conditions by name.
//
// NaN is an error ([ErrNotFinite]) unless [Options].OmitNaN leaves out the
// pairs where either is NaN; whitened similarities need all pairs. A constant
// vector has no correlation ([ErrConstant]); two identical RDMs have
// similarity 1.
//
// Parallel results have the same bits for any number of workers.
//
// Not done: Riemannian and Bures similarities, CKA on features, bootstrap and
// group tests (package inference).
package compare
