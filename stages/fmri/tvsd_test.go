package fmri_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/stages/analysis/bold"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
)

// tvsdFile reads a file that ci/reference/tvsd.py wrote with h5py.
func tvsdFile(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "data", "tvsd", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

const (
	muaFile  = "monkey1/THINGS_normMUA.mat"
	listFile = "monkey1/_logs/things_imgs.mat"
)

func tvsdForm(t *testing.T) form {
	responses := func(name string) func(map[string][]byte, *fmri.Params) {
		return func(files map[string][]byte, _ *fmri.Params) { files[muaFile] = tvsdFile(t, name) }
	}
	p := fmri.DefaultParams()
	p.Layout, p.Subject, p.ROIs = "tvsd", "1", []string{"V1", "V4"}
	p.TVSD.Electrodes, p.TVSD.Missing = map[string]string{"V1": "1-2", "V4": "2-3"}, bold.Error
	return form{
		files:  map[string][]byte{muaFile: tvsdFile(t, "form_mua.mat"), listFile: tvsdFile(t, "form_imgs.mat")},
		params: p,
		faults: map[string]fault{
			"a region that is not there": {func(_ map[string][]byte, p *fmri.Params) { p.ROIs = []string{"FFA"} }, []string{"FFA", "V1, V4"}},
			"a value that is no number":  {responses("nan_mua.mat"), []string{"NaN", muaFile, "train_MUA: electrode 1 is NaN or infinite in row 3"}},
			"no responses":               {func(files map[string][]byte, _ *fmri.Params) { delete(files, muaFile) }, []string{"fmri.tvsd.file", muaFile}},
			"no labels":                  {func(files map[string][]byte, _ *fmri.Params) { delete(files, listFile) }, []string{"fmri.tvsd.images", listFile}},
			"regions of another grid":    {responses("two_mua.mat"), []string{"V4 is 2-3", "2 electrodes"}},
		},
	}
}

func TestTVSDRefuses(t *testing.T) {
	f := tvsdForm(t)
	for name, tt := range map[string]struct {
		change func(files map[string][]byte, p *fmri.Params)
		want   string
	}{
		"another list":   {func(files map[string][]byte, _ *fmri.Params) { files[listFile] = tvsdFile(t, "classes_imgs.mat") }, "40 training and 1 test images in the list, 4 and 1 in the responses"},
		"axes turned":    {func(files map[string][]byte, _ *fmri.Params) { files[muaFile] = tvsdFile(t, "turned_mua.mat") }, "test_MUA_reps is [3 1 2]"},
		"cut off":        {func(files map[string][]byte, _ *fmri.Params) { files[muaFile] = files[muaFile][:3000] }, muaFile},
		"unknown animal": {func(_ map[string][]byte, p *fmri.Params) { p.TVSD.Electrodes = nil }, "give fmri.tvsd.electrodes"},
		"swapped ranges": {func(files map[string][]byte, p *fmri.Params) {
			p.Subject, p.TVSD.Electrodes = "F", map[string]string{"V1": "1-512", "V4": "513-768"}
			files["monkeyF/THINGS_normMUA.mat"], files["monkeyF/_logs/things_imgs.mat"] = tvsdFile(t, "numbered_mua.mat"), files[listFile]
		}, "monkey F has V4 at 833-1024, not 513-768"},
		"nothing is reliable": {func(_ map[string][]byte, p *fmri.Params) { p.TVSD.Reliability = 0.99999 }, "ROI V1: none of its 2 electrodes"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string][]byte{muaFile: f.files[muaFile], listFile: f.files[listFile]}
			p := f.params
			tt.change(files, &p)
			stagetest.Refuses(t, fmri.Stage, p, inputs(t, files), tt.want)
		})
	}
}

// The reliabilities are numpy's (ci/reference/tvsd.py); the test images play no part.
func TestTVSDReliability(t *testing.T) {
	var want struct{ Reliability []float64 }
	if err := json.Unmarshal(tvsdFile(t, "expected.json"), &want); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{muaFile: tvsdFile(t, "classes_mua.mat"), listFile: tvsdFile(t, "classes_imgs.mat")}
	p := tvsdForm(t).params
	p.ROIs, p.TVSD.Electrodes = []string{"all"}, map[string]string{"all": "1-3"}
	kept := func(above float64) []int32 {
		p.TVSD.Reliability = above
		var list []int32
		for _, v := range read(t, stagetest.Run(t, fmri.Stage, p, inputs(t, files))).Voxels {
			list = append(list, v.I)
		}
		return list
	}
	second := want.Reliability[1]
	if second < 0.3 || want.Reliability[2] > 0.3 {
		t.Fatalf("reliabilities %v do not tell electrodes apart", want.Reliability)
	}
	for above, electrodes := range map[float64][]int32{0: {1, 2, 3}, second - 1e-9: {1, 2}, second + 1e-9: {1}} {
		if got := kept(above); !slices.Equal(got, electrodes) {
			t.Errorf("reliability %v: electrodes %v, want %v", above, got, electrodes)
		}
	}
}

// Training images that another recording shows too are of subset shared; those of the
// test set stay there.
func TestSharedImages(t *testing.T) {
	f := tvsdForm(t)
	in := inputs(t, f.files)
	with := func(names ...string) *artifacts.Artifact {
		return stagetest.Make(t, stimuli.Schema, func(w *artifacts.Writer) error {
			var table []stimuli.Image
			for _, n := range names {
				table = append(table, stimuli.Image{Name: n})
			}
			if err := artifacts.WriteTensor(w, stimuli.Tensor, []int{len(names), 1, 1, 3}, make([]uint8, 3*len(names))); err != nil {
				return err
			}
			return artifacts.WriteTable(w, stimuli.ImagesTable, table)
		})
	}
	in["shared"] = with("cat", "ant", "cow")
	var subsets []string
	for _, s := range read(t, stagetest.Run(t, fmri.Stage, f.params, in)).Samples {
		subsets = append(subsets, s.Subset)
	}
	if !slices.Equal(subsets, []string{"train", "shared", "shared", "train", "test", "test"}) {
		t.Errorf("subsets %q", subsets)
	}
	in["shared"] = with("cow")
	stagetest.Refuses(t, fmri.Stage, f.params, in, "none of the 1 images")
}
