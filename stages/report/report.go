package report

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"math"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Study   string   `json:"study" doc:"name of the study"`
	Title   string   `json:"title" doc:"heading of the page; empty: the study's name"`
	About   string   `json:"about" doc:"what the study is, one sentence"`
	Missing []string `json:"missing" doc:"nodes of the run that failed or were not run; the page says so at its top"`
}

// DefaultParams name nothing.
func DefaultParams() Params { return Params{} }

// Stage is the report stage.
var Stage = stage.New(stage.Spec{
	Name: "report",
	Doc:  "Shows a run: one HTML page, results for scripts, tables.",
	In: []stage.Port{
		{Name: "statistics", Schemas: []string{statistics.Schema.Name}, Many: true, Optional: true, Doc: "results"},
	},
	Out: page.Schema,
}, DefaultParams(), run)

//go:embed page.html
var pageText string

func run(_ context.Context, env *stage.Env, p Params) error {
	if p.Title == "" {
		p.Title = p.Study
	}
	var rows []statistics.Row
	var origins []artifacts.Manifest
	for _, a := range env.In["statistics"] {
		got, err := statistics.Read(a)
		if err != nil {
			return err
		}
		rows = append(rows, got...)
		origins = append(origins, a.Manifest())
	}
	if err := writeResults(env.Out, p, rows); err != nil {
		return err
	}
	if err := writeTables(env.Out, rows); err != nil {
		return err
	}
	return writePage(env.Out, p, rows, origins)
}

// entry is one result of results.json; what does not apply is null.
type entry struct {
	Name   string   `json:"name"`
	Value  *float64 `json:"value"`
	CILow  *float64 `json:"ci_low"`
	CIHigh *float64 `json:"ci_high"`
	P      *float64 `json:"p"`
	N      int64    `json:"n"`
	Pass   *bool    `json:"pass"`
	Text   string   `json:"text,omitempty"`
}

func writeResults(w *artifacts.Writer, p Params, rows []statistics.Row) error {
	entries := make([]entry, len(rows))
	for i, r := range rows {
		entries[i] = entry{
			Name: r.Name, Value: finite(r.Value), CILow: finite(r.CILow), CIHigh: finite(r.CIHigh), P: finite(r.PAdj),
			N: r.N, Text: r.Text,
		}
		if r.Check != "" {
			pass := r.Check == statistics.Pass
			entries[i].Pass = &pass
		}
	}
	text, err := json.MarshalIndent(map[string]any{
		"study": p.Study, "partial": p.Missing, "parameters": p, "results": entries,
	}, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(w, page.Results, append(text, '\n'))
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func writeFile(w *artifacts.Writer, name string, text []byte) error {
	f, err := w.File(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return f.Close()
}

func writePage(w *artifacts.Writer, p Params, rows []statistics.Row, origins []artifacts.Manifest) error {
	t, err := template.New("page").Funcs(template.FuncMap{"number": number}).Parse(pageText)
	if err != nil {
		return err
	}
	f, err := w.File(page.HTML)
	if err != nil {
		return err
	}
	err = t.Execute(f, map[string]any{"P": p, "Rows": rows, "Origins": origins})
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// number shows four digits, and nothing for what does not apply.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf("%.4g", v)
}
