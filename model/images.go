package model

import (
	"errors"
	"fmt"

	"realnet/model/kernels"
)

// Images are n square RGB images, n x Side x Side x 3 bytes, row by row.
type Images struct {
	Side   int
	Pixels []byte
}

// Len is the number of images.
func (im Images) Len() int {
	if im.Side < 1 {
		return 0
	}
	return len(im.Pixels) / (im.Side * im.Side * 3)
}

// ErrData is returned when images, targets or labels do not fit the network or
// each other.
var ErrData = errors.New("model: data does not fit")

func (im Images) check(c Config) error {
	switch {
	case im.Side != c.Input:
		return fmt.Errorf("%w: images are %d x %d, the network takes %d x %d", ErrData, im.Side, im.Side, c.Input, c.Input)
	case im.Len() == 0:
		return fmt.Errorf("%w: no images", ErrData)
	case len(im.Pixels)%(im.Side*im.Side*3) != 0:
		return fmt.Errorf("%w: %d bytes are not a whole number of %d x %d x 3 images", ErrData, len(im.Pixels), im.Side, im.Side)
	}
	return nil
}

// ImageNet's channel means and standard deviations, which CORnet-S was trained with.
var (
	pixelMean = [3]float32{0.485, 0.456, 0.406}
	pixelStd  = [3]float32{0.229, 0.224, 0.225}
)

// pixelValue is (p/255 - mean)/std in float32, by channel and byte.
var pixelValue = func() (table [3][256]float32) {
	for c := range table {
		for p := range table[c] {
			table[c][p] = (float32(p)/255 - pixelMean[c]) / pixelStd[c]
		}
	}
	return table
}()

// normalise writes the chosen images to dst, len(which) x Side x Side x 3.
func (im Images) normalise(dst []float32, which []int, pool *kernels.Workers) {
	n := im.Side * im.Side * 3
	pool.Do(len(which), func(_, i int) {
		src, out := im.Pixels[which[i]*n:][:n], dst[i*n:][:n]
		for j := 0; j < n; j += 3 {
			out[j] = pixelValue[0][src[j]]
			out[j+1] = pixelValue[1][src[j+1]]
			out[j+2] = pixelValue[2][src[j+2]]
		}
	})
}
