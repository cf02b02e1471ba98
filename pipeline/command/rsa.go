package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/pipeline/arrays"
	"realnet/stages/analysis/compare"
	"realnet/stages/report/number"
	rsastage "realnet/stages/rsa"
)

// RSA compares the user's RDMs.
type RSA struct {
	Model         []string `sep:"none" help:"Model RDMs: a condensed upper triangle, a square matrix, several of either (.npy, .npz, .mat, .h5, .csv), a table of pairs (.parquet), or an artifact. May be repeated." placeholder:"RDM" type:"path"`
	Brain         []string `sep:"none" help:"Brain RDMs, in the same forms. May be repeated." placeholder:"RDM" type:"path"`
	ModelFeatures []string `sep:"none" help:"Features of a model, conditions x features in any format, from which its RDM is made; of a file with several arrays, the one called NAME. May be repeated." placeholder:"NAME=FILE"`
	BrainPatterns []string `sep:"none" help:"Response patterns, conditions x voxels in any format, one file per subject and region: {subject}, {roi} and {session} stand for labels in the file names. May be repeated." placeholder:"PATTERN"`
	Metric        string   `default:"correlation" help:"Of the RDMs of features and patterns." placeholder:"METRIC"`
	Select        string   `aliases:"array,dataset" help:"The array to take, of files with several." placeholder:"NAME"`
	RowsAxis      int      `help:"The axis of features and patterns that the conditions are along, where it is not the first: 1, 2, ..., or --rows-axis=-1 for the last." placeholder:"N" default:"0"`
	Intersect     bool     `help:"Compare only the conditions that all RDMs have."`
	ModelNames    string   `help:"Text file with the conditions of the model RDMs, one per line, for files that do not name them." placeholder:"FILE" type:"path"`
	BrainNames    string   `help:"Text file with the conditions of the brain RDMs, one per line, for files that do not name them." placeholder:"FILE" type:"path"`
	Names         string   `help:"Text file with the conditions of all RDMs, one per line, for files that do not name them." placeholder:"FILE" type:"path"`
	Subjects      string   `help:"Text file with the subject of each brain RDM, for the noise ceiling; each RDM is a subject without it." placeholder:"FILE" type:"path"`
	Times         string   `help:"File with the seconds of the RDMs in each brain file (text, one per line, or any array): RDMs over time, one file per subject." placeholder:"FILE" type:"path"`
	Method        string   `default:"spearman" help:"spearman, pearson, kendall (tau-b), tau-a, rho-a, cosine, whitened-correlation or whitened-cosine; cka compares patterns (conditions x features) instead of RDMs." placeholder:"METHOD"`
	OmitNaN       bool     `name:"omit-nan" help:"Leave out pairs that are NaN in either RDM; needs --permutations 0."`
	Permutations  int      `default:"10000" help:"Permutations of the condition labels; all n! when that is no more; 0: no test."`
	Seed          uint64   `default:"0" help:"Seed of the permutations."`
	Alternative   string   `default:"two-sided" help:"two-sided or greater." placeholder:"SIDE"`
	Report        string   `help:"Also write a report of the comparison into this folder: the page, figures, tables and results.json. The RDMs and the study that was run are kept beside it, in DIR.study." placeholder:"DIR" type:"path"`
	Weighted      int      `default:"0" help:"Also the sum of all models whose weights, at least 0, were fitted on other subjects and conditions: in this many folds of conditions; 0: no." placeholder:"FOLDS"`
	Bootstrap     int      `default:"0" help:"Also an interval of each model's mean over subjects, for new subjects and new conditions: this many draws of each and of both; 0: no." placeholder:"DRAWS"`
	Workers       int      `default:"0" help:"Cores to use; 0 means all."`
	JSON          bool     `help:"Print the results as JSON."`
	output
}

// Examples of the command.
func (*RSA) Examples() string {
	return `realnet rsa --model V1.npy --model IT.npy --brain subjects.npy --method spearman --permutations 10000 --seed 1 --json
realnet rsa --model-features IT=it-features.npy --brain-patterns 'brains/{subject}_{roi}.npy' --names names.txt --json
realnet rsa --model ./model-rdms --brain ./brain-rdms --alternative greater --format csv --out similarities.csv`
}

