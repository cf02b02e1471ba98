package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"realnet/pipeline/arrays"
	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/naming"
	"realnet/stages/report/number"
)

// Stats tests the user's values against zero, point by point or by clusters.
type Stats struct {
	In           string  `required:"" help:"Subjects, subjects x time, subjects x space (with --adjacency), subjects x space x time (with --adjacency) or subjects x rows x columns (a grid): .npy or .csv." placeholder:"FILE" type:"path"`
	Paired       string  `help:"Values of the same subjects in the other condition: differences are tested." placeholder:"FILE" type:"path"`
	Test         string  `required:"" help:"signflip, ttest, wilcoxon, cluster, tfce, or neurora (the released toolbox's, not a valid test)." placeholder:"TEST"`
	Chance       float64 `default:"0" help:"Level that the values are compared with, such as 0.5 for accuracies."`
	Adjacency    string  `help:"Which points touch: an n x n matrix of 0 and 1, or pairs of point numbers from 0." placeholder:"FILE" type:"path"`
	Threshold    float64 `default:"0" help:"|t| that a point needs to be in a cluster; 0: that of --threshold-p."`
	ThresholdP   float64 `default:"0.05" help:"p of one point that forms clusters."`
	Alternative  string  `default:"two-sided" help:"two-sided, greater or less." placeholder:"SIDE"`
	Correct      string  `help:"Also correct p over points: fdr, by, holm or bonferroni." placeholder:"METHOD"`
	Permutations int     `default:"10000" help:"Sign flips; all 2^n when that is no more."`
	Seed         uint64  `default:"0" help:"Seed of the flips."`
	Workers      int     `default:"0" help:"Cores to use; 0 means all."`
	JSON         bool    `help:"Print the result as JSON."`
}

// Examples of the command.
func (*Stats) Examples() string {
	return `realnet stats --in similarity.npy --test cluster --permutations 10000 --seed 1 --json
realnet stats --in aligned.npy --paired control.npy --test signflip
realnet stats --in accuracies.npy --chance 0.5 --alternative greater --test tfce
realnet stats --in searchlight.npy --adjacency neighbours.npy --test cluster --json`
}

// Run tests and prints.
func (c *Stats) Run(ctx context.Context, a *App) error {
	if err := c.usage(); err != nil {
		return err
	}
	x, shape, names, err := c.sample(ctx, c.In)
	if err != nil {
		return err
	}
	var y *inference.Sample
	if c.Paired != "" {
		if y, err = c.other(ctx, &x, shape, names); err != nil {
			return err
		}
	}
	near, err := c.adjacency(ctx, shape)
	if err != nil {
		return err
	}
	result, err := c.run(ctx, x, y, near)
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	var adjusted []float64
	if c.Correct != "" {
		if adjusted, err = corrections[c.Correct](result.P); err != nil {
			return err
		}
	}
	if c.JSON {
		return printResult(a, result, adjusted, c.Correct)
	}
	return c.print(a, result, adjusted)
}

var corrections = map[string]func([]float64) ([]float64, error){
	"fdr": inference.BenjaminiHochberg, "by": inference.BenjaminiYekutieli, "holm": inference.Holm, "bonferroni": inference.Bonferroni,
}

func (c *Stats) usage() error {
	switch c.Test {
	case "signflip", "ttest", "wilcoxon":
		if c.Adjacency != "" {
			return usagef("--adjacency: test %s looks at each point alone", c.Test)
		}
	case "cluster", "tfce":
	case "neurora":
		if c.Alternative != "two-sided" || c.Adjacency != "" {
			return usagef("test neurora is two-sided and along a line alone")
		}
	default:
		return usagef("--test %s: want signflip, ttest, wilcoxon, cluster, tfce or neurora", c.Test)
	}
	if _, err := inference.ParseAlternative(c.Alternative); err != nil {
		return usageError{err}
	}
	if c.Permutations < 1 {
		return usagef("--permutations %d: 1 or more", c.Permutations)
	}
	if c.Correct != "" && (corrections[c.Correct] == nil || c.Test == "cluster" || c.Test == "tfce" || c.Test == "neurora") {
		return usagef("--correct %s: want fdr, by, holm or bonferroni, with signflip, ttest or wilcoxon (the others are corrected)", c.Correct)
	}
	return nil
}

