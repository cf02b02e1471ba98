package command

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts/schemas/rdms"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
	"realnet/stages/published"
	rdmstage "realnet/stages/rdm"
)

// layer is a --model-features: its label and its file.
func layer(text string) (label, path string, err error) {
	label, path, ok := strings.Cut(text, "=")
	if !ok || label == "" || path == "" {
		return "", "", usagef("--model-features %s: write NAME=FILE, such as IT=features.npy", text)
	}
	return label, path, nil
}

// features makes an RDM of each --model-features.
func (c *RSA) features(ctx context.Context, a *App) ([]source, error) {
	var all []source
	for _, text := range c.ModelFeatures {
		label, path, err := layer(text)
		if err != nil {
			return nil, err
		}
		one := *c
		if one.Select == "" {
			one.Select = arrays.Called(ctx, path, label)
		}
		s, err := one.rdmsOf(ctx, a, path, first(c.ModelNames, c.Names), rdms.Row{Kind: "model", Layer: label, Time: math.NaN()})
		if err != nil {
			return nil, err
		}
		s.list[0].Label = label
		all = append(all, s)
	}
	return all, nil
}

// patternFile is a file that --brain-patterns names, and what its name says.
type patternFile struct {
	path   string
	labels map[string]string
}

// split cuts a pattern of files into the folder before its first mark and the rest.
func splitPattern(pattern string) (folder, rest string) {
	mark := strings.IndexAny(pattern, "{*?[")
	if mark < 0 {
		mark = len(pattern)
	}
	slash := strings.LastIndexByte(pattern[:mark], '/')
	return filepath.Clean(pattern[:slash+1]), pattern[slash+1:]
}

// patternFiles finds the files of --brain-patterns, in byte order.
func patternFiles(ctx context.Context, pattern string) ([]patternFile, error) {
	pattern = filepath.ToSlash(pattern)
	folder, rest := splitPattern(pattern)
	if rest == "" {
		return nil, usagef("--brain-patterns %s: name files, such as 'brains/{subject}_{roi}.npy'", pattern)
	}
	var found []patternFile
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--brain-patterns %s: there is no folder %s: %w", pattern, folder, os.ErrNotExist)
	}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); d.IsDir() {
			if strings.Count(name, "/") >= strings.Count(rest, "/") && name != "." {
				return fs.SkipDir // no deeper than the pattern
			}
			return nil
		}
		if strings.Count(name, "/") != strings.Count(rest, "/") {
			return nil
		}
		if labels, ok := published.Labels(rest, name); ok {
			found = append(found, patternFile{path, labels})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("--brain-patterns %s: no file matches: {subject}, {roi} and {session} stand for any label: %w", pattern, os.ErrNotExist)
	}
	return found, nil
}

