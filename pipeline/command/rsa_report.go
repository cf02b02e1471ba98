package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/pipeline"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/naming"
)

// report writes the RDMs as a study of kind rsa beside dir, and runs it into dir: the page,
// the figures, the tables and results.json.
func (c *RSA) report(ctx context.Context, a *App, models, brains []source) error {
	folder, file := c.studyFiles()
	if err := os.RemoveAll(folder); err != nil { // that of an earlier run, as freeReport checked
		return err
	}
	names, err := c.common(models, brains)
	if err != nil {
		return err
	}
	brainFiles, err := saveRDMs(filepath.Join(folder, "brains"), brains, names, brainFile)
	if err != nil {
		return err
	}
	modelFiles, err := saveRDMs(filepath.Join(folder, "models"), models, names, func(r arrays.RDM) (string, string) {
		return "{model}.npy", fileLabel(r.Label) + ".npy"
	})
	if err != nil {
		return err
	}
	about := "Model RDMs against brain RDMs: " + strings.Join(a.Args, " ")
	if c.Intersect {
		left, err := c.leftOut(models, brains)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			about += fmt.Sprintf(". Left out, because not all RDMs have them: %s.", strings.Join(left, ", "))
		}
	}
	layout := func(files []savedRDMs, kind string) map[string]any {
		var list []map[string]any
		for _, f := range files {
			one := map[string]any{"file": f.pattern, "kind": kind}
			if f.times != nil {
				one = map[string]any{"file": f.pattern, "kind": eegKind, "axes": []string{"time", "pair"}, "times": f.times}
			}
			list = append(list, one)
		}
		return map[string]any{"layout": "arrays", "names": "names.txt", "rdms": list, "metric": c.Metric}
	}
	kind := brains[0].list[0].Row.Kind
	if kind == "" || kind == "model" {
		kind = "fmri"
	}
	text, err := json.MarshalIndent(map[string]any{
		"study": filepath.Base(c.Report), "about": about, "kind": "rsa", "seed": c.Seed,
		"data":       map[string]any{"models": map[string]any{"folder": "models"}, "brains": map[string]any{"folder": "brains"}},
		"model_rdms": layout(modelFiles, "model"), "published": layout(brainFiles, kind),
		"rsa": map[string]any{"method": c.Method, "permutations": c.Permutations, "alternative": c.Alternative},
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o666); err != nil {
		return err
	}
	run := Reproduce{StudyFlags: StudyFlags{Study: file, Jobs: c.Workers}, Out: c.Report, ExecutorFlags: ExecutorFlags{Executor: "local"}}
	if !c.JSON {
		return run.Run(ctx, a)
	}
	stdout := a.Stdout // has the results alone
	a.Stdout = io.Discard
	defer func() { a.Stdout = stdout }()
	return run.Run(ctx, a)
}

// studyFiles are the folder of the study that --report runs, and its file.
func (c *RSA) studyFiles() (folder, file string) {
	folder = filepath.Clean(c.Report) + ".study"
	return folder, filepath.Join(folder, "study.yaml")
}

// freeReport refuses to write over what no earlier run left.
func (c *RSA) freeReport() error {
	folder, file := c.studyFiles()
	if _, err := os.Stat(folder); err == nil {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("--report: the files of the study go to %s, which holds something else: remove it or choose another folder", folder)
		}
	}
	return pipeline.CheckRunFolder(c.Report)
}

// common are the conditions that are compared: those of the brains, or with --intersect
// those that all have.
func (c *RSA) common(models, brains []source) ([]string, error) {
	names := brains[0].list[0].Names
	for _, list := range [][]source{brains, models} {
		for _, s := range list {
			joined, err := naming.Join(s.list[0].Names, names, c.Intersect)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.path, err)
			}
			kept := make([]string, len(joined.B))
			for i, k := range joined.B {
				kept[i] = names[k]
			}
			names = kept
		}
	}
	return names, nil
}

// leftOut are the conditions of any RDM that are not compared, each once.
func (c *RSA) leftOut(models, brains []source) ([]string, error) {
	names, err := c.common(models, brains)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, s := range slices.Concat(brains, models) {
		joined, err := naming.Join(s.list[0].Names, names, true)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
		for _, name := range joined.LeftA {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// brainFile is the pattern and the name of a brain RDM's file.
func brainFile(r arrays.RDM) (pattern, name string) {
	pattern, name = "{subject}.npy", fileLabel(r.Row.Subject)+".npy"
	for _, place := range []struct{ mark, label string }{{"{session}", r.Row.Session}, {"{roi}", r.Row.ROI}} {
		if place.label != "" {
			pattern, name = place.mark+"/"+pattern, fileLabel(place.label)+"/"+name
		}
	}
	return pattern, name
}

// fileLabel is a label that a file can be named by.
func fileLabel(label string) string {
	return strings.NewReplacer("/", "-", "\\", "-", string(filepath.Separator), "-").Replace(label)
}

// savedRDMs are the files of one pattern: one RDM each, or those of the times.
type savedRDMs struct {
	pattern string
	times   []float64 // s; nil: one RDM
}

// saveRDMs writes RDMs as .npy, and names.txt, and returns the patterns of their files.
// RDMs over time go into one file per subject and region.
func saveRDMs(folder string, list []source, names []string, file func(arrays.RDM) (pattern, name string)) ([]savedRDMs, error) {
	var patterns []savedRDMs
	type content struct {
		pattern, path string
		times, values []float64
		pairs         int
	}
	files := map[string]*content{}
	var order []string
	for _, s := range list {
		for _, r := range s.list {
			if r.Row.Split != "" {
				continue // the study compares the whole data
			}
			joined, err := naming.Join(r.Names, names, false)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.path, err)
			}
			m, err := r.Subset(joined.A)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.path, err)
			}
			pattern, name := file(r)
			f, twice := files[name]
			if !twice {
				f = &content{pattern: pattern, path: s.path, pairs: len(m.Values)}
				files[name], order = f, append(order, name)
			}
			if timed := !math.IsNaN(r.Row.Time); twice && (!timed || f.times == nil || slices.Contains(f.times, r.Row.Time)) {
				return nil, fmt.Errorf("%s and %s: both are called %q in the report: give them names of their own", f.path, s.path, strings.TrimSuffix(name, ".npy"))
			} else if timed {
				f.times = append(f.times, r.Row.Time)
			}
			f.values = append(f.values, m.Values...)
		}
	}
	for _, name := range order {
		f := files[name]
		shape := []int{f.pairs}
		if f.times != nil {
			shape = []int{len(f.times), f.pairs}
		}
		k := slices.IndexFunc(patterns, func(p savedRDMs) bool { return p.pattern == f.pattern })
		if k < 0 {
			k, patterns = len(patterns), append(patterns, savedRDMs{f.pattern, f.times})
		}
		if !slices.Equal(patterns[k].times, f.times) {
			return nil, fmt.Errorf("%s: its times are not those of %s: a report compares the same times of all subjects", f.path, files[order[0]].path)
		}
		if err := arrays.WriteNPY(filepath.Join(folder, filepath.FromSlash(name)), shape, f.values); err != nil {
			return nil, err
		}
	}
	return patterns, arrays.WriteLabels(filepath.Join(folder, "names.txt"), names)
}
