package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/number"
	"realnet/stages/report/web"
)

// wordFuncs show results in a text of the page.
var wordFuncs = template.FuncMap{
	"list": listed,
	"num":  func(r statistics.Row) template.HTML { return link(r, web.Number(r.Value)) },
	"size": func(r statistics.Row) template.HTML { return link(r, web.Number(math.Abs(r.Value))) },
	"change": func(r statistics.Row) template.HTML {
		return link(r, change(r.Value, 3)) + template.HTML(template.HTMLEscapeString(" "+intervalOf(r, 1, 3)))
	},
	"percent":  func(r statistics.Row) template.HTML { return link(r, change(100*r.Value, 0)+" %") },
	"points":   points,
	"interval": func(r statistics.Row) string { return intervalOf(r, 1, 3) },
	"p":        func(r statistics.Row) string { return pText(r.PCorrected) },
	"plain":    web.Number,
	"title":    func(s string) string { return strings.ToUpper(s[:1]) + s[1:] },
	"count": func(n int) string {
		if words := []string{"no", "one", "two", "three", "four", "five"}; n < len(words) {
			return words[n]
		}
		return fmt.Sprint(n)
	},
}

// howMany is a number of things, such as "1 check".
func howMany(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n) + " " + what
}

// points is a change of accuracy with its interval.
func points(r statistics.Row) template.HTML {
	text := link(r, change(100*r.Value, 1)) + " percentage points"
	if in := intervalOf(r, 100, 1); in != "" {
		text += template.HTML(" " + in)
	}
	return text
}

// anchor is the address of a result's row on the page.
func anchor(r statistics.Row) string { return web.Anchor(r.Name) }

// link is a number that leads to its row in the table of results.
func link(r statistics.Row, text string) template.HTML {
	return template.HTML(fmt.Sprintf(`<a class="num" href="#%s">%s</a>`, template.HTMLEscapeString(anchor(r)), template.HTMLEscapeString(text)))
}

// intervalOf is "[low, high]" in a unit, nothing without an interval.
func intervalOf(r statistics.Row, unit float64, digits int) string {
	if !r.HasInterval() {
		return ""
	}
	return "[" + fixed(unit*r.CILow, digits) + ", " + fixed(unit*r.CIHigh, digits) + "]"
}

// pText is "p = 0.03", or "p < 0.001".
func pText(p float64) string {
	switch {
	case math.IsNaN(p):
		return "not tested"
	case p < 0.001:
		return "p < 0.001"
	}
	return "p = " + web.Number(p)
}

func fixed(v float64, digits int) string { return number.Typeset(number.Fixed(v, digits)) }

// change shows a difference, with its sign.
func change(v float64, digits int) string { return number.Typeset(number.Signed(v, digits)) }

// headlineOf is a result as one of the numbers of the first screen.
func headlineOf(label string, r statistics.Row) headline {
	h := headline{Label: label, Value: fixed(r.Value, 3), Anchor: anchor(r), Detail: intervalOf(r, 1, 3)}
	if r.Kind == statistics.Gain {
		h.Value = change(r.Value, 3)
	}
	if r.Tested() {
		h.Detail = strings.TrimPrefix(h.Detail+", "+pText(r.PCorrected), ", ")
	}
	return h
}
