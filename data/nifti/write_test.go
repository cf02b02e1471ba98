package nifti

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What Write stores, Open reads back, header and voxels.
func TestRoundTrip(t *testing.T) {
	for _, version := range []int{1, 2} {
		h := NewHeader([]int{3, 2, 2, 4}, [3]float64{2, 2.5, 3}, 1.5)
		h.Version = version
		h.Description, h.AuxFile, h.IntentName, h.IntentCode = "synthetic", "none", "beta", 1001
		h.IntentParams = [3]float64{1, 2, 3}
		h.QFormCode, h.Quatern, h.QOffset = 1, [3]float64{0, 0.5, 0}, [3]float64{-1, 2, -3}
		h.SRow[0][3], h.SliceCode, h.SliceEnd, h.SliceDur, h.TimeOffset, h.DimInfo = 12.5, 3, 1, 0.125, 4, 57
		h.CalMin, h.CalMax, h.Slope, h.Inter = -1, 1, 0.5, 3
		h.Extensions = []Extension{{Code: 6, Data: append([]byte("note"), make([]byte, 4)...)}, {Code: 4, Data: make([]byte, 24)}}
		data := make([]int16, 48)
		for i := range data {
			data[i] = int16(1 - i*i)
		}
		for _, name := range []string{"a.nii", "a.nii.gz"} {
			path := filepath.Join(t.TempDir(), name)
			if err := Write(path, h, data); err != nil {
				t.Fatal(err)
			}
			first, _ := os.ReadFile(path)
			if err := Write(path, h, data); err != nil {
				t.Fatal(err)
			}
			if again, _ := os.ReadFile(path); !bytes.Equal(first, again) {
				t.Errorf("%s: written twice, the bytes differ", name)
			}
			im, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			want := *h
			want.Type, want.Order, want.DataOffset = Int16, im.Order, im.DataOffset
			if diff := cmp.Diff(want, im.Header); diff != "" {
				t.Errorf("%s, version %d: header differs (-written +read):\n%s", name, version, diff)
			}
			values, err := Read[float64](im)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				if v != 0.5*float64(data[i])+3 {
					t.Fatalf("voxel %d is %v", i, v)
				}
			}
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	h := NewHeader([]int{2, 2, 2}, [3]float64{1, 1, 1}, 0)
	if err := Write(filepath.Join(dir, "x.nii"), h, make([]float32, 7)); !errors.Is(err, ErrShape) {
		t.Errorf("too few voxels: %v", err)
	}
	if err := Write(filepath.Join(dir, "x.img"), h, make([]float32, 8)); err == nil {
		t.Error("a pair was written as a single file")
	}
	h.Shape = []int{0, 2}
	if err := Write(filepath.Join(dir, "x.nii"), h, []float32{}); !errors.Is(err, ErrHeader) {
		t.Errorf("no voxels: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	long := NewHeader([]int{40000, 1, 1}, [3]float64{1, 1, 1}, 0)
	path := filepath.Join(dir, "long.nii.gz")
	if err := Write(path, long, make([]uint8, 40000)); err != nil {
		t.Fatal(err)
	}
	if im, err := Open(path); err != nil || im.Version != 2 {
		t.Errorf("an axis of 40000 voxels: %v, want NIfTI-2", err)
	}
}
