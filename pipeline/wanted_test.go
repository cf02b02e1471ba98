package pipeline_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
	"realnet/stages/all"
)

// A study's own folder is found below --data where the machine has it nowhere else, as
// in a container; a folder that is here comes first.
func TestOwnFolderBelowData(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"data/files", "data/deep/files", "lab/files"} {
		file := filepath.Join(dir, folder, "sub-01", "func", "sub-01_task-x_bold.nii.gz")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("image"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string]string{
		filepath.Join(dir, "absent", "files"): "data/files",
		filepath.Join(dir, "lab", "files"):    "lab/files",
		"deep/files":                          "data/deep/files",
	} {
		text := "kind: reliability\nseed: 1\nsubjects: ['01']\nrois: [V1]\nfmri: {layout: bids}\nrdm: {split: odd-even}\ndata:\n  fmri: {folder: " + folder + "}\n"
		file := filepath.Join(dir, "study.yaml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		study, err := pipeline.LoadStudy(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.NewStudyPlan(context.Background(), study, pipeline.PlanOptions{Registry: all.Stages(), DataDir: filepath.Join(dir, "data")})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Externals) != 1 || p.Externals[0].Path != filepath.Join(dir, want) {
			t.Errorf("folder %s: %+v, want %s", folder, p.Externals, want)
		}
	}
}

// A folder that is nowhere is named, with the place below --data where it may be.
func TestOwnFolderIsNowhere(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ folder, data, want string }{
		{filepath.Join(dir, "lab", "files"), "", "give --data DIR if it is elsewhere: then DIR/files is taken"},
		{"deep/files", "", "give --data DIR if it is elsewhere: then DIR/deep/files is taken"},
		{"deep/files", dir, "and --data has no " + filepath.Join(dir, "deep", "files")},
		{filepath.Join(dir, "lab", "files"), dir, "and --data has no " + filepath.Join(dir, "files")},
	} {
		s := pipeline.DefaultStudy()
		s.Kind, s.Subjects, s.Data.FMRI = "reliability", []string{"01", "02"}, pipeline.Source{Folder: c.folder}
		_, err := pipeline.NewStudyPlan(context.Background(), s, pipeline.PlanOptions{Registry: all.Stages(), DataDir: c.data})
		if err == nil || !strings.HasPrefix(err.Error(), "data.fmri.folder: ") || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("folder %s, --data %q: %v, want %q", c.folder, c.data, err, c.want)
		}
	}
}

func TestWanted(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*pipeline.Study)
		want []string
	}{
		{"made world", func(s *pipeline.Study) { s.Data.FMRI.Dataset = pipeline.Synthetic }, nil},
		{"one dataset, subjects", func(s *pipeline.Study) {
			s.Subjects = []string{"01", "02"}
			s.Data.FMRI = pipeline.Source{Dataset: "ds", Files: []string{"sub-{subject}/*", "*.tsv"}}
		}, []string{"**/*.tsv", "ds/**/*.tsv", "ds/sub-01/*", "ds/sub-02/*", "sub-01/*", "sub-02/*"}},
		{"two datasets", func(s *pipeline.Study) {
			s.Data.FMRI, s.Data.Stimuli = pipeline.Source{Dataset: "ds"}, pipeline.Source{Dataset: "images", Files: []string{"a.zip"}}
		}, []string{"ds/**", "images/**/a.zip"}},
		{"folders", func(s *pipeline.Study) {
			s.Data.FMRI, s.Data.Other, s.Data.EEG = pipeline.Source{Folder: "mine/bold"}, pipeline.Source{Folder: "/lab/files"}, pipeline.Source{Folder: "../eeg"}
		}, []string{"eeg/**", "files/**", "mine/bold/**"}},
	} {
		s := pipeline.DefaultStudy()
		c.edit(&s)
		if got := s.Wanted(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
