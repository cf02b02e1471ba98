// Package inspect says what is in a file: its format, and of each array the name,
// shape, element type, sum, least and greatest value, NaN count, and the first and
// last values. It is the engine of "realnet data inspect".
//
// Files are opened and read by package file. Time grows with what a file stores, memory
// with a chunk (compressed HDF5: a band of chunks, NIfTI: a volume, views of a
// checkpoint: their span, one image: the image).
//
// Sums are in float64 with Neumaier's compensation (Z. Angew. Math. Mech. 54, 1974),
// so that they do not depend on the order of the values: within a rounding or two of
// the exact sum, closer than numpy's pairwise summation.
package inspect
