// Package dense multiplies float64 matrices on all cores: the hot path of the principal
// components.
//
// The operands of a product are packed into [Panels], read in blocks from any
// [Blocks] (a matrix in memory, its transpose, samples that are centred as they are
// read); [Multiply] adds their product to a matrix in memory. [Dots] and [AddRows] are
// the products of a matrix and a vector.
//
// A tile of the result stays in registers while it meets a panel of the left operand
// and one of the right, after Goto & van de Geijn, "Anatomy of high-performance matrix
// multiplication", ACM TOMS 34(3), 2008. The kernel is AVX-512, AVX2+FMA or plain Go;
// these differ in the last bits. How a sum is cut depends on the shape alone, so that
// callers who divide the result among workers get the same bits for any number.
package dense
