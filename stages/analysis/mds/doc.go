// Package mds places objects in a few dimensions so that their distances are as
// near as can be to given dissimilarities: classical multidimensional scaling
// (Torgerson 1952, Gower 1966).
//
// With D2 the squared dissimilarities and J = I - 11'/n, the double-centred
// matrix B = -J D2 J / 2 has eigenvalues l_1 >= l_2 >= ... with eigenvectors
// v_k; object i gets the coordinates sqrt(l_k) v_k[i]. For Euclidean distances
// the result is exact when enough dimensions are kept.
//
// Not here: stress minimisation (SMACOF, non-metric scaling). Dissimilarities
// that are no distances give negative eigenvalues; their share is reported.
package mds