// Run compares every model RDM with every brain RDM.
func (c *RSA) Run(ctx context.Context, a *App) error {
	if err := c.check(false, formatCSV, formatParquet); err != nil {
		return err
	}
	params, err := c.params()
	if err != nil {
		return err
	}
	if c.Report != "" {
		if err := c.freeReport(); err != nil {
			return err
		}
	}
	models, brains, err := c.read(ctx, a)
	if err != nil {
		return err
	}
	if err := c.compare(ctx, a, params, models, brains); err != nil || c.Report == "" {
		return err
	}
	return c.report(ctx, a, models, brains)
}

// params are those of the stage.
func (c *RSA) params() (rsastage.Params, error) {
	p := rsastage.DefaultParams()
	p.Method, p.Permutations, p.Alternative, p.Seed = compare.Method(c.Method), c.Permutations, compare.Alternative(c.Alternative), c.Seed
	p.OmitNaN, p.Intersect, p.Bootstrap = c.OmitNaN, c.Intersect, 0
	p.Models.Split, p.Brains.Split = rsastage.AnySplit, rsastage.AnySplit
	if err := c.usage(); err != nil {
		return p, err
	}
	if c.alignment() {
		p.Method = compare.Cosine // of what source makes of the patterns
	}
	_, err := canonical(rsastage.Stage, p)
	return p, err
}

// alignment says that patterns are compared by centred kernel alignment.
func (c *RSA) alignment() bool { return compare.Method(c.Method) == compare.CKA }

// compare runs the stage and writes what it found.
func (c *RSA) compare(ctx context.Context, a *App, p rsastage.Params, models, brains []source) error {
	in := inputs{}
	var paths []string
	names := map[string][]string{}
	for _, port := range []string{"model", "brain"} {
		list := models
		if port == "brain" {
			list = brains
		}
		for i, s := range list {
			for k := range s.list {
				if row := &list[i].list[k].Row; port == "model" && row.Model+row.Layer+row.Kind == "" {
					row.Model = s.list[k].Label
				}
				names[port] = append(names[port], s.list[k].Label)
			}
			art, err := s.artifact()
			if err != nil {
				return inFile(s.path, err)
			}
			in[port] = append(in[port], art)
			paths = append(paths, s.path)
		}
	}
	made, err := a.stageInMemory(ctx, rsastage.Stage, p, in, c.Workers)
	if errors.Is(err, compare.ErrNotFinite) && !c.OmitNaN {
		err = fmt.Errorf("%w (--omit-nan --permutations 0 leaves out pairs that are NaN)", err)
	}
	if err != nil {
		return err
	}
	rows, err := similarities.Read(made)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Method = c.Method
	}
	if c.Out != "" {
		if err := c.save(a, rows, p, paths); err != nil {
			return err
		}
	}
	report := reportOf(rows, names["model"], names["brain"], c.Alternative)
	if report.Weighted, report.Means, err = c.group(ctx, p.Method, models, brains); err != nil {
		return err
	}
	if c.Intersect {
		if report.LeftOut, err = c.leftOut(models, brains); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(a.Stdout, report)
	}
	return report.print(a)
}

// rsaReport is the JSON form.
type rsaReport struct {
	Results []rsaResult     `json:"results"`
	Ceiling *compare.Bounds `json:"ceiling"` // null with fewer than two subjects, or in several places
	// Ceilings are those of each place, where brains are of several or of named regions.
	Ceilings []rsaCeiling `json:"ceilings,omitempty"`
	Weighted *rsaWeighted `json:"weighted,omitempty"` // --weighted
	Means    []rsaMean    `json:"means,omitempty"`    // --bootstrap
	LeftOut  []string     `json:"left_out,omitempty"` // --intersect: conditions that not all RDMs have
}

type rsaResult struct {
	Model        string   `json:"model"`
	Brain        string   `json:"brain"`
	Subject      string   `json:"subject"`
	ROI          string   `json:"roi"`
	Method       string   `json:"method"`
	Value        float64  `json:"value"`
	P            finite   `json:"p"` // null without a test
	Permutations int      `json:"permutations"`
	Exact        bool     `json:"exact"`
	Alternative  string   `json:"alternative"`
	Conditions   int      `json:"conditions"`
	Time         *float64 `json:"time,omitempty"` // s, of RDMs over time
}

// rsaCeiling bounds what a model can reach in one place: those brains that share kind,
// region, part of the data and time.
type rsaCeiling struct {
	Kind  string   `json:"kind,omitempty"`
	ROI   string   `json:"roi"`
	Split string   `json:"split,omitempty"`
	Time  *float64 `json:"time,omitempty"` // s
	Lower finite   `json:"lower"`
	Upper finite   `json:"upper"`
	N     int      `json:"n"` // subjects
}

