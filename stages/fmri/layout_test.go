package fmri_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"realnet/artifacts/schemas/patterns"
	"realnet/data/array"
	"realnet/data/nifti"
	"realnet/data/npy"
	"realnet/stages/analysis/bold"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
)

// The conformance suite of layouts: each has a dataset in its form with the same
// responses of subject 1, and gives the same artifact.
//
// Run 1 is the training set and shows dog, cat, cat, dog; run 2, the test set, shows ant
// twice. Trial r of run k has the value 100*k + 10*r + v in voxel v of three. V1 has
// voxels 0 and 1, V4 voxels 1 and 2.
var shown = [][]string{{"dog", "cat", "cat", "dog"}, {"ant", "ant"}}

func response(run, trial, voxel int) float32 { return float32(100*run + 10*trial + voxel) }

// form is a layout's dataset.
type form struct {
	files  map[string][]byte
	params fmri.Params

	noSubsets bool // the form has no sessions that say which part of the study a run is of

	// Faults of the data, by the names in faults: each changes files or parameters, and
	// the error must have all the texts. A nil change: the form cannot have that fault.
	faults map[string]fault
}

type fault struct {
	change func(files map[string][]byte, p *fmri.Params)
	want   []string
}

// faults that every form must have an answer to.
var faults = []string{
	"a region that is not there", // names it, and those there are
	"a value that is no number",  // names where
	"no responses",               // the file or folder of the subject is missing: names it
	"no labels",                  // what says the conditions is missing: names it
	"regions of another grid",    // names both, with their shapes
}

// forms makes the dataset of each layout.
var forms = map[string]func(t *testing.T) form{
	"bids": bidsForm, "fmriprep": fmriprepForm, "openfmri": openfmriForm, "betas": betasForm, "bdata": bdataForm, "arrays": arraysForm, "tvsd": tvsdForm,
}

func TestLayouts(t *testing.T) {
	doc, _ := reflect.TypeFor[fmri.Params]().FieldByName("Layout")
	for _, name := range fmri.LayoutNames() {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(doc.Tag.Get("doc"), name) {
				t.Errorf("the doc of Params.Layout does not name %s", name)
			}
			makeForm, ok := forms[name]
			if !ok {
				t.Fatalf("layout %s has no dataset here", name)
			}
			f := makeForm(t)
			if f.params.Layout != name {
				t.Fatalf("parameters of layout %s", f.params.Layout)
			}
			t.Run("patterns", func(t *testing.T) { f.patterns(t) })
			t.Run("averages", func(t *testing.T) { f.averages(t) })
			t.Run("one region", func(t *testing.T) { f.oneRegion(t) })
			for _, name := range faults {
				t.Run(name, func(t *testing.T) { f.refuses(t, name) })
			}
		})
	}
}

func (f form) patterns(t *testing.T) {
	p := read(t, stagetest.SameForAnyWorkers(t, fmri.Stage, f.params, inputs(t, f.files)))
	var samples []patterns.Sample
	var values []float32
	seen := map[string]int32{}
	for run, trials := range shown {
		for trial, condition := range trials {
			s := patterns.Sample{Subject: "1", Condition: condition, Subset: []string{"train", "test"}[run], Run: int32(run + 1), Averaged: 1}
			if f.noSubsets {
				s.Subset = ""
			}
			seen[condition]++
			s.Repetition = seen[condition]
			samples = append(samples, s)
			for voxel := range 3 {
				values = append(values, response(run+1, trial, voxel))
			}
		}
	}
	for i := range p.Samples {
		p.Samples[i].Session, p.Samples[i].Onset = "", 0 // as the form says
	}
	if !slices.Equal(p.Samples, samples) {
		t.Errorf("samples\n%+v, want\n%+v", p.Samples, samples)
	}
	if !slices.Equal(p.Values, values) {
		t.Errorf("values\n%v, want\n%v", p.Values, values)
	}
	for roi, columns := range map[string][]int{"V1": {0, 1}, "V4": {1, 2}, "": {0, 1, 2}} {
		if got, err := p.ROI(roi); err != nil || !slices.Equal(got, columns) {
			t.Errorf("%q: columns %v, %v, want %v", roi, got, err, columns)
		}
	}
}

