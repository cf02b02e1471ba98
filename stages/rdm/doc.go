// Package rdm is the stage that makes representational dissimilarity matrices
// from a subject's response patterns (one RDM per region of interest) or from a
// network's features (one RDM per layer).
//
// Rows of the input that share a condition are averaged first, except for the
// cross-validated metrics, which take runs as folds. With Split, the RDM of
// each part of the data is made as well, for reliability. The mathematics is in
// package analysis/rdm; nothing is compared here.
package rdm
