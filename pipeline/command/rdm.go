package command

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/precision"
	"realnet/artifacts/schemas/rdms"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/rdm"
	rdmstage "realnet/stages/rdm"
)

// RDM makes an RDM of the user's patterns.
type RDM struct {
	In         string `required:"" help:"Conditions x features: .npy, .npz, .mat, .h5, .pt, .csv, NIfTI with --mask, BData with --select, or an artifact." placeholder:"FILE" type:"path"`
	Mask       string `help:"NIfTI image: its voxels above 0 are the features." placeholder:"FILE" type:"path"`
	RowsAxis   int    `help:"The axis that the rows are along, of arrays that do not begin with it: 0, 1, ..., or --rows-axis=-1 for the last." placeholder:"N" default:"0"`
	Select     string `aliases:"array,dataset" help:"The array to take, of a file with several; BData: the columns; of an artifact: the layer or region." placeholder:"NAME"`
	Label      string `help:"BData: the key whose labels name the rows." placeholder:"KEY"`
	Names      string `help:"Text file with the condition of each row. Rows of the same condition are averaged, or used as repetitions for a cross-validated metric." placeholder:"FILE" type:"path"`
	Order      string `default:"first" help:"Order of the conditions: first (in which their names appear first), sorted, or a text file with their names. The names are written beside a .npy or .csv." placeholder:"ORDER"`
	Folds      string `help:"Text file with the fold (run, session) of each row, for cross-validated metrics." placeholder:"FILE" type:"path"`
	Metric     string `default:"correlation" help:"correlation, cosine, euclidean, sqeuclidean, mahalanobis, crossnobis, poisson or poisson-cv." placeholder:"METRIC"`
	PerFeature bool   `help:"Euclidean, sqeuclidean and mahalanobis as rsatoolbox has them: squared and divided by the number of features."`
	Noise      string `help:"Noise covariance for mahalanobis and crossnobis: shrinkage-diag, shrinkage-eye, diag or full; from the residuals of repeated names, else (mahalanobis) from the patterns, as scipy does by default." placeholder:"KIND"`
	Precision  string `help:"Inverse of the noise covariance, features x features, instead of an estimate." placeholder:"FILE" type:"path"`
	Square     bool   `help:"Write the square matrix instead of the condensed upper triangle."`
	Workers    int    `help:"Cores to use; 0 means all." default:"0"`
	JSON       bool   `help:"Print a summary as JSON."`
	output
}

// Examples of the command.
func (*RDM) Examples() string {
	return `realnet rdm --in patterns.npy --format npy --out rdm.npy
realnet rdm --in patterns.npy --metric crossnobis --names conditions.txt --folds runs.txt --out ./rdm
realnet rdm --in bold.nii.gz --mask vt.nii.gz --names volumes.txt --format csv --out rdm.csv
realnet rdm --in S1.h5 --select "ROI_V1 + ROI_V2" --label stimulus_name --out ./rdm`
}

// Run computes and writes the RDM.
func (c *RDM) Run(ctx context.Context, a *App) error {
	if err := c.check(true, formatNPY, formatCSV, formatParquet); err != nil {
		return err
	}
	params := rdmstage.DefaultParams()
	params.Metric, params.PerFeature, params.Noise = rdm.Metric(c.Metric), c.PerFeature, rdm.Shrinkage(c.Noise)
	if err := c.usage(params.Metric); err != nil {
		return err
	}
	in, named, err := c.inputs(ctx, a, &params)
	if err != nil {
		return err
	}
	made, err := a.stageInMemory(ctx, rdmstage.Stage, params, in, c.Workers)
	if err != nil {
		return inFile(c.In, err)
	}
	set, err := rdms.Read(made)
	if err != nil {
		return err
	}
	if set, err = c.arrange(ctx, set); err != nil {
		return err
	}
	if !isArtifact(c.In) {
		for i, row := range set.Rows { // a file does not say what it is of
			set.Rows[i] = rdms.Row{Metric: row.Metric, Time: math.NaN()}
		}
	}
	shape, err := c.write(a, set, named)
	if err != nil {
		return err
	}
	s := summarise(c.output, c.Metric, len(set.Rows), len(set.Conditions), shape, set.Values)
	if named {
		s.Order, s.Names = c.orderText(), c.namesFile()
	}
	return s.print(a, c.JSON)
}

// usage checks what the stage cannot: flags that have no effect.
func (c *RDM) usage(metric rdm.Metric) error {
	if !slices.Contains(rdm.Metrics(), metric) {
		return usagef("--metric %s: want one of %v", c.Metric, rdm.Metrics())
	}
	if c.Folds != "" && !metric.CrossValidated() {
		return usagef("--folds: metric %s is not cross-validated", c.Metric)
	}
	if metric != rdm.Mahalanobis && metric != rdm.Crossnobis && c.Noise+c.Precision != "" {
		return usagef("--noise and --precision: metric %s takes no noise covariance", c.Metric)
	}
	if c.Noise != "" && c.Precision != "" {
		return usagef("--noise and --precision: give one, an estimate or the inverse itself")
	}
	return nil
}

