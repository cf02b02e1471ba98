package published

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"realnet/artifacts/schemas/rdms"
	"realnet/data/catalogue"
	"realnet/data/file"
	"realnet/stages/analysis/rdm"
	"realnet/stages/rdmfile"
)

// Arrays says where RDMs are, or patterns to make RDMs of.
type Arrays struct {
	File  string   `json:"file" doc:"pattern of the files; {subject}, {roi}, {session}, {model} and {layer} stand for any label"`
	Array string   `json:"array" doc:"name of the array in a file that has several; may have the marks of file"`
	Axes  []string `json:"axes" doc:"what each axis is: condition (twice, or with feature) or pair, and any of subject, roi, session, model, layer, time; none: one square or condensed RDM"`
	Kind  string   `json:"kind" doc:"model, fmri, neurons, eeg or behaviour"`

	Subjects []string  `json:"subjects" doc:"labels along the axis subject; none: 01, 02, ..."`
	ROIs     []string  `json:"rois" doc:"labels along the axis roi"`
	Sessions []string  `json:"sessions" doc:"labels along the axis session"`
	Models   []string  `json:"models" doc:"labels along the axis model"`
	Layers   []string  `json:"layers" doc:"labels along the axis layer"`
	Times    []float64 `json:"times" doc:"seconds along the axis time"`
	ROI      string    `json:"roi" doc:"label of RDMs whose file and axes name no region"`
	Model    string    `json:"model" doc:"label of RDMs whose file and axes name no model"`
}

// namesSuffix is the end of the file that names the conditions of the array beside it:
// IT.npy has IT.names.txt.
const namesSuffix = ".names.txt"

// Axes of values, and of labels.
const (
	condition = "condition"
	feature   = "feature"
	pairAxis  = "pair"
	timeAxis  = "time"
)

var labelAxes = []string{"subject", "roi", "session", "model", "layer", timeAxis}

var marks = regexp.MustCompile(`\{(\w*)\}`)

func (a Arrays) validate() error {
	if a.File == "" {
		return fmt.Errorf("file: name a file or a pattern of files")
	}
	for _, m := range marks.FindAllStringSubmatch(a.File+a.Array, -1) {
		if !slices.Contains(labelAxes[:5], m[1]) {
			return fmt.Errorf("file: {%s} is none of {subject}, {roi}, {session}, {model}, {layer}", m[1])
		}
	}
	if !slices.Contains([]string{"model", "fmri", "neurons", "eeg", "behaviour"}, a.Kind) {
		return fmt.Errorf("kind: %q is none of model, fmri, neurons, eeg, behaviour", a.Kind)
	}
	count := map[string]int{}
	for _, x := range a.Axes {
		if !slices.Contains(append([]string{condition, feature, pairAxis}, labelAxes...), x) {
			return fmt.Errorf("axes: %q is none of condition, feature, pair, %s", x, strings.Join(labelAxes, ", "))
		}
		count[x]++
	}
	values := [3]int{count[condition], count[feature], count[pairAxis]}
	square, patterns, condensed := values == [3]int{2, 0, 0}, values[0] == 1 && values[1] > 0 && values[2] == 0, values == [3]int{0, 0, 1}
	if len(a.Axes) > 0 && !square && !patterns && !condensed {
		return fmt.Errorf("axes: %v: want condition twice (RDMs), pair once (condensed RDMs), or condition once and feature (patterns)", a.Axes)
	}
	for _, x := range labelAxes {
		if count[x] > 1 {
			return fmt.Errorf("axes: %s twice", x)
		}
	}
	if count[timeAxis] > 0 && a.Kind != "eeg" {
		return fmt.Errorf("axes: RDMs over time are of kind eeg (also those of MEG), not %s", a.Kind)
	}
	if count[timeAxis] > 0 && len(a.Times) == 0 {
		return fmt.Errorf("times: the axis time needs its seconds")
	}
	return nil
}

