package fmri_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"realnet/stages/analysis/bold"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
)

// unzip returns the files of an archive of testdata.
func unzip(t *testing.T, name string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return files
}

const space = "MNI152NLin2009cAsym"

func fmriprepParams(change func(*fmri.Params)) fmri.Params {
	return bidsParams(func(p *fmri.Params) {
		p.Layout, p.Subject, p.ROIs = "fmriprep", "01", []string{"early: ctx-lh-pericalcarine + ctx-rh-pericalcarine", "ctx_lh_S_temporal_sup"}
		p.Entities = map[string]string{"space": space}
		p.Recipe = fmri.Preset("fmriprep")
		p.Atlas, p.AtlasLabels = "*_space-"+space+"_desc-aparcaseg_dseg.nii", "desc-aparcaseg_dseg.tsv"
		if change != nil {
			change(p)
		}
	})
}

type fmriprepReference struct {
	Voxels     [][3]int32
	Early, STS []int
	Brain      int
	Models     map[string]struct {
		Rows     [][3]any
		Patterns [][]float64
	}
	Surface struct {
		Vertices           []int32
		V1                 []int
		All, Grayordinates int
	}
}

func fmriprepExpected(t *testing.T, files map[string][]byte) (r fmriprepReference) {
	t.Helper()
	if err := json.Unmarshal(files["expected.json"], &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// The patterns that numpy makes of derivatives that nibabel and pandas wrote
// (ci/reference/fmriprep.py), to 1e-6: they are stored in float32.
func TestFMRIPrepEqualsNumPy(t *testing.T) {
	files := unzip(t, "fmriprep.zip")
	expected := fmriprepExpected(t, files)
	in := inputs(t, files)
	for name, change := range map[string]func(*fmri.Params){
		"lsa": func(p *fmri.Params) { p.FMRIPrep.Confounds = []string{"motion6"} },
		"lss": func(p *fmri.Params) {
			p.FMRIPrep.Confounds = []string{"motion6", "csf", "wm"}
			p.Recipe.Estimate = bold.LSS
		},
		"motion24": func(p *fmri.Params) { p.FMRIPrep.Confounds = []string{"motion24"} },
		"acompcor": func(p *fmri.Params) {
			p.FMRIPrep.Confounds, p.FMRIPrep.ScrubFD = []string{"acompcor5", "cosine"}, 0.5
			p.AtlasLabels = "LUT.txt"
		},
		"average": func(p *fmri.Params) {
			p.Recipe.RegressMotion, p.FMRIPrep.ScrubFD = true, 0.5
			p.Recipe.Estimate, p.Recipe.LagVolumes = bold.Average, 3
			p.ROIs = []string{"early", "sts"}
			p.Atlas, p.AtlasLabels = "", ""
			p.Masks = map[string]string{"early": "rois/sub-{subject}_early.nii", "sts": "*_STS.nii"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, stagetest.SameForAnyWorkers(t, fmri.Stage, fmriprepParams(change), in))
			want := expected.Models[name]
			if len(got.Samples) != len(want.Rows) || len(got.Voxels) != len(expected.Voxels) {
				t.Fatalf("%d samples x %d voxels, want %d x %d", len(got.Samples), len(got.Voxels), len(want.Rows), len(expected.Voxels))
			}
			for i, v := range got.Voxels {
				if w := expected.Voxels[i]; v.I != w[0] || v.J != w[1] || v.K != w[2] {
					t.Errorf("voxel %d is %+v, want %v", i, v, w)
				}
			}
			worst := 0.0
			for i, s := range got.Samples {
				if w := want.Rows[i]; float64(s.Run) != w[0] || s.Onset != w[1] || s.Condition != w[2] {
					t.Errorf("sample %d is %+v, want %v", i, s, w)
				}
				for j, w := range want.Patterns[i] {
					worst = max(worst, math.Abs(float64(got.Values[i*len(got.Voxels)+j])-w)/max(1, math.Abs(w)))
				}
			}
			if !(worst < 1e-6) {
				t.Errorf("patterns differ from numpy's by up to %g", worst)
			}
			for roi, columns := range map[int][]int{0: expected.Early, 1: expected.STS} {
				var n int
				for _, m := range got.Members {
					if m.ROI == []string{"early", got.Members[len(got.Members)-1].ROI}[roi] {
						n++
					}
				}
				if n != len(columns) {
					t.Errorf("region %d has %d voxels, want %d", roi, n, len(columns))
				}
			}
		})
	}
	whole := read(t, stagetest.Run(t, fmri.Stage, fmriprepParams(func(p *fmri.Params) {
		p.ROIs, p.Atlas, p.AtlasLabels = []string{"brain"}, "", ""
	}), in))
	if len(whole.Voxels) != expected.Brain || whole.Members[0].ROI != "brain" {
		t.Errorf("the brain has %d voxels, want %d", len(whole.Voxels), expected.Brain)
	}
}

// On surfaces the series of the voxels give the patterns of the voxels, to 1e-6, by the
// regions that nibabel wrote as labels of both hemispheres, labels of grayordinates, and
// maps.
func TestSurfacesEqualNumPy(t *testing.T) {
	files := unzip(t, "fmriprep.zip")
	expected := fmriprepExpected(t, files)
	want := expected.Models["lsa"]
	gifti := func(p *fmri.Params) {
		p.FMRIPrep.Surface, p.FMRIPrep.Confounds = "gifti", []string{"motion6"}
		p.Entities, p.ROIs = map[string]string{"space": "fsaverage5"}, []string{"V1", "V2"}
		p.Atlas, p.AtlasLabels = "surf/?h.areas.label.gii", ""
	}
	cifti := func(p *fmri.Params) {
		gifti(p)
		p.FMRIPrep.Surface, p.Entities, p.Atlas = "cifti", nil, "areas.dlabel.nii"
	}
	for name, change := range map[string]func(*fmri.Params){
		"gifti": gifti,
		"cifti": cifti,
		"gifti, V2 by maps": func(p *fmri.Params) {
			gifti(p)
			p.Atlas, p.ROIs = "", []string{"V1", "V2"}
			p.Masks = map[string]string{"V2": "surf/sub-{subject}_hemi-?_V2.shape.gii", "V1": "surf/?h.areas.label.gii"}
		},
		"all labels": func(p *fmri.Params) { gifti(p); p.ROIs = nil },
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, stagetest.SameForAnyWorkers(t, fmri.Stage, fmriprepParams(change), inputs(t, files)))
			if len(got.Samples) != len(want.Rows) || len(got.Voxels) != len(expected.Surface.Vertices) {
				t.Fatalf("%d samples x %d vertices, want %d x %d", len(got.Samples), len(got.Voxels), len(want.Rows), len(expected.Surface.Vertices))
			}
			for i, v := range got.Voxels {
				if v.I != expected.Surface.Vertices[i] || v.J != -1 || v.K != -1 {
					t.Errorf("column %d is %+v, want vertex %d", i, v, expected.Surface.Vertices[i])
				}
			}
			worst := 0.0
			for i, s := range got.Samples {
				if w := want.Rows[i]; float64(s.Run) != w[0] || s.Condition != w[2] {
					t.Errorf("sample %d is %+v, want %v", i, s, w)
				}
				for j, w := range want.Patterns[i] {
					worst = max(worst, math.Abs(float64(got.Values[i*len(got.Voxels)+j])-w)/max(1, math.Abs(w)))
				}
			}
			if !(worst < 1e-6) {
				t.Errorf("patterns differ from numpy's by up to %g", worst)
			}
			if columns, err := got.ROI("V1"); name != "gifti, V2 by maps" && (err != nil || !slices.Equal(columns, expected.Surface.V1)) {
				t.Errorf("V1 has columns %v, %v, want %v", columns, err, expected.Surface.V1)
			}
		})
	}
	whole := func(change func(*fmri.Params)) int {
		return len(read(t, stagetest.Run(t, fmri.Stage, fmriprepParams(func(p *fmri.Params) {
			change(p)
			p.Atlas, p.ROIs = "", []string{"cortex"}
		}), inputs(t, files))).Voxels)
	}
	if a, b := whole(gifti), whole(cifti); a != expected.Surface.All || b != expected.Surface.Grayordinates {
		t.Errorf("%d vertices and %d grayordinates, want %d and %d", a, b, expected.Surface.All, expected.Surface.Grayordinates)
	}
	if n := whole(func(p *fmri.Params) { gifti(p); p.Entities["hemi"] = "R" }); n != 22 {
		t.Errorf("the right hemisphere alone has %d vertices, want 22", n)
	}
	for _, c := range []struct {
		change func(*fmri.Params)
		want   string
	}{
		{func(p *fmri.Params) { gifti(p); p.Atlas = "coarse.L.label.gii" }, "7 vertices of CORTEX_LEFT"},
		{func(p *fmri.Params) { gifti(p); p.ROIs = []string{"MT"} }, `no label "MT"; there are ???, V1, V2`},
		{func(p *fmri.Params) { gifti(p); p.Atlas = "" }, "fmri.masks"},
		{func(p *fmri.Params) { gifti(p); p.FMRIPrep.Surface = "mesh" }, "fmriprep.surface"},
		{func(p *fmri.Params) { gifti(p); p.Entities["space"] = "fsnative" }, "space-fsnative"},
		{func(p *fmri.Params) { cifti(p); p.Atlas = "*_run-1_space-fsLR_den-91k_bold.dtseries.nii" }, "a time series"},
	} {
		stagetest.Refuses(t, fmri.Stage, fmriprepParams(c.change), inputs(t, files), c.want)
	}
	right := "derivatives/fmriprep/sub-01/func/sub-01_task-view_run-2_hemi-R_space-fsaverage5_bold.func.gii"
	delete(files, right)
	stagetest.Refuses(t, fmri.Stage, fmriprepParams(gifti), inputs(t, files), "fmri.entities.hemi=L")
}

