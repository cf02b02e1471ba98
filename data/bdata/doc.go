// Package bdata reads BData, the format in which the Kamitani lab publishes decoded fMRI
// (bdpy, https://github.com/KamitaniLab/bdpy, MIT): a matrix of samples x columns, with
// metadata that describe each column.
//
// # Model
//
// A [File] has a dataset of samples x columns (voxels, labels, run numbers, ...)
// and metadata: for every key one value per column, NaN where the key says nothing.
// A column belongs to ROI_V1 when the value of key ROI_V1 is 1. [File.Select]
// names columns with an expression and reads them, and only them, into memory:
//
//	f, err := bdata.Open("Subject1.h5")
//	v1, err := f.Select("ROI_V1 + ROI_V2")      // samples x voxels
//	label, err := f.Get("Label")                // samples x columns of Label
//	names, err := f.Labels("stimulus_name")     // through the value map
//
// Both generations of names are read: dataset and dataSet, metadata and metaData;
// HDF5 (.h5) and MATLAB (.mat, version 5 and 7.3).
//
// # Selection language
//
// The tokens are keys, numbers, the operators = | & + - @ top, and parentheses.
// Spaces do not count; a key that contains an operator is written in quotes.
//
//	KEY           columns where the value of KEY is 1. * in KEY stands for any
//	              characters; then columns of any of the keys that match. No
//	              match is an error.
//	KEY = n       columns where the value of KEY is n; KEY = 1 is KEY. KEY = 0 is
//	              every column but those of KEY, NaN included, as in bdpy.
//	A | B, A + B  columns of A or B
//	A & B         columns of A and B
//	A - B         columns of A but not of B
//	KEY top n     the n columns with the highest values of KEY; equal ones in the
//	              order of columns, NaN last
//	KEY top n @ A the n highest among the columns of A
//
// = and top bind most strongly; | & + - come next, all with the same strength
// and from left to right (A & B | C & D is ((A & B) | C) & D); @ binds least.
// This is bdpy's order. Where bdpy's own parser departs from it, this one does
// not: there a closing parenthesis also closes those around it, and top, which
// its tests leave out, is not recognised as an operator. Columns come out in the
// order of the file.
//
// # What is not
//
// Nothing is written, and the NumPy form of early bdpy (.npy) is not read.
//
// # Cost
//
// Opening reads metadata and value maps: 8 bytes for every key and column. A
// selection of c columns takes 8 bytes for each of samples x c values; a .mat
// file of version 5 is read whole.
package bdata
