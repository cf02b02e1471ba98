package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/stages/report/figures"
	"realnet/stages/report/web"
)

//go:embed assets/page.html
var pageText string

// shown is a figure or a table as the page has it.
type shown struct {
	Name, Title, Caption string
	Drawing              template.HTML
	Width                string // natural width of the drawing
	Table                *web.Table
	Origins              []made
}

// writePage puts the page together.
func writePage(w *artifacts.Writer, p Params, in inputs, tables []table, drawn []figures.Figure) error {
	t, err := web.AddTo(template.New("page"))
	if err != nil {
		return err
	}
	if t, err = t.New("page").Parse(pageText); err != nil {
		return err
	}
	signs, others := checksOf(in.Statistics)
	paragraphs, references := methods(in, p)
	view := map[string]any{
		"P": p, "Style": web.Style(), "Script": web.Script(), "Policy": web.Policy,
		"Summary": summarise(in, p), "Signs": signs, "Checks": others,
		"Figures": figuresOf(in, drawn), "Tables": shownTables(in, tables),
		"Methods": paragraphs, "References": references, "Origins": in.origins, "Command": command(p), "Fetched": fetched(p), "Swapped": in.swapped(), "Study": indented(p.StudyJSON),
	}
	var text bytes.Buffer
	if err := t.Execute(&text, view); err != nil {
		return fmt.Errorf("%s: %w", page.HTML, err)
	}
	return writeFile(w, page.HTML, text.Bytes())
}

// viewBox holds the size of a drawing in points.
var viewBox = regexp.MustCompile(`viewBox="0 0 ([0-9.]+) `)

func figuresOf(in inputs, drawn []figures.Figure) []shown {
	var out []shown
	for _, f := range drawn {
		width := "100%"
		if m := viewBox.FindSubmatch(f.Inline); m != nil {
			width = string(m[1]) + "pt"
		}
		// The drawing is made by this program; labels in it are escaped.
		out = append(out, shown{
			Name: f.Name, Title: f.Title, Caption: f.Caption, Drawing: template.HTML(f.Inline), Width: width, Origins: in.from(f.Sources),
		})
	}
	return out
}

func shownTables(in inputs, tables []table) []shown {
	var out []shown
	for _, t := range tables {
		out = append(out, shown{Name: t.Name, Title: t.Title, Table: &t.Table, Origins: in.from(t.Ports)})
	}
	return out
}

// command makes the run again.
func command(p Params) string {
	if p.Command != "" {
		return p.Command
	}
	if len(p.StudyJSON) > 0 {
		return "realnet reproduce study.json"
	}
	return "realnet reproduce " + p.Study
}

// fetched reports whether the run read a dataset of the catalogue.
func fetched(p Params) bool { return slices.Contains(p.Stages, "fetch") }

func indented(raw json.RawMessage) string {
	var text bytes.Buffer
	if len(raw) == 0 || json.Indent(&text, raw, "", "  ") != nil {
		return ""
	}
	return text.String()
}
