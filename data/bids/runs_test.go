package bids

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dataset makes a dataset of one subject whose func folder has the given files.
func dataset(t *testing.T, files ...string) *Dataset {
	t.Helper()
	content := map[string]string{"dataset_description.json": description}
	for _, f := range files {
		text := ""
		if strings.HasSuffix(f, ".tsv") {
			text = "onset\tduration\n0\t1\n"
		}
		content["sub-1/func/"+f] = text
	}
	d, err := Open(tree(t, content))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Images that were made of one scan are one run: BIDS 1.9, "Entities": only sub, ses,
// task, acq, ce, dir and run tell functional scans apart.
func TestSeveralImagesOfARun(t *testing.T) {
	const first = "sub-1_task-a_run-1_bold.nii.gz"
	for _, c := range []struct {
		name, a, b, differ string
		entities           map[string]string
		image, want        string // of a filter that chooses, and the choice
	}{
		{"echo", "sub-1_task-a_run-1_echo-1_bold.nii.gz", "sub-1_task-a_run-1_echo-2_bold.nii.gz", "echo (1, 2)", map[string]string{"echo": "2"}, "", "sub-1_task-a_run-1_echo-2_bold.nii.gz"},
		{"phase", first, "sub-1_task-a_run-1_part-phase_bold.nii.gz", "part (none, phase)", map[string]string{"part": ""}, "", first},
		{"reconstruction", first, "sub-1_task-a_run-1_rec-b_bold.nii.gz", "rec (none, b)", map[string]string{"rec": "b"}, "", "sub-1_task-a_run-1_rec-b_bold.nii.gz"},
		{"space", "sub-1_task-a_run-1_space-MNI_desc-preproc_bold.nii.gz", "sub-1_task-a_run-1_space-T1w_desc-preproc_bold.nii.gz", "space (MNI, T1w)", map[string]string{"space": "T1w"}, "", "sub-1_task-a_run-1_space-T1w_desc-preproc_bold.nii.gz"},
		{"resolution", "sub-1_task-a_run-1_space-MNI_res-1_bold.nii.gz", "sub-1_task-a_run-1_space-MNI_res-2_bold.nii.gz", "res (1, 2)", map[string]string{"res": "1"}, "", "sub-1_task-a_run-1_space-MNI_res-1_bold.nii.gz"},
		{"description", "sub-1_task-a_run-1_desc-preproc_bold.nii.gz", "sub-1_task-a_run-1_desc-smooth_bold.nii.gz", "desc (preproc, smooth)", map[string]string{"desc": "preproc"}, "", "sub-1_task-a_run-1_desc-preproc_bold.nii.gz"},
		{"unknown entity", first, "sub-1_task-a_run-1_proc-x_bold.nii.gz", "proc (none, x)", nil, "*run-1_bold*", first},
		{"unpacked", "sub-1_task-a_run-1_bold.nii", first, "extension (.nii, .nii.gz)", nil, "*.gz", first},
		{"zeros", first, "sub-1_task-a_run-01_bold.nii.gz", "run (01, 1)", nil, "*run-1_*", first},
		{"order of entities", first, "sub-1_run-1_task-a_bold.nii.gz", "the order of their entities", nil, "*run-1_bold*", first},
		{"two at once", "sub-1_task-a_run-1_space-A_desc-x_bold.nii.gz", "sub-1_task-a_run-1_space-B_desc-y_bold.nii.gz", "space (A, B), desc (x, y)", map[string]string{"space": "B"}, "", "sub-1_task-a_run-1_space-B_desc-y_bold.nii.gz"},
	} {
		d := dataset(t, c.a, c.b, "sub-1_task-a_run-1_events.tsv", "sub-1_task-a_run-2_bold.nii.gz")
		_, err := d.Runs(Filter{})
		if !errors.Is(err, ErrImages) {
			t.Errorf("%s: %v, want ErrImages", c.name, err)
			continue
		}
		for _, part := range []string{c.a, c.b, "differ in " + c.differ} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want it to name %s", c.name, err, part)
			}
		}
		if err := os.Remove(filepath.Join(d.Root, "sub-1/func/sub-1_task-a_run-2_bold.nii.gz")); err != nil {
			t.Fatal(err)
		}
		runs, err := d.Runs(Filter{Entities: c.entities, Image: c.image})
		if err != nil || len(runs) != 1 || filepath.Base(runs[0].Bold) != c.want {
			t.Errorf("%s, chosen: %+v, %v, want %s", c.name, runs, err, c.want)
		}
	}
}

// A run that lacks the chosen image must not be left out in silence.
func TestChosenImageIsMissing(t *testing.T) {
	d := dataset(t, "sub-1_task-a_run-1_space-A_bold.nii.gz", "sub-1_task-a_run-1_space-B_bold.nii.gz", "sub-1_task-a_run-2_space-A_bold.nii.gz")
	_, err := d.Runs(Filter{Entities: map[string]string{"space": "B"}})
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "run-2_space-A") || !strings.Contains(err.Error(), "space-B") {
		t.Errorf("run 2 lacks space B: %v", err)
	}
	if _, err := d.Runs(Filter{Image: "["}); err == nil {
		t.Error("a pattern that is none was accepted")
	}
}

// Entities of a scan choose scans, and what they do not choose is no missing image.
func TestScansByEntities(t *testing.T) {
	d := dataset(t, "sub-1_task-a_acq-x_bold.nii.gz", "sub-1_task-a_acq-y_bold.nii.gz", "sub-1_task-a_events.tsv")
	if runs, err := d.Runs(Filter{}); err != nil || len(runs) != 2 {
		t.Errorf("two acquisitions are two scans: %d, %v", len(runs), err)
	}
	if runs, err := d.Runs(Filter{Entities: map[string]string{"acq": "y"}}); err != nil || len(runs) != 1 || runs[0].Name.Get("acq") != "y" {
		t.Errorf("acq-y: %+v, %v", runs, err)
	}
}

// Two tables, or two forms of one mask, that belong to one run equally are refused.
func TestTwoFilesForOneUse(t *testing.T) {
	d := dataset(t, "sub-1_task-a_bold.nii.gz", "sub-1_task-a_desc-confounds_timeseries.tsv", "sub-1_task-a_desc-confounds_regressors.tsv")
	if _, err := d.Runs(Filter{}); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("two tables of confounds: %v", err)
	}
	d = dataset(t, "sub-1_task-a_run-1_bold.nii.gz", "sub-1_task-a_events.tsv", "sub-1_run-1_events.tsv")
	if _, err := d.Runs(Filter{}); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("two tables of events: %v", err)
	}
	masks, err := Open(tree(t, map[string]string{
		"dataset_description.json": description, "sourcedata/sub-1/anat/sub-1_mask_LH_V1.nii": "", "sourcedata/sub-1/anat/sub-1_mask_LH_V1.nii.gz": "",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := masks.ROIMasks("1"); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("a mask and its unpacked copy: %v", err)
	}
}

// Names without a hemisphere are shown, with the form that they need.
func TestMasksWithoutHemisphere(t *testing.T) {
	d, err := Open(tree(t, map[string]string{"dataset_description.json": description, "sourcedata/sub-1/anat/sub-1_mask_V1.nii.gz": ""}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ROIMasks("1"); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "sub-1_mask_V1.nii.gz") || !strings.Contains(err.Error(), "mask_LH_V1d") {
		t.Errorf("%v", err)
	}
}
