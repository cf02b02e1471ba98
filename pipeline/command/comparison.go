package command

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"path/filepath"

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
	first, err := pipeline.ReadResults(runs[0])
	if err != nil {
		return nil, err
	}
	var others []other
	var order []string
	values := map[string][]*pipeline.Result{}
	put := func(run int, r *pipeline.Result) {
		if values[r.Name] == nil {
			order = append(order, r.Name)
			values[r.Name] = make([]*pipeline.Result, len(runs))
		}
		values[r.Name][run] = r
	}
	for i := range first.Results {
		put(0, &first.Results[i])
	}
	for i, run := range runs[1:] {
		diff, err := pipeline.CompareRuns(runs[0], run)
		if err != nil {
			return nil, err
		}
		results, err := pipeline.ReadResults(run)
		if err != nil {
			return nil, err
		}
		for k := range results.Results {
			put(i+1, &results.Results[k])
		}
		others = append(others, other{names[i+1], append(append([]string(nil), first.Partial...), results.Partial...), diff})
	}
	table := comparisonTable(names, order, values)
	figure, note, err := comparisonFigure(names, order, values)
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
		"Figure": figure, "Drawing": template.HTML(figure.Inline), "Note": note,
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

func comparisonTable(names, order []string, values map[string][]*pipeline.Result) web.Table {
	heads := []string{"Result"}
	for i, n := range names {
		heads = append(heads, "#"+n, "95 % interval", "Check")
		if i > 0 {
			heads = append(heads, "#Change")
		}
	}
	t := web.Table{Name: "comparison", Title: "Results of the runs", Columns: web.Columns(heads...)}
	for _, name := range order {
		cells := []any{name}
		for i, r := range values[name] {
			value, interval, check := math.NaN(), "", ""
			if r != nil {
				value = float(r.Value)
				if r.CILow != nil && r.CIHigh != nil {
					interval = web.Number(*r.CILow) + " to " + web.Number(*r.CIHigh)
				}
				if r.Pass != nil {
					check = map[bool]string{true: "pass", false: "fail"}[*r.Pass]
				}
			}
			cells = append(cells, value, interval, check)
			if i > 0 {
				change := math.NaN()
				if a := values[name][0]; a != nil && r != nil {
					change = value - float(a.Value)
				}
				cells = append(cells, change)
			}
		}
		t.Rows = append(t.Rows, web.Row(cells...))
	}
	return t
}

// comparisonFigure shows the checks, or when there are none the first results.
func comparisonFigure(names, order []string, values map[string][]*pipeline.Result) (figures.Figure, string, error) {
	var chosen []string
	for _, n := range order {
		for _, r := range values[n] {
			if r != nil && r.Pass != nil {
				chosen = append(chosen, n)
				break
			}
		}
	}
	note := "The checks of the study; all results are in the table."
	if len(chosen) == 0 {
		chosen, note = order, "All results."
	}
	if len(chosen) > mostCompared {
		note = fmt.Sprintf("The first %d of %d; all results are in the table.", mostCompared, len(chosen))
		chosen = chosen[:mostCompared]
	}
	if len(chosen) == 0 {
		return figures.Figure{}, "", nil
	}
	list := make([][]*figures.Value, len(chosen))
	for i, n := range chosen {
		list[i] = make([]*figures.Value, len(names))
		for k, r := range values[n] {
			if r != nil && r.Value != nil {
				list[i][k] = &figures.Value{Value: *r.Value, Low: float(r.CILow), High: float(r.CIHigh)}
			}
		}
	}
	f, err := figures.Runs(names, chosen, list)
	return f, note, err
}

func float(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
