package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"text/tabwriter"

	"realnet/artifacts"
	"realnet/artifacts/schemas/similarities"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/rdm"
)

// RSA compares people's own RDMs.
type RSA struct {
	Model        []string `required:"" sep:"none" help:"Model RDMs: a condensed upper triangle, a square matrix, several of either, or an artifact. May be repeated." placeholder:"RDM" type:"path"`
	Brain        []string `required:"" sep:"none" help:"Brain RDMs, in the same forms. May be repeated." placeholder:"RDM" type:"path"`
	ModelNames   string   `help:"Text file with the conditions of the model RDMs, one a line." placeholder:"FILE" type:"path"`
	BrainNames   string   `help:"Text file with the conditions of the brain RDMs, one a line." placeholder:"FILE" type:"path"`
	Names        string   `help:"Text file with the conditions of all RDMs, one a line." placeholder:"FILE" type:"path"`
	Subjects     string   `help:"Text file with the subject of each brain RDM, for the noise ceiling; each RDM is a subject without it." placeholder:"FILE" type:"path"`
	Method       string   `default:"spearman" help:"spearman, pearson, kendall (tau-b), tau-a, rho-a, cosine, whitened-correlation or whitened-cosine." placeholder:"METHOD"`
	OmitNaN      bool     `name:"omit-nan" help:"Leave out pairs that are NaN in either RDM; needs --permutations 0."`
	Permutations int      `default:"10000" help:"Permutations of the condition labels; all n! when that is no more; 0: no test."`
	Seed         uint64   `default:"0" help:"Seed of the permutations."`
	Alternative  string   `default:"two-sided" help:"two-sided or greater." placeholder:"SIDE"`
	Workers      int      `default:"0" help:"Cores to use; 0 means all."`
	JSON         bool     `help:"Print the results as JSON."`
	output
}

// Examples of the command.
func (*RSA) Examples() string {
	return `realnet rsa --model V1.npy --model IT.npy --brain subjects.npy --method spearman --permutations 10000 --seed 1 --json
realnet rsa --model ./model-rdms --brain ./brain-rdms --alternative greater --format csv --out similarities.csv`
}

// Run compares every model RDM with every brain RDM.
func (c *RSA) Run(ctx context.Context, a *App) error {
	if err := c.check(false, formatCSV, formatParquet); err != nil {
		return err
	}
	if err := c.usage(); err != nil {
		return err
	}
	models, err := readAll(ctx, c.Model, first(c.ModelNames, c.Names))
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	brains, err := readAll(ctx, c.Brain, first(c.BrainNames, c.Names))
	if err != nil {
		return fmt.Errorf("brain: %w", err)
	}
	opts := compare.DefaultOptions()
	opts.Method, opts.OmitNaN = compare.Method(c.Method), c.OmitNaN
	report := rsaReport{Results: []rsaResult{}}
	for _, m := range models {
		for _, b := range brains {
			r, err := c.compare(ctx, m, b, opts)
			if err != nil {
				return fmt.Errorf("%s against %s: %w", m.Label, b.Label, err)
			}
			report.Results = append(report.Results, r)
		}
	}
	report.Ceiling, err = c.ceiling(ctx, brains, opts)
	if errors.Is(err, compare.ErrCeiling) {
		a.Log.Warn().Err(err).Msg("similarities without a noise ceiling")
	} else if err != nil {
		return fmt.Errorf("noise ceiling: %w", err)
	}
	if c.Out != "" {
		if err := c.save(a, report, models, brains); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(a.Stdout, report)
	}
	return report.print(a)
}

