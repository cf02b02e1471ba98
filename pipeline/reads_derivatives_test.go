package pipeline_test

import (
	"path/filepath"
	"testing"

	"realnet/pipeline"
	"realnet/stages/all"
)

// Beside derivatives of fMRIPrep only the events of a raw dataset are read: its images,
// which are large, are not fetched.
func TestRawImagesBesideDerivatives(t *testing.T) {
	dir := t.TempDir()
	write := writerIn(t, dir)
	const raw, derived = "data/sub-01/func/sub-01_task-x_run-1_", "data/derivatives/fmriprep/sub-01/func/sub-01_task-x_run-1_"
	for _, name := range []string{
		raw + "bold.nii.gz", raw + "sbref.nii.gz", raw + "events.tsv", raw + "bold.json", "data/sub-01/anat/sub-01_T1w.nii.gz", "data/sub-01/fmap/sub-01_phasediff.nii.gz",
		derived + "space-T1w_desc-preproc_bold.nii.gz", derived + "space-fsLR_den-91k_bold.dtseries.nii", derived + "hemi-L_space-fsnative_bold.func.gii",
		derived + "desc-confounds_timeseries.tsv", derived + "desc-preproc_bold.nii.gz", "data/rois/sub-01_V1.nii.gz", "data/dataset_description.json",
	} {
		write(name, name)
	}
	write("study.yaml", "study: two\nkind: reliability\nsubjects: [\"01\"]\ndata:\n  fmri: {folder: "+filepath.Join(dir, "data")+"}\nfmri: {layout: fmriprep}\nrois: []\nrdm: {split: odd-even}\n")
	digest := func() string {
		t.Helper()
		study, err := pipeline.LoadStudy(filepath.Join(dir, "study.yaml"), nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.NewStudyPlan(t.Context(), study, pipeline.PlanOptions{Registry: all.Stages(), CacheDir: filepath.Join(dir, "cache")})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Externals) != 1 {
			t.Fatalf("%d datasets", len(p.Externals))
		}
		return p.Externals[0].Digest
	}
	before := digest()
	for name, read := range map[string]bool{
		raw + "bold.nii.gz": false, raw + "sbref.nii.gz": false, "data/sub-01/anat/sub-01_T1w.nii.gz": false, "data/sub-01/fmap/sub-01_phasediff.nii.gz": false,
		raw + "events.tsv": true, raw + "bold.json": true, derived + "space-T1w_desc-preproc_bold.nii.gz": true, derived + "space-fsLR_den-91k_bold.dtseries.nii": true,
		derived + "hemi-L_space-fsnative_bold.func.gii": true, derived + "desc-preproc_bold.nii.gz": true, derived + "desc-confounds_timeseries.tsv": true, "data/rois/sub-01_V1.nii.gz": true,
	} {
		write(name, "changed")
		after := digest()
		if (after != before) != read {
			t.Errorf("%s: read %v, want %v", name, after != before, read)
		}
		before = after
	}
}
