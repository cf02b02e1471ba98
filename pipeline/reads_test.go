package pipeline_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/pipeline"
	"realnet/stages/all"
)

// writerIn writes files of a folder, and the folders above them.
func writerIn(t *testing.T, dir string) func(name, text string) {
	return func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A file of one subject re-runs that subject alone, and a file that nobody reads
// re-runs nothing, although the study names no files.
func TestFilesBelongToSubjects(t *testing.T) {
	dir := t.TempDir()
	write := writerIn(t, dir)
	for _, s := range []string{"01", "02", "03"} {
		write("data/sub-"+s+"/func/sub-"+s+"_task-x_run-1_bold.nii.gz", "image "+s)
		write("data/sub-"+s+"/anat/sub-"+s+"_T1w.nii.gz", "anatomy "+s)
		write("data/derivatives/masks/sub-"+s+"/anat/sub-"+s+"_mask.nii.gz", "mask "+s)
	}
	write("data/dataset_description.json", "{}")
	write("data/README", "words")
	write("study.yaml", "study: two\nkind: reliability\nseed: 1\nsubjects: [\"01\", \"02\"]\ndata:\n  fmri: {folder: "+filepath.Join(dir, "data")+"}\nfmri: {layout: bids}\nrois: [V1]\nrdm: {split: odd-even}\n")

	plan := func() map[string]string {
		t.Helper()
		study, err := pipeline.LoadStudy(filepath.Join(dir, "study.yaml"), nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.NewStudyPlan(t.Context(), study, pipeline.PlanOptions{Registry: all.Stages(), CacheDir: filepath.Join(dir, "cache")})
		if err != nil {
			t.Fatal(err)
		}
		fetches := map[string]string{}
		for _, e := range p.Externals {
			n, ok := p.Node("fetch/" + e.Name)
			if !ok {
				t.Fatalf("no fetch node of %s", e.Name)
			}
			fetches[n.ID] = e.Digest + string(n.Params)
		}
		return fetches
	}
	before := plan()
	for _, c := range []struct {
		file string
		want []string
	}{
		{"data/sub-01/func/sub-01_task-x_run-1_bold.nii.gz", []string{"fetch/fmri/01"}},
		{"data/derivatives/masks/sub-02/anat/sub-02_mask.nii.gz", []string{"fetch/fmri/02"}},
		{"data/dataset_description.json", []string{"fetch/fmri/01", "fetch/fmri/02"}},
		{"data/sub-03/func/sub-03_task-x_run-1_bold.nii.gz", nil},
		{"data/sub-01/anat/sub-01_T1w.nii.gz", nil},
		{"data/README", nil},
		{"data/notes.pdf", nil},
		{"data/study.yaml", nil},
		{"data/sub-01/func/convert.log", nil},
		{"data/sub-04/func/sub-04_task-x_run-1_bold.nii.gz", nil},
	} {
		write(c.file, "changed")
		after := plan()
		var got []string
		for id := range after {
			if after[id] != before[id] {
				got = append(got, id)
			}
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s changed: %v, want %v", c.file, got, c.want)
		}
		if len(after) != 2 {
			t.Errorf("fetch nodes %v, want one a subject", after)
		}
		before = after
	}
}

// The layout that preceded BIDS has two text files that are read; others are words.
func TestTextFilesOfOpenFMRI(t *testing.T) {
	dir := t.TempDir()
	write := writerIn(t, dir)
	run := "data/sub001/BOLD/task001_run001/"
	for _, name := range []string{run + "bold.nii.gz", run + "bold_moest.txt", "data/scan_key.txt"} {
		write(name, "before")
	}
	write("study.yaml", "kind: reliability\nseed: 1\nsubjects: ['001']\ndata:\n  fmri: {folder: data}\nfmri: {layout: openfmri}\nrois: [V1]\nrdm: {split: odd-even}\n")
	plan := func() string {
		t.Helper()
		study, err := pipeline.LoadStudy(filepath.Join(dir, "study.yaml"), nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.NewStudyPlan(t.Context(), study, pipeline.PlanOptions{Registry: all.Stages(), CacheDir: filepath.Join(dir, "cache")})
		if err != nil {
			t.Fatal(err)
		}
		return p.Externals[0].Digest
	}
	before := plan()
	for file, read := range map[string]bool{
		run + "bold_moest.txt": true, "data/scan_key.txt": true, "data/notes.txt": false, run + "remarks.txt": false,
	} {
		write(file, "after")
		after := plan()
		if (after != before) != read {
			t.Errorf("%s: read is %v, want %v", file, after != before, read)
		}
		before = after
	}
}
