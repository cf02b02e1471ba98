package figures

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// mostResults that one figure shows.
const mostResults = 60

// Reliability draws the agreement of halves of the data.
func Reliability(d Data) ([]Figure, error) {
	rows := filter(d.Statistics, func(r statistics.Row) bool {
		return r.Kind == statistics.Reliability && !math.IsNaN(r.Value)
	})
	if len(rows) == 0 {
		return nil, nil
	}
	have := func(relation string) bool {
		return slices.ContainsFunc(rows, func(r statistics.Row) bool { return r.Relation == relation && r.HasInterval() })
	}
	f := Figure{Name: "reliability", Sources: []string{"statistics"}}
	f.Title, f.Caption = text.Figure("reliability", text.Values{
		"Patterns": have(statistics.Patterns), "RDM": have(statistics.RDM), "Sessions": have(statistics.Sessions),
		"Left": len(rows) > mostResults, "Shown": mostResults, "All": len(rows),
	})
	rows = rows[:min(mostResults, len(rows))]
	s := sheet{columns: 1, width: 440}
	for _, family := range inOrder(rows, func(r statistics.Row) string { return r.Family }, nil) {
		list := filter(rows, func(r statistics.Row) bool { return r.Family == family })
		p := panel{title: GroupText(list[0]), x: axis{ticks: 6}, height: vg.Length(len(list))*17 + 50, marks: []plot.Plotter{zero(true)}}
		p.y.names = make([]string, len(list))
		for i, r := range list {
			at := len(list) - 1 - i
			p.y.names[at] = label(r)
			big := means(verdictStyle(r.Check), []mark{{float64(at), r.Value, r.CILow, r.CIHigh}}).sideways()
			big.glyph.Radius = 3.2
			p.marks = append(p.marks, big)
			f.Alt += fmt.Sprintf("%s: %s%s%s. ", LongText(r), number.Fixed(r.Value, 3), bounds(r.CILow, r.CIHigh), said(r.Check))
		}
		s.panels = append(s.panels, p)
	}
	for _, v := range []string{statistics.Pass, statistics.Fail} {
		if _, ok := first(rows, func(r statistics.Row) bool { return r.Check == v }); ok {
			s.key = append(s.key, entry{text: map[string]string{statistics.Pass: "above 0", statistics.Fail: "not above 0"}[v], style: verdictStyle(v)})
		}
	}
	f.Alt = strings.TrimSpace(f.Alt)
	f, err := f.finish(s)
	return []Figure{f}, err
}

func verdictStyle(check string) markStyle {
	switch check {
	case statistics.Pass:
		return markStyle{colour: roles[Aligned].colour, shape: draw.CircleGlyph{}}
	case statistics.Fail:
		return markStyle{colour: palette[1], shape: draw.BoxGlyph{}}
	}
	return markStyle{colour: roles[Base].colour, shape: draw.CircleGlyph{}}
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
			statistics.RDM: "RDMs (correlation between the two halves)", statistics.Sessions: "RDMs (correlation between the two sessions)",
			statistics.Patterns: "patterns (correlation between halves for the same condition, minus that for different conditions)",
		}[r.Relation]
	case statistics.Dimensions:
		return "object dimensions, gain of " + r.Model + " over " + r.Reference
	}
	return strings.ReplaceAll(r.Kind, "-", " ")
}

// ShortText says in few words what a result is.
func ShortText(r statistics.Row) string {
	if r.Kind == statistics.Reliability {
		return "reliability of " + map[string]string{statistics.RDM: "RDMs", statistics.Sessions: "RDMs over sessions", statistics.Patterns: "patterns"}[r.Relation]
	}
	return strings.ReplaceAll(r.Kind, "-", " ")
}

// LongText says what a result is, for a list of results of several kinds.
func LongText(r statistics.Row) string {
	switch r.Kind {
	case statistics.Gain:
		name := r.Relation
		for _, rel := range Relations {
			if rel.Key == r.Relation {
				name = rel.Name
			}
		}
		return "gain, " + name + ": " + label(r)
	case statistics.Reliability:
		return ShortText(r) + ": " + label(r)
	case statistics.Dimensions:
		return "object dimensions (" + label(r) + "): " + r.Model + " over " + r.Reference
	case statistics.Sign:
		switch {
		case r.Model == "":
			return "failure sign: contaminated test images"
		case r.Relation == statistics.Within:
			return "failure sign: " + r.Model + " below " + r.Reference
		case r.Relation == statistics.EEG:
			return "failure sign: " + r.Model + " gains with the brains that it was trained on, but not with EEG"
		}
		return "failure sign: " + r.Model + " loses accuracy without a gain in similarity"
	}
	return r.Name
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
