package bids

import "testing"

func TestSubjectOf(t *testing.T) {
	for file, want := range map[string]string{
		"sub-01/ses-a/func/sub-01_ses-a_bold.nii.gz": "01", "sub-S2_bold.h5": "S2", "derivatives/fmriprep/sub-03/func/x.tsv": "03",
		"sub001/BOLD/task001_run001/bold.nii.gz": "001", "files/sub-7.npy": "7",
		"subset.csv": "", "dataset_description.json": "", "subjects/list.txt": "", "sub-/x": "",
	} {
		if got := SubjectOf(file); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}
