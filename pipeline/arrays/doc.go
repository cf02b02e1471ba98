// Package arrays reads the user's arrays for the command line and writes its results as
// arrays.
//
// Read takes .npy (C or Fortran order, either byte order, floats and integers),
// the dicts of THINGS-EEG2, numbers in .csv, .tsv or .txt, NIfTI with a mask,
// BData with a selection, and artifacts. What comes out is an Array: a shape,
// values in C order, and names where the source has them. ReadRDMs reads RDMs in
// each of their forms. Files are written whole or not at all.
//
// Not done: filling gaps, guessing an order of axes, converting between the
// types of RDM. NaN passes; computations refuse it.
package arrays
