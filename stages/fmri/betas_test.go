package fmri_test

import (
	"encoding/json"
	"maps"
	"math"
	"strings"
	"testing"

	"realnet/stages/analysis/bold"
	"realnet/stages/fmri"
	"realnet/stages/stage/stagetest"
)

func betasParams(change func(*fmri.Params)) fmri.Params {
	p := fmri.DefaultParams()
	p.Layout, p.Subject, p.ROIs = "betas", "01", []string{"V1"}
	p.Masks = map[string]string{"V1": "masks/sub-{subject}_V1.nii"}
	change(&p)
	return p
}

var betasForms = map[string]func(*fmri.Params){
	"spm": func(p *fmri.Params) {
		p.Betas.Files, p.Betas.Names = []string{"spm/sub-{subject}/beta_*.nii"}, fmri.NamesSPM
	},
	"fsl": func(p *fmri.Params) {
		p.Betas.Train, p.Betas.Test = []string{"fsl/sub-{subject}/run1.feat/stats/cope*.nii"}, []string{"fsl/sub-{subject}/run2.feat/stats/cope*.nii"}
		p.Betas.Names, p.Betas.Conditions = fmri.NamesFSL, []string{"c?", "c10"}
	},
	"nilearn": func(p *fmri.Params) {
		p.Betas.Train, p.Betas.Test = []string{"*_ses-train*_stat-effect_statmap.nii"}, []string{"*_ses-test*_stat-effect_statmap.nii"}
		p.Betas.Names = fmri.NamesBIDS
	},
	"trials": func(p *fmri.Params) {
		p.Betas.Files, p.Betas.Names = []string{"sub-{subject}_betas.nii"}, "trials/trials.csv"
	},
}

// The values that nibabel reads from what SPM, FSL, nilearn and single-trial scripts
// leave (ci/reference/betas.py); exactly, since both are float32.
func TestBetasEqualNibabel(t *testing.T) {
	files := unzip(t, "betas.zip")
	var expected map[string]struct {
		Rows   [][3]any
		Voxels [][3]int32
		Values [][]float64
	}
	if err := json.Unmarshal(files["expected.json"], &expected); err != nil {
		t.Fatal(err)
	}
	for name, form := range betasForms {
		t.Run(name, func(t *testing.T) {
			got := read(t, stagetest.SameForAnyWorkers(t, fmri.Stage, betasParams(form), inputs(t, files)))
			want := expected[name]
			if len(got.Samples) != len(want.Rows) || len(got.Voxels) != len(want.Voxels) {
				t.Fatalf("%d samples x %d voxels, want %d x %d (%v)", len(got.Samples), len(got.Voxels), len(want.Rows), len(want.Voxels), conditions(got))
			}
			for i, v := range got.Voxels {
				if w := want.Voxels[i]; v.I != w[0] || v.J != w[1] || v.K != w[2] {
					t.Errorf("voxel %d is %+v, want %v", i, v, w)
				}
			}
			for i, s := range got.Samples {
				if w := want.Rows[i]; s.Subset != w[0] || float64(s.Run) != w[1] || s.Condition != w[2] {
					t.Errorf("sample %d is %+v, want %v", i, s, w)
				}
				for j, w := range want.Values[i] {
					if v := got.Values[i*len(got.Voxels)+j]; v != float32(w) || math.IsNaN(w) {
						t.Errorf("sample %d, voxel %d: %v, want %v", i, j, v, w)
					}
				}
			}
		})
	}
	// Without SPM.mat the headers name the regressors, to the same patterns.
	with := read(t, stagetest.Run(t, fmri.Stage, betasParams(betasForms["spm"]), inputs(t, files)))
	without := read(t, stagetest.Run(t, fmri.Stage, betasParams(func(p *fmri.Params) {
		p.Betas.Files, p.Betas.Names = []string{"spm_without_mat/sub-{subject}/beta_*.nii"}, fmri.NamesSPM
	}), inputs(t, files)))
	if strings.Join(conditions(with), ",") != strings.Join(conditions(without), ",") || len(with.Values) != len(without.Values) {
		t.Errorf("by SPM.mat %q, by headers %q", conditions(with), conditions(without))
	}
}

