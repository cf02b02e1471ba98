package fmri_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"realnet/data/nifti"
	"realnet/stages/analysis/bold"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
)

// grid of the small images: 24 voxels.
var grid = []int{4, 3, 2}

const volumes, repetitionTime = 12, 2.0

// volume encodes an image of the grid, with a fourth axis where there are more values.
func volume[S nifti.Voxel](t *testing.T, values []S) []byte {
	t.Helper()
	shape := slices.Clone(grid)
	if n := len(values) / 24; n > 1 {
		shape = append(shape, n)
	}
	var b bytes.Buffer
	if err := nifti.Encode(&b, nifti.NewHeader(shape, [3]float64{2, 2, 2}, repetitionTime), values); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// series is a run whose voxel v has the value 1000*run + 100*v + volume.
func series(t *testing.T, run int) []byte {
	values := make([]float32, 24*volumes)
	for i := range values {
		values[i] = float32(1000*run + 100*(i%24) + i/24)
	}
	return volume(t, values)
}

// bidsWorld is a dataset of one subject: two runs of three images, each shown for two
// volumes, and a mask of voxels 1 and 2 on the left and 5 on the right.
func bidsWorld(t *testing.T) map[string][]byte {
	files := map[string][]byte{
		"dataset_description.json": []byte(`{"Name": "x", "BIDSVersion": "1.8.0"}`),
		"task-view_bold.json":      []byte(`{"RepetitionTime": 2}`),
	}
	for _, side := range []struct {
		name   string
		voxels []int
	}{{"LH", []int{1, 2}}, {"RH", []int{5}}} {
		mask := make([]int16, 24)
		mask[20] = -1 // not above 0, so not in it
		for _, v := range side.voxels {
			mask[v] = 1
		}
		files["sourcedata/sub-1/anat/sub-1_mask_"+side.name+"_V1.nii"] = volume(t, mask)
	}
	for run := 1; run <= 2; run++ {
		events := "onset\tduration\ttrial_type\n"
		for slot := range 3 {
			events += fmt.Sprintf("%d\t4\t%c\n", 4+4*slot, 'a'+(slot+3-run)%3)
		}
		stem := fmt.Sprintf("sub-1/func/sub-1_task-view_run-%d_", run)
		files[stem+"events.tsv"] = []byte(events)
		files[stem+"bold.nii"] = series(t, run)
	}
	return files
}

func bidsParams(change func(*fmri.Params)) fmri.Params {
	p := fmri.DefaultParams()
	p.Subject, p.ROIs = "1", []string{"V1"}
	p.Coding.Condition, p.Coding.Type, p.Coding.Stimulus, p.Coding.Repeat, p.Coding.Rest = "trial_type", "", nil, nil, nil
	p.Recipe = fmri.Recipe{Recipe: bold.Recipe{DetrendOrder: -1, Normalise: bold.None, ClipRounds: 1, Estimate: bold.Average, Repeats: bold.Keep, Unusable: bold.Zero}}
	if change != nil {
		change(&p)
	}
	return p
}

func inputs(t *testing.T, files map[string][]byte) stagetest.In {
	return stagetest.In{"dataset": stagetest.Dataset(t, files)}
}

// A trial's pattern is the mean of its volumes; a mask takes what is above 0.
func TestBIDSPatterns(t *testing.T) {
	p := read(t, stagetest.SameForAnyWorkers(t, fmri.Stage, bidsParams(nil), inputs(t, bidsWorld(t))))
	if got, want := conditions(p), []string{" c", " a", " b", " b", " c", " a"}; !slices.Equal(got, want) {
		t.Fatalf("samples %q, want %q", got, want)
	}
	var want []float32
	for run := 1; run <= 2; run++ {
		for trial := range 3 {
			for _, voxel := range []int{1, 2, 5} {
				want = append(want, float32(1000*run+100*voxel)+2.5+2*float32(trial))
			}
		}
	}
	if !slices.Equal(p.Values, want) {
		t.Errorf("values %v, want %v", p.Values, want)
	}
}

// A run without events is named, with the file that is missing.
func TestRunWithoutEvents(t *testing.T) {
	files := bidsWorld(t)
	delete(files, "sub-1/func/sub-1_task-view_run-2_events.tsv")
	stagetest.Refuses(t, fmri.Stage, bidsParams(nil), inputs(t, files), "add sub-1_task-view_run-2_events.tsv")
}

// Each copy of a run's image is refused, with both names and the way to choose
// (BIDS 1.9: only sub, ses, task, acq, ce, dir and run tell scans apart).
func TestCopiesOfARun(t *testing.T) {
	const run = "sub-1/func/sub-1_task-view_run-"
	plain := read(t, stagetest.Run(t, fmri.Stage, bidsParams(nil), inputs(t, bidsWorld(t))))
	for _, copied := range []string{"_part-phase_bold.nii", "_echo-2_bold.nii", "_rec-b_bold.nii", "_space-T1w_bold.nii", "_desc-smooth_bold.nii", "_res-2_bold.nii"} {
		files := bidsWorld(t)
		for _, n := range []string{"1", "2"} {
			files[run+n+copied] = files[run+n+"_bold.nii"]
		}
		in := inputs(t, files)
		stagetest.Refuses(t, fmri.Stage, bidsParams(nil), in, "sub-1_task-view_run-1"+copied)
		stagetest.Refuses(t, fmri.Stage, bidsParams(nil), in, "fmri.entities")
		key, _, _ := strings.Cut(copied[1:], "-")
		for _, choose := range []func(*fmri.Params){
			func(p *fmri.Params) { p.Entities = map[string]string{key: ""} },
			func(p *fmri.Params) { p.Image = "*run-?_bold.nii" },
		} {
			chosen := read(t, stagetest.Run(t, fmri.Stage, bidsParams(choose), in))
			if !slices.Equal(chosen.Values, plain.Values) || len(chosen.Samples) != len(plain.Samples) {
				t.Errorf("%s: choosing one image gives %d samples, want %d with the same values", copied, len(chosen.Samples), len(plain.Samples))
			}
		}
	}
}

// Without RepetitionTime, VolumeTiming times the volumes, never the image's header.
func TestVolumeTiming(t *testing.T) {
	files := bidsWorld(t)
	times := func(step float64, n int) []byte {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprint(float64(i)*step))
		}
		return []byte(`{"VolumeTiming": [` + strings.Join(list, ", ") + `]}`)
	}
	want := read(t, stagetest.Run(t, fmri.Stage, bidsParams(nil), inputs(t, files)))
	files["task-view_bold.json"] = times(2, volumes)
	if got := read(t, stagetest.Run(t, fmri.Stage, bidsParams(nil), inputs(t, files))); !slices.Equal(got.Values, want.Values) {
		t.Error("VolumeTiming of 2 s gives other patterns than RepetitionTime of 2 s")
	}
	files["task-view_bold.json"] = times(4, volumes) // the header says 2 s
	got := read(t, stagetest.Run(t, fmri.Stage, bidsParams(nil), inputs(t, files)))
	if slices.Equal(got.Values, want.Values) {
		t.Error("VolumeTiming of 4 s gives the patterns of the header's 2 s")
	}
	files["task-view_bold.json"] = []byte(`{"VolumeTiming": [0, 2, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27]}`)
	stagetest.Refuses(t, fmri.Stage, bidsParams(nil), inputs(t, files), "places volume 2 at 2 s")
	files["task-view_bold.json"] = times(2, volumes-1)
	stagetest.Refuses(t, fmri.Stage, bidsParams(nil), inputs(t, files), "has 11 times, the image has 12 volumes")
	files["task-view_bold.json"] = []byte(`{"repetitiontime": 7, "RepetitionTime": 2, "REPETITIONTIME": 9}`)
	if got := read(t, stagetest.Run(t, fmri.Stage, bidsParams(nil), inputs(t, files))); !slices.Equal(got.Values, want.Values) {
		t.Error("a key of another case changed the repetition time")
	}
}

