// Package pca computes principal components exactly, for the shape that brain data
// have: fewer samples n than features d.
//
// With X the n x d samples, minus the mean of each feature (and divided by its
// standard deviation, ddof 1, when asked), the components are the right singular
// vectors v of X:
//
//	X X' u = s² u,  v = X' u / s,  score = X v = s u
//
// so that for n < d the eigenvectors of the n x n Gram matrix are enough; for n >= d
// those of X' X are taken. The variance of a component is s² / (n - 1). Its sign makes
// the loading of largest magnitude positive (the first of equals). Components come in
// descending order of variance.
//
// Samples that were not fitted are projected with the mean, deviation and components
// of those that were: see [Transform].
//
// A component without variance (beyond the rank of the centred samples, at most n - 1)
// has no direction, and asking for one is [ErrRank]. Components whose variances are
// equal span a plane in which any basis is as good; nothing but their plane can be
// compared between tools.
//
// Products are summed in float64, from blocks that are centred as they are read: no
// copy of X is made. The Gram matrix is made tridiagonal by blocked Householder
// reflections and solved by divide and conquer; all products are shared by the workers,
// whose number does not change the results. Beside the input and the results memory is
// about five matrices of min(n, d)²; time grows as min(n, d)² max(n, d) + min(n, d)³.
//
// Not done: whitening, incremental, sparse, kernel or randomised variants, missing
// values.
package pca
