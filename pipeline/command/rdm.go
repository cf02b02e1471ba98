package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/rdm"
)

// RDM makes an RDM of people's own patterns.
type RDM struct {
	In         string `required:"" help:"Conditions x features: .npy, .csv, NIfTI with --mask, BData with --select, or an artifact." placeholder:"FILE" type:"path"`
	Mask       string `help:"NIfTI image: its voxels above 0 are the features." placeholder:"FILE" type:"path"`
	Select     string `help:"BData: the columns to take; of an artifact: the layer or region." placeholder:"EXPR"`
	Label      string `help:"BData: the key whose labels name the rows." placeholder:"KEY"`
	Names      string `help:"Text file with a condition's name a row. Rows of one name are averaged, or are its repetitions for a cross-validated metric." placeholder:"FILE" type:"path"`
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
	metric := rdm.Metric(c.Metric)
	if !slices.Contains(rdm.Metrics(), metric) {
		return usagef("--metric %s: want one of %v", c.Metric, rdm.Metrics())
	}
	if c.Folds != "" && !metric.CrossValidated() {
		return usagef("--folds: metric %s is not cross-validated", c.Metric)
	}
	if metric != rdm.Mahalanobis && metric != rdm.Crossnobis && c.Noise+c.Precision != "" {
		return usagef("--noise and --precision: metric %s takes no noise covariance", c.Metric)
	}
	in, err := arrays.Read(ctx, c.In, arrays.Options{Mask: c.Mask, Select: c.Select, Labels: c.Label})
	if err != nil {
		return err
	}
	r, err := c.compute(ctx, a, in, metric)
	if errors.Is(err, rdm.ErrMetric) {
		return usageError{err}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	shape, err := c.write(a, r)
	if err != nil {
		return err
	}
	return summarise(c.output, c.Metric, 1, r.N, shape, r.Values).print(a, c.JSON)
}

// compute names the rows, averages those of one name and compares.
func (c *RDM) compute(ctx context.Context, a *App, in *arrays.Array, metric rdm.Metric) (*rdm.RDM, error) {
	src, err := source(in)
	if err != nil {
		return nil, err
	}
	n, features := src.Dims()
	names, err := labels(ctx, c.Names, n, "names")
	if err != nil {
		return nil, err
	}
	if names == nil {
		names = in.Names
	}
	cfg := rdm.DefaultConfig()
	cfg.Metric, cfg.PerFeature, cfg.Workers = metric, c.PerFeature, c.Workers
	if metric.CrossValidated() {
		if cfg.Folds, err = labels(ctx, c.Folds, n, "folds"); err != nil {
			return nil, err
		}
		if cfg.Folds == nil {
			cfg.Folds = in.Folds
		}
		if cfg.Folds == nil {
			return nil, usagef("metric %s is cross-validated: give --folds, the run or session of each row", metric)
		}
		if names == nil {
			if names, err = byPosition(cfg.Folds); err != nil {
				return nil, err
			}
			a.Log.Warn().Msg("no --names: the k-th row of every fold is taken for the same condition")
		}
	}
	if cfg.Precision, err = c.precision(ctx, src, features, names); err != nil {
		return nil, err
	}
	if !metric.CrossValidated() && repeated(names) {
		mean, distinct, err := rdm.Average(src, names)
		if err != nil {
			return nil, err
		}
		a.Log.Info().Int("rows", n).Int("conditions", len(distinct)).Msg("rows of one name are averaged")
		src, names = mean, distinct
	}
	return rdm.Compute(ctx, src, names, cfg)
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

// precision reads or estimates the inverse noise covariance; nil for none.
func (c *RDM) precision(ctx context.Context, src rdm.Source, features int, names []string) (*rdm.Precision, error) {
	mahalanobis := rdm.Metric(c.Metric) == rdm.Mahalanobis
	if c.Precision != "" {
		p, err := arrays.Read(ctx, c.Precision, arrays.Options{})
		if err != nil {
			return nil, err
		}
		if len(p.Shape) != 2 || p.Shape[0] != features || p.Shape[1] != features {
			return nil, fmt.Errorf("%s: %w: %v, want %d x %d", c.Precision, arrays.ErrShape, p.Shape, features, features)
		}
		return &rdm.Precision{Features: features, Values: p.Float64()}, nil
	}
	if !mahalanobis && c.Noise == "" {
		return nil, nil // crossnobis with the identity, or a metric without noise
	}
	how := rdm.Shrinkage(c.Noise)
	if !slices.Contains([]rdm.Shrinkage{"", rdm.ShrinkageDiag, rdm.ShrinkageEye, rdm.Diagonal, rdm.Full}, how) {
		return nil, usagef("--noise %s: want shrinkage-diag, shrinkage-eye, diag or full", c.Noise)
	}
	if repeated(names) {
		if how == "" {
			how = rdm.ShrinkageDiag
		}
		residuals, dof, err := rdm.Residuals(src, names)
		if err != nil {
			return nil, err
		}
		return rdm.EstimatePrecision(ctx, residuals, dof, how, c.Workers)
	}
	if !mahalanobis {
		return nil, usagef("--noise: %s needs --names with repetitions, whose residuals are the noise", c.Metric)
	}
	if how == "" {
		how = rdm.Full
	}
	p, err := rdm.EstimatePrecision(ctx, src, 0, how, c.Workers)
	if err != nil && how == rdm.Full {
		err = fmt.Errorf("%w (with no more patterns than features, give --noise shrinkage-diag, or --names with repetitions)", err)
	}
	return p, err
}

// write puts the RDM where the flags say and returns the shape of its array.
func (c *RDM) write(a *App, r *rdm.RDM) (shape []int, err error) {
	names := r.Names
	if names == nil {
		names = numbered("condition", r.N)
	}
	shape, values := []int{len(r.Values)}, r.Values
	switch c.Format {
	case formatNPY, formatCSV:
		if c.Square {
			shape, values = []int{r.N, r.N}, r.Square()
		}
		return shape, c.writeArray(shape, values)
	case formatParquet:
		return shape, arrays.WriteParquet(c.Out, pairs([]string{c.Metric}, names, values))
	}
	row := rdms.Row{Metric: c.Metric, Time: math.NaN()}
	params := map[string]any{"metric": c.Metric, "per_feature": c.PerFeature, "noise": c.Noise, "select": c.Select, "label": c.Label}
	var inputs []string
	for _, in := range []string{c.In, c.Mask, c.Names, c.Folds, c.Precision} {
		if in != "" {
			inputs = append(inputs, in)
		}
	}
	_, err = a.writeArtifact(c.Out, rdms.Schema, "rdm", params, inputs, func(w *artifacts.Writer) error {
		return rdms.Write(w, rdms.Set{Rows: []rdms.Row{row}, Conditions: names, Values: values})
	})
	return shape, err
}

// source is an array as a conditions x features matrix: the first axis and all others.
func source(a *arrays.Array) (rdm.Source, error) {
	if len(a.Shape) < 2 {
		return nil, fmt.Errorf("%w: %v, want conditions x features", arrays.ErrShape, a.Shape)
	}
	n := a.Shape[0]
	features := a.Len() / max(n, 1)
	if a.Single != nil {
		return &rdm.Matrix[float32]{Data: a.Single, Conditions: n, Features: features}, nil
	}
	return &rdm.Matrix[float64]{Data: a.Double, Conditions: n, Features: features}, nil
}
