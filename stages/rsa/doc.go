// Package rsa is the stage that compares model RDMs with brain RDMs: one row a
// pair, with a permutation test of condition labels, a bootstrap interval over
// images and the noise ceiling of the brains.
//
// Conditions are joined by name. A model may have more conditions than a brain
// (they are left out) but none may be missing. Selectors choose rows of the
// inputs, so that one set of RDMs can be compared with itself, such as odd with
// even runs for reliability. The mathematics is in package analysis/compare.
package rsa
