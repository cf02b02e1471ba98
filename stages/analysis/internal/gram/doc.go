// Package gram computes inner products of matrix rows, blocked and streamed:
// the hot path of every RDM.
//
// A matrix is a [Source], read in blocks of rows x columns, so that neither the
// matrix nor a copy of it need fit in memory. [Triangle] gives all pairs of
// rows of one matrix, [Diagonal] each row with itself, [Cross] all pairs of
// rows of two.
//
// A Source[float64] is summed in float64. A Source[float32] is summed in
// float32 over at most 64 products and in float64 from there on: twice as
// fast, and the error of a_i·a_j is about 1e-8 |a_i||a_j| (measured in the
// tests). Who subtracts such sums must look at what is left: see [Refine].
//
// The rows are cut in tiles and the columns in segments by the shape alone.
// Each (tile pair, segment) is summed by one worker and the segments are added
// in order, so the result does not depend on the number of workers, and equal
// rows give equal bits. The micro-kernel is AVX-512, AVX2+FMA or plain Go;
// these differ in the last bits. Time grows as rows² x columns; memory beyond
// the output is about 2 MB a worker, and a copy of a matrix of many rows that
// takes no more than 64 MB.
package gram