func (f form) averages(t *testing.T) {
	f.params.Average = fmri.PerCondition
	p := read(t, stagetest.Run(t, fmri.Stage, f.params, inputs(t, f.files)))
	// Trials 0 and 3, 1 and 2 of run 1; 0 and 1 of run 2.
	want := []float32{115, 116, 117, 115, 116, 117, 205, 206, 207}
	if got := conditions(p); len(got) != 3 || !slices.Equal(p.Values, want) || p.Samples[0].Averaged != 2 || p.Samples[0].Repetition != 0 {
		t.Errorf("%q: values %v, want %v (%+v)", got, p.Values, want, p.Samples)
	}
	if !f.noSubsets {
		f.params.Average, f.params.Standardise = fmri.PerTrial, "train"
		p = read(t, stagetest.Run(t, fmri.Stage, f.params, inputs(t, f.files)))
		// Training rows are 0, 10, 20, 30 above the voxel's 100: mean 15, ddof 1.
		if got, want := float64(p.Values[12]), (200-115)/12.909944487358056; got-want > 1e-5 || want-got > 1e-5 {
			t.Errorf("standardised by the training set: %v, want %v", got, want)
		}
	}
}

func (f form) oneRegion(t *testing.T) {
	f.params.ROIs = []string{"V4"}
	p := read(t, stagetest.Run(t, fmri.Stage, f.params, inputs(t, f.files)))
	if len(p.Voxels) != 2 || !slices.Equal(p.Values[:2], []float32{101, 102}) {
		t.Errorf("V4 alone: %d voxels, first values %v, want 101 and 102", len(p.Voxels), p.Values[:min(2, len(p.Values))])
	}
}

func (f form) refuses(t *testing.T, name string) {
	broken, ok := f.faults[name]
	if !ok {
		t.Fatalf("the form says nothing of %s", name)
	}
	if broken.change == nil {
		t.Skip("the form cannot have it")
	}
	files, p := maps.Clone(f.files), f.params
	broken.change(files, &p)
	for _, want := range broken.want {
		stagetest.Refuses(t, fmri.Stage, p, inputs(t, files), want)
	}
}

// sites are where the three voxels are in the grid.
var sites = []int{1, 5, 7}

// maskOf is an image of the grid with 1 at the sites of voxels.
func maskOf(t *testing.T, voxels ...int) []byte {
	mask := make([]uint8, 24)
	for _, v := range voxels {
		mask[sites[v]] = 1
	}
	return volume(t, mask)
}

// scanOf is run k from 1: the trials one volume each, from the second volume; other
// voxels are 7.
func scanOf(t *testing.T, run int, change func(values []float32)) []byte {
	trials := shown[run-1]
	values := make([]float32, 24*(len(trials)+2))
	for i := range values {
		values[i] = 7
	}
	for trial := range trials {
		for v, site := range sites {
			values[24*(trial+1)+site] = response(run, trial, v)
		}
	}
	if change != nil {
		change(values)
	}
	return volume(t, values)
}

// eventsOf are the events of run k.
func eventsOf(run int) []byte {
	table := "onset\tduration\ttrial_type\n"
	for trial, condition := range shown[run-1] {
		table += fmt.Sprintf("%d\t2\t%s\n", 2*(trial+1), condition)
	}
	return []byte(table)
}

