package nifti

import (
	"fmt"
	"math"
	"slices"
)

// Mask is a set of voxels of a grid, such as a region of interest (ROI).
type Mask struct {
	Path   string
	Grid   [3]int
	Affine [4][4]float64
	Voxels []int // x + nx*(y + ny*z), strictly ascending
}

// ReadMask reads the voxels whose value is above 0: neither 0, negative nor NaN. A file
// with more than one volume is ErrShape, one without such a voxel ErrEmptyMask.
func ReadMask(path string) (*Mask, error) {
	im, err := Open(path)
	if err != nil {
		return nil, err
	}
	if im.NumVolumes() != 1 {
		return nil, fmt.Errorf("nifti: %s: %w: a mask has one volume, this has %d", path, ErrShape, im.NumVolumes())
	}
	values, err := Read[float64](im)
	if err != nil {
		return nil, err
	}
	m := &Mask{Path: path, Grid: im.Grid(), Affine: im.Affine()}
	for i, v := range values {
		if v > 0 {
			m.Voxels = append(m.Voxels, i)
		}
	}
	if len(m.Voxels) == 0 {
		return nil, fmt.Errorf("nifti: %s: %w", path, ErrEmptyMask)
	}
	return m, nil
}

// Union is the mask of the voxels that are in any of masks, which must share a grid:
// the ROI of two hemispheres, or V1 of its dorsal and ventral part.
func Union(masks ...*Mask) (*Mask, error) {
	if len(masks) == 0 {
		return nil, fmt.Errorf("nifti: union of no mask: %w", ErrEmptyMask)
	}
	union := *masks[0]
	union.Voxels = slices.Clone(union.Voxels)
	for _, m := range masks[1:] {
		if err := m.sameGrid(union.Path, union.Grid, union.Affine); err != nil {
			return nil, err
		}
		union.Voxels = append(union.Voxels, m.Voxels...)
	}
	slices.Sort(union.Voxels)
	union.Voxels = slices.Compact(union.Voxels)
	return &union, nil
}

// Fits returns ErrShape unless mask and image have the same grid: equal numbers of
// voxels, and affines that place every corner within a tenth of a voxel.
func (m *Mask) Fits(im *Image) error { return m.sameGrid(im.Path, im.Grid(), im.Affine()) }

func (m *Mask) sameGrid(path string, grid [3]int, affine [4][4]float64) error {
	if m.Grid != grid {
		return fmt.Errorf("nifti: %w: mask %s has %v voxels, %s has %v; resample one onto the other", ErrShape, m.Path, m.Grid, path, grid)
	}
	step := math.Inf(1)
	for j := range 3 {
		step = min(step, math.Hypot(math.Hypot(affine[0][j], affine[1][j]), affine[2][j]))
	}
	for corner := range 8 {
		at := [4]float64{3: 1}
		for j := range 3 {
			if corner>>j&1 == 1 {
				at[j] = float64(grid[j] - 1)
			}
		}
		var away float64
		for i := range 3 {
			var d float64
			for j := range 4 {
				d += (m.Affine[i][j] - affine[i][j]) * at[j]
			}
			away = math.Hypot(away, d)
		}
		if !(away <= step/10) {
			return fmt.Errorf("nifti: %w: mask %s and %s have %v voxels both, but their affines %v and %v place a corner %.3g mm apart; resample one onto the other",
				ErrShape, m.Path, path, grid, m.Affine[:3], affine[:3], away)
		}
	}
	return nil
}
