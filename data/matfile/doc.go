// Package matfile reads MATLAB's .mat files: version 4, version 5 (and 7, which is
// version 5 with compressed elements) and version 7.3, which is HDF5.
//
// A [File] holds named variables; a variable is an [Array] of numbers, text,
// cells or structs. Arrays keep MATLAB's order: the first axis varies fastest.
// [Array.RowMajor] turns numbers to the order of Go and numpy.
//
//	f, err := matfile.Read("92_brainRDMs.mat")
//	rdms, err := f.Var("RDMs")                // 1 x 4 x 2 struct
//	rdm, err := rdms.Field("RDM", 0)          // 92 x 92 single
//	v, err := rdm.Float64()
//
// # What is read
//
// Numbers of all classes in either byte order (stored in a smaller type, as
// MATLAB does, or not), complex ones, logical, char, cell and struct arrays,
// compressed or not.
//
// # What is not
//
// Nothing is written. Sparse arrays, objects, function handles, strings of class
// "string", missing values and tables are refused with [ErrUnsupported]. One such
// variable, cell or field does not keep the others from being read: the error comes
// from [File.Var], [Array.Cell] or [Array.Field] of that one.
//
// # Cost
//
// A version 5 file is read whole, and each variable is decoded when it is asked
// for; memory grows with the file and with what it inflates to, at most 1032
// times (the limit of deflate) and never beyond what an element says of itself.
//
// Source: MAT-File Format (The MathWorks, R2019b), versions 4 and 5; for 7.3 the
// attributes that MATLAB writes (MATLAB_class, MATLAB_empty, #refs#).
package matfile
