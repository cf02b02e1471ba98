// Package cifti reads CIFTI-2 files: matrices whose columns are grayordinates, vertices
// of the cortex and voxels below it. It reads time series (.dtseries.nii), scalars
// (.dscalar.nii) and labels (.dlabel.nii).
//
// A file is a NIfTI-2 image (package nifti) with an XML extension that says what rows and
// columns are. A row is a time point or a map, a column per grayordinate, as nibabel shows
// them.
//
// Not read: matrices of parcels and of connectivity (.ptseries, .pconn, .dconn), and
// CIFTI-1.
package cifti

import "errors"

var (
	// ErrFormat is returned when a file is no well-formed CIFTI-2.
	ErrFormat = errors.New("damaged or not a CIFTI-2 file")

	// ErrKind is returned for matrices of other kinds than the package reads.
	ErrKind = errors.New("kind of CIFTI file not supported")
)