// sample reads subjects x points; the axes after the first become points.
func (c *Stats) sample(ctx context.Context, path string) (s inference.Sample, shape []int, names []string, err error) {
	in, err := arrays.Open(ctx, path, arrays.Options{})
	if err != nil {
		return s, nil, nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if len(in.Shape) < 1 || len(in.Shape) > 3 || in.Len() == 0 {
		return s, nil, nil, fmt.Errorf("%s: %w: %v, want subjects x points", path, arrays.ErrShape, in.Shape)
	}
	if err := once(path, in.Names); err != nil {
		return s, nil, nil, err
	}
	s = inference.Sample{Subjects: in.Shape[0], Points: in.Len() / in.Shape[0]}
	s.Values, err = in.Values(ctx)
	return s, in.Shape, in.Names, inFile(path, err)
}

// once refuses several rows of one subject, which are no independent observations: a long
// table, or several sessions.
func once(path string, names []string) error {
	count := map[string]int{}
	for _, name := range names {
		count[name]++
	}
	for _, name := range names {
		if count[name] > 1 {
			return fmt.Errorf("%s: %w: %d of %d rows are called %q: a row is a subject: average the rows of a subject or put its values side by side, and remove a first column that does not name subjects", path, arrays.ErrLabels, count[name], len(names), name)
		}
	}
	return nil
}

// other reads the values of --paired. Only neurora's test needs them all at once: for the
// others they are subtracted from x a few subjects at a time.
// Rows that both files name are paired by name.
func (c *Stats) other(ctx context.Context, x *inference.Sample, shape []int, names []string) (y *inference.Sample, err error) {
	in, err := arrays.Open(ctx, c.Paired, arrays.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if !slices.Equal(shape, in.Shape) {
		return nil, fmt.Errorf("%s and %s: %w: %v and %v", c.In, c.Paired, arrays.ErrShape, shape, in.Shape)
	}
	place, err := c.pairs(names, in.Names)
	if err != nil {
		return nil, err
	}
	y = &inference.Sample{Subjects: x.Subjects, Points: x.Points}
	if c.Test == "neurora" {
		y.Values = make([]float64, in.Len())
	}
	err = in.Rows(ctx, func(from int, values []float64) error {
		for ; len(values) > 0; from, values = from+1, values[x.Points:] {
			to := from
			if place != nil {
				to = place[from]
			}
			if y.Values != nil {
				copy(y.Values[to*x.Points:], values[:x.Points])
			} else {
				x.Subtract(to*x.Points, values[:x.Points])
			}
		}
		return nil
	})
	if y.Values == nil {
		y = nil
	}
	return y, inFile(c.Paired, err)
}

// pairs says which row of --in each row of --paired belongs to; nil: the same.
func (c *Stats) pairs(names, other []string) ([]int, error) {
	if names == nil || other == nil {
		return nil, nil
	}
	if err := once(c.Paired, other); err != nil {
		return nil, err
	}
	joined, err := naming.Join(names, other, false)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: subjects: %w; remove the names of the rows if they are in the same order", c.In, c.Paired, err)
	}
	return joined.A, nil
}

// adjacency is nil for a line, a grid for two axes of points, or that of the file.
func (c *Stats) adjacency(ctx context.Context, shape []int) (inference.Adjacency, error) {
	if c.Adjacency == "" {
		if len(shape) == 3 {
			return inference.Grid(shape[1], shape[2]), nil
		}
		return nil, nil
	}
	if len(shape) < 2 {
		return nil, fmt.Errorf("%s: %w: %v has no points to be adjacent", c.In, arrays.ErrShape, shape)
	}
	in, err := arrays.Read(ctx, c.Adjacency, arrays.Options{})
	if err != nil {
		return nil, err
	}
	near, err := neighbours(in, shape[1])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Adjacency, err)
	}
	if len(shape) == 3 {
		near = near.OverTime(shape[2])
	}
	return near, nil
}