// Reads reports whether the stage reads a file of its dataset.
func (p Params) Reads(name string) bool {
	if p.Layout != ArraysLayout {
		return true
	}
	if name == p.Names {
		return true
	}
	array, beside := strings.CutSuffix(name, namesSuffix) // names beside an array of any format
	return slices.ContainsFunc(p.RDMs, func(a Arrays) bool {
		re := a.expression()
		return re.MatchString(name) || beside && re.MatchString(array+path.Ext(a.File))
	})
}

// labels of an axis of n entries.
func (a Arrays) labels(axis string, n int) ([]string, error) {
	list := map[string][]string{"subject": a.Subjects, "roi": a.ROIs, "session": a.Sessions, "model": a.Models, "layer": a.Layers}[axis]
	if axis == timeAxis {
		if len(a.Times) != n {
			return nil, fmt.Errorf("times: %d for %d entries of the axis", len(a.Times), n)
		}
		return make([]string, n), nil
	}
	if len(list) == 0 {
		return numbered(n), nil
	}
	if len(list) != n {
		return nil, fmt.Errorf("%ss: %d labels for %d entries of the axis", axis, len(list), n)
	}
	return list, nil
}

func numbered(n int) []string {
	out := make([]string, n)
	width := max(2, len(fmt.Sprint(n)))
	for i := range out {
		out[i] = fmt.Sprintf("%0*d", width, i+1)
	}
	return out
}

// readArrays reads every array that the parameters name.
func readArrays(ctx context.Context, root string, p Params, workers int, log zerolog.Logger) (rdms.Set, error) {
	var set rdms.Set
	files, err := catalogue.List(root, nil)
	if err != nil {
		return set, err
	}
	if p.Names != "" {
		if set.Conditions, err = readNames(filepath.Join(root, filepath.FromSlash(p.Names))); err != nil {
			return set, err
		}
	}
	all := collected{fixed: set.Conditions}
	for _, a := range p.RDMs {
		re := a.expression()
		found := 0
		for _, name := range files {
			known, ok := labelsIn(re, name)
			if !ok || strings.HasSuffix(name, namesSuffix) {
				continue
			}
			found++
			all.file = name
			if err := a.read(ctx, filepath.Join(root, filepath.FromSlash(name)), known, p, workers, &all); err != nil {
				return set, fmt.Errorf("%s: %w", name, err)
			}
		}
		if found == 0 {
			return set, fmt.Errorf("no file among %d matches %q", len(files), a.File)
		}
	}
	return all.join(p.Intersect, log)
}

// Labels are what the marks of a pattern of files stand for in a file's name; false when
// the name does not match.
func Labels(pattern, name string) (map[string]string, bool) {
	return labelsIn(Arrays{File: pattern}.expression(), name)
}

func labelsIn(re *regexp.Regexp, name string) (map[string]string, bool) {
	match := re.FindStringSubmatch(name)
	if match == nil {
		return nil, false
	}
	known := map[string]string{}
	for i, mark := range re.SubexpNames() {
		if mark != "" {
			known[mark] = match[i]
		}
	}
	return known, true
}

// expression matches the files of a pattern; one without a slash matches at any depth.
func (a Arrays) expression() *regexp.Regexp {
	text := regexp.QuoteMeta(a.File)
	text = strings.NewReplacer(`\*`, `[^/]*`, `\?`, `[^/]`).Replace(text)
	seen := map[string]bool{}
	text = regexp.MustCompile(`\\\{(\w+)\\\}`).ReplaceAllStringFunc(text, func(m string) string {
		mark := m[2 : len(m)-2]
		if seen[mark] {
			return `[^/]+?`
		}
		seen[mark] = true
		return `(?P<` + mark + `>[^/]+?)`
	})
	if !strings.Contains(a.File, "/") {
		text = `(?:.*/)?` + text
	}
	return regexp.MustCompile(`^` + text + `$`)
}

// readNames reads a text file of one name per line.
func readNames(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	var list []string
	seen := map[string]int{}
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		name := strings.TrimSpace(line)
		if name == "" {
			continue
		}
		if seen[name] > 0 {
			return nil, fmt.Errorf("names: %s: %q is there twice, as name %d and %d", path, name, seen[name], len(list)+1)
		}
		list = append(list, name)
		seen[name] = len(list)
	}
	return list, nil
}

