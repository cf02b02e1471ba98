package nifti

import "math"

// Affine maps voxel indices to millimetres: row i of the result dotted with
// (x, y, z, 1) is coordinate i; the last row is (0, 0, 0, 1).
//
// The sform is used when its code is positive, else the qform, else the voxel sizes
// with the origin in the centre of the grid and x mirrored, as nibabel does.
func (h *Header) Affine() [4][4]float64 {
	a := [4][4]float64{3: {3: 1}}
	switch {
	case h.SFormCode > 0:
		copy(a[:3], h.SRow[:])
	case h.QFormCode > 0:
		h.qform(&a)
	default:
		grid := h.Grid()
		for i := range 3 {
			step := 1.0
			if i < len(h.Shape) {
				step = h.PixDim[i+1]
			}
			if i == 0 {
				step = -step
			}
			a[i][i] = step
			a[i][3] = -step * float64(grid[i]-1) / 2
		}
	}
	return a
}

// qform builds the affine of the unit quaternion (NIfTI-1 standard, method 2):
// rotation times voxel size, z mirrored when qfac is negative. A quaternion that is
// longer than 1 is shortened: by rounding that is a rotation by 180 degrees.
func (h *Header) qform(a *[4][4]float64) {
	b, c, d := h.Quatern[0], h.Quatern[1], h.Quatern[2]
	w := math.Sqrt(max(0, 1-(b*b+c*c+d*d)))
	s := 2 / (w*w + b*b + c*c + d*d)
	r := [3][3]float64{
		{1 - (c*c+d*d)*s, (b*c - w*d) * s, (b*d + w*c) * s},
		{(b*c + w*d) * s, 1 - (b*b+d*d)*s, (c*d - w*b) * s},
		{(b*d - w*c) * s, (c*d + w*b) * s, 1 - (b*b+c*c)*s},
	}
	step := [3]float64{h.PixDim[1], h.PixDim[2], h.PixDim[3] * h.PixDim[0]}
	for i := range 3 {
		for j := range 3 {
			a[i][j] = r[i][j] * step[j]
		}
		a[i][3] = h.QOffset[i]
	}
}
