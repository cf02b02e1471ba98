package nifti

import (
	"fmt"
	"math"
)

// repair replaces what a header must not have, as nibabel does when it loads a file:
// spatial steps of 0 become 1 and negative ones positive, a qfac that is neither 1 nor
// -1 becomes 1, and codes of a space that the format does not define become 0.
func (h *Header) repair() {
	for i := 1; i <= 3; i++ {
		if h.PixDim[i] == 0 {
			h.PixDim[i] = 1
		}
		h.PixDim[i] = math.Abs(h.PixDim[i])
	}
	if h.PixDim[0] != -1 {
		h.PixDim[0] = 1
	}
	const lastCode = 5 // NIFTI_XFORM_TEMPLATE_OTHER
	for _, code := range []*int{&h.QFormCode, &h.SFormCode} {
		if *code < 0 || *code > lastCode {
			*code = 0
		}
	}
}

// freeSurfer returns the axes that FreeSurfer means when it stores more vertices than
// an axis of NIfTI-1 can count: axis 1 is -1 and glmin, a field without another use,
// has their number; or the 163842 vertices of ico7 are 27307 x 1 x 6.
func freeSurfer(dims []int64, glmin int64) ([]int64, error) {
	if dims[0] < 3 || dims[0] > maxDims || dims[2] != 1 {
		return dims, nil
	}
	vertices := int64(0)
	switch {
	case dims[1] == -1 && dims[3] == 1:
		if vertices = glmin; vertices < 1 {
			return nil, fmt.Errorf("%w: axis 1 is -1, so glmin counts the vertices, and it is %d", ErrHeader, glmin)
		}
	case dims[1] == 27307 && dims[3] == 6:
		vertices = 163842
	default:
		return dims, nil
	}
	meant := append([]int64{dims[0], vertices, 1, 1}, dims[4:]...)
	return meant, nil
}
