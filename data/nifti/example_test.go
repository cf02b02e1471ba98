package nifti_test

import (
	"fmt"
	"os"
	"path/filepath"

	"realnet/data/nifti"
)

// The time series of the voxels of an ROI.
func ExampleReadMasked() {
	dir, err := os.MkdirTemp("", "nifti")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	run, roi := filepath.Join(dir, "run.nii.gz"), filepath.Join(dir, "roi.nii.gz")
	voxelSize := [3]float64{3, 3, 3}
	series := []int16{1, 2, 3, 4 /* second volume */, 5, 6, 7, 8}
	if err := nifti.Write(run, nifti.NewHeader([]int{2, 2, 1, 2}, voxelSize, 2), series); err != nil {
		panic(err)
	}
	if err := nifti.Write(roi, nifti.NewHeader([]int{2, 2, 1}, voxelSize, 0), []uint8{0, 1, 0, 1}); err != nil {
		panic(err)
	}

	mask, err := nifti.ReadMask(roi)
	if err != nil {
		panic(err)
	}
	image, err := nifti.Open(run)
	if err != nil {
		panic(err)
	}
	values, err := nifti.ReadMasked[float32](image, mask)
	if err != nil {
		panic(err)
	}
	fmt.Println(image.Shape, image.Type, image.RepetitionTime(), "s")
	fmt.Println(mask.Voxels, values)
	// Output:
	// [2 2 1 2] int16 2 s
	// [1 3] [2 4 6 8]
}