// Masks by name need no hemispheres: a pattern each, whose files are united.
func TestNamedMasks(t *testing.T) {
	files := bidsWorld(t)
	plain := read(t, stagetest.Run(t, fmri.Stage, bidsParams(nil), inputs(t, files)))
	for name, content := range files {
		if _, rest, ok := strings.Cut(name, "_mask_"); ok {
			files["masks/1/"+rest] = content
			delete(files, name)
		}
	}
	in := inputs(t, files)
	stagetest.Refuses(t, fmri.Stage, bidsParams(nil), in, "fmri.masks")
	named := read(t, stagetest.Run(t, fmri.Stage, bidsParams(func(p *fmri.Params) { p.Masks = map[string]string{"V1": "masks/{subject}/*_V1.nii"} }), in))
	if !slices.Equal(named.Values, plain.Values) {
		t.Errorf("values %v, want %v", named.Values, plain.Values)
	}
	stagetest.Refuses(t, fmri.Stage, bidsParams(func(p *fmri.Params) { p.Masks = map[string]string{"V1": "masks/9/*"} }), in, `matches "masks/9/*"`)
	stagetest.Refuses(t, fmri.Stage, bidsParams(func(p *fmri.Params) { p.Masks, p.ROIs = map[string]string{"V1": "*"}, []string{"V2"} }), in, `ROI "V2"`)
}
