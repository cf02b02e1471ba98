package nifti

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"
)

// FuzzOpen: no input panics, and none makes the reader allocate more than its size
// permits (deflate expands at most 1032-fold, a voxel of 1 byte becomes 4).
func FuzzOpen(f *testing.F) {
	for _, pattern := range []string{"testdata/*.nii*", "testdata/pair.hdr", "testdata/hostile/*.nii*", "testdata/hostile/*.hdr"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal("no seeds for", pattern, err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw, []byte("voxels"))
		}
	}
	f.Fuzz(func(t *testing.T, header, data []byte) {
		files := fstest.MapFS{"x.hdr": {Data: header}, "x.img": {Data: data}}
		open := func(path string) (fs.File, error) { return files.Open(path) }
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		im, err := openImage("x.hdr", open)
		if err == nil {
			im.Affine()
			im.RepetitionTime()
			all, err := Read[float32](im)
			if err == nil {
				if len(all) != im.VolumeSize()*im.NumVolumes() {
					t.Fatalf("%d voxels for shape %v", len(all), im.Shape)
				}
				if _, err := ReadVoxels[float32](im, []int{im.VolumeSize() - 1}); err != nil {
					t.Fatalf("Read succeeds, ReadVoxels fails: %v", err)
				}
			}
		}
		runtime.ReadMemStats(&after)
		size := uint64(max(len(header), len(data)))
		if bytes.HasPrefix(header, []byte{0x1f, 0x8b}) || bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			size *= maxInflation
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 16*size+8<<20 {
			t.Fatalf("%d bytes allocated for %d bytes of file", used, size)
		}
	})
}
