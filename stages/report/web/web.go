package web

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strings"

	"realnet/stages/report/number"
)

//go:embed style.css
var style string

//go:embed script.js
var script string

//go:embed table.html
var tableText string

// Style is the style sheet.
func Style() template.CSS { return template.CSS(style) }

// Script is the script.
func Script() template.JS { return template.JS(script) }

// Policy forbids a page to load anything.
const Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

// Table is one table of a page.
type Table struct {
	Name    string // anchor and file name
	Title   string
	Columns []Column
	Rows    [][]Cell
	IDs     []string // anchors of the rows; nil for none
	Total   int      // rows there are, when more than shown
	File    string   // all rows as CSV beside the page; "" for none
	Note    string
}

// Column is the head of a column.
type Column struct {
	Name   string
	Number bool
	Long   bool // sentences, which paper leaves to the file
}

// Cell is one value: how it reads and how it sorts.
type Cell struct {
	Text, Sort string
	Number     bool
	Class      string
}

// longText is the length from which a text gets a wide column, longWord that
// from which paper may break a word.
const (
	longText = 60
	longWord = 10
)

// Columns makes heads of names; those of numbers begin with #.
func Columns(names ...string) []Column {
	out := make([]Column, len(names))
	for i, n := range names {
		out[i] = Column{Name: strings.TrimPrefix(n, "#"), Number: strings.HasPrefix(n, "#")}
	}
	return out
}

// Sentences marks the columns that hold any long text, all of their cells alike.
func (t *Table) Sentences() {
	for c := range t.Columns {
		long := false
		for _, row := range t.Rows {
			long = long || row[c].Class == "long"
		}
		if !long {
			continue
		}
		t.Columns[c].Long = true
		for _, row := range t.Rows {
			row[c].Class = "long"
		}
	}
}

// Row makes cells of strings and numbers. What is no number is empty.
func Row(values ...any) []Cell {
	out := make([]Cell, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case float64:
			out[i] = Cell{Text: Number(v), Number: true}
			if out[i].Text != "" {
				out[i].Sort = number.Short(v, 9)
			}
		case int64, int32, int:
			out[i] = Cell{Text: fmt.Sprint(v), Sort: fmt.Sprint(v), Number: true}
		default:
			text := fmt.Sprint(v)
			out[i] = Cell{Text: text}
			switch {
			case text == "pass" || text == "fail":
				out[i].Class = text
			case len(text) > longText:
				out[i].Class = "long"
			case len(text) > longWord && !strings.Contains(text, " "):
				out[i].Class = "word"
			}
		}
	}
	return out
}

// Number shows a value with as many digits as a reader needs, and nothing for
// what is no number.
func Number(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v), math.IsInf(v, 0):
		return ""
	case v == 0:
		return "0"
	case a < 0.001:
		return number.Typeset(number.Short(v, 2))
	case a < 100:
		return number.Typeset(number.Fixed(v, 3))
	}
	return number.Typeset(number.Short(v, 5))
}

// Anchor is the address on a page of the row of a result.
func Anchor(name string) string {
	return "r-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '/':
			return r
		}
		return '_'
	}, name)
}

// AddTo defines the template "table" in t; it takes a [Table].
func AddTo(t *template.Template) (*template.Template, error) {
	return t.New("table").Parse(tableText)
}