// otherAxis says which axis of an array has n entries, where the rows have not.
func otherAxis(x *arrays.Array, n int) string {
	axis := slices.Index(x.Shape, n)
	if axis < 0 {
		return ""
	}
	return fmt.Sprintf(", shape %v: axis %d has %d: --rows-axis=%d, or axes in a study file", x.Shape, axis, n, axis)
}

// warnReversed says which axis the rows of an array of MATLAB 7.3 are.
func warnReversed(a *App, x *arrays.Array, path string) {
	if x.Reversed {
		a.Log.Warn().Str("file", path).Ints("shape", x.Shape).Msg("MATLAB 7.3 stores axes the other way round: rows are the last axis that MATLAB shows; --rows-axis=-1 takes the first")
	}
}

// inputs reads the files into artifacts, and says whether their conditions have names. An
// artifact of patterns or features goes to the stage as it is.
func (c *RDM) inputs(ctx context.Context, a *App, p *rdmstage.Params) (in inputs, named bool, err error) {
	in = inputs{}
	if c.Precision != "" {
		matrix, err := c.precision(ctx)
		if err != nil {
			return nil, false, err
		}
		in["precision"], p.Noise = []*artifacts.Artifact{matrix}, rdmstage.Given
	}
	if art, port := stageInput(c.In); art != nil && given(c.Names, c.Folds, c.Label) == nil {
		in[port] = []*artifacts.Artifact{art}
		switch {
		case c.Select == "":
		case port == "features":
			p.Layers = []string{c.Select}
		default:
			p.ROIs = []string{c.Select}
		}
		c.noise(p, port == "patterns")
		return in, true, nil
	}
	x, err := arrays.Read(ctx, c.In, arrays.Options{Mask: c.Mask, Select: c.Select, Labels: c.Label, Rows: c.RowsAxis, InPlace: true})
	if err != nil {
		return nil, false, err
	}
	if len(x.Shape) < 2 || x.Len() == 0 {
		return nil, false, fmt.Errorf("%s: %w: %v, want conditions x features", c.In, arrays.ErrShape, x.Shape)
	}
	n := x.Shape[0]
	names, err := labels(ctx, c.Names, -1, "")
	if err != nil {
		return nil, false, err
	}
	if names != nil {
		if err := arrays.Check(names, n, "names"); err != nil {
			return nil, false, fmt.Errorf("%s: %w of %s%s", c.Names, err, c.In, otherAxis(x, len(names)))
		}
	}
	if names != nil && x.Names == nil { // a list beside the file says more of its rows than one from elsewhere
		if beside, err := arrays.NamesBeside(ctx, c.In); err == nil && len(beside) == n {
			x.Names = beside
		}
	}
	if names, err = x.Named(names); err != nil {
		return nil, false, fmt.Errorf("%s: %s: %w", c.In, c.Names, err)
	}
	folds, err := c.folds(ctx, x, p.Metric)
	if err != nil {
		return nil, false, err
	}
	if named = names != nil; !named && c.RowsAxis == 0 {
		warnReversed(a, x, c.In)
	}
	switch {
	case names == nil && folds != nil:
		a.Log.Warn().Msg("no --names: the k-th row of every fold is taken for the same condition")
		if names, err = byPosition(folds); err != nil {
			return nil, false, err
		}
	case names == nil:
		names = numbered("condition", n)
	}
	if folds == nil && !repeated(names) {
		in["features"], err = one(inMemory(c.In, features.Schema, func(w *artifacts.Writer) error {
			images := make([]features.Image, n)
			for i, name := range names {
				images[i].Name = name
			}
			return x.WriteFeatures(w, "patterns", images)
		}))
		c.noise(p, false)
		return in, named, inFile(c.In, err)
	}
	if folds == nil {
		a.Log.Info().Int("rows", n).Msg("rows of one name are averaged")
	}
	in["patterns"], err = one(inMemory(c.In, patterns.Schema, func(w *artifacts.Writer) error {
		samples := arrays.Samples(names)
		for i, f := range folds {
			samples[i].Session = f
		}
		return x.WritePatterns(w, samples, "")
	}))
	c.noise(p, repeated(names))
	return in, named, inFile(c.In, err)
}

// noise is the estimate that mahalanobis takes by default.
func (c *RDM) noise(p *rdmstage.Params, repetitions bool) {
	if p.Metric != rdm.Mahalanobis || p.Noise != "" {
		return
	}
	if p.Noise = rdm.Full; repetitions {
		p.Noise = rdm.ShrinkageDiag
	}
}

