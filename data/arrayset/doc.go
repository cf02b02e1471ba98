// Package arrayset reads the user's responses: arrays in files whose names give subject
// and region, and a table that describes each row.
//
//	set, err := spec.Open(ctx, root, "S1", []string{"V1", "IT"})
//	values, err := set.Read(ctx, nil)          // rows x features
//
// # Files
//
// [Spec.File] is a path below the folder, or a file name at any depth, in which
// {subject}, {roi}, {subset} and {session} stand for the labels, and * for anything; the
// same in [Spec.Array], the name of an array in a file that holds several, and in
// [Spec.Rows] and [Spec.Mask]. Formats are those of package file: .npy, .npz, pickled
// dicts, .mat, HDF5, PyTorch, safetensors, .csv and .tsv.
//
// # Axes
//
// [Spec.Axes] names the axes of an array in the order in which the field's tool shows
// them (numpy, h5py; MATLAB: rows first). One is the rows (row, trial, condition, image,
// beta, ...), or two: [condition, repetition, ...], whose table has one line a
// condition. All others together are the features, in the order of the file. With a
// mask (NIfTI or an array, of the features' shape) the features where it is above 0 are
// kept: NIfTI voxels with x fastest, as elsewhere in the program, arrays in C order.
//
// # Rows
//
// A table with a header (package csvtable): condition (or image, stimulus, name), and
// any of subset, session, run and repetition; or a .txt with one condition per line. A
// condition that is called as an image file loses folder and extension. Runs are
// numbered from 1; runs that several sessions number alike are numbered on.
//
// # Cost
//
// Arrays are read once, in blocks of rows of their first axis of about 64 MB, so memory
// is that of the result and a block, whatever the size of the file (MATLAB 5 and
// compressed .npz are held whole).
//
// NaN and infinite values are refused with their place, or their features are dropped
// ([Spec.NaN]).
package arrayset
