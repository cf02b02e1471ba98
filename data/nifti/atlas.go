package nifti

import (
	"fmt"
	"math"
	"slices"
)

// Atlas is an image whose voxels hold the whole numbers of regions; 0 is none.
type Atlas struct {
	Path   string
	Grid   [3]int
	Affine [4][4]float64
	Values []int32 // of every voxel, x fastest
}

// ReadAtlas reads an image of one volume. A value that is no whole number is ErrType, a
// file with more than one volume ErrShape.
func ReadAtlas(path string) (*Atlas, error) {
	im, err := Open(path)
	if err != nil {
		return nil, err
	}
	if im.NumVolumes() != 1 {
		return nil, fmt.Errorf("nifti: %s: %w: an atlas has one volume, this has %d; make one integer image of it", path, ErrShape, im.NumVolumes())
	}
	values, err := Read[float64](im)
	if err != nil {
		return nil, err
	}
	a := &Atlas{Path: path, Grid: im.Grid(), Affine: im.Affine(), Values: make([]int32, len(values))}
	for i, v := range values {
		if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
			return nil, fmt.Errorf("nifti: %s: %w: voxel %d is %g; an atlas holds whole numbers", path, ErrType, i, v)
		}
		a.Values[i] = int32(v)
	}
	return a, nil
}

// Present are the values that voxels have, without 0, ascending.
func (a *Atlas) Present() []int {
	seen := map[int32]bool{0: true}
	var present []int
	for _, v := range a.Values {
		if !seen[v] {
			seen[v] = true
			present = append(present, int(v))
		}
	}
	slices.Sort(present)
	return present
}

// Mask is the mask of the voxels that have one of the values. None is ErrEmptyMask.
func (a *Atlas) Mask(values ...int) (*Mask, error) {
	m := &Mask{Path: a.Path, Grid: a.Grid, Affine: a.Affine}
	for i, v := range a.Values {
		if slices.Contains(values, int(v)) {
			m.Voxels = append(m.Voxels, i)
		}
	}
	if len(m.Voxels) == 0 {
		return nil, fmt.Errorf("nifti: %s: %w: no voxel has a value of %v; it has %v", a.Path, ErrEmptyMask, values, a.Present())
	}
	return m, nil
}

// Intersect is the mask of the voxels that are in all masks, which must share a grid.
func Intersect(masks ...*Mask) (*Mask, error) {
	if len(masks) == 0 {
		return nil, fmt.Errorf("nifti: intersection of no mask: %w", ErrEmptyMask)
	}
	common := *masks[0]
	for _, m := range masks[1:] {
		if err := m.sameGrid(common.Path, common.Grid, common.Affine); err != nil {
			return nil, err
		}
		var both []int
		for _, v := range common.Voxels {
			if _, in := slices.BinarySearch(m.Voxels, v); in {
				both = append(both, v)
			}
		}
		common.Voxels = both
	}
	if len(common.Voxels) == 0 {
		return nil, fmt.Errorf("nifti: %s and %d more masks: %w: they have no voxel in common", common.Path, len(masks)-1, ErrEmptyMask)
	}
	return &common, nil
}