// read adds the RDMs of one file.
func (a Arrays) read(ctx context.Context, path string, known map[string]string, p Params, workers int, all *collected) error {
	beside, err := namesBeside(path)
	if err != nil {
		return err
	}
	name := marks.ReplaceAllStringFunc(a.Array, func(m string) string { return known[m[1:len(m)-1]] })
	if len(a.Axes) == 0 {
		return a.readForms(ctx, path, name, known, p, beside, all)
	}
	f, err := file.Open(ctx, path)
	if err != nil {
		return err
	}
	defer f.Close()
	array, err := f.Array(name)
	if errors.Is(err, file.ErrName) {
		return fmt.Errorf("%w: name it: array: NAME", err)
	}
	if err != nil {
		return err
	}
	axes := a.Axes
	if len(axes) != len(array.Shape) {
		return fmt.Errorf("shape %v has %d axes, axes names %d: %v", array.Shape, len(array.Shape), len(axes), axes)
	}
	values, err := array.Float64(ctx)
	if err != nil {
		return err
	}
	n, err := a.size(array.Shape, axes)
	if err != nil {
		return err
	}
	own := beside
	if len(array.Names) == n && axes[0] == condition {
		own = array.Names
	} else if names := f.NamesOf(n); names != nil {
		own = names
	}
	return a.each(array.Shape, axes, known, func(row rdms.Row, at int, steps []int) error {
		row.Metric = p.Metric
		if slices.Contains(axes, feature) {
			v, err := a.patterns(ctx, values, at, array.Shape, axes, steps, p, workers)
			if err != nil {
				return err
			}
			return all.add(row, v, n, own)
		}
		v, err := triangleOf(values, at, n, axes, steps)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.Join(strings.Fields(strings.Join([]string{row.Model, row.Layer, row.Subject, row.ROI, row.Session}, " ")), " "), err)
		}
		return all.add(row, v, n, own)
	})
}

// readForms adds the RDMs of a file whose axes are not named: of any form that package
// rdmfile knows. Several need labels of their own, or only one may be taken.
func (a Arrays) readForms(ctx context.Context, path, array string, known map[string]string, p Params, beside []string, all *collected) error {
	list, err := rdmfile.Read(ctx, path, array)
	if errors.Is(err, file.ErrName) {
		return fmt.Errorf("%w: name it: array: NAME", err)
	}
	if err != nil {
		return err
	}
	base := rdms.Row{Kind: a.Kind, Model: a.Model, ROI: a.ROI, Metric: p.Metric}
	for mark, label := range known {
		*rdmfile.Label(&base, mark) = label
	}
	seen := map[rdms.Row]bool{}
	for _, r := range list {
		row := base
		for _, what := range labelAxes[:5] {
			if own := *rdmfile.Label(&r.Row, what); own != "" && *rdmfile.Label(&row, what) == "" {
				*rdmfile.Label(&row, what) = own
			}
		}
		row.Time = 0 // NaN differs from itself
		if !math.IsNaN(r.Row.Time) {
			row.Time = r.Row.Time
		}
		if !math.IsNaN(r.Row.Time) && a.Kind != "eeg" {
			return fmt.Errorf("its RDMs are of several times: kind: eeg (also of MEG), not %s", a.Kind)
		}
		if seen[row] {
			return fmt.Errorf("%d RDMs in it, and nothing says what each is of: name its axes, as in axes: [subject, condition, condition] or [subject, pair]", len(list))
		}
		seen[row] = true
		row.Time = r.Row.Time
		if err := finite(r.Values); err != nil {
			return err
		}
		names := r.Names
		if names == nil {
			names = beside
		}
		if err := all.add(row, r.Values, r.N, names); err != nil {
			return err
		}
	}
	return nil
}

// namesBeside are the names in the file beside an array; nil for none.
func namesBeside(path string) ([]string, error) {
	names := strings.TrimSuffix(path, filepath.Ext(path)) + namesSuffix
	if _, err := os.Stat(names); err != nil {
		return nil, nil
	}
	return readNames(names)
}

