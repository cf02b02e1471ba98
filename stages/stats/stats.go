package stats

import (
	"context"
	"fmt"
	"math"
	"sort"

	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/inference"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Alpha        float64  `json:"alpha" doc:"level of tests and checks"`
	Correction   string   `json:"correction" doc:"of p values within a family: holm, fdr, by, bonferroni, none"`
	Permutations int      `json:"permutations" doc:"of label permutation tests; all of them when that is no more"`
	Seed         uint64   `json:"seed"`
	ROIs         []string `json:"rois" doc:"regions whose pattern reliability is tested; none: all"`
}

// DefaultParams test at 5 % with Holm's correction.
func DefaultParams() Params {
	return Params{Alpha: 0.05, Correction: "holm", Permutations: 50000}
}

// corrections adjust the p values of a family.
var corrections = map[string]func([]float64) ([]float64, error){
	"holm": inference.Holm, "fdr": inference.BenjaminiHochberg, "by": inference.BenjaminiYekutieli, "bonferroni": inference.Bonferroni,
	"none": func(p []float64) ([]float64, error) { return p, nil },
}

// Validate checks levels and names.
func (p Params) Validate() error {
	if !(p.Alpha > 0 && p.Alpha < 1) {
		return fmt.Errorf("alpha: %v is not between 0 and 1", p.Alpha)
	}
	if corrections[p.Correction] == nil {
		return fmt.Errorf("correction: %q is none of holm, fdr, by, bonferroni, none", p.Correction)
	}
	if p.Permutations < 1 {
		return fmt.Errorf("permutations: %d: 1 or more", p.Permutations)
	}
	return nil
}

// Stage is the stats stage.
var Stage = stage.New(stage.Spec{
	Name: "stats",
	Doc:  "Turns similarities and patterns into results with tests and checks.",
	In: []stage.Port{
		{Name: "similarities", Schemas: []string{similarities.Schema.Name}, Many: true, Optional: true, Doc: "similarities of RDMs"},
		{Name: "patterns", Schemas: []string{patterns.Schema.Name}, Many: true, Optional: true, Doc: "response patterns with runs, for their reliability"},
	},
	Out: statistics.Schema,
}, DefaultParams(), run)

func run(_ context.Context, env *stage.Env, p Params) error {
	var rows []statistics.Row
	for _, a := range env.In["similarities"] {
		sims, err := similarities.Read(a)
		if err != nil {
			return err
		}
		rows = append(rows, rdmReliability(sims, p)...)
	}
	for _, a := range env.In["patterns"] {
		pats, err := patterns.Read(a)
		if err != nil {
			return err
		}
		got, err := patternReliability(pats, p, env.Workers)
		if err != nil {
			return err
		}
		rows = append(rows, got...)
	}
	if len(rows) == 0 {
		return fmt.Errorf("nothing to make results of: give similarities or patterns")
	}
	if err := correct(rows, p); err != nil {
		return err
	}
	return statistics.Write(env.Out, rows)
}

// correct adjusts p values family by family and decides the pending checks: an
// effect above 0 with a corrected p below alpha passes.
func correct(rows []statistics.Row, p Params) error {
	families := map[string][]int{}
	for i, r := range rows {
		if !math.IsNaN(r.P) {
			families[r.Family] = append(families[r.Family], i)
		}
	}
	names := make([]string, 0, len(families))
	for f := range families {
		names = append(names, f)
	}
	sort.Strings(names)
	for _, f := range names {
		var raw []float64
		for _, i := range families[f] {
			raw = append(raw, rows[i].P)
		}
		adjusted, err := corrections[p.Correction](raw)
		if err != nil {
			return fmt.Errorf("family %s: %w", f, err)
		}
		for k, i := range families[f] {
			rows[i].PAdj = adjusted[k]
			if rows[i].Check == pending {
				rows[i].Check = verdict(rows[i].Value > 0 && adjusted[k] < p.Alpha)
			}
		}
	}
	return nil
}

// pending marks a result that is a check until its corrected p is known.
const pending = "pending"

func verdict(ok bool) string {
	if ok {
		return statistics.Pass
	}
	return statistics.Fail
}