func TestBetasRefuses(t *testing.T) {
	all := unzip(t, "betas.zip")
	spm := betasForms["spm"]
	for _, c := range []struct {
		name   string
		files  func(map[string][]byte)
		form   func(*fmri.Params)
		change func(*fmri.Params)
		want   string
	}{
		{"no files", nil, spm, func(p *fmri.Params) { p.Betas.Files = nil }, "betas.files"},
		{"no such files", nil, spm, func(p *fmri.Params) { p.Subject = "09" }, "spm/sub-09/beta_*.nii"},
		{"both kinds of files", nil, spm, func(p *fmri.Params) { p.Betas.Train = p.Betas.Files }, "betas.files"},
		{"in both sets", nil, betasForms["fsl"], func(p *fmri.Params) { p.Betas.Test = p.Betas.Train }, "both train and test"},
		{"no names", nil, spm, func(p *fmri.Params) { p.Betas.Names = "" }, "betas.names"},
		{"an unknown table", nil, spm, func(p *fmri.Params) { p.Betas.Names = "none.csv" }, "none.csv"},
		{"no regions", nil, spm, func(p *fmri.Params) { p.Masks = nil }, "masks"},
		{"an unknown region", nil, spm, func(p *fmri.Params) { p.ROIs = []string{"V2"} }, `ROI "V2"`},
		{"no condition is kept", nil, spm, func(p *fmri.Params) { p.Betas.Conditions = []string{"dogs"} }, "faces"},
		{"copes for SPM", nil, betasForms["fsl"], func(p *fmri.Params) { p.Betas.Names = fmri.NamesSPM }, "beta_0001.nii"},
		{"no design.con", func(f map[string][]byte) { delete(f, "fsl/sub-01/run2.feat/design.con") }, betasForms["fsl"], nil, "design.con"},
		{"a short design.con", func(f map[string][]byte) { f["fsl/sub-01/run2.feat/design.con"] = []byte("/ContrastName1 c1\n") }, betasForms["fsl"], nil, "names 1 contrasts"},
		{"neither SPM.mat nor description", nil, spm, func(p *fmri.Params) { p.Betas.Files = []string{"other/beta_0001.nii"} }, "betas.names"},
		{"no entity contrast", nil, betasForms["nilearn"], func(p *fmri.Params) { p.Betas.Train = []string{"masks/sub-01_V1.nii"} }, "contrast"},
		{"a row too few", func(f map[string][]byte) { f["trials/trials.csv"] = []byte("condition\na\nb\n") }, betasForms["trials"], nil, "2 rows, the images have 9 volumes"},
		{"no column condition", func(f map[string][]byte) { f["trials/trials.csv"] = []byte("image\na\n") }, betasForms["trials"], nil, `"condition"`},
		{"NaN", nil, spm, func(p *fmri.Params) { p.Betas.Missing = bold.Error }, "NaN"},
		{"constant", nil, betasForms["trials"], func(p *fmri.Params) { p.Betas.Missing = bold.Error }, "in all 9 images"},
		{"another grid", nil, spm, func(p *fmri.Params) { p.Masks = map[string]string{"V1": "other/mask.nii"} }, "[2 2 2]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := maps.Clone(all)
			files["other/beta_0001.nii"], files["other/mask.nii"] = volume(t, make([]float32, 24)), otherGrid(t)
			if c.files != nil {
				c.files(files)
			}
			stagetest.Refuses(t, fmri.Stage, betasParams(func(p *fmri.Params) {
				c.form(p)
				if c.change != nil {
					c.change(p)
				}
			}), inputs(t, files), c.want)
		})
	}
}