// patterns makes an RDM of each file of --brain-patterns.
func (c *RSA) patterns(ctx context.Context, a *App) ([]source, error) {
	var files []patternFile
	for _, pattern := range c.BrainPatterns {
		found, err := patternFiles(ctx, pattern)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	var all []source
	for _, f := range files {
		row := rdms.Row{Kind: "fmri", Subject: f.labels["subject"], ROI: f.labels["roi"], Session: f.labels["session"], Time: math.NaN()}
		s, err := c.rdmsOf(ctx, a, f.path, first(c.BrainNames, c.Names), row)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// rdmsOf makes the RDM of a file of patterns or features.
func (c *RSA) rdmsOf(ctx context.Context, a *App, path, names string, row rdms.Row) (source, error) {
	if c.alignment() {
		list, err := labels(ctx, names, -1, "")
		if err != nil {
			return source{}, err
		}
		made, err := c.alignments(ctx, path, list)
		if err != nil {
			return source{}, err
		}
		made[0].Row, row.Metric = row, made[0].Metric
		made[0].Label = arrays.Describe(row)
		return source{path, made}, nil
	}
	cmd := RDM{In: path, Names: names, Select: c.Select, RowsAxis: c.RowsAxis, Metric: c.Metric}
	params := rdmstage.DefaultParams()
	params.Metric = rdm.Metric(c.Metric)
	if err := cmd.usage(params.Metric); err != nil {
		return source{}, err
	}
	in, named, err := cmd.inputs(ctx, a, &params)
	if err != nil {
		return source{}, err
	}
	made, err := a.stageInMemory(ctx, rdmstage.Stage, params, in, c.Workers)
	if err != nil {
		return source{}, inFile(path, err)
	}
	set, err := rdms.Read(made)
	if err != nil {
		return source{}, err
	}
	if len(set.Rows) != 1 {
		return source{}, fmt.Errorf("%s: it holds %d layers: choose one with --select", path, len(set.Rows))
	}
	beside := false
	if !named {
		if set.Conditions, err = arrays.NamesBeside(ctx, path); err != nil {
			return source{}, err
		}
		beside = set.Conditions != nil
	}
	r, err := rdm.New(c.Metric, set.Values, set.Conditions)
	if err != nil {
		return source{}, inFile(path, err)
	}
	row.Metric = c.Metric
	return source{path, []arrays.RDM{{RDM: r, Label: arrays.Describe(row), Row: row, Beside: beside}}}, nil
}

// alignments reads patterns, or features, into what stands for their RDM in cka. Rows of one
// name are averaged.
func (c *RSA) alignments(ctx context.Context, path string, names []string) ([]arrays.RDM, error) {
	x, values, err := readDoubles(ctx, path, arrays.Options{Select: c.Select, Rows: c.RowsAxis})
	if err != nil {
		return nil, err
	}
	if len(x.Shape) < 2 || x.Len() == 0 {
		return nil, fmt.Errorf("%s: %w: %v, want conditions x features", path, arrays.ErrShape, x.Shape)
	}
	if names, err = x.Named(names); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m := &rdm.Matrix[float64]{Data: values, Conditions: x.Shape[0], Features: x.Len() / x.Shape[0]}
	if names != nil {
		if m, names, err = rdm.Average(m, names); err != nil {
			return nil, inFile(path, err)
		}
	}
	r, err := compare.Alignment(ctx, m, names, c.Workers)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return []arrays.RDM{{RDM: r, Label: filepath.Base(path), Row: rdms.Row{Metric: r.Metric, Time: math.NaN()}}}, nil
}

// usage checks which flags go together.
func (c *RSA) usage() error {
	switch {
	case len(c.Model)+len(c.ModelFeatures) == 0:
		return usagef("missing flags: --model=RDM or --model-features=NAME=FILE")
	case len(c.Brain) == 0 && len(c.BrainPatterns) == 0:
		return usagef("missing flags: --brain=RDM or --brain-patterns=PATTERN")
	case c.Names != "" && c.ModelNames+c.BrainNames != "":
		return usagef("--names is for all: give it alone, or --model-names and --brain-names")
	case c.RowsAxis != 0 && len(c.ModelFeatures) == 0 && len(c.BrainPatterns) == 0:
		return usagef("--rows-axis %d: it is of --model-features and --brain-patterns, and there are none", c.RowsAxis)
	case c.alignment() && (c.Intersect || c.OmitNaN || c.Report != ""):
		return usagef("--method cka compares patterns of the same conditions: without --intersect, --omit-nan and --report")
	case (c.Weighted != 0 || c.Bootstrap != 0) && (c.alignment() || c.OmitNaN || c.Intersect) || c.Weighted < 0 || c.Bootstrap < 0:
		return usagef("--weighted %d and --bootstrap %d: 0 or more, without --method cka, --omit-nan and --intersect", c.Weighted, c.Bootstrap)
	case c.Bootstrap != 0 && c.Method != "" && !compare.Method(c.Method).OfSubsets():
		return usagef("--bootstrap: %s has no interval, since it needs all pairs of its conditions, and a draw has some twice: choose another --method", c.Method)
	case c.OmitNaN && c.Permutations > 0:
		return usagef("--omit-nan: a permuted gap is no gap any more: give --permutations 0")
	case !slices.Contains(rdm.Metrics(), rdm.Metric(c.Metric)) || rdm.Metric(c.Metric).CrossValidated():
		return usagef("--metric %s: want one of %v that is not cross-validated", c.Metric, rdm.Metrics())
	}
	return nil
}
