package figures

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/statistics"
)

// mostResults that one figure shows.
const mostResults = 60

// Checks draws the results that are checks, family by family below each other.
// Failure signs read these results and have none of their own; reliabilities
// have a figure of their own.
func Checks(d Data) ([]Figure, error) {
	rows := filter(d.Statistics, func(r statistics.Row) bool {
		return r.Check != "" && r.Kind != statistics.Sign && r.Kind != statistics.Reliability && !math.IsNaN(r.Value)
	})
	return forests("checks", "Checks of the study", "The results that decide the study's checks, each group on a scale of its own.", rows)
}

// Reliability draws the agreement of halves of the data.
func Reliability(d Data) ([]Figure, error) {
	rows := filter(d.Statistics, func(r statistics.Row) bool {
		return r.Kind == statistics.Reliability && !math.IsNaN(r.Value)
	})
	caption := "Agreement of halves of the data with each other."
	for _, k := range []struct{ relation, text string }{
		{statistics.Patterns, " Patterns: intervals over runs, each left out once."},
		{statistics.RDM, " RDMs of halves: intervals over conditions, drawn with replacement."},
		{statistics.Sessions, " RDMs of sessions: intervals over images, drawn with replacement."},
	} {
		if _, ok := first(rows, func(r statistics.Row) bool { return r.Relation == k.relation && r.HasInterval() }); ok {
			caption += k.text
		}
	}
	return forests("reliability", "Reliability of the data", caption, rows)
}

// forests draws results with their intervals, one panel a family.
func forests(name, title, caption string, rows []statistics.Row) ([]Figure, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if len(rows) > mostResults {
		caption += fmt.Sprintf(" The first %d of %d; all are in the table of results.", mostResults, len(rows))
		rows = rows[:mostResults]
	}
	families := inOrder(rows, func(r statistics.Row) string { return r.Family }, nil)
	var plots []*plot.Plot
	var heights []vg.Length
	alt := ""
	var total vg.Length
	for _, family := range families {
		list := filter(rows, func(r statistics.Row) bool { return r.Family == family })
		p := newPlot(GroupText(list[0]), "", "")
		p.X.Tick.Marker = ticks{6}
		p.Add(zero(true))
		all := newSpan()
		all.add(0)
		names := make([]string, len(list))
		for i, r := range list {
			at := float64(len(list) - 1 - i)
			names[len(list)-1-i] = label(r)
			m := mark{at, r.Value, r.CILow, r.CIHigh}
			all.add(m.value, m.low, m.high)
			big := means(verdictLook(r.Check), []mark{m}).sideways()
			big.glyph.Radius = 3.2
			p.Add(big)
			alt += fmt.Sprintf("%s %.3g%s%s. ", r.Name, r.Value, bounds(r.CILow, r.CIHigh), said(r.Check))
		}
		categories(&p.Y, names, false)
		p.X.Min, p.X.Max = all.padded()
		plots = append(plots, p)
		h := vg.Length(len(list))*15 + 56
		heights = append(heights, h)
		total += h
	}
	f := Figure{Name: name, Title: title, Alt: alt, Sources: []string{"statistics"}, Caption: caption + " Bars: 95 % intervals, where the result has one."}
	key := []entry{}
	for _, v := range []string{statistics.Pass, statistics.Fail} {
		if _, ok := first(rows, func(r statistics.Row) bool { return r.Check == v }); ok {
			key = append(key, entry{text: map[string]string{statistics.Pass: "passed", statistics.Fail: "failed"}[v], look: verdictLook(v)})
		}
	}
	f, err := f.finish(560, total+34, func(c draw.Canvas) {
		top := c.Max.Y - drawKey(c, key)
		canvases := plot.Align(column(plots), draw.Tiles{Rows: len(plots), Cols: 1}, c)
		for i, p := range plots {
			one := canvases[i][0]
			one.Max.Y, one.Min.Y = top, top-heights[i]+10
			p.Draw(one)
			top -= heights[i]
		}
	})
	return []Figure{f}, err
}

func column(plots []*plot.Plot) [][]*plot.Plot {
	out := make([][]*plot.Plot, len(plots))
	for i, p := range plots {
		out[i] = []*plot.Plot{p}
	}
	return out
}

func verdictLook(check string) look {
	switch check {
	case statistics.Pass:
		return look{colour: roles[Aligned].colour, shape: draw.CircleGlyph{}}
	case statistics.Fail:
		return look{colour: palette[1], shape: draw.BoxGlyph{}}
	}
	return look{colour: roles[Base].colour, shape: draw.CircleGlyph{}}
}

// bounds says an interval, nothing without one.
func bounds(low, high float64) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return ""
	}
	return fmt.Sprintf(", 95 %% interval %.3g to %.3g", low, high)
}

func said(check string) string {
	switch check {
	case statistics.Pass:
		return ", passed"
	case statistics.Fail:
		return ", failed"
	}
	return ""
}

// GroupText says in words what the results of a row's family are of.
func GroupText(r statistics.Row) string {
	switch r.Kind {
	case statistics.Gain:
		return "gain of similarity, " + map[string]string{
			statistics.Within: "with the brain that trained the model", statistics.Across: "with other subjects' brains",
			statistics.Other: "with brains of another dataset", statistics.EEG: "with EEG",
		}[r.Relation]
	case statistics.Reliability:
		return map[string]string{
			statistics.RDM: "RDMs, correlation of the two halves", statistics.Sessions: "RDMs, correlation of the two sessions",
			statistics.Patterns: "patterns, correlation of the same minus that of other conditions, between the halves",
		}[r.Relation]
	case statistics.Dimensions:
		return "object dimensions, gain of " + r.Model + " over " + r.Reference
	}
	return strings.ReplaceAll(r.Kind, "-", " ")
}

// label says which of its group a result is.
func label(r statistics.Row) string {
	switch r.Kind {
	case statistics.Gain:
		return join(r.Model+" over "+r.Reference, r.Subject)
	case statistics.Dimensions:
		return map[string]string{statistics.Planted: "planted", statistics.NotPlanted: "others"}[r.Planted]
	case statistics.Reliability:
		return join(r.Subject, orAll(r.ROI))
	}
	return r.Name
}