func TestFMRIPrepRefuses(t *testing.T) {
	all := unzip(t, "fmriprep.zip")
	for _, c := range []struct {
		name   string
		files  func(map[string][]byte)
		change func(*fmri.Params)
		want   string
	}{
		{"two spaces", nil, func(p *fmri.Params) { p.Entities = nil }, "space (MNI152NLin2009cAsym, T1w)"},
		{"a space that is not there", nil, func(p *fmri.Params) { p.Entities["space"] = "fsaverage" }, "no image for sub-01, space-fsaverage"},
		{"an atlas of another grid", nil, func(p *fmri.Params) { p.Atlas = "other/cut.nii" }, "[4 4 3]"},
		{"an atlas elsewhere", nil, func(p *fmri.Params) { p.Atlas = "other/shifted.nii" }, "affines"},
		{"two atlases", nil, func(p *fmri.Params) { p.Atlas = "*_desc-aparcaseg_dseg.nii" }, "name one"},
		{"no such atlas", nil, func(p *fmri.Params) { p.Atlas = "none.nii" }, "fmri.atlas"},
		{"an unknown label", nil, func(p *fmri.Params) { p.ROIs = []string{"V1"} }, "ctx-lh-pericalcarine, ctx-rh-pericalcarine"},
		{"a label without voxels", nil, func(p *fmri.Params) { p.ROIs = []string{"Left-Inf-Lat-Vent"} }, "it has [1021 2021 11157]"},
		{"an unknown confound", nil, func(p *fmri.Params) { p.FMRIPrep.Confounds = []string{"motion12"} }, `"motion12"`},
		{"no confounds", func(f map[string][]byte) {
			maps.DeleteFunc(f, func(name string, _ []byte) bool { return strings.Contains(name, "confounds") })
		}, func(p *fmri.Params) { p.FMRIPrep.ScrubFD = 1 }, "desc-confounds"},
		{"confounds of another length", func(f map[string][]byte) {
			for name, text := range f {
				if strings.Contains(name, "run-2_desc-confounds") {
					f[name] = []byte(strings.Join(strings.SplitAfter(string(text), "\n")[:40], ""))
				}
			}
		}, func(p *fmri.Params) { p.FMRIPrep.Confounds = []string{"motion6"} }, "confounds of 39 volumes, the image has 60"},
		{"all scrubbed", nil, func(p *fmri.Params) { p.FMRIPrep.ScrubFD = 1e-9 }, "volumes are left"},
		{"no events", func(f map[string][]byte) { delete(f, "sub-01/func/sub-01_task-view_run-2_events.tsv") }, nil, "fmri.fmriprep.raw"},
		{"no brain mask", func(f map[string][]byte) {
			maps.DeleteFunc(f, func(name string, _ []byte) bool { return strings.Contains(name, "desc-brain") })
		}, nil, "fmri.fmriprep.brain_mask=false"},
		{"a brain mask twice", func(f map[string][]byte) {
			for name, content := range maps.Clone(f) {
				if strings.Contains(name, "desc-brain") {
					f[name+".gz"] = pack(t, content)
				}
			}
		}, nil, "two files apply equally"},
		{"no derivatives", func(f map[string][]byte) { delete(f, "derivatives/fmriprep/dataset_description.json") }, nil, "fmri.fmriprep.derivatives"},
		{"regions of nothing", nil, func(p *fmri.Params) { p.Atlas, p.AtlasLabels = "", "" }, "fmri.masks"},
		{"labels without an atlas", nil, func(p *fmri.Params) { p.Atlas = "" }, "atlas_labels"},
		{"a subject that is not there", nil, func(p *fmri.Params) { p.Subject = "07" }, "subjects: 01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := maps.Clone(all)
			if c.files != nil {
				c.files(files)
			}
			stagetest.Refuses(t, fmri.Stage, fmriprepParams(c.change), inputs(t, files), c.want)
		})
	}
}