func (c *RSA) usage() error {
	if !slices.Contains(compare.Methods(), compare.Method(c.Method)) {
		return usagef("--method %s: want one of %v", c.Method, compare.Methods())
	}
	if alt := compare.Alternative(c.Alternative); alt != compare.TwoSided && alt != compare.Greater {
		return usagef("--alternative %s: want two-sided or greater", c.Alternative)
	}
	if c.Permutations < 0 {
		return usagef("--permutations %d: 0 or more", c.Permutations)
	}
	if c.OmitNaN && c.Permutations > 0 {
		return usagef("--omit-nan: a permuted gap is no gap any more: give --permutations 0")
	}
	if c.Names != "" && c.ModelNames+c.BrainNames != "" {
		return usagef("--names is for all RDMs: give it alone, or --model-names and --brain-names")
	}
	return nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// readAll reads the RDMs of several files.
func readAll(ctx context.Context, paths []string, namesFile string) ([]arrays.RDM, error) {
	names, err := labels(ctx, namesFile, -1, "")
	if err != nil {
		return nil, err
	}
	var all []arrays.RDM
	for _, p := range paths {
		list, err := arrays.ReadRDMs(ctx, p, names)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// rsaReport is the JSON form.
type rsaReport struct {
	Results []rsaResult     `json:"results"`
	Ceiling *compare.Bounds `json:"ceiling"` // null with fewer than two subjects
}

type rsaResult struct {
	Model        string  `json:"model"`
	Brain        string  `json:"brain"`
	Method       string  `json:"method"`
	Value        float64 `json:"value"`
	P            finite  `json:"p"` // null without a test
	Permutations int     `json:"permutations"`
	Exact        bool    `json:"exact"`
	Alternative  string  `json:"alternative"`
	Conditions   int     `json:"conditions"`
}

// compare matches conditions by name where there are names, and tests.
func (c *RSA) compare(ctx context.Context, m, b arrays.RDM, opts compare.Options) (rsaResult, error) {
	r := rsaResult{Model: m.Label, Brain: b.Label, Method: c.Method, P: finite(math.NaN()), Alternative: c.Alternative, Conditions: b.N}
	model := m.RDM
	var err error
	if m.Names != nil && b.Names != nil { // a model may have more conditions than the brain saw
		if model, err = m.Arrange(b.Names); err != nil {
			return r, err
		}
	}
	if (m.Names == nil) != (b.Names == nil) {
		return r, fmt.Errorf("%w: only one of the RDMs has condition names: give --names, --model-names or --brain-names", rdm.ErrNames)
	}
	if r.Value, err = compare.RDMs(model, b.RDM, opts); err != nil || c.Permutations == 0 {
		return r, err
	}
	test := compare.Test{Permutations: c.Permutations, Seed: c.Seed, Alternative: compare.Alternative(c.Alternative), Workers: c.Workers}
	res, err := compare.Permute(ctx, model, b.RDM, opts, test)
	if err != nil {
		return r, err
	}
	r.P, r.Permutations, r.Exact = finite(res.P), res.Permutations, res.Exact
	return r, nil
}

// ceiling is that of all brain RDMs; nil with fewer than two subjects.
func (c *RSA) ceiling(ctx context.Context, brains []arrays.RDM, opts compare.Options) (*compare.Bounds, error) {
	groups, err := labels(ctx, c.Subjects, len(brains), "subjects")
	if err != nil {
		return nil, err
	}
	if groups == nil && brains[0].Row.Subject != "" {
		for _, b := range brains {
			groups = append(groups, b.Row.Subject)
		}
	}
	list := make([]*rdm.RDM, len(brains))
	subjects := map[string]bool{}
	for i, b := range brains {
		list[i] = b.RDM
		if groups != nil {
			subjects[groups[i]] = true
		}
	}
	if len(brains) < 2 || groups != nil && len(subjects) < 2 {
		return nil, nil
	}
	return compare.Ceiling(list, groups, opts)
}

// save writes the results as a table or as an artifact.
func (c *RSA) save(a *App, report rsaReport, models, brains []arrays.RDM) error {
	rows := make([]similarities.Row, len(report.Results))
	nan := math.NaN()
	for i, r := range report.Results {
		m, b := models[i/len(brains)].Row, brains[i%len(brains)].Row
		rows[i] = similarities.Row{
			Model: m.Model, Layer: m.Layer, Trained: m.Subject, Kind: b.Kind, Subject: b.Subject, ROI: b.ROI, Session: b.Session, Split: b.Split, Time: b.Time,
			Method: c.Method, Value: r.Value, P: float64(r.P), Permutations: int64(r.Permutations), Exact: r.Exact, Alternative: c.Alternative,
			CILow: nan, CIHigh: nan, CeilingLow: nan, CeilingHigh: nan, Conditions: int64(r.Conditions),
		}
		if rows[i].Subject == "" && b.Model != "" {
			rows[i].Subject = b.Model // the brain's file
		}
		if report.Ceiling != nil {
			rows[i].CeilingLow, rows[i].CeilingHigh = report.Ceiling.Lower, report.Ceiling.Upper
		}
	}
	switch c.Format {
	case formatCSV:
		return arrays.WriteTable(c.Out, rows)
	case formatParquet:
		return arrays.WriteParquet(c.Out, slices.Values(rows))
	}
	params := map[string]any{"method": c.Method, "permutations": c.Permutations, "seed": c.Seed, "alternative": c.Alternative}
	_, err := a.writeArtifact(c.Out, similarities.Schema, "rsa", params, append(slices.Clone(c.Model), c.Brain...), func(w *artifacts.Writer) error {
		return similarities.Write(w, rows)
	})
	return err
}

// print shows the results to a person.
func (r rsaReport) print(a *App) error {
	w := tabwriter.NewWriter(a.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "model\tbrain\tmethod\tvalue\tp\tpermutations")
	for _, row := range r.Results {
		p, count := "-", "no test"
		if row.Permutations > 0 {
			p, count = fmt.Sprintf("%.4g", float64(row.P)), fmt.Sprintf("%d, %s", row.Permutations, row.Alternative)
			if row.Exact {
				count = fmt.Sprintf("all %d, %s", row.Permutations, row.Alternative)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.6f\t%s\t%s\n", row.Model, row.Brain, row.Method, row.Value, p, count)
	}
	if r.Ceiling != nil {
		fmt.Fprintf(w, "noise ceiling\t\t\t%.6f to %.6f\n", r.Ceiling.Lower, r.Ceiling.Upper)
	}
	return w.Flush()
}
