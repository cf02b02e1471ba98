package fmri

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/stimuli"
	"realnet/data/bids"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// Stage is the fmri stage.
var Stage = stage.New(stage.Spec{
	Name: "fmri",
	Doc:  "Turns a subject's BOLD runs into response patterns.",
	In: []stage.Port{
		{Name: "dataset", Schemas: []string{dataset.Schema.Name}, Doc: "the dataset's files"},
		{Name: "shared", Schemas: []string{stimuli.Schema.Name}, Optional: true, Doc: "images of another recording: those among the training images get the subset shared"},
	},
	Out: patterns.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	root := filepath.Join(env.One("dataset").Dir(), dataset.Root)
	mine := func(file string) bool { of := bids.SubjectOf(file); return of == "" || of == p.Subject }
	if err := env.One("dataset").Check(mine); err != nil {
		return err
	}
	l, err := findLayout(p.Layout)
	if err != nil {
		return err
	}
	all, err := l.gather(ctx, env, root, p)
	if err != nil {
		return err
	}
	if err := setApart(env.Maybe("shared"), all.Patterns); err != nil {
		return err
	}
	if p.Standardise == "train" {
		if err := standardise(all.Patterns); err != nil {
			return err
		}
	}
	switch p.Average {
	case PerRun:
		all.Patterns = bold.AverageBy(all.Patterns, bold.ByConditionAndRun)
	case PerCondition:
		all.Patterns = bold.AverageBy(all.Patterns, bold.ByCondition)
	}
	return patterns.Write(env.Out, result(all, p))
}

// setApart gives the training samples whose images are among others the subset shared.
func setApart(others *artifacts.Artifact, all *bold.Patterns) error {
	if others == nil {
		return nil
	}
	names, err := stimuli.Names(others)
	if err != nil {
		return err
	}
	found := false
	for i, l := range all.Labels {
		if l.Subset == "train" && names[l.Condition] {
			all.Labels[i].Subset, found = stimuli.Shared, true
		}
	}
	if !found {
		return fmt.Errorf("none of the %d images of the port shared is a training image of these brains: set shared_images: false", len(names))
	}
	return nil
}

// standardise uses the training samples alone: the test set must not touch what
// it is compared with.
func standardise(all *bold.Patterns) error {
	scale, err := bold.FitScaler(all, func(l bold.Label) bool { return l.Subset == "train" }, 1)
	if err != nil {
		return fmt.Errorf("standardise by the training set: %w", err)
	}
	return scale.Apply(all, bold.Every)
}

func result(all *gathered, p Params) patterns.Patterns {
	out := patterns.Patterns{Values: all.Data, Voxels: all.voxels, Members: all.members}
	seen := map[string]int32{}
	for i, l := range all.Labels {
		s := patterns.Sample{
			Subject: p.Subject, Condition: l.Condition, Subset: l.Subset, Session: all.sessions[l.Run],
			Run: int32(max(l.Run, 0)), Averaged: int32(l.Repetitions), Onset: l.Onset,
		}
		if l.Repetitions > 1 {
			s.Onset = math.NaN()
		}
		if p.Average != PerCondition {
			key := l.Subset + "\x00" + l.Condition
			seen[key]++
			s.Repetition = seen[key]
			if p.Average == PerTrial && all.repetitions != nil && all.repetitions[i] > 0 {
				s.Repetition = all.repetitions[i]
			}
		}
		out.Samples = append(out.Samples, s)
	}
	return out
}
