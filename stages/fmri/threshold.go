package fmri

import (
	"fmt"
	"slices"

	"realnet/data/nifti"
)

// thresholdMask takes the voxels whose mean over the run exceeds the fraction
// of the 98th percentile of the mean image: inside of the head against outside,
// for data that come without a mask.
func thresholdMask(image string, fraction float64) (*nifti.Mask, error) {
	im, err := nifti.Open(image)
	if err != nil {
		return nil, err
	}
	var mean []float64
	for volume, err := range nifti.Volumes[float64](im) {
		if err != nil {
			return nil, err
		}
		if mean == nil {
			mean = make([]float64, len(volume))
		}
		for i, v := range volume {
			mean[i] += v
		}
	}
	for i := range mean {
		mean[i] /= float64(im.NumVolumes())
	}
	sorted := slices.Clone(mean)
	slices.Sort(sorted)
	bound := fraction * sorted[int(0.98*float64(len(sorted)-1))]
	m := &nifti.Mask{Path: image, Grid: im.Grid(), Affine: im.Affine()}
	for i, v := range mean {
		if v > bound {
			m.Voxels = append(m.Voxels, i)
		}
	}
	if len(m.Voxels) == 0 {
		return nil, fmt.Errorf("%s: no voxel is above %.3g of the 98th percentile", image, fraction)
	}
	return m, nil
}
