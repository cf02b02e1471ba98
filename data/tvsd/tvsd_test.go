package tvsd

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func testdata(name string) string { return filepath.Join("testdata", name) }

// The published ranges: F has IT before V4, N after it (the dataset's code). Each column
// of the file holds its electrode's number.
func TestElectrodesOfTheMonkeys(t *testing.T) {
	f, err := Open(testdata("numbered_mua.mat"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	want := map[string]map[string][2]int{
		"F": {"V1": {1, 512}, "IT": {513, 832}, "V4": {833, 1024}},
		"N": {"V1": {1, 512}, "V4": {513, 768}, "IT": {769, 1024}},
	}
	for monkey, regions := range want {
		for _, r := range Electrodes(monkey, f.Electrodes) {
			values, err := f.ReadTrain(r.Columns())
			if err != nil {
				t.Fatal(err)
			}
			span := regions[r.Name]
			n := span[1] - span[0] + 1
			if len(values) != n*f.Train || int(values[0]) != span[0] || int(values[n-1]) != span[1] {
				t.Errorf("monkey %s, %s: %d values from %v to %v, want electrodes %v", monkey, r.Name, len(values), values[0], values[n-1], span)
			}
			delete(regions, r.Name)
		}
		if len(regions) > 0 {
			t.Errorf("monkey %s lacks %v", monkey, regions)
		}
	}
	if Electrodes("F", 96) != nil || Electrodes("G", 1024) != nil {
		t.Error("ranges of another recording")
	}
}

func TestSwappedRanges(t *testing.T) {
	for _, tt := range []struct {
		monkey, name, text string
		electrodes         int
		want               string
	}{
		{"F", "IT", "769-1024", 1024, "monkey F has IT at 513-832, not 769-1024"},
		{"N", "V4", "833-1024", 1024, "monkey N has V4 at 513-768, not 833-1024"},
		{"X", "V4", "90-100", 96, "V4 is 90-100, the file has 96 electrodes"},
		{"X", "V4", "40-20", 96, `"40-20" ends before it begins`},
		{"X", "V4", "0-20", 96, "numbered from 1"},
		{"X", "V4", "a-20", 96, "is no range"},
	} {
		r, err := Parse(tt.name, tt.text)
		if err == nil {
			err = Check(tt.monkey, tt.electrodes, []Region{r})
		}
		if !errors.Is(err, ErrElectrodes) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: %v, want %q", tt.monkey, tt.text, err, tt.want)
		}
	}
	r, err := Parse("V1", "1-3, 7,5-6")
	if err != nil || !slices.Equal(r.Columns(), []int{0, 1, 2, 4, 5, 6}) || r.String() != "1-3,7-7,5-6" {
		t.Errorf("%v, %v, %v", r.Columns(), r, err)
	}
}

// The paths are h5py's (ci/reference/tvsd.py).
func TestReadList(t *testing.T) {
	l, err := ReadList(testdata("classes_imgs.mat"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(testdata("expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Paths []string }
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, im := range l.Train {
		got = append(got, im.Path)
	}
	if !slices.Equal(got, want.Paths) || len(l.Test) != 1 {
		t.Errorf("paths %q, want %q; %d test images", got, want.Paths, len(l.Test))
	}
	if im := l.Train[1]; im.Class != "c0" || im.Name != strings.TrimSuffix(filepath.Base(want.Paths[1]), ".jpg") {
		t.Errorf("image %+v", im)
	}
	if _, err := ReadList(testdata("form_mua.mat")); !errors.Is(err, ErrImages) || !strings.Contains(err.Error(), "train_imgs") {
		t.Errorf("responses as a list: %v", err)
	}
}

func TestShapes(t *testing.T) {
	for name, want := range map[string]Responses{
		"form_mua.mat": {Electrodes: 3, Train: 4, Test: 1, Repetitions: 2}, "mean_mua.mat": {Electrodes: 3, Train: 4, Test: 1, Repetitions: 1},
	} {
		r, err := Open(testdata(name))
		if err != nil {
			t.Fatal(err)
		}
		if r.Electrodes != want.Electrodes || r.Train != want.Train || r.Test != want.Test || r.Repetitions != want.Repetitions {
			t.Errorf("%s: %+v", name, r)
		}
		test, err := r.ReadTest([]int{2})
		if err != nil || len(test) != r.Repetitions || r.Repetitions == 2 && !slices.Equal(test, []float32{202, 212}) {
			t.Errorf("%s: test %v, %v", name, test, err)
		}
		if err := r.Fits(List{Train: make([]Image, 3), Test: make([]Image, 1)}); !errors.Is(err, ErrShape) || !strings.Contains(err.Error(), "3 training and 1 test images in the list, 4 and 1") {
			t.Errorf("%s: a shorter list: %v", name, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Open(testdata("turned_mua.mat")); !errors.Is(err, ErrShape) || !strings.Contains(err.Error(), "test_MUA_reps") {
		t.Errorf("axes in MATLAB's order: %v", err)
	}
	if _, err := Open(testdata("form_imgs.mat")); err == nil || !strings.Contains(err.Error(), "train_MUA") {
		t.Errorf("a list as responses: %v", err)
	}
}
