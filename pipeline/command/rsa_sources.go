package command

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/rdm"
)

// source is the RDMs of one file.
type source struct {
	path string
	list []arrays.RDM
}

// read reads all RDMs.
func (c *RSA) read(ctx context.Context, a *App) (models, brains []source, err error) {
	if models, err = c.sources(ctx, c.Model, first(c.ModelNames, c.Names)); err != nil {
		return nil, nil, fmt.Errorf("model: %w", err)
	}
	if brains, err = c.sources(ctx, c.Brain, first(c.BrainNames, c.Names)); err != nil {
		return nil, nil, fmt.Errorf("brain: %w", err)
	}
	features, err := c.features(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	models = append(models, features...)
	patterns, err := c.patterns(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	brains = append(brains, patterns...)
	for _, made := range [][]source{features, patterns} {
		if err := onceEach(made); err != nil {
			return nil, nil, err
		}
	}
	distinguish(models)
	distinguish(brains)
	if err := c.times(ctx, brains); err != nil {
		return nil, nil, err
	}
	if err := c.subjects(ctx, brains); err != nil {
		return nil, nil, err
	}
	return models, brains, nameAll(a, slices.Concat(models, brains))
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// sources reads the RDMs of several files.
func (c *RSA) sources(ctx context.Context, paths []string, namesFile string) ([]source, error) {
	names, err := labels(ctx, namesFile, -1, "")
	if err != nil {
		return nil, err
	}
	var all []source
	for _, p := range paths {
		read := func() ([]arrays.RDM, error) { return arrays.ReadRDMs(ctx, p, c.Select, names) }
		if c.Weighted == 0 && c.Bootstrap == 0 && c.Report == "" { // only the stage needs the values
			read = func() ([]arrays.RDM, error) { return arrays.LinkRDMs(ctx, p, c.Select, names) }
		}
		if c.alignment() {
			read = func() ([]arrays.RDM, error) { return c.alignments(ctx, p, names) }
		}
		list, err := read()
		if err != nil {
			return nil, err
		}
		all = append(all, source{p, list})
	}
	return all, nil
}

// times gives the RDMs of each brain file the seconds of --times.
func (c *RSA) times(ctx context.Context, brains []source) error {
	if c.Times == "" {
		return nil
	}
	x, err := arrays.Read(ctx, c.Times, arrays.Options{})
	if err != nil {
		return fmt.Errorf("--times: %w", err)
	}
	seconds := x.Float64()
	for _, s := range brains {
		if len(s.list) != len(seconds) {
			return fmt.Errorf("--times %s: %d times for the %d RDMs of %s", c.Times, len(seconds), len(s.list), s.path)
		}
		for i := range s.list {
			s.list[i].Row.Time, s.list[i].Row.Kind = seconds[i], eegKind
		}
	}
	return nil
}

// eegKind is the kind of RDMs over time.
const eegKind = "eeg"

// subjects labels the brains' subjects, of whom the noise ceiling is: as --subjects has
// them, as the artifact has them, or each RDM one.
func (c *RSA) subjects(ctx context.Context, brains []source) error {
	n := 0
	for _, s := range brains {
		n += len(s.list)
	}
	list, err := labels(ctx, c.Subjects, n, "subjects")
	if err != nil {
		return err
	}
	k := 0
	for _, s := range brains {
		for i := range s.list {
			row := &s.list[i].Row
			if list != nil {
				row.Subject = list[k]
			} else if row.Subject == "" && !math.IsNaN(row.Time) {
				row.Subject = fileLabel(strings.TrimSuffix(filepath.Base(s.path), filepath.Ext(s.path)))
			} else if row.Subject == "" {
				row.Subject = s.list[i].Label
			}
			k++
		}
	}
	return nil
}

// onceEach refuses files of features or patterns that are of the same model or measurement.
func onceEach(made []source) error {
	of := map[string]string{}
	for _, s := range made {
		what := arrays.Describe(s.list[0].Row)
		if other, ok := of[what]; ok {
			return fmt.Errorf("%s and %s: %w: both are of %s: give models names of their own, and patterns of sessions the mark {session}", other, s.path, arrays.ErrLabels, what)
		}
		of[what] = s.path
	}
	return nil
}

// distinguish puts as many folders before the labels of files of one name, as in S1/V1 and
// S2/V1, as tell them apart.
func distinguish(all []source) {
	at := map[string][]int{}
	for i, s := range all {
		if r := s.list[0]; r.Row.Kind+r.Row.Model+r.Row.Layer+r.Row.Subject+r.Row.ROI == "" { // else it says what it is of
			base := strings.TrimSuffix(filepath.Base(s.path), filepath.Ext(s.path))
			at[base] = append(at[base], i)
		}
	}
	for _, same := range at {
		paths := map[string]bool{}
		for _, i := range same {
			paths[all[i].path] = true
		}
		last := func(path string, depth int) string { // folders
			parts := strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")
			return strings.Join(parts[max(0, len(parts)-depth):], "/")
		}
		depth, apart := 0, len(paths) == 1
		for ; !apart && depth < 100; depth++ {
			found := map[string]bool{}
			for path := range paths {
				found[last(path, depth+1)] = true
			}
			apart = len(found) == len(paths)
		}
		for _, i := range same {
			for j := range all[i].list {
				if depth > 0 {
					all[i].list[j].Label = last(all[i].path, depth) + "/" + all[i].list[j].Label
				}
			}
		}
	}
}

// nameAll gives conditions without names numbers for names. Where only some RDMs have
// names, those that are merely beside a file are left aside.
func nameAll(a *App, all []source) error {
	without, beside := "", ""
	n := 0
	for _, s := range all {
		switch r := s.list[0]; {
		case r.Names == nil && without != "" && r.N != n:
			return fmt.Errorf("%w: %s has %d conditions, %s has %d, and neither names them: give --model-names and --brain-names", rdm.ErrNames, without, n, s.path, r.N)
		case r.Names == nil:
			without, n = s.path, r.N
		case r.Beside:
			beside = s.path
		}
	}
	for _, s := range all {
		r := s.list[0]
		if without != "" && r.Names != nil && !r.Beside {
			return fmt.Errorf("%w: %s has no condition names, %s has: give --names, --model-names or --brain-names", rdm.ErrNames, without, s.path)
		}
		if without == "" {
			continue
		}
		names := numbered("condition", r.N)
		for i := range s.list {
			named := *s.list[i].RDM
			named.Names = names
			s.list[i].RDM = &named
		}
	}
	if without != "" && beside != "" {
		a.Log.Warn().Str("named", beside).Str("unnamed", without).Msg("only some RDMs have condition names: rows are compared in the order that they have")
	}
	return nil
}

// artifactOf makes an artifact of the RDMs of one file.
func (s source) artifact() (*artifacts.Artifact, error) {
	return inMemory(s.path, rdms.Schema, func(w *artifacts.Writer) error {
		if at := s.list[0].Section; at != nil {
			return rdms.Link(w, s.list[0].Row, s.list[0].Names, at.Path, at.Offset)
		}
		set := rdms.Set{Conditions: s.list[0].Names}
		for _, r := range s.list {
			set.Rows = append(set.Rows, r.Row)
			if set.Values == nil {
				set.Values = slices.Clip(r.Values)
				continue
			}
			set.Values = append(set.Values, r.Values...)
		}
		return rdms.Write(w, set)
	})
}