// otherGrid is a mask of another shape.
func otherGrid(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := nifti.Encode(&b, nifti.NewHeader([]int{2, 2, 2}, [3]float64{2, 2, 2}, 0), []uint8{0, 1, 0, 1, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pack(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// notANumber puts NaN into a voxel of V1.
func notANumber(values []float32) { values[24*2+sites[0]] = float32(math.NaN()) }

func bidsForm(t *testing.T) form {
	files := map[string][]byte{
		"dataset_description.json":                      []byte(`{"Name": "x", "BIDSVersion": "1.8.0"}`),
		"task-view_bold.json":                           []byte(`{"RepetitionTime": 2}`),
		"sourcedata/sub-1/anat/sub-1_mask_LH_V1.nii.gz": pack(t, maskOf(t, 0)),
		"sourcedata/sub-1/anat/sub-1_mask_RH_V1.nii.gz": pack(t, maskOf(t, 1)),
		"sourcedata/sub-1/anat/sub-1_mask_LH_V4.nii.gz": pack(t, maskOf(t, 1, 2)),
	}
	stems := []string{"sub-1/ses-1train/func/sub-1_ses-1train_task-view_", "sub-1/ses-2test/func/sub-1_ses-2test_task-view_"}
	for i, stem := range stems {
		files[stem+"bold.nii"], files[stem+"events.tsv"] = scanOf(t, i+1, nil), eventsOf(i+1)
	}
	return form{
		files: files,
		params: bidsParams(func(p *fmri.Params) {
			p.ROIs, p.TrainMatch, p.TestMatch = []string{"V1", "V4"}, "1train", "2test"
		}),
		faults: map[string]fault{
			"a region that is not there": {func(_ map[string][]byte, p *fmri.Params) { p.ROIs = []string{"FFA"} }, []string{"FFA", "V1, V4"}},
			"a value that is no number": {func(files map[string][]byte, _ *fmri.Params) {
				files[stems[0]+"bold.nii"] = scanOf(t, 1, notANumber)
			}, []string{"NaN", "ses-1train_task-view_bold.nii"}},
			"no responses": {func(files map[string][]byte, _ *fmri.Params) { delete(files, stems[0]+"bold.nii") }, []string{"ses-1train", "lacks its image"}},
			"no labels":    {func(files map[string][]byte, _ *fmri.Params) { delete(files, stems[1]+"events.tsv") }, []string{"ses-2test", "no events.tsv"}},
			"regions of another grid": {func(files map[string][]byte, _ *fmri.Params) {
				for name := range files {
					if strings.Contains(name, "_mask_") {
						files[name] = pack(t, otherGrid(t))
					}
				}
			}, []string{"[2 2 2]", "[4 3 2]"}},
		},
	}
}

func fmriprepForm(t *testing.T) form {
	const prep = "derivatives/fmriprep/"
	files := map[string][]byte{
		"dataset_description.json":        []byte(`{"Name": "x", "BIDSVersion": "1.8.0"}`),
		prep + "dataset_description.json": []byte(`{"Name": "fMRIPrep", "BIDSVersion": "1.8.0", "DatasetType": "derivative"}`),
		prep + "task-view_bold.json":      []byte(`{"RepetitionTime": 2}`),
		"atlas/regions.tsv":               []byte("index\tname\n4\tV1\n5\tV1\n5\tV4\n9\tV4\n"),
	}
	atlas := make([]int16, 24)
	for v, value := range []int16{4, 5, 9} {
		atlas[sites[v]] = value
	}
	files["atlas/regions.nii.gz"] = pack(t, volume(t, atlas))
	for i, session := range []string{"1train", "2test"} {
		stem := "sub-1/ses-" + session + "/func/sub-1_ses-" + session + "_task-view_"
		files[stem+"events.tsv"] = eventsOf(i + 1)
		for _, space := range []string{"MNI", "T1w"} {
			values := scanOf(t, i+1, nil)
			if space == "T1w" {
				values = scanOf(t, i+1, notANumber) // not the one that is chosen
			}
			files[prep+stem+"space-"+space+"_desc-preproc_bold.nii.gz"] = pack(t, values)
			files[prep+stem+"space-"+space+"_desc-brain_mask.nii.gz"] = pack(t, maskOf(t, 0, 1, 2))
		}
	}
	run := prep + "sub-1/ses-1train/func/sub-1_ses-1train_task-view_space-MNI_desc-preproc_bold.nii.gz"
	return form{
		files: files,
		params: bidsParams(func(p *fmri.Params) {
			p.Layout, p.ROIs, p.TrainMatch, p.TestMatch = "fmriprep", []string{"V1", "V4"}, "1train", "2test"
			p.Entities = map[string]string{"space": "MNI"}
			p.Atlas, p.AtlasLabels = "atlas/regions.nii.gz", "atlas/regions.tsv"
		}),
		faults: map[string]fault{
			"a region that is not there": {func(_ map[string][]byte, p *fmri.Params) { p.ROIs = []string{"FFA"} }, []string{"FFA", "V1, V4"}},
			"a value that is no number":  {func(files map[string][]byte, _ *fmri.Params) { files[run] = pack(t, scanOf(t, 1, notANumber)) }, []string{"NaN", "space-MNI"}},
			"no responses":               {func(files map[string][]byte, _ *fmri.Params) { delete(files, run) }, []string{"ses-1train", "space-T1w"}},
			"no labels": {func(files map[string][]byte, _ *fmri.Params) {
				delete(files, "sub-1/ses-2test/func/sub-1_ses-2test_task-view_events.tsv")
			}, []string{"ses-2test", "fmri.fmriprep.raw"}},
			"regions of another grid": {
				func(files map[string][]byte, _ *fmri.Params) {
					files["atlas/regions.nii.gz"] = pack(t, otherGrid(t))
					files["atlas/regions.tsv"] = []byte("index\tname\n1\tV1\n1\tV4\n")
				},
				[]string{"[2 2 2]", "[4 3 2]"},
			},
		},
	}
}

func openfmriForm(t *testing.T) form {
	files := map[string][]byte{
		"scan_key.txt":               []byte("TR 2\n"),
		"sub1/masks/m/v1.nii.gz":     pack(t, maskOf(t, 0, 1)),
		"sub1/masks/m/v4.nii.gz":     pack(t, maskOf(t, 1, 2)),
		"sub1/masks/other/v1.nii.gz": pack(t, otherGrid(t)),
		"sub1/masks/other/v4.nii.gz": pack(t, otherGrid(t)),
	}
	for run := 1; run <= 2; run++ {
		dir := fmt.Sprintf("sub1/BOLD/task001_run%03d/", run)
		files[dir+"bold.nii.gz"], files[dir+"bold_events.tsv"] = pack(t, scanOf(t, run, nil)), eventsOf(run)
	}
	return form{
		files: files, noSubsets: true,
		params: bidsParams(func(p *fmri.Params) {
			p.Layout, p.ROIs, p.MaskFolder = "openfmri", []string{"V1", "V4"}, "m"
		}),
		faults: map[string]fault{
			"a region that is not there": {func(_ map[string][]byte, p *fmri.Params) { p.ROIs = []string{"FFA"} }, []string{"FFA", "v1, v4"}},
			"a value that is no number": {func(files map[string][]byte, _ *fmri.Params) {
				files["sub1/BOLD/task001_run001/bold.nii.gz"] = pack(t, scanOf(t, 1, notANumber))
			}, []string{"NaN", "task001_run001"}},
			"no responses": {func(files map[string][]byte, _ *fmri.Params) { delete(files, "sub1/BOLD/task001_run001/bold.nii.gz") }, []string{"task001_run001"}},
			"no labels": {func(files map[string][]byte, _ *fmri.Params) {
				delete(files, "sub1/BOLD/task001_run002/bold_events.tsv")
			}, []string{"task001_run002", "no events.tsv"}},
			"regions of another grid": {func(_ map[string][]byte, p *fmri.Params) { p.MaskFolder = "other" }, []string{"[2 2 2]", "[4 3 2]"}},
		},
	}
}

func betasForm(t *testing.T) form {
	files := map[string][]byte{"masks/V1.nii": maskOf(t, 0, 1), "masks/V4.nii": maskOf(t, 1, 2), "other/V1.nii": otherGrid(t), "other/V4.nii": otherGrid(t)}
	table := "file,condition,run\n"
	image := func(run, trial int, change func([]float32)) []byte {
		values := make([]float32, 24)
		for v, site := range sites {
			values[site] = response(run, trial, v)
		}
		if change != nil {
			change(values)
		}
		return volume(t, values)
	}
	for run := 1; run <= 2; run++ {
		for trial, condition := range shown[run-1] {
			name := fmt.Sprintf("run%d/t%d.nii", run, trial)
			files["sub-1/"+name] = image(run, trial, nil)
			table += fmt.Sprintf("%s,%s,%d\n", name, condition, run)
		}
	}
	files["sub-1/rows.csv"] = []byte(table)
	return form{
		files: files,
		params: betasParams(func(p *fmri.Params) {
			p.Subject, p.ROIs, p.Masks = "1", []string{"V1", "V4"}, map[string]string{"V1": "masks/V1.nii", "V4": "masks/V4.nii"}
			p.Betas = fmri.Betas{Train: []string{"sub-1/run1/*"}, Test: []string{"sub-1/run2/*"}, Names: "sub-1/rows.csv", Missing: bold.Error}
		}),
		faults: map[string]fault{
			"a region that is not there": {func(_ map[string][]byte, p *fmri.Params) { p.ROIs = []string{"FFA"} }, []string{"FFA", "V1, V4"}},
			"a value that is no number": {func(files map[string][]byte, _ *fmri.Params) {
				files["sub-1/run1/t2.nii"] = image(1, 2, func(v []float32) { v[sites[0]] = float32(math.NaN()) })
			}, []string{"NaN", "run1/t2.nii"}},
			"no responses": {func(files map[string][]byte, _ *fmri.Params) {
				maps.DeleteFunc(files, func(name string, _ []byte) bool { return strings.Contains(name, "run2/") })
			}, []string{"sub-1/run2/*"}},
			"no labels": {func(files map[string][]byte, _ *fmri.Params) {
				files["sub-1/rows.csv"] = []byte(strings.Replace(table, "run2/t1.nii", "run2/t9.nii", 1))
			}, []string{"rows.csv", "run2/t1.nii"}},
			"regions of another grid": {func(_ map[string][]byte, p *fmri.Params) {
				p.Masks = map[string]string{"V1": "other/V1.nii", "V4": "other/V4.nii"}
			}, []string{"[2 2 2]", "[4 3 2]"}},
		},
	}
}

func bdataForm(t *testing.T) form {
	dataset := fixtureFiles(t, map[string][]byte{"names.tsv": []byte("dog\t1\t1\ncat\t2\t2\nant\t3\t3\n")}, "training.h5", "test.h5", "nan.h5")
	return form{
		files: dataset,
		params: bdataParams(func(p *fmri.Params) {
			p.Subject = "1"
			p.BData.Names = "names.tsv"
		}),
		faults: map[string]fault{
			"a region that is not there": {func(_ map[string][]byte, p *fmri.Params) { p.ROIs = []string{"FFA"} }, []string{"FFA", "V1"}},
			"a value that is no number":  {func(_ map[string][]byte, p *fmri.Params) { p.BData.Test = []string{"nan.h5"} }, []string{"NaN", "nan.h5"}},
			"no responses":               {func(_ map[string][]byte, p *fmri.Params) { p.BData.Test = []string{"absent.h5"} }, []string{"absent.h5"}},
			"no labels":                  {func(_ map[string][]byte, p *fmri.Params) { p.BData.Label = "image" }, []string{"image"}},
			"regions of another grid":    {}, // a region is columns of the file itself
		},
	}
}

// npyOf is an array of float32.
func npyOf(t *testing.T, shape []int, values []float32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.Write(&b, array.Of(shape, values)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// arraysForm keeps the grid of a run in x, y, z, row, with a mask per region.
func arraysForm(t *testing.T) form {
	betas := func(run int, change func(values []float32)) []byte {
		trials := shown[run-1]
		values := make([]float32, 24*len(trials))
		for trial := range trials {
			for v, site := range sites { // site counts with x fastest
				x, y, z := site%4, site/4%3, site/12
				values[((x*3+y)*2+z)*len(trials)+trial] = response(run, trial, v)
			}
		}
		if change != nil {
			change(values)
		}
		return npyOf(t, []int{4, 3, 2, len(trials)}, values)
	}
	table := "image,subset,run\n"
	for i, trials := range shown {
		for _, condition := range trials {
			table += fmt.Sprintf("images/%s.jpg,%s,%d\n", condition, []string{"train", "test"}[i], i+1)
		}
	}
	return form{
		files: map[string][]byte{
			"betas/1_train.npy": betas(1, nil), "betas/1_test.npy": betas(2, nil), "conditions.csv": []byte(table),
			"masks/1_V1.nii.gz": pack(t, maskOf(t, 0, 1)), "masks/1_V4.nii.gz": pack(t, maskOf(t, 1, 2)),
		},
		params: bidsParams(func(p *fmri.Params) {
			p.Layout, p.ROIs = "arrays", []string{"V1", "V4"}
			p.Arrays.File, p.Arrays.Rows, p.Arrays.Mask = "{subject}_{subset}.npy", "conditions.csv", "masks/{subject}_{roi}.nii.gz"
			p.Arrays.Axes = []string{"x", "y", "z", "row"}
		}),
		faults: map[string]fault{
			"a region that is not there": {func(_ map[string][]byte, p *fmri.Params) { p.ROIs = []string{"FFA"} }, []string{"FFA", "V1, V4"}},
			"a value that is no number": {func(files map[string][]byte, _ *fmri.Params) {
				files["betas/1_train.npy"] = betas(1, func(v []float32) { v[((sites[0]%4*3+sites[0]/4%3)*2+sites[0]/12)*4+2] = float32(math.NaN()) })
			}, []string{"NaN", "1_train.npy", "row 2"}},
			"no responses": {func(files map[string][]byte, _ *fmri.Params) {
				files["betas/2_train.npy"] = files["betas/1_train.npy"]
				delete(files, "betas/1_train.npy")
				delete(files, "betas/1_test.npy")
			}, []string{"1_{subset}.npy", "subjects there: 2"}},
			"no labels": {func(files map[string][]byte, _ *fmri.Params) { delete(files, "conditions.csv") }, []string{"rows: conditions.csv"}},
			"regions of another grid": {func(files map[string][]byte, _ *fmri.Params) {
				files["masks/1_V1.nii.gz"] = pack(t, otherGrid(t))
			}, []string{"[2 2 2]", "[4 3 2]"}},
		},
	}
}
