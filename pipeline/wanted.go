package pipeline

import (
	"path"
	"slices"
	"strings"
)

// Wanted lists patterns, sorted, of the files that the study may read below the folder
// of --data: of each dataset in its folder there, and of a study's only dataset in the
// folder itself. They are complete before any file is looked at, so that a program
// which brings files to another machine brings no others. "**" stands for any folders,
// also none.
func (s Study) Wanted() []string {
	var out []string
	for _, role := range []struct {
		Source
		subjects []string
	}{
		{s.Data.FMRI, s.Subjects},
		{s.Data.Other, s.OtherSubjects},
		{s.Data.EEG, s.EEGSubjects},
		{s.Data.Stimuli, nil},
		{s.Data.EEGStimuli, nil},
		{s.Data.Labelled, nil},
		{s.Data.Objects, nil},
		{s.Data.Brains, nil},
		{s.Data.Models, nil},
		{s.Data.Weights, nil},
	} {
		if !role.named() || role.Dataset == Synthetic {
			continue
		}
		files := forSubjects(role.Files, role.subjects)
		if len(files) == 0 {
			files = []string{"**"}
		}
		for _, f := range files {
			if !strings.Contains(f, "/") && f != "**" {
				f = "**/" + f // as a pattern without a slash matches at any depth
			}
			if role.Folder == "" && s.Data.only(role.Dataset) {
				out = append(out, f)
			}
			for _, folder := range role.folders() {
				out = append(out, path.Join(folder, f))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// folders are where below --data the source may be.
func (s Source) folders() []string {
	if s.Folder == "" {
		return []string{s.Dataset}
	}
	clean := path.Clean(s.Folder)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
		return []string{path.Base(clean)}
	}
	return []string{clean}
}
