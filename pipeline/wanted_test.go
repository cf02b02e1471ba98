package pipeline_test

import (
	"slices"
	"testing"

	"realnet/pipeline"
)

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