// size is the number of conditions of a shape.
func (Arrays) size(shape []int, axes []string) (int, error) {
	n := 0
	for i, x := range axes {
		switch {
		case x == pairAxis:
			return rdm.Conditions(shape[i])
		case x == condition && n > 0 && n != shape[i]:
			return 0, fmt.Errorf("shape %v is not square in its axes condition", shape)
		case x == condition:
			n = shape[i]
		}
	}
	if n < 2 {
		return 0, fmt.Errorf("%d conditions: 2 or more", n)
	}
	return n, nil
}

// each calls fn for each RDM of an array: its row, and where its values begin.
func (a Arrays) each(shape []int, axes []string, known map[string]string, fn func(row rdms.Row, at int, steps []int) error) error {
	steps := make([]int, len(shape))
	step := 1
	for i := range slices.Backward(shape) {
		steps[i], step = step, step*shape[i]
	}
	base := rdms.Row{Kind: a.Kind, Model: a.Model, ROI: a.ROI, Time: math.NaN()}
	for mark, label := range known {
		*rdmfile.Label(&base, mark) = label
	}
	var walk func(axis, at int, row rdms.Row) error
	walk = func(axis, at int, row rdms.Row) error {
		for ; axis < len(axes); axis++ {
			if slices.Contains(labelAxes, axes[axis]) {
				break
			}
		}
		if axis == len(axes) {
			return fn(row, at, steps)
		}
		labels, err := a.labels(axes[axis], shape[axis])
		if err != nil {
			return err
		}
		for i, label := range labels {
			next := row
			if axes[axis] == timeAxis {
				next.Time = a.Times[i]
			} else {
				*rdmfile.Label(&next, axes[axis]) = label
			}
			if err := walk(axis+1, at+i*steps[axis], next); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(0, 0, base)
}

// triangleOf takes one RDM's upper triangle.
func triangleOf(values []float64, at, n int, axes []string, steps []int) ([]float64, error) {
	if i := slices.Index(axes, pairAxis); i >= 0 {
		out := make([]float64, rdms.Pairs(n))
		for k := range out {
			out[k] = values[at+k*steps[i]]
		}
		return out, finite(out)
	}
	i := slices.Index(axes, condition)
	j := i + 1 + slices.Index(axes[i+1:], condition)
	square := make([]float64, 0, n*n)
	ones := 0
	for r := range n {
		for c := range n {
			v := values[at+r*steps[i]+c*steps[j]]
			if r == c && math.Abs(v-1) < 1e-6 {
				ones++
			}
			square = append(square, v)
		}
	}
	if ones == n {
		return nil, fmt.Errorf("the diagonal is 1: this looks like a similarity matrix; an RDM has zeros there (1 - x)")
	}
	r, err := rdm.FromSquare("", square, n, nil)
	if err != nil {
		return nil, err
	}
	return r.Values, finite(r.Values)
}

func finite(values []float64) error {
	for k, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("value %d is %v", k+1, v)
		}
	}
	return nil
}

// patterns makes an RDM of conditions x features.
func (a Arrays) patterns(ctx context.Context, values []float64, at int, shape []int, axes []string, steps []int, p Params, workers int) ([]float64, error) {
	offsets := []int{0}
	var rows, rowStep int
	for i, x := range axes {
		switch x {
		case condition:
			rows, rowStep = shape[i], steps[i]
		case feature:
			next := make([]int, 0, len(offsets)*shape[i])
			for _, o := range offsets {
				for k := range shape[i] {
					next = append(next, o+k*steps[i])
				}
			}
			offsets = next
		}
	}
	m := &rdm.Matrix[float64]{Conditions: rows, Features: len(offsets), Data: make([]float64, 0, rows*len(offsets))}
	for r := range rows {
		for _, o := range offsets {
			m.Data = append(m.Data, values[at+r*rowStep+o])
		}
	}
	r, err := rdm.Compute(ctx, m, nil, rdm.Config{Metric: rdm.Metric(p.Metric), Workers: workers})
	if err != nil {
		return nil, rdm.WithAdvice(err)
	}
	return r.Values, nil
}
