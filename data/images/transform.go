package images

import "math"

// Squash returns the image at size x size whatever its proportions: the transform
// of the study, torchvision's Resize((size, size)).
func Squash(m RGB, size int) RGB { return m.Resize(size, size) }

// ResizeCenterCrop brings the short edge to resize pixels and cuts crop x crop from
// the middle: torchvision's Resize(resize) and CenterCrop(crop). CORnet's accuracy
// protocol takes 256 and 224. It panics if crop is greater than resize.
func ResizeCenterCrop(m RGB, resize, crop int) RGB {
	if crop > resize {
		panic("images: crop is larger than the image")
	}
	width, height := resize, resize
	if m.Width <= m.Height {
		height = int(float64(resize*m.Height) / float64(m.Width))
	} else {
		width = int(float64(resize*m.Width) / float64(m.Height))
	}
	m = m.Resize(width, height)
	// torchvision rounds half to even, as Python does.
	left := int(math.RoundToEven(float64(width-crop) / 2))
	top := int(math.RoundToEven(float64(height-crop) / 2))
	return m.crop(left, top, crop, crop)
}

func (m RGB) crop(left, top, width, height int) RGB {
	out := New(width, height)
	for y := range height {
		copy(out.Pix[3*y*width:3*(y+1)*width], m.Pix[3*((top+y)*m.Width+left):])
	}
	return out
}