// folds are those of the rows, for cross-validated metrics; else nil.
func (c *RDM) folds(ctx context.Context, x *arrays.Array, metric rdm.Metric) ([]string, error) {
	if !metric.CrossValidated() {
		return nil, nil
	}
	folds, err := labels(ctx, c.Folds, x.Shape[0], "folds")
	if err != nil {
		return nil, err
	}
	if folds == nil {
		folds = x.Folds
	}
	if folds == nil {
		return nil, usagef("metric %s is cross-validated: give --folds, the run or session of each row", metric)
	}
	return folds, nil
}

// byPosition names the rows of each fold by their place in it. Folds of
// different sizes have no such names.
func byPosition(folds []string) ([]string, error) {
	count := map[string]int{}
	place := make([]int, len(folds))
	for i, f := range folds {
		place[i] = count[f]
		count[f]++
	}
	for f, n := range count {
		if n != count[folds[0]] {
			return nil, usagef("folds %q and %q have %d and %d rows: give --names, the condition of each row", folds[0], f, count[folds[0]], n)
		}
	}
	all := numbered("condition", count[folds[0]])
	names := make([]string, len(folds))
	for i, k := range place {
		names[i] = all[k]
	}
	return names, nil
}

func repeated(names []string) bool {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}

// precision reads the inverse noise covariance.
func (c *RDM) precision(ctx context.Context) (*artifacts.Artifact, error) {
	p, err := arrays.Read(ctx, c.Precision, arrays.Options{})
	if err != nil {
		return nil, err
	}
	if len(p.Shape) != 2 || p.Shape[0] != p.Shape[1] {
		return nil, fmt.Errorf("%s: %w: %v, want features x features", c.Precision, arrays.ErrShape, p.Shape)
	}
	return inMemory(c.Precision, precision.Schema, func(w *artifacts.Writer) error {
		return artifacts.WriteTensor(w, precision.Tensor, p.Shape, p.Float64())
	})
}

// arrange puts the conditions in the order of --order.
func (c *RDM) arrange(ctx context.Context, set rdms.Set) (rdms.Set, error) {
	names := slices.Clone(set.Conditions)
	switch c.Order {
	case "first":
		return set, nil
	case "sorted":
		slices.Sort(names)
	default:
		var err error
		if names, err = labels(ctx, c.Order, len(set.Conditions), "names of --order"); err != nil {
			return set, err
		}
	}
	out := rdms.Set{Rows: set.Rows, Conditions: names}
	for i, row := range set.Rows {
		r, err := rdm.New(row.Metric, set.RDM(i), set.Conditions)
		if err == nil {
			r, err = r.Arrange(names)
		}
		if err != nil {
			return set, fmt.Errorf("--order %s: %w", c.Order, err)
		}
		out.Values = append(out.Values, r.Values...)
	}
	return out, nil
}

func (c *RDM) orderText() string {
	switch c.Order {
	case "first":
		return "first appearance"
	case "sorted":
		return c.Order
	}
	return "as in " + c.Order
}

// write puts the RDMs where the flags say and returns the shape of their array: the pairs
// of one, or one RDM per row.
func (c *RDM) write(a *App, set rdms.Set, named bool) (shape []int, err error) {
	shape, values := []int{len(set.Values)}, set.Values
	if k := len(set.Rows); k > 1 {
		shape = []int{k, len(values) / k}
	}
	switch c.Format {
	case formatNPY, formatCSV:
		if c.Square {
			n := len(set.Conditions)
			shape = append(shape[:len(shape)-1:len(shape)-1], n, n)
			values = nil
			for i, row := range set.Rows {
				r, err := rdm.New(row.Metric, set.RDM(i), nil)
				if err != nil {
					return shape, err
				}
				values = append(values, r.Square()...)
			}
		}
		var names []string
		if named {
			names = set.Conditions
		}
		return shape, c.writeNamed(a, shape, values, names)
	case formatParquet:
		texts := make([]string, len(set.Rows))
		for i, row := range set.Rows {
			if texts[i] = arrays.Describe(row); texts[i] == "" {
				texts[i] = c.Metric
			}
		}
		return shape, arrays.WriteParquet(c.Out, pairs(texts, set.Conditions, values))
	}
	params := map[string]any{"metric": c.Metric, "per_feature": c.PerFeature, "noise": c.Noise, "select": c.Select, "label": c.Label, "order": c.Order}
	files := given(c.In, c.Mask, c.Names, c.Folds, c.Precision)
	_, err = a.writeArtifact(c.Out, rdms.Schema, "rdm", params, files, func(w *artifacts.Writer) error { return rdms.Write(w, set) })
	return shape, err
}
