package nifti

import (
	"os"
	"testing"
)

// The file of ci/peers/nifti.py: 64 x 64 x 50 x 272 int16, about 72 MB compressed.
func benchImage(b *testing.B) *Image {
	path := os.Getenv("REALNET_BENCH_NIFTI")
	if path == "" {
		b.Skip("set REALNET_BENCH_NIFTI to a .nii.gz (ci/peers/nifti.py makes one)")
	}
	im, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	return im
}

func BenchmarkRead(b *testing.B) {
	im := benchImage(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read[float32](im); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadMasked(b *testing.B) {
	im := benchImage(b)
	var voxels []int
	for v := range im.VolumeSize() {
		if v%10 == 0 {
			voxels = append(voxels, v)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadVoxels[float32](im, voxels); err != nil {
			b.Fatal(err)
		}
	}
}
