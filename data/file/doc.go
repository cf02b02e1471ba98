// Package file opens any file that realnet reads and hands out its arrays by name.
//
// The format is found by content, not by name: numpy (.npy, .npz, pickled dicts),
// PyTorch, safetensors, NIfTI, FIFF epochs of MNE, GIFTI, HDF5, MATLAB, Parquet, images, and numbers as text.
//
//	f, err := file.Open(ctx, "betas.h5")
//	defer f.Close()
//	a, err := f.Array("betasmd")          // "" where the file has a single array
//	x, err := a.Part(ctx, []int{0, 0, 0, 10}, []int{83, 104, 81, 1})
//
// Shapes are those that the field's tool shows (numpy, h5py, torch: as stored;
// nibabel: x, y, z, t; MATLAB: rows, columns), and values come in C order of that
// shape, last axis fastest. NIfTI values are scaled. [Array.Axes] names the axes
// where the format says what they are.
//
// Opening reads the description of the arrays (MATLAB 5, Parquet and text: the whole file), values
// are read when they are asked for. Memory is that of the part asked for and a few
// MB; time grows with what the file stores, not with what it claims. Reading stops
// soon after ctx is cancelled.
//
// An array that cannot be read is listed with the reason in [Array.Err]; the others
// are readable.
//
// [ReadTable] reads a table of texts and numbers, with named columns, from text or Parquet.
//
// Not here: selections of BData columns (package bdata), masks (package nifti),
// decoded images of a folder (package images).
package file
