package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"reflect"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/number"
	"realnet/stages/report/web"
)

// mostShown is the number of rows of a table that the page shows, so that it opens at once;
// all are in the files.
const mostShown = 600

// table is one table of the page with all of its rows.
type table struct {
	web.Table
	Ports  []string
	header []string
	rows   [][]string // with every digit, for CSV
}

// tablesOf are the tables of a run, those without rows left out.
func tablesOf(in inputs) []table {
	var out []table
	add := func(t table, view web.Table) {
		if len(t.rows) == 0 {
			return
		}
		withoutEmpty(&view)
		if t.Name == "results" {
			view.Sentences()
		}
		view.Name, view.Title, view.File = t.Name, t.Title, "tables/"+t.Name+".csv"
		if view.Total = len(view.Rows); view.Total > mostShown {
			view.Rows = view.Rows[:mostShown]
		}
		t.Table = view
		out = append(out, t)
	}
	results := newTable("results", "Results", "statistics", in.Statistics)
	add(results, resultsView(withoutObjectives(in.Statistics)))
	add(objectivesTable(in.Statistics))
	sims := newTable("similarities", "Similarities of models and brains", "similarities", in.Similarities)
	add(sims, similaritiesView(in))
	acc := newTable("accuracies", "Classification accuracy", "accuracies", in.Accuracies)
	view := web.Table{Columns: web.Columns("Model", "Trained by", "Images", "#Top-1", "#95 % from", "#95 % to", "#Top-5", "#n")}
	for _, r := range in.Accuracies {
		view.Rows = append(view.Rows, web.Row(in.Models.Text(r.Model), r.Trained, r.Subset, r.Top1, r.CILow, r.CIHigh, r.Top5, r.N))
	}
	add(acc, view)
	dims := newTable("dimensions", "Internal dimensions", "profiles", in.Profiles)
	view = web.Table{Columns: web.Columns("Model", "Trained by", "Layer", "Dimension", "Planted", "#Plain", "#Partial", "#Semi-partial", "#Base", "#Difference", "#95 % from", "#95 % to", "#p (images)", "#p (labels)")}
	for _, r := range in.Profiles {
		planted := ""
		if r.Planted {
			planted = "yes"
		}
		view.Rows = append(view.Rows, web.Row(in.Models.Text(r.Model), r.Trained, r.Layer, r.Dimension, planted, r.Plain, r.Partial, r.SemiPartial, r.Base, r.Difference, r.CILow, r.CIHigh, r.PBootstrap, r.PPermutation))
	}
	add(dims, view)
	return out
}

// withoutEmpty leaves out columns in which no row has anything; the file has them.
func withoutEmpty(view *web.Table) {
	for c := len(view.Columns) - 1; c >= 0; c-- {
		if slices.ContainsFunc(view.Rows, func(r []web.Cell) bool { return r[c].Text != "" }) {
			continue
		}
		view.Columns = slices.Delete(view.Columns, c, c+1)
		for i := range view.Rows {
			view.Rows[i] = slices.Delete(view.Rows[i], c, c+1)
		}
	}
}

func resultsView(rows []statistics.Row) web.Table {
	view := web.Table{Columns: web.Columns("Result", "#Value", "#95 % from", "#95 % to", "#p", "#p, corrected", "#n", "Unit", "Check", "What it means", "How it was tested")}
	for _, r := range rows {
		view.IDs = append(view.IDs, anchor(r))
		view.Rows = append(view.Rows, web.Row(r.Name, r.Value, r.CILow, r.CIHigh, r.P, r.PCorrected, r.N, r.Unit, r.Check, r.Text, r.Test))
	}
	return view
}

// similaritiesView shows fMRI row by row and leaves the time courses, which are
// thousands of rows, to the figure and the files.
func similaritiesView(in inputs) web.Table {
	view := web.Table{Columns: web.Columns("Model", "Layer", "Trained by", "Kind", "Dataset", "Subject", "Region", "#Similarity", "#95 % from", "#95 % to", "#p", "#Ceiling from", "#Ceiling to", "#Images", "Comparator")}
	left := 0
	for _, r := range in.Similarities {
		if !math.IsNaN(r.Time) {
			left++
			continue
		}
		part := r.Subject
		if r.Session != "" {
			part += ", session " + r.Session
		}
		if r.Split != "" {
			part += " (" + r.Split + ")"
		}
		view.Rows = append(view.Rows, web.Row(in.Models.Text(r.Model), r.Layer, r.Trained, r.Kind, r.Dataset, part, r.ROI, r.Value, r.CILow, r.CIHigh, r.P, r.CeilingLow, r.CeilingHigh, r.Conditions, r.Method))
	}
	if left > 0 {
		view.Note = fmt.Sprintf("%d more rows, of single times, are in the figure of time courses and in the file.", left)
	}
	return view
}

// newTable has a column for every field of the rows.
func newTable[T any](name, title, port string, rows []T) table {
	t := table{Table: web.Table{Name: name, Title: title}, Ports: []string{port}}
	kind := reflect.TypeFor[T]()
	for i := range kind.NumField() {
		t.header = append(t.header, kind.Field(i).Tag.Get("col"))
	}
	for _, r := range rows {
		v := reflect.ValueOf(r)
		line := make([]string, kind.NumField())
		for i := range line {
			line[i] = cell(v.Field(i))
		}
		t.rows = append(t.rows, line)
	}
	return t
}

// cell shows a value with every digit, and nothing for what does not apply.
func cell(v reflect.Value) string {
	if v.CanFloat() {
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			return ""
		}
		return number.Short(v.Float(), -1)
	}
	return fmt.Sprint(v.Interface())
}

// writeTables writes the tables as CSV and as Parquet.
func writeTables(w *artifacts.Writer, in inputs, tables []table) error {
	for _, t := range tables {
		var text bytes.Buffer
		out := csv.NewWriter(&text)
		if err := out.WriteAll(append([][]string{t.header}, t.rows...)); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		if err := writeFile(w, t.File, text.Bytes()); err != nil {
			return err
		}
	}
	if len(in.Statistics) > 0 {
		if err := artifacts.WriteTable(w, page.ResultsTable, in.Statistics); err != nil {
			return err
		}
	}
	if len(in.Similarities) > 0 {
		if err := artifacts.WriteTable[similarities.Row](w, page.SimilaritiesTable, in.Similarities); err != nil {
			return err
		}
	}
	if len(in.Accuracies) > 0 {
		if err := artifacts.WriteTable(w, page.AccuraciesTable, in.Accuracies); err != nil {
			return err
		}
	}
	if len(in.Profiles) > 0 {
		return artifacts.WriteTable(w, page.DimensionsTable, in.Profiles)
	}
	return nil
}
