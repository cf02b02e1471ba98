// Package rdmfile reads RDMs from a file, in any of the common forms:
//
//	list, err := rdmfile.Read(ctx, "rdms.h5", "")
//
// # Forms
//
// A condensed upper triangle in the order of scipy's pdist, a square matrix with zeros on
// its diagonal, or several of either along a first axis (k x pairs, as MNE-RSA stacks the
// RDMs of time points, or k x n x n), in any format of package file: .npy, .npz, .mat, HDF5,
// .csv and .tsv with or without header and index, Parquet of pandas with an index. Columns
// that are called like the rows may be in another order. A matrix
// of two axes is one square RDM when it is symmetric with a zero diagonal, else one
// condensed RDM per row. A file of several arrays gives every array that is square, if all
// are of one size.
//
// The HDF5 files of rsatoolbox (RDMs.save with file_type hdf5) bring the names of their
// conditions (the only pattern descriptor of texts) and the labels of each RDM (the
// rdm descriptors subject, roi, session, model, layer and time, in seconds).
//
// A table of pairs, Parquet or text, has the columns first, second and value, and rdm where
// there are several: each pair of each RDM once, in any order.
package rdmfile
