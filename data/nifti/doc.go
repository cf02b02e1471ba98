// Package nifti reads and writes NIfTI-1 and NIfTI-2 images, the file format of
// volumes in neuroimaging.
//
// # Files
//
// An image is a single file (.nii) or a pair (.hdr and .img), each plain or
// gzip-compressed; compression is recognised by content, not by name. Both byte
// orders are read. Integer types of 8 to 64 bits and float32/float64 are read as
// values; complex, RGB and 128-bit types give [ErrType], never a guess.
//
// # Axis order
//
// Voxels are in Fortran order: x runs fastest, then y, z, t. The voxel (x, y, z)
// of a volume has index x + nx*(y + ny*z). A volume is everything of the first
// three axes; all further axes count as time. Time series of chosen voxels come as
// a row-major matrix volumes x voxels.
//
// # Values
//
// A stored number v means slope*v + inter, computed in float64 and rounded once to
// the requested type. A slope of zero or one that is not finite means no scaling;
// a good slope with an intercept that is not finite is [ErrHeader].
//
// # Space
//
// The affine maps voxel indices to millimetres. As in nibabel the sform is
// preferred, then the qform, and without either the voxel sizes with the origin in
// the centre of the grid and x mirrored. Steps of 0 count as 1, negative ones as
// positive, and codes of a space that the format does not define as none.
//
// # Cost
//
// [Open] reads the header alone. Voxels are streamed: one goroutine reads and
// inflates, the caller's converts, a chunk at a time. [Volumes] needs memory for one
// volume, [ReadVoxels] for the values it returns, plus about 1 MB. What a header
// declares is checked against the size of its file before anything is allocated.
//
// # Not done
//
// No resampling or reorientation, no ANALYZE 7.5 (it has no reliable orientation),
// no scaling on writing.
package nifti
