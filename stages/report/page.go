package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/figures"
	"realnet/stages/report/web"
)

//go:embed assets/page.html
var pageText string

// shown is a figure or a table as the page has it.
type shown struct {
	Name, Title, Caption string
	Drawing, Narrow      template.HTML // Narrow is for a phone; "" where Drawing fits one
	Width                string        // natural width of the drawing, in pixels
	Half                 bool          // two of them fit side by side on paper
	Table                *web.Table
	Origins              []made
}

// check is a result with a verdict, for the page.
type check struct {
	Label, Expected, Value, Interval, P string
	Verdict, Said                       string // pass or fail, and in words
	Name, Text, Test, Anchor            string
}

// checksOf are the results with a verdict.
func checksOf(rows []statistics.Row, alpha float64) []check {
	var out []check
	for _, r := range rows {
		if r.Check == "" {
			continue
		}
		c := check{
			Label: figures.LongText(r), Value: web.Number(r.Value), Interval: intervalOf(r, 1, 3), Verdict: r.Check,
			Name: r.Name, Text: r.Text, Test: r.Test, Anchor: anchor(r), Said: "passed",
		}
		passed := r.Check == statistics.Pass
		switch above := r.Value > 0 && r.PCorrected < alpha; {
		case r.Kind == statistics.Sign:
			c.Said = "not seen"
		case above == passed:
			c.Expected = "expected: above 0"
		default:
			c.Expected = "expected: not above 0"
		}
		if !passed {
			c.Said = map[bool]string{true: "SEEN", false: "FAILED"}[r.Kind == statistics.Sign]
		}
		if r.Tested() {
			c.P = strings.TrimPrefix(strings.TrimPrefix(pText(r.PCorrected), "p = "), "p ")
		}
		out = append(out, c)
	}
	return out
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
	paragraphs, references, err := methods(in, p)
	if err != nil {
		return err
	}
	words, err := summarise(in, p)
	if err != nil {
		return err
	}
	all := figuresOf(in, drawn)
	var first *shown
	if at := slices.IndexFunc(all, func(f shown) bool { return strings.HasPrefix(f.Name, words.Figure) && words.Figure != "" }); at >= 0 {
		headline := all[at]
		first, all = &headline, slices.Delete(all, at, at+1)
	}
	view := map[string]any{
		"P": p, "Style": web.Style(), "Script": web.Script(), "Policy": web.Policy,
		"Summary": words, "Headline": first, "Checks": checksOf(in.Statistics, p.Alpha),
		"Images": shareImages(first, all), "Figures": all, "Tables": shownTables(in, tables),
		"Methods": paragraphs, "References": references, "Origins": in.origins, "Command": command(p), "Fetched": fetched(p), "Swapped": in.swapped(p), "Study": indented(p.StudyJSON),
	}
	var text bytes.Buffer
	if err := t.Execute(&text, view); err != nil {
		return fmt.Errorf("%s: %w", page.HTML, err)
	}
	return writeFile(w, page.HTML, text.Bytes())
}

// viewBox holds the size of a drawing in points.
var viewBox = regexp.MustCompile(`viewBox="0 0 ([0-9.]+) `)

// scale is how many pixels a point of a drawing is shown with at most.
const scale = 1.6

// halfPage is the width in points up to which two figures stand side by side on paper.
const halfPage = 420

func figuresOf(in inputs, drawn []figures.Figure) []shown {
	var out []shown
	for _, f := range drawn {
		s := shown{Name: f.Name, Title: f.Title, Caption: f.Caption, Width: "100%", Origins: in.from(f.Sources)}
		// The drawings are made by this program; labels in them are escaped.
		s.Drawing, s.Narrow = template.HTML(f.Inline), template.HTML(f.Narrow)
		if m := viewBox.FindSubmatch(f.Inline); m != nil {
			if points, err := strconv.ParseFloat(string(m[1]), 64); err == nil {
				s.Width, s.Half = fmt.Sprintf("%.0fpx", scale*points), points <= halfPage && !strings.HasPrefix(f.Name, "rdms-") // names of classes are small already
			}
		}
		out = append(out, s)
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
