package command

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"path/filepath"
	"slices"

	"realnet/pipeline"
	"realnet/stages/report/figures"
	"realnet/stages/report/web"
)

//go:embed comparison.html
var comparisonText string

// other is a run beside the first.
type other struct {
	Name    string
	Partial []string
	pipeline.Comparison
}

// mostCompared is the number of results that the figure shows.
const mostCompared = 40

// comparisonPage shows runs side by side: what their studies differ in and what
// that changed in the results.
func comparisonPage(runs []string) ([]byte, error) {
	names := runNames(runs)
	all := make([]pipeline.Results, len(runs))
	var others []other
	for i, run := range runs {
		var err error
		if all[i], err = pipeline.ReadResults(run); err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		diff, err := pipeline.CompareRuns(runs[0], run)
		if err != nil {
			return nil, err
		}
		others = append(others, other{names[i], slices.Concat(all[0].Partial, all[i].Partial), diff})
	}
	rows := pipeline.SideBySide(all...)
	table := comparisonTable(names, rows)
	figure, note, err := comparisonFigure(names, rows)
	if err != nil {
		return nil, err
	}
	t, err := web.AddTo(template.New("comparison"))
	if err != nil {
		return nil, err
	}
	if t, err = t.New("comparison").Parse(comparisonText); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Style": web.Style(), "Script": web.Script(), "Policy": web.Policy, "First": names[0], "Others": others, "Table": table,
		"Figure": figure, "Drawing": template.HTML(figure.Inline), "Narrow": template.HTML(figure.Narrow), "Note": note,
	})
	return out.Bytes(), err
}

// runNames are the folders' own names, numbered where two are the same.
func runNames(runs []string) []string {
	count := map[string]int{}
	names := make([]string, len(runs))
	for i, r := range runs {
		names[i] = filepath.Base(filepath.Clean(r))
		if count[names[i]]++; count[names[i]] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", names[i], count[names[i]])
		}
	}
	return names
}

func comparisonTable(names []string, rows []pipeline.Compared) web.Table {
	heads := []string{"Result"}
	for i, n := range names {
		heads = append(heads, "#"+n, "95 % interval", "Check")
		if i > 0 {
			heads = append(heads, "#Change")
		}
	}
	t := web.Table{Name: "comparison", Title: "Results of the runs", Columns: web.Columns(heads...)}
	for _, row := range rows {
		cells := []any{row.Name}
		for i, r := range row.Of {
			value, interval := math.NaN(), ""
			if r != nil {
				value = float(r.Value)
				if r.CILow != nil && r.CIHigh != nil {
					interval = web.Number(*r.CILow) + " to " + web.Number(*r.CIHigh)
				}
			}
			cells = append(cells, value, interval, r.Verdict())
			if i > 0 {
				change, ok := row.Change(i)
				if !ok {
					change = math.NaN()
				}
				cells = append(cells, change)
			}
		}
		t.Rows = append(t.Rows, web.Row(cells...))
	}
	return t
}

// comparisonFigure shows the checks, or when there are none the first results.
func comparisonFigure(names []string, rows []pipeline.Compared) (figures.Figure, string, error) {
	var chosen []pipeline.Compared
	for _, row := range rows {
		if slices.ContainsFunc(row.Of, func(r *pipeline.Result) bool { return r.Verdict() != "" }) {
			chosen = append(chosen, row)
		}
	}
	note := "The checks of the study; all results are in the table."
	if len(chosen) == 0 {
		chosen, note = rows, "All results."
	}
	if len(chosen) > mostCompared {
		note = fmt.Sprintf("The first %d of %d; all results are in the table.", mostCompared, len(chosen))
		chosen = chosen[:mostCompared]
	}
	if len(chosen) == 0 {
		return figures.Figure{}, "", nil
	}
	labels, list := make([]string, len(chosen)), make([][]*figures.Value, len(chosen))
	for i, row := range chosen {
		labels[i], list[i] = row.Name, make([]*figures.Value, len(names))
		for k, r := range row.Of {
			if r != nil && r.Value != nil {
				list[i][k] = &figures.Value{Value: *r.Value, Low: float(r.CILow), High: float(r.CIHigh)}
			}
		}
	}
	f, err := figures.Runs(names, labels, list)
	return f, note, err
}

func float(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
