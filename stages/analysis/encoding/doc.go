// Package encoding predicts responses (voxels, sites, channels) from features (layers of
// a network) by ridge regression, and scores the predictions on held-out rows.
//
// # Ridge
//
// For centred training rows X (n x d) and Y (n x responses) and a penalty α,
//
//	W = (XᵀX + αI)⁻¹ XᵀY = Xᵀ (XXᵀ + αI)⁻¹ Y
//
// One eigendecomposition of XXᵀ (n < d) or XᵀX serves all penalties and all responses:
// predictions of test rows are P diag(1/(λ+α)) A with P and A from the eigenvectors.
// Means are those of the training rows.
//
// # Nested folds
//
// Rows are cut in Folds parts, in their order, as scikit-learn's KFold does; each is
// predicted from the others. Within the others, Inner parts choose the penalty of each
// response: the smallest mean squared error, averaged over the parts (the first of
// equals), as himalaya's solve_ridge_cv_svd does. A response's score is the mean over the
// outer parts of Pearson's r, and of R² = 1 - Σ(y - p)² / Σ(y - ȳ)². A response or a
// prediction that is constant in a part has r = 0 there.
//
// # Bands
//
// Several sets of features (layers) may have penalties of their own: banded ridge. The
// kernel is Σ γ_b K_b with γ from a list of candidates (Candidates draws them), each
// band's kernel in units of its mean diagonal over all rows, so that bands of many or
// large features have no head start. Each response has the γ and α that predict best
// within the training rows. Unique says what a band adds: R² of all bands less R² without
// it. Without bands all features are one matrix, in their own units.
//
// # When it fails
//
// Rows of neighbouring parts must be independent: shuffle trials that are not. The
// penalties are in the units of the features: z-score features of different kinds. With
// fewer than three rows in a part r means nothing, and is an error.
package encoding