// neighbours reads an n x n matrix, or pairs of points. Two by two it is the matrix
// of two points unless it is asymmetric, as none can be.
func neighbours(in *arrays.Array, n int) (inference.Adjacency, error) {
	near := make(inference.Adjacency, n)
	x := in.Float64()
	switch s := in.Shape; {
	case len(s) == 2 && s[0] == n && s[1] == n && (n != 2 || x[1] == x[2]):
		for i := range n {
			for j := range i {
				if v := x[i*n+j]; v != x[j*n+i] || math.IsNaN(v) {
					return nil, fmt.Errorf("%w: points %d and %d touch in one direction alone", arrays.ErrShape, i, j)
				} else if v != 0 {
					near[i], near[j] = append(near[i], j), append(near[j], i)
				}
			}
		}
	case len(s) == 2 && s[1] == 2:
		for k := range s[0] {
			i, j := x[2*k], x[2*k+1]
			if i != math.Trunc(i) || j != math.Trunc(j) || min(i, j) < 0 || max(i, j) >= float64(n) || i == j {
				return nil, fmt.Errorf("pair %d: %v and %v are not two of the points 0 to %d", k, i, j, n-1)
			}
			near[int(i)], near[int(j)] = append(near[int(i)], int(j)), append(near[int(j)], int(i))
		}
	default:
		return nil, fmt.Errorf("%w: %v, want %d x %d, or pairs x 2", arrays.ErrShape, s, n, n)
	}
	return near, nil
}

func (c *Stats) run(ctx context.Context, x inference.Sample, y *inference.Sample, near inference.Adjacency) (inference.Result, error) {
	alt, _ := inference.ParseAlternative(c.Alternative) // checked in usage
	opts := inference.Options{Alternative: alt, Permutations: c.Permutations, Seed: c.Seed, Workers: c.Workers}
	if c.Test == "neurora" {
		zero := inference.Sample{Values: make([]float64, len(x.Values)), Subjects: x.Subjects, Points: x.Points}
		if y == nil {
			y = &zero
			x = x.Minus(c.Chance)
		}
		o := inference.DefaultNeuroRAOptions()
		o.PThreshold, o.Iterations, o.Seed = c.ThresholdP, c.Permutations, c.Seed
		return inference.NeuroRA(ctx, x, *y, o)
	}
	x = x.Minus(c.Chance)
	switch c.Test {
	case "signflip":
		return inference.SignFlip(ctx, x, opts)
	case "ttest":
		return inference.OneSampleT(x, alt)
	case "wilcoxon":
		return inference.WilcoxonTest(x, alt)
	case "tfce":
		o := inference.DefaultTFCEOptions()
		o.Options, o.Adjacency = opts, near
		return inference.TFCE(ctx, x, o)
	}
	o := inference.DefaultClusterOptions()
	o.Options, o.Adjacency, o.Threshold, o.ThresholdP = opts, near, c.Threshold, c.ThresholdP
	return inference.ClusterTest(ctx, x, o)
}

// printResult adds the corrected p values to the result's own JSON.
func printResult(a *App, r inference.Result, adjusted []float64, correction string) error {
	if adjusted == nil {
		return printJSON(a.Stdout, r)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	more, err := json.Marshal(map[string]any{"p_adjusted": adjusted, "correction": correction})
	if err != nil {
		return err
	}
	joined := string(text[:len(text)-1]) + "," + string(more[1:])
	return printJSON(a.Stdout, json.RawMessage(joined))
}

// print shows the result as text: single points, else what stands out.
func (c *Stats) print(a *App, r inference.Result, adjusted []float64) error {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%s, %s, %d subjects", r.Test, r.Alternative, r.N)
	if r.Flips > 0 {
		how := "random"
		if r.Exact {
			how = "all possible"
		}
		fmt.Fprintf(out, ", %d permutations (%s)", r.Flips, how)
	}
	if r.SmallestP > 0 {
		fmt.Fprintf(out, "; the smallest p that %d subjects allow is %.3g", r.N, r.SmallestP)
	}
	fmt.Fprintln(out)
	if r.Warning != "" {
		fmt.Fprintf(out, "WARNING: %s\n", r.Warning)
	}
	switch {
	case r.Clusters != nil || c.Test == "cluster" || c.Test == "neurora":
		fmt.Fprintf(out, "%d clusters of points beyond |t| = %.3f\n", len(r.Clusters), r.Threshold)
		for _, k := range r.Clusters {
			fmt.Fprintf(out, "  points %d to %d  mass %s  p %.4g\n", k.Start, k.Stop-1, number.Fixed(k.Mass, 4), k.P)
		}
	default:
		for i := range r.Statistic {
			fmt.Fprintf(out, "  point %d  statistic %s  p %.4g", i, number.Fixed(r.Statistic[i], 4), r.P[i])
			if r.PMax != nil {
				fmt.Fprintf(out, "  corrected by the maximum %.4g", r.PMax[i])
			}
			if adjusted != nil {
				fmt.Fprintf(out, "  %s %.4g", c.Correct, adjusted[i])
			}
			fmt.Fprintln(out)
		}
	}
	_, err := fmt.Fprint(a.Stdout, out)
	return err
}