// reportOf puts the stage's rows, model by model, into the report.
func reportOf(rows []similarities.Row, models, brains []string, alternative string) rsaReport {
	r := rsaReport{Results: []rsaResult{}}
	places := map[string]int{}
	subjects := map[string]map[string]bool{}
	for i, row := range rows {
		var time *float64
		if !math.IsNaN(row.Time) {
			time = &row.Time
		}
		r.Results = append(r.Results, rsaResult{
			Model: models[i/len(brains)], Brain: brains[i%len(brains)], Subject: row.Subject, ROI: row.ROI, Method: row.Method, Value: row.Value,
			P: finite(row.P), Permutations: int(row.Permutations), Exact: row.Exact, Alternative: alternative, Conditions: int(row.Conditions), Time: time,
		})
		key := row.Kind + "\x00" + row.ROI + "\x00" + row.Split + "\x00" + strconv.FormatFloat(row.Time, 'g', -1, 64)
		k, ok := places[key]
		if !ok {
			k = len(r.Ceilings)
			places[key] = k
			subjects[key] = map[string]bool{}
			c := rsaCeiling{Kind: row.Kind, ROI: row.ROI, Split: row.Split, Lower: finite(row.CeilingLow), Upper: finite(row.CeilingHigh), Time: time}
			r.Ceilings = append(r.Ceilings, c)
		}
		subjects[key][row.Subject] = true
		r.Ceilings[k].N = len(subjects[key])
	}
	if one := r.Ceilings; len(one) == 1 {
		if !math.IsNaN(float64(one[0].Lower)) {
			r.Ceiling = &compare.Bounds{Lower: float64(one[0].Lower), Upper: float64(one[0].Upper)}
		}
		if one[0].ROI == "" {
			r.Ceilings = nil
		}
	}
	return r
}

// save writes the stage's rows.
func (c *RSA) save(a *App, rows []similarities.Row, p rsastage.Params, paths []string) error {
	switch c.Format {
	case formatCSV:
		return arrays.WriteTable(c.Out, rows)
	case formatParquet:
		return arrays.WriteParquet(c.Out, slices.Values(rows))
	}
	_, err := a.writeArtifact(c.Out, similarities.Schema, "rsa", p, paths, func(w *artifacts.Writer) error { return similarities.Write(w, rows) })
	return err
}

// print shows the results as text.
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", row.Model, row.Brain, row.Method, number.Fixed(float64(row.Value), 6), p, count)
	}
	for _, m := range r.Means {
		fmt.Fprintf(w, "%s\tmean of %d subjects\t\t%s\t\t%s to %s\n", m.Model, m.N, number.Fixed(float64(m.Value), 6), number.Fixed(float64(m.CILow), 4), number.Fixed(float64(m.CIHigh), 4))
	}
	if r.Weighted != nil {
		fmt.Fprintf(w, "weighted sum\tleft-out subjects and conditions\t\t%s\t\tweights %.4g\n", number.Fixed(float64(r.Weighted.Value), 6), r.Weighted.Weights)
	}
	if len(r.LeftOut) > 0 {
		fmt.Fprintf(w, "left out\t%d conditions that not all have: %s\n", len(r.LeftOut), strings.Join(r.LeftOut, ", "))
	}
	if r.Ceiling != nil && r.Ceilings == nil {
		fmt.Fprintf(w, "noise ceiling\t\t\t%s to %s\n", number.Fixed(float64(r.Ceiling.Lower), 6), number.Fixed(float64(r.Ceiling.Upper), 6))
	}
	for _, c := range r.Ceilings {
		text := "none"
		if low := float64(c.Lower); !math.IsNaN(low) {
			text = number.Fixed(low, 6) + " to " + number.Fixed(float64(c.Upper), 6)
		}
		place := arrays.Describe(rdms.Row{Kind: c.Kind, ROI: c.ROI, Split: c.Split, Time: math.NaN()})
		if c.Time != nil {
			place = arrays.Describe(rdms.Row{Kind: c.Kind, ROI: c.ROI, Split: c.Split, Time: *c.Time})
		}
		fmt.Fprintf(w, "noise ceiling\t%s, %d subjects\t\t%s\n", place, c.N, text)
	}
	return w.Flush()
}
